-- What the queries of a day have cost so far.
-- Bytes and price stand by statement type too: procedures spend theirs on MERGE, UPDATE and temporary tables.
-- Written by cost_report_at every hour; read by alerts and the dashboard.
CREATE TABLE `eros_scheduling_brain.cost_reports`
(
  report_time TIMESTAMP NOT NULL
    OPTIONS(description="When the report was made."),
  date DATE
    OPTIONS(description="Los Angeles date that the figures are for."),
  total_queries INT64
    OPTIONS(description="Queries of the day."),
  unique_users INT64
    OPTIONS(description="Accounts that ran them."),
  tb_processed FLOAT64
    OPTIONS(description="Bytes processed in TiB."),
  tb_billed FLOAT64
    OPTIONS(description="Bytes billed in TiB."),
  estimated_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the billed bytes in US dollars."),
  select_count INT64
    OPTIONS(description="SELECT statements."),
  insert_count INT64
    OPTIONS(description="INSERT statements."),
  delete_count INT64
    OPTIONS(description="DELETE statements."),
  call_count INT64
    OPTIONS(description="CALL statements; the statements of the procedure count for themselves."),
  avg_seconds FLOAT64
    OPTIONS(description="Mean duration in seconds."),
  p95_seconds FLOAT64
    OPTIONS(description="95th percentile of the duration in seconds."),
  cost_status STRING
    OPTIONS(description="HEALTHY, WARNING or CRITICAL against the daily cost limits."),
  update_count INT64
    OPTIONS(description="UPDATE statements."),
  merge_count INT64
    OPTIONS(description="MERGE statements."),
  create_count INT64
    OPTIONS(description="CREATE TABLE AS SELECT statements, temporary tables of procedures among them."),
  select_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to SELECT statements in TiB."),
  select_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to SELECT statements in US dollars."),
  insert_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to INSERT statements in TiB."),
  insert_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to INSERT statements in US dollars."),
  update_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to UPDATE statements in TiB."),
  update_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to UPDATE statements in US dollars."),
  delete_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to DELETE statements in TiB."),
  delete_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to DELETE statements in US dollars."),
  merge_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to MERGE statements in TiB."),
  merge_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to MERGE statements in US dollars."),
  create_tb_billed FLOAT64
    OPTIONS(description="Bytes billed to CREATE TABLE AS SELECT statements in TiB."),
  create_cost_usd FLOAT64
    OPTIONS(description="Estimated price of the bytes billed to CREATE TABLE AS SELECT statements in US dollars.")
)
PARTITION BY date
OPTIONS(
  description="Query volume and estimated cost by day, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
