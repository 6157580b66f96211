"""What a chart shows: time series of Google's own metrics and of the platform's log metrics, aligned and reduced.

Metrics: docs.cloud.google.com/monitoring/api/metrics_gcp_a_b (bigquery, bigquerydatatransfer); which aligner and
reducer suits which kind of metric: google/monitoring/v3/common.proto. Bytes billed are those of statements, which come
within minutes, of `bigquery_project`; query/scanned_bytes_billed comes six hours late, of `global`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.told_figures import LOG_METRIC, LogMetric, name

RUNS = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"
QUERY_SECONDS = "bigquery.googleapis.com/query/execution_times"
BYTES_BILLED = "bigquery.googleapis.com/query/statement_scanned_bytes_billed"
PROJECT, CONFIG = "bigquery_project", "bigquery_dts_config"
HOUR, DAY = "3600s", "86400s"


def query(
    metric: str, resource: str, reducer: str, *, period: str = HOUR, where: str = "", by: Sequence[str] = ()
) -> dict[str, Any]:
    """The series of a metric, a value a period; one series, or one for each value of the fields in `by`."""
    condition = f" AND {where}" if where else ""
    aggregation: dict[str, Any] = {
        "alignmentPeriod": period,
        "perSeriesAligner": "ALIGN_DELTA",
        "crossSeriesReducer": reducer,
    }
    if by:
        aggregation["groupByFields"] = list(by)
    text = f'metric.type = "{metric}" AND resource.type = "{resource}"{condition}'
    return {"timeSeriesFilter": {"filter": text, "aggregation": aggregation}}


def figure(metric: LogMetric, stack: str, *, period: str = HOUR) -> dict[str, Any]:
    """A figure of the platform: the mean of what its health checks said. Other reducers would see buckets only."""
    return query(LOG_METRIC + name(metric.key, stack), metric.resource, "REDUCE_MEAN", period=period)


def counted(metric: LogMetric, stack: str, *, period: str = HOUR, by: Sequence[str] = ()) -> dict[str, Any]:
    """How many log entries a metric counted."""
    return query(LOG_METRIC + name(metric.key, stack), metric.resource, "REDUCE_SUM", period=period, by=by)


def runs(configs: Sequence[str], *, state: str = "", period: str = HOUR) -> dict[str, Any]:
    """Runs of scheduled queries that ended, of one state or each state for itself."""
    ids = ", ".join(f'"{one}"' for one in sorted(configs))
    where = f"resource.labels.config_id = one_of({ids})"
    if state:
        return query(
            RUNS, CONFIG, "REDUCE_SUM", period=period, where=f'{where} AND metric.labels.completion_state = "{state}"'
        )
    return query(RUNS, CONFIG, "REDUCE_SUM", period=period, where=where, by=["metric.labels.completion_state"])


def query_seconds(percentile: int) -> dict[str, Any]:
    """Run times of the project's queries that succeeded."""
    return query(QUERY_SECONDS, PROJECT, f"REDUCE_PERCENTILE_{percentile}")


def bytes_billed() -> dict[str, Any]:
    """What the project's statements were billed, a day, by their kind."""
    return query(BYTES_BILLED, PROJECT, "REDUCE_SUM", period=DAY, by=["metric.labels.statement_type"])
