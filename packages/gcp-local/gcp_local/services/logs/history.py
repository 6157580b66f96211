"""Where log entries are kept: in the order of their arrival, for 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.logs import metrics
from gcp_local.services.scalars import timestamp

COLLECTION = "logging.entries"
# Of the bucket _Default, from the time in the entry; entries of the far future are not taken
# (docs.cloud.google.com/logging/quotas, "Logs retention periods" and "Timestamp").
KEPT, FUTURE = timedelta(days=30), timedelta(days=1)


def keep(cloud: Cloud, entry: Json) -> None:
    """Keep one entry; what it lacks is filled in. One that is too old or of the future is dropped in silence."""
    now = cloud.now()
    entry = {"timestamp": timestamp(now), **entry, "receiveTimestamp": timestamp(now)}
    if not now - KEPT < datetime.fromisoformat(entry["timestamp"]) < now + FUTURE:
        return
    with cloud.store.transaction():
        number = int(cloud.store.last_key(COLLECTION) or 0) + 1
        # Entries of one instant are listed by this id: in the order of their arrival.
        cloud.store.put(COLLECTION, f"{number:012d}", {"insertId": f"{number:016d}", **entry})
        metrics.count(cloud, entry)


def write(cloud: Cloud, log: str, resource: Json, severity: str, **fields: Any) -> None:
    """Keep an entry of one of Google's own logs."""
    labels = {"project_id": cloud.project, **resource["labels"]}
    name = f"projects/{cloud.project}/logs/{quote(log, safe='')}"
    keep(cloud, {"logName": name, "resource": {**resource, "labels": labels}, "severity": severity, **fields})


def entries(cloud: Cloud, after: str = "") -> list[tuple[str, Json]]:
    """The entries that came after the one with this key, with their keys; one that was written twice comes once."""
    oldest = cloud.now() - KEPT
    found: dict[tuple[str, str], tuple[str, Json]] = {}
    for key, entry in cloud.store.items(COLLECTION, after=after):
        if datetime.fromisoformat(entry["timestamp"]) > oldest:
            found.setdefault((entry["timestamp"], entry["insertId"]), (key, entry))
    return list(found.values())


def delete_old(cloud: Cloud) -> None:
    """Forget the entries at the beginning that are older than is shown."""
    oldest = cloud.now() - KEPT
    for key, entry in cloud.store.items(COLLECTION):
        if datetime.fromisoformat(entry["timestamp"]) > oldest:
            return cloud.store.delete_before(COLLECTION, key)
    return None
