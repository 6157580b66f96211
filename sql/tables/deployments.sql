-- What was deployed when, and how the platform did before and after.
-- Written by deployments and rollbacks; read by the KPIs (deployment success, time to deploy, time to recover).
-- The figures are measured over the watch window: before is the window that ends when the deployment starts, after the
-- one that begins when it ends.
CREATE TABLE `eros_scheduling_brain.deployments`
(
  deployment_id STRING NOT NULL
    OPTIONS(description="Deployment, as YYYYMMDD_HHMMSS of its start in UTC."),
  stack STRING NOT NULL
    OPTIONS(description="Stack that was deployed."),
  started_at TIMESTAMP NOT NULL
    OPTIONS(description="When the deployment began."),
  ended_at TIMESTAMP
    OPTIONS(description="When it was deployed and verified, before the watch, or was taken back; null while it runs or when it was killed."),
  result STRING
    OPTIONS(description="RUNNING, SUCCEEDED, FAILED, ROLLED_BACK or ROLLBACK_REQUIRED; null counts as RUNNING."),
  commit STRING
    OPTIONS(description="Git commit of the deployed program, 40 hexadecimal digits; null outside a repository."),
  who STRING
    OPTIONS(description="Account or person that deployed."),
  --@ words, replace
  message STRING
    OPTIONS(description="What the deployment is for, as its author said."),
  engine STRING
    OPTIONS(description="Deployment engine and its version, for example pulumi 3.150.0."),
  rollback_of STRING
    OPTIONS(description="Deployment that this one takes back; null for all others."),
  backup_id STRING
    OPTIONS(description="Backup that was made before it; null without one."),
  --@ none because it is a path with the deployment's id
  report STRING
    OPTIONS(description="Where its report is: a path or a gs:// URI."),
  cost_usd_per_day_before FLOAT64
    OPTIONS(description="US dollars a day at the rate of the window before."),
  cost_usd_per_day_after FLOAT64
    OPTIONS(description="US dollars a day at the rate of the window after."),
  p50_seconds_before FLOAT64
    OPTIONS(description="Median duration of a query in the window before, in seconds; null without queries."),
  p50_seconds_after FLOAT64
    OPTIONS(description="Median duration of a query in the window after, in seconds; null without queries."),
  p95_seconds_before FLOAT64
    OPTIONS(description="95th percentile of the duration of a query in the window before, in seconds."),
  p95_seconds_after FLOAT64
    OPTIONS(description="95th percentile of the duration of a query in the window after, in seconds."),
  error_rate_before FLOAT64
    OPTIONS(description="Failed queries among all of the window before, 0 to 1; null without queries."),
  error_rate_after FLOAT64
    OPTIONS(description="Failed queries among all of the window after, 0 to 1; null without queries."),
  health_score_before INT64
    OPTIONS(description="Health score just before, 0 to 100."),
  health_score_after INT64
    OPTIONS(description="Health score at the end of the window after, 0 to 100."),
  avg_emv_before FLOAT64
    OPTIONS(description="Mean expected message value over all captions before, in US dollars."),
  avg_emv_after FLOAT64
    OPTIONS(description="Mean expected message value over all captions after, in US dollars."),
  PRIMARY KEY (deployment_id) NOT ENFORCED
)
PARTITION BY DATE(started_at)
CLUSTER BY stack, result
OPTIONS(
  description="Deployments and rollbacks with their result and the figures before and after, kept for good.",
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "unlimited")]
);
