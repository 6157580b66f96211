"""Time series: the recorded points, read as series, and what is known of their metrics."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.logs import metrics

COMPLETED_RUNS = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"
QUERY_SECONDS = "bigquery.googleapis.com/query/execution_times"
BYTES_BILLED = "bigquery.googleapis.com/query/statement_scanned_bytes_billed"
# docs.cloud.google.com/logging/docs/logs-based-metrics: how Monitoring calls the log metrics of a project.
LOG_METRICS = metrics.TYPE
DISTRIBUTION = "DISTRIBUTION"


@dataclass(frozen=True)
class Metric:
    """A metric that is recorded here, all of kind DELTA (docs.cloud.google.com/monitoring/api/metrics_gcp_a_b)."""

    title: str
    value_type: str


METRICS = {
    COMPLETED_RUNS: Metric("Completed run count", "INT64"),
    QUERY_SECONDS: Metric("Query execution times", DISTRIBUTION),
    BYTES_BILLED: Metric("Statement scanned bytes billed", "INT64"),
}


@dataclass(frozen=True)
class Point:
    """A value and the instant at which its interval ends."""

    time: datetime
    value: float


@dataclass(frozen=True)
class Series:
    """The points of one metric of one resource with one set of labels, oldest first."""

    metric: Json
    resource: Json
    points: tuple[Point, ...]
    value_type: str = "INT64"

    @property
    def key(self) -> str:
        """The same for the same labels, whatever the points."""
        return json.dumps([self.metric, self.resource], sort_keys=True)


def title(metric: str) -> str:
    """The metric's name for people."""
    return METRICS[metric].title if metric in METRICS else metric.removeprefix(LOG_METRICS)


def read(cloud: Cloud, since: datetime) -> list[Series]:
    """All series with their points after an instant."""
    grouped: dict[str, list[Json]] = defaultdict(list)
    for point in points.after(cloud, since):
        grouped[json.dumps([point["metric"], point["resource"]], sort_keys=True)].append(point)
    return [
        Series(
            found[0]["metric"],
            found[0]["resource"],
            tuple(Point(datetime.fromisoformat(point["time"]), point["value"]) for point in found),
            found[0].get("valueType", "INT64"),
        )
        for found in grouped.values()
    ]
