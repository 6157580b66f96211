"""The points that services of this cloud record, one a value, kept for six weeks; Monitoring reads them as series."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.scalars import timestamp

COLLECTION = "monitoring.points"
# docs.cloud.google.com/monitoring/quotas, "Data retention": metrics of Google Cloud, six weeks.
KEPT = timedelta(weeks=6)


def record(
    cloud: Cloud,
    metric: str,
    labels: dict[str, str],
    resource: Json,
    value: float = 1,
    *,
    value_type: str = "INT64",
    at: datetime | None = None,
) -> None:
    """Add a point that ends at an instant, now if none is said; of a DISTRIBUTION it is one value."""
    ended = at or cloud.now()
    point = {
        "metric": {"type": metric, "labels": labels},
        "resource": {**resource, "labels": {"project_id": cloud.project, **resource["labels"]}},
        "valueType": value_type,
        "time": timestamp(ended),
        "value": value,
    }
    with cloud.store.transaction():
        # Points of one instant stay in the order of their arrival.
        cloud.store.put(COLLECTION, f"{place(ended)}-{time.time_ns():020d}", point)


def after(cloud: Cloud, since: datetime) -> list[Json]:
    """The points after an instant, oldest first."""
    return [point for _, point in cloud.store.items(COLLECTION, after=place(max(since, cloud.now() - KEPT)))]


def delete_old(cloud: Cloud) -> None:
    """Forget what is older than is shown."""
    cloud.store.delete_before(COLLECTION, place(cloud.now() - KEPT))


def place(instant: datetime) -> str:
    """Where points of an instant stand among the others."""
    return f"{int(instant.timestamp() * 1_000_000):020d}"
