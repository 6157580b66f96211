"""The commands on weeks as people type them, on the local BigQuery; today is today."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from operations.commands import weekly
from operations.display import BUSINESS_ZONE
from operations.weeks.page_facts import next_monday
from operations.weeks.week_statements import Statements
from scheduling import profiles
from tests.sql.emulator import ROOT
from tests.sql.warehouse import Warehouse
from tests.sql.weeks.test_building_weeks import HELD, QUEUE, STORED, ready, report

__all__ = ["ready"]


@pytest.fixture
def agency(ready: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Reports of today, and a stack that is the warehouse of the tests."""
    ready.deploy("schedule_recommendations_messages", "schedule_export_log")
    ready.insert("schedule_export_log", [])
    ready.insert("feature_flags", [{"flag": "auto_export", "is_enabled": True, "updated_at": datetime.now(UTC)}])
    today = datetime.now(UTC).astimezone(BUSINESS_ZONE).date()
    ready.insert("creator_reports", [report(page, today) for page in ("alice", "bella")])
    statements = Statements(ready.client, ready.place)
    monkeypatch.setattr(weekly, "_warehouse", lambda stack: statements)
    monkeypatch.setattr(weekly, "_opened", lambda stack, profile: (statements, profiles.load(ROOT, profile)))
    return ready


def typed(*words: str) -> Result:
    return CliRunner().invoke(weekly.app, [*words, "-s", "local"])


def built(*words: str) -> dict[str, Any]:
    done = typed("week", "build", "--page", "alice", "--json", *words)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("selected_once")
def test_a_week_is_previewed_built_shown_exported_cancelled_built_again_and_compared(
    agency: Warehouse, tmp_path: Path
) -> None:
    monday = str(next_monday(datetime.now(UTC)))
    preview = built("--dry-run", "--seed", "7")
    assert (preview["scheduleId"], preview["built"]["monday"]) == (None, monday)
    assert agency.rows(STORED) == []

    first = built("--week", monday)
    id_ = first["scheduleId"]
    shown = typed("week", "show", id_, "--why").output
    assert f"{id_} of alice: active" in shown
    assert "6 messages that sell and 4 free ones (aims: 6 and 4)" in shown
    assert all(reason in shown for message in first["messages"] for reason in message["why"])
    again = typed("week", "build", "--page", "alice")
    assert f"eros week cancel {id_}" in getattr(again.exception, "fix", "")

    path = tmp_path / "a.csv"
    assert f"{path}: 10 messages" in typed("export", "csv", id_, "--output", str(path)).output
    with path.open(encoding="utf-8", newline="") as file:
        assert [line["schedule_id"] for line in csv.DictReader(file)] == [id_] * 10

    assert typed("week", "cancel", id_, "--reason", "a test").exit_code == 0
    assert agency.rows(HELD) == []
    twice = typed("week", "cancel", id_)
    assert "is not active" in str(twice.exception)
    second = built()
    compared = typed("week", "diff", id_, second["scheduleId"])
    assert compared.exit_code == 0
    assert {line[0] for line in compared.stdout.splitlines()} <= {"+", "-", "~"}
    assert typed("week", "diff", id_, id_).stdout == ""


def test_a_run_over_all_creators_builds_exports_and_says_what_it_did(agency: Warehouse, tmp_path: Path) -> None:
    done = typed("week", "run", "--once", "--all", "--export", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "2 built, 0 had one, 0 failed" in done.output
    ids = {row["schedule_id"] for row in agency.rows(f"{QUEUE} WHERE status = 'COMPLETED'")}
    assert {path.name for path in tmp_path.iterdir()} == {f"{id_}.csv" for id_ in ids}
    assert len(ids) == 2
    assert "0 built, 2 had one, 0 failed" in typed("week", "run", "--once", "--all").output
