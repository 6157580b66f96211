"""Exports without a warehouse: what is left to a person, and what a failure leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.errors import CloudError
from operations.weeks import exporting
from operations.weeks.exporting import Exporter
from operations.weeks.stored_weeks import StoredWeek

ID = "sched_20251103_101500_alice"
ROW = {
    "schedule_id": ID,
    "page_name": "alice",
    "scheduled_send_time": datetime(2025, 11, 10, 20, tzinfo=UTC),
    "message_type": "PPV",
    "caption_id": 7,
    "caption_text": "Seven",
    "price_tier": "mid",
    "content_category": "B/G",
    "has_urgency": False,
    "performance_score": 0.5,
}


class Warehouse:
    """Holds one message and its log; breaks after the message if it shall."""

    def __init__(self, *, breaks: bool = False, switched: bool = True) -> None:
        self._breaks, self._switched = breaks, switched
        self.log: list[dict[str, Any]] = []

    def rows(self, sql: str, /, **values: Any) -> list[SimpleNamespace]:
        assert values == {"flag": "auto_export"}
        return [SimpleNamespace(is_enabled=self._switched)]

    def rows_one_by_one(self, sql: str, /, **values: Any) -> Iterator[dict[str, Any]]:
        yield ROW
        if self._breaks:
            raise CloudError("schedules: gone", fix="wait")

    def change(self, sql: str, /, **values: Any) -> int:
        self.log.append(values)
        return 1


def exporter(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, **values: Any) -> Exporter:
    week = StoredWeek(ID, "alice", "GREEN", values.get("is_active", True), (), {})
    monkeypatch.setattr(exporting, "stored_week", lambda warehouse, wanted: week)
    found: Any = warehouse
    return Exporter(found, "SYSTEM")


def test_zone_red_is_left_to_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse()
    one = exporter(warehouse, monkeypatch)
    assert one.by_itself(ID, "RED", tmp_path) == f"{ID}: zone RED is exported by a person only: eros export csv {ID}"
    assert (list(tmp_path.iterdir()), warehouse.log) == ([], [])
    for zone in ("GREEN", "YELLOW"):
        assert one.by_itself(ID, zone, tmp_path) == f"{tmp_path / ID}.csv: 1 messages"
    assert [row["status"] for row in warehouse.log] == ["SUCCESS"] * 2


def test_the_switch_stops_what_programs_export_and_no_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = exporter(Warehouse(switched=False), monkeypatch)
    said = one.by_itself(ID, "GREEN", tmp_path)
    assert said == f"{ID}: the switch auto_export is off, so that no program exports it: eros export csv {ID}"
    assert list(tmp_path.iterdir()) == []
    assert one.csv(ID, tmp_path / "week.csv").messages == 1


def test_an_export_that_breaks_leaves_the_old_file_and_says_so_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, path = Warehouse(breaks=True), tmp_path / "week.csv"
    path.write_text("old")
    with pytest.raises(CloudError, match="gone"):
        exporter(warehouse, monkeypatch).csv(ID, path)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("week.csv", "old")]
    (row,) = warehouse.log
    assert (row["status"], row["messages"], row["form"]) == ("FAILED", 1, "CSV")
    assert "schedules: gone" in row["error"]


def test_a_check_that_fails_is_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(warehouse: Any, wanted: str) -> StoredWeek:
        raise CloudError("schedules: no access", fix="ask")

    one = exporter(Warehouse(), monkeypatch)
    monkeypatch.setattr(exporting, "stored_week", broken)
    for export in (one.csv, one.json):
        with pytest.raises(CloudError, match="no access"):
            export(ID, tmp_path / "week")
    assert list(tmp_path.iterdir()) == []
