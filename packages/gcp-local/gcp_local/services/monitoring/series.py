"""Time series: the points that this cloud's services record, kept for six weeks, and read as series."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.scalars import timestamp

COLLECTION = "monitoring.points"
# docs.cloud.google.com/monitoring/quotas, "Data retention": metrics of Google Cloud, six weeks.
KEPT = timedelta(weeks=6)
COMPLETED_RUNS = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"


@dataclass(frozen=True)
class Metric:
    """A metric that is recorded here (docs.cloud.google.com/monitoring/api/metrics_gcp_a_b)."""

    title: str
    kind: str
    value_type: str


METRICS = {COMPLETED_RUNS: Metric("Completed run count", "DELTA", "INT64")}


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

    @property
    def key(self) -> str:
        """The same for the same labels, whatever the points."""
        return json.dumps([self.metric, self.resource], sort_keys=True)


def record(cloud: Cloud, metric: str, labels: dict[str, str], resource: Json, value: float = 1) -> None:
    """Add a point that ends now."""
    now = cloud.now()
    named = {**resource, "labels": {"project_id": cloud.project, **resource["labels"]}}
    point = {"metric": {"type": metric, "labels": labels}, "resource": named, "time": timestamp(now), "value": value}
    with cloud.store.transaction():
        number = int(cloud.store.last_key(COLLECTION).rpartition("-")[2] or 0) + 1
        cloud.store.put(COLLECTION, f"{_place(now)}-{number:012d}", point)


def read(cloud: Cloud, since: datetime) -> list[Series]:
    """All series with their points after an instant."""
    grouped: dict[str, list[Json]] = defaultdict(list)
    for _, point in cloud.store.items(COLLECTION, after=_place(max(since, cloud.now() - KEPT))):
        grouped[json.dumps([point["metric"], point["resource"]], sort_keys=True)].append(point)
    return [
        Series(
            points[0]["metric"],
            points[0]["resource"],
            tuple(Point(datetime.fromisoformat(point["time"]), point["value"]) for point in points),
        )
        for points in grouped.values()
    ]


def delete_old(cloud: Cloud) -> None:
    """Forget what is older than is shown."""
    cloud.store.delete_before(COLLECTION, _place(cloud.now() - KEPT))


def _place(instant: datetime) -> str:
    return f"{int(instant.timestamp() * 1_000_000):020d}"
