"""Rows and readings for the tests of signals, health checks and alerts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from catalog.alert_signals import HOURLY, LOCKS, QUERIES
from tests.sql.messages import Row
from tests.sql.warehouse import DATASET, Warehouse

# Noon in Los Angeles.
NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
Key = tuple[str, str]


def ago(**parts: float) -> datetime:
    """An instant before NOW."""
    return NOW - timedelta(**parts)


def run(job_name: str, started: datetime, status: str = "SUCCESS", **values: Any) -> Row:
    """A row of etl_job_runs."""
    ended = None if status == "RUNNING" else started + timedelta(seconds=values.get("job_duration_seconds") or 60)
    identity = {"job_id": f"{job_name} {started:%d %H:%M}", "job_name": job_name, "job_start_time": started}
    return {**identity, "job_status": status, "job_end_time": ended} | values


def signals(warehouse: Warehouse, function: str, now: datetime = NOW) -> dict[Key, Row]:
    """What a function measured, by signal and subject."""
    rows = warehouse.rows(f"SELECT * FROM `{DATASET}.{function}`(@now)", now=now)
    found = {(row["signal"], row["subject"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def values(found: Mapping[Key, Row], names: Iterable[str]) -> dict[str, Any]:
    """Values of signals of the whole platform, rounded."""
    return {name: None if (value := found[name, ""]["value"]) is None else round(value, 4) for name in names}


def evaluate(warehouse: Warehouse, now: datetime = NOW) -> dict[Key, str]:
    """One run of the evaluator: the texts of its message by rule and level, empty when it was silent."""
    message = ""
    try:
        warehouse.call("evaluate_alerts_at", now)
    except GoogleAPICallError as error:
        message = str(error.message)
    if not message:
        return {}
    # The service words it with or without its reason: by whether the job or its results were asked first.
    found = re.search(r"EROS_ALERT\|(.*?)\|(?:; reason|\n|$)", message)
    assert found, message
    entries = [re.fullmatch(r"([a-z_0-9]+)=([A-Z]+):(.*)", entry) for entry in found[1].split("|")]
    assert all(entries), message
    return {(entry[1], entry[2]): entry[3] for entry in entries if entry}


def alerts(warehouse: Warehouse) -> list[Row]:
    """All rows of automation_alerts, in the order of their instants and kinds."""
    return warehouse.rows(f"SELECT * FROM `{DATASET}.automation_alerts` ORDER BY alert_time, alert_kind, alert_level")


def healthy(warehouse: Warehouse, now: datetime = NOW, **changed: float | None) -> None:
    """Job runs and a health check in which nothing is wrong but what is stated: values of signals by name."""
    calm = dict.fromkeys((*QUERIES, *LOCKS, *HOURLY), 0.0) | {"available_captions": 5000, "recent_assignments": 9}
    silent = ("ppv_pool", "bump_pool", "hard_filtered_percent", "pause_hours_over")
    calm = {name: value for name, value in calm.items() if name not in silent}
    stored = [
        {"signal": name, "subject": "", "value": value, "details": "page=alice", "is_waiting": False, "cadence": "RUN"}
        for name, value in (calm | changed).items()
    ]
    warehouse.insert(
        "health_checks", [{"check_time": now, "health_score": 100, "status": "HEALTHY", "signals": stored}]
    )
    if not warehouse.value(f"SELECT COUNT(*) FROM `{DATASET}.etl_job_runs`"):
        good = [run("sweep_expired_caption_locks", ago(hours=1), records_processed=40)]
        warehouse.insert("etl_job_runs", [*good, run("daily_automation", ago(hours=9), creators_processed=38)])


@pytest.fixture
def calm(warehouse: Warehouse) -> Warehouse:
    """A platform in which the evaluator has nothing to say."""
    healthy(warehouse)
    return warehouse
