"""Fire drills: alerts on a deployed platform, from rows in its tables to the notification in the outbox."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog import load_cached as load_catalog
from catalog.alert_signals import HOURLY, LOCKS, QUERIES
from catalog.alerts import ABOVE, LEVELS, Condition
from gcp_local import environment
from local.cloud import DATASET
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

RULES = load_catalog(ROOT).alerts
MEASURED = {*QUERIES, *LOCKS, *HOURLY}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("drills")
    (folder / "program").mkdir()
    with deployed(folder / "program", folder / "state", shared_folder(tmp_path_factory)) as made:
        yield made


def local(platform: Deployment, path: str, **body: Any) -> Any:
    """A request to what the local cloud has beside Google's methods."""
    address = f"{environment.url(platform.ports[environment.SERVICES])}/local/{path}"
    data = json.dumps(body).encode() if path == "evaluate" else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def measured(platform: Deployment, values: Mapping[str, float]) -> None:
    """A health check of now with these values, and job runs that are well."""
    rows = [
        {"signal": name, "subject": "", "value": value, "details": "page=alice", "is_waiting": False}
        for name, value in values.items()
    ]
    now = datetime.now(UTC).isoformat()
    client = platform.client()
    client.query(f"DELETE FROM `{DATASET}.automation_alerts` WHERE TRUE").result(timeout=60)
    run = {"job_id": now, "job_name": "sweep_expired_caption_locks", "job_start_time": now, "job_status": "SUCCESS"}
    place = f"{client.project}.{DATASET}"
    assert client.insert_rows_json(f"{place}.etl_job_runs", [run]) == []
    check = {"check_time": now, "health_score": 100, "status": "HEALTHY", "signals": rows}
    assert client.insert_rows_json(f"{place}.health_checks", [check]) == []


def drill(platform: Deployment) -> dict[tuple[str, str], dict[str, Any]]:
    """One run of the evaluator and of the policies: what lies in the outbox since, by rule and level."""
    before = local(platform, "outbox")["total"]
    platform.eros("schedules", "--stack", "local", "run", "alert_evaluation")
    local(platform, "evaluate")
    records = local(platform, f"outbox?after={before}")["records"]
    return {(one["userLabels"]["rule"], one["userLabels"]["level"].upper()): one for one in records}


def calm() -> dict[str, float]:
    """Values that meet no condition."""
    return {
        one.signal: 0.0 if one.comparison == ABOVE else 1e6
        for rule in RULES.values()
        for one in rule.conditions
        if one.signal in MEASURED
    } | {"hard_filtered_percent": 50.0}


def worst(conditions: list[Condition]) -> float:
    one = min(conditions, key=lambda each: LEVELS.index(each.level))
    return math.nextafter(one.threshold, math.inf if one.comparison == ABOVE else -math.inf)


def test_every_rule_on_what_is_measured_reaches_the_outbox_and_calm_does_not(platform: Deployment) -> None:
    measured(platform, calm())
    assert drill(platform) == {}
    signals: dict[str, list[Condition]] = {}
    for rule in RULES.values():
        for one in rule.conditions:
            if rule.enabled and one.signal in MEASURED:
                signals.setdefault(one.signal, []).append(one)
    measured(platform, calm() | {name: worst(conditions) for name, conditions in signals.items()})
    told = drill(platform)
    for rule in RULES.values():
        best = min(
            (
                LEVELS.index(one.level)
                for one in rule.conditions
                if one.signal in signals
                and one.level == min((each.level for each in signals[one.signal]), key=LEVELS.index)
            ),
            default=None,
        )
        if not rule.enabled or best is None:
            continue
        level = LEVELS[best]
        record = told[rule.name, level]
        assert record["severity"] == level
        text = json.dumps(record)
        assert rule.actions[0].replace('"', '\\"') in text, rule.name
        assert "Expected: at " in text
        assert "Measured: " in text
        assert "extracted_label" not in text
