-- What the buyers of one page are like: how much a recipient brings, and how that moves with the price; see
-- behavioral_segments_at for the rules. Always one row, EXPLORATORY with fewer than 20 messages.
-- Source: behavioral_segments.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_behavioral_segments_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  segment_label STRING,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  rpr_price_slope FLOAT64,
  rpr_price_corr FLOAT64,
  conv_price_elasticity_proxy FLOAT64,
  category_entropy FLOAT64,
  sample_size INT64
>
OPTIONS(description="Spending segment of a page from its PPV messages, with price slope, correlations and category entropy; always one row.")
AS
SELECT
  segment.segment_label,
  segment.avg_rpr,
  segment.avg_conv,
  segment.rpr_price_slope,
  segment.rpr_price_corr,
  segment.conv_price_elasticity_proxy,
  segment.category_entropy,
  segment.sample_size
FROM `eros_scheduling_brain.behavioral_segments_at`([p_page_name], p_lookback_days, p_now) AS segment;
