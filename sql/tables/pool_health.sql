-- How many captions each page has left to send.
-- Written by pool_health_daily_at; read by alerts and the dashboard.
CREATE TABLE `eros_scheduling_brain.pool_health`
(
  check_date DATE NOT NULL
    OPTIONS(description="Los Angeles date of the check."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page, lower case."),
  scope STRING
    OPTIONS(description="PPV (buckets budget, mid, premium) or BUMP."),
  pool_total INT64
    OPTIONS(description="Captions available before the page's own rules."),
  pool_after_restrictions INT64
    OPTIONS(description="Captions left after allowed profile, hard restrictions and inventory."),
  min_pool INT64
    OPTIONS(description="Smallest pool that is acceptable for the page."),
  --@ none because it is one of three words
  status STRING
    OPTIONS(description="OK, WARNING or CRITICAL."),
  pool_after_hard INT64
    OPTIONS(description="Captions left after allowed profile and hard restrictions, before the inventory; what min_pool is compared with.")
)
PARTITION BY check_date
OPTIONS(
  description="Size of the caption pool of each page by day, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
