"""Weeks exported into spreadsheets by the commands as people type them, on the local BigQuery and the local Sheets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from operations.commands import spreadsheets, weekly
from operations.display import BUSINESS_ZONE
from operations.sheets.sheets_exporter import SheetsExporter
from operations.weeks.week_statements import Statements
from plain_command.errors import UserError
from tests.sql.captions import NOW, Row, caption
from tests.sql.warehouse import DATASET, Warehouse
from tests.unit.operations.sheets.local_sheets import LocalSheets, local_sheets

ID = "sched_20251104_200000_alice"
MONDAY = date(2025, 11, 10)
# Kind, caption, day and hour of Los Angeles: in no order, since a table has none.
MESSAGES = (("Bump", 3, 1, 8), ("PPV", 2, 0, 19), ("Follow up", None, 0, 20), ("PPV", 1, 0, 9))
STATES = f"SELECT DISTINCT scheduled_send_date AS day, status FROM {DATASET}.schedule_recommendations ORDER BY 1, 2"
LOG = f"""
SELECT status, export_format, sheet_name, message_count, error_message, exported_by
FROM {DATASET}.schedule_export_log
ORDER BY export_timestamp
"""


def stored(kind: str, caption_id: int | None, day: int, hour: int) -> Row:
    """A message as the builder stores it."""
    on = MONDAY + timedelta(days=day)
    return {
        "schedule_id": ID,
        "page_name": "alice",
        "scheduled_send_time": datetime(on.year, on.month, on.day, hour, 5, tzinfo=BUSINESS_ZONE),
        "scheduled_send_date": on,
        "scheduled_send_hour": hour,
        "message_type": kind,
        "caption_id": caption_id,
        "created_at": NOW,
        "is_active": True,
        "price_tier": "mid",
        "recommended_price": 25.0 if kind == "PPV" else None,
        "saturation_zone": "GREEN",
        "status": "pending",
    }


def locked(caption_id: int, day: int, hour: int) -> Row:
    """The lock of a message's caption."""
    return {
        "caption_id": caption_id,
        "caption_text": f"Caption number {caption_id}",
        "page_name": "alice",
        "schedule_id": ID,
        "assigned_date": NOW.date(),
        "scheduled_send_date": MONDAY + timedelta(days=day),
        "scheduled_send_hour": hour,
        "is_active": True,
    }


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A stored schedule with its captions."""
    warehouse.deploy(
        *("schedule_recommendations", "active_caption_assignments", "caption_bank", "audit_log", "feature_flags"),
        *("schedule_recommendations_messages", "schedule_export_log"),
    )
    warehouse.insert("schedule_recommendations", [stored(*one) for one in MESSAGES])
    locks = [locked(number, day, hour) for _, number, day, hour in MESSAGES if number is not None]
    warehouse.insert("active_caption_assignments", locks)
    warehouse.insert("caption_bank", [caption(n, "mid", "Solo") for n in range(1, 5)])
    for table in ("schedule_export_log", "audit_log"):
        warehouse.insert(table, [])
    return warehouse


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSheets]:
    with local_sheets(tmp_path, monkeypatch) as found:
        found.clock.now = NOW
        yield found


@pytest.fixture
def books(built: Warehouse, google: LocalSheets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The spreadsheets of a stack that is the warehouse of the tests; the switch is on."""
    built.insert("feature_flags", [switch(True, 1)])
    own, panel = google.made("Schedule #1A"), google.made("Active creators")
    address = f"https://docs.google.com/spreadsheets/d/{own}"
    google.put(panel, "Active creators!A1", [["Creator", "URL"], ["alice", address]])
    stated = {"exportSpreadsheet": google.made("Overview"), "controlPanel": panel}
    statements = Statements(built.client, built.place)
    exporter = SheetsExporter(statements, google.opened, stated, tmp_path, google.clock)
    monkeypatch.setattr(spreadsheets, "_exporter", lambda _: exporter)
    monkeypatch.setattr(spreadsheets, "_warehouse", lambda _: statements)
    monkeypatch.setattr("operations.stack.Stack.open", lambda *_: None)
    monkeypatch.setattr(spreadsheets, "now", google.clock)
    return {**stated, "own": own}


def switch(is_on: bool, minute: int) -> dict[str, Any]:
    at = datetime(2025, 11, 1, 0, minute, tzinfo=UTC)
    return {"flag": "auto_export", "is_enabled": is_on, "updated_at": at, "updated_by": "a test"}


def typed(*words: str) -> Result:
    return CliRunner().invoke(weekly.app, ["export", *words, "-s", "local"])


def refused(*words: str) -> UserError:
    error = typed(*words).exception
    assert isinstance(error, UserError), error
    return error


def test_a_built_week_goes_into_both_spreadsheets_and_its_states_and_attempts_are_told(
    built: Warehouse, google: LocalSheets, books: dict[str, str]
) -> None:
    assert json.loads(typed("status", "--json").stdout)[0]["state"] == "pending"
    done = typed("sheets", ID)
    assert done.exit_code == 0, done.output
    address = f"https://docs.google.com/spreadsheets/d/{books['exportSpreadsheet']}"
    assert f"3 messages stand in 'alice' of {address}" in done.output
    assert "1 follow-ups have no caption and are left out" in done.output
    assert [line[3:7] for line in google.shown(books["exportSpreadsheet"], "alice!A2:K")] == [
        ["2025-11-10 09:05:00", "PPV", "1", "Caption number 1"],
        ["2025-11-10 19:05:00", "PPV", "2", "Caption number 2"],
        ["2025-11-11 08:05:00", "Bump", "3", "Caption number 3"],
    ]
    assert {row["status"] for row in built.rows(STATES)} == {"imported"}
    assert refused("sheets", ID).exit_code == 10

    google.clock.sleep(60)
    assert typed("sheets", ID, "--panel", "--day", "2025-11-10").exit_code == 0
    grid = google.shown(books["own"], "Schedule #1A!B3:H")
    assert [(row[0], row[1]) for row in grid] == [
        ("Unlock", "9:05 AM"),
        ("Unlock", "7:05 PM"),
        ("Follow up", "8:05 PM"),
    ]

    assert [(row["status"], row["sheet_name"], row["message_count"]) for row in built.rows(LOG)] == [
        ("SUCCESS", "alice", 3),
        ("SKIPPED", "alice", 0),
        ("SUCCESS", "Schedule #1A, 2025-11-10", 3),
    ]
    told = typed("history", "--limit", "1").stdout
    assert "SHEETS Schedule #1A, 2025-11-10" in told
    assert ID in told
    assert "SKIPPED" not in told
    (state,) = json.loads(typed("status", "--page", "alice", "--json").stdout)
    assert (state["state"], state["status"], state["messages"]) == ("imported", "SUCCESS", 4)
    assert json.loads(typed("status", "--page", "bella", "--json").stdout) == []


def test_a_switch_that_is_off_and_a_sheet_that_is_not_shared_stop_it_and_what_failed_is_told(
    built: Warehouse, google: LocalSheets, books: dict[str, str]
) -> None:
    built.insert("feature_flags", [switch(True, 1), switch(False, 2)])
    assert refused("sheets", ID).message == "the switch auto_export is off"
    built.insert("feature_flags", [switch(False, 2), switch(True, 3)])
    google.clock.sleep(60)
    google.share(books["exportSpreadsheet"], "none")
    assert "share https://docs.google.com/spreadsheets/d/" in refused("sheets", ID).fix
    assert {row["status"] for row in built.rows(STATES)} == {"failed"}
    assert [(row["status"], row["export_format"]) for row in built.rows(LOG)] == [("FAILED", "SHEETS")] * 2
    assert "failed" in typed("status").stdout
    assert "The caller does not have permission" in typed("history").stdout

    google.clock.sleep(60)
    done = typed("sheets", "--pending")
    assert (done.exit_code, "does not have permission" in done.output) == (1, True)
    google.share(books["exportSpreadsheet"], "writer")
    done = typed("sheets", "--pending")
    assert (done.exit_code, done.output) == (0, f"{ID}: 3 messages in 'alice'\n1 schedules waited\n")
    assert built.rows(LOG)[-1]["exported_by"] == "SYSTEM"
    assert typed("sheets", "--pending").output == "0 schedules waited\n"
    assert json.loads(typed("sheets", ID, "--force", "--json").stdout)["messages"] == 3
    assert "there is no schedule" in refused("sheets", "sched_x").message
    assert refused("sheets").message == refused("sheets", ID, "--pending").message == "which schedule?"
    assert "one schedule" in refused("sheets", "--pending", "--panel").fix
    assert refused("sheets", ID, "--day", "2025-11-10").fix == "--panel --day DATE"
    assert "is no date" in refused("sheets", ID, "--panel", "--day", "monday").message
