-- analyze_behavioral_segments_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_behavioral_segments`(
  p_page_name STRING,
  p_lookback_days INT64
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
  r.segment_label,
  r.avg_rpr,
  r.avg_conv,
  r.rpr_price_slope,
  r.rpr_price_corr,
  r.conv_price_elasticity_proxy,
  r.category_entropy,
  r.sample_size
FROM `eros_scheduling_brain.analyze_behavioral_segments_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
