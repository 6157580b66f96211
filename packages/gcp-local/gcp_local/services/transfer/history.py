"""Where runs are kept: their records, the queue of those that wait or run, their log messages, and how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.logs import history as entries
from gcp_local.services.scalars import timestamp

# Keys are CONFIG/RUN, in all three.
RUNS = "transfer.runs"
QUEUE = "transfer.queue"
LOGS = "transfer.logs"
KEPT = timedelta(days=90)
LIVE = ("PENDING", "RUNNING")
LOG = "bigquerydatatransfer.googleapis.com/transfer_config"


def key_of(run: Json) -> str:
    """CONFIG/RUN of a run."""
    words = str(run["name"]).split("/")
    return f"{words[-3]}/{words[-1]}"


def save_run(cloud: Cloud, run: Json, **changes: Any) -> Json:
    """Keep a run with some fields changed, and queue it while it waits or runs."""
    run = {**run, **changes, "updateTime": timestamp(cloud.now())}
    key = key_of(run)
    with cloud.store.transaction():
        cloud.store.put(RUNS, key, run)
        if run["state"] in LIVE:
            cloud.store.put(QUEUE, key, {"state": run["state"]})
        else:
            cloud.store.delete(QUEUE, key)
    return run


def live_runs(cloud: Cloud, config_id: str = "") -> list[Json]:
    """The runs that wait or run, oldest schedule time first."""
    prefix = f"{config_id}/" if config_id else ""
    found = (cloud.store.get(RUNS, key) for key, _ in cloud.store.items(QUEUE, prefix))
    return sorted((run for run in found if run), key=_age)


def _age(run: Json) -> tuple[datetime, datetime]:
    # As instants: the texts differ in their number of digits.
    return datetime.fromisoformat(run["scheduleTime"]), datetime.fromisoformat(run["runTime"])


def delete_run(cloud: Cloud, key: str) -> None:
    """Forget a run and its messages."""
    for collection in (RUNS, QUEUE, LOGS):
        cloud.store.delete(collection, key)


def delete_old_runs(cloud: Cloud) -> None:
    """Forget what ended more than 90 days ago, as Google does."""
    oldest = cloud.now() - KEPT
    for key, run in cloud.store.items(RUNS):
        if run["state"] not in LIVE and datetime.fromisoformat(run["scheduleTime"]) < oldest:
            delete_run(cloud, key)


def log(cloud: Cloud, run: Json, text: str, severity: str = "INFO") -> None:
    """Add a message to a run's log, and to Cloud Logging (docs.cloud.google.com/bigquery/docs/dts-monitor#logs)."""
    key = key_of(run)
    message = {"messageTime": timestamp(cloud.now()), "severity": severity, "messageText": text}
    with cloud.store.transaction():
        known = cloud.store.get(LOGS, key) or {"messages": []}
        cloud.store.put(LOGS, key, {"messages": [*known["messages"], message]})
        labels = {"run_id": key.rpartition("/")[2]}
        entries.write(cloud, LOG, resource_of(run), severity, jsonPayload={"message": text}, labels=labels)


def resource_of(run: Json) -> Json:
    """The config of a run as Logging and Monitoring name it."""
    words = str(run["name"]).split("/")
    return {"type": "bigquery_dts_config", "labels": {"location": words[3], "config_id": words[-3]}}


def messages(cloud: Cloud, key: str) -> list[Json]:
    """A run's messages, oldest first."""
    found: list[Json] = (cloud.store.get(LOGS, key) or {"messages": []})["messages"]
    return found
