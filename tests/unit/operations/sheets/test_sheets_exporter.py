"""Exports as a whole, with a warehouse that answers what the test says: gate, cells, states, and one row an attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.errors import CloudError
from operations.sheets import export_gate, sheets_exporter
from operations.sheets.sheet_errors import AlreadyExported, GateClosed, SheetError
from operations.sheets.sheets_exporter import SheetsExporter
from operations.weeks import exporting, stored_weeks
from operations.weeks.errors import WeekError
from operations.weeks.export_log import LOG
from operations.weeks.week_statements import Statements
from settings.errors import ErosError
from tests.unit.operations.sheets.local_sheets import Fault, LocalSheets

ID = "sched_20251103_101500_alice"
SENT = datetime(2025, 11, 10, 17, 3, tzinfo=UTC)


def stored(number: int, kind: str = "PPV", **changes: Any) -> SimpleNamespace:
    """A row of schedule_recommendations with its locked text, an hour after the one before."""
    values: dict[str, Any] = {
        "schedule_id": ID,
        "page_name": "alice",
        "scheduled_send_time": SENT + timedelta(hours=number),
        "message_type": kind,
        "caption_id": None if kind == "Follow up" else number,
        "caption_text": "" if kind == "Follow up" else f"=caption {number}",
        "price_tier": "mid",
        "recommended_price": 25.0 if kind == "PPV" else None,
        "saturation_zone": "GREEN",
        "is_active": True,
        "status": "pending",
        "why": "",
        "content_category": "Solo",
        "has_urgency": False,
        "performance_score": 0.5,
    }
    return SimpleNamespace(**values | changes)


class Row(SimpleNamespace):
    """A row that is read by names in brackets, too."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@dataclass
class Warehouse:
    """Rows of one schedule, the switch, the last export, and what was written."""

    messages: list[SimpleNamespace] = field(
        default_factory=lambda: [stored(1), stored(2, "Bump"), stored(3, "Follow up")]
    )
    switch: bool | None = True
    exported: datetime | None = None
    fails: str = ""
    log: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)

    def rows(self, sql: str, /, **values: Any) -> list[Any]:
        self._fail(sql)
        if sql in (stored_weeks.MESSAGES, exporting.MESSAGES):
            return [Row(**vars(one)) for one in self.messages if one.schedule_id == values["id"]]
        if sql == export_gate.SWITCHED:
            return [] if self.switch is None else [SimpleNamespace(is_enabled=self.switch)]
        if sql == export_gate.EXPORTED:
            self.asked = values
            return [SimpleNamespace(newest=self.exported)]
        return []

    def change(self, sql: str, /, **values: Any) -> int:
        self._fail(sql)
        (self.log if sql == LOG else self.marks).append(values)
        return 1

    def _fail(self, sql: str) -> None:
        if self.fails and self.fails in sql:
            raise CloudError("the warehouse did not answer")


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


@pytest.fixture
def book(google: LocalSheets) -> str:
    return google.made("Overview")


@pytest.fixture
def exporter(google: LocalSheets, warehouse: Warehouse, book: str, tmp_path: Path) -> SheetsExporter:
    own = google.made("Schedule #1A")
    panel = google.made("Active creators")
    google.put(
        panel, "Active creators!A1", [["Creator", "URL"], ["Alice", f"https://docs.google.com/spreadsheets/d/{own}"]]
    )
    stated = {"exportSpreadsheet": book, "controlPanel": panel, "own": own}
    return SheetsExporter(cast(Statements, warehouse), google.opened, stated, tmp_path, google.clock)


def logged(warehouse: Warehouse) -> dict[str, Any]:
    """The one row of the attempt."""
    (row,) = warehouse.log
    assert row["seconds"] >= 0
    return {name: row[name] for name in ("id", "page", "messages", "status", "error", "form", "by", "sheet")}


def refused(export: Callable[[], object], kind: type[ErosError] = GateClosed) -> ErosError:
    with pytest.raises(kind) as found:
        export()
    assert found.value.fix
    return found.value


def test_a_schedule_goes_into_the_tab_of_its_page_and_its_messages_are_imported(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str
) -> None:
    done = exporter.tab(ID)
    assert (done.sheet, done.messages, done.left_out) == ("alice", 2, 1)
    assert done.address == f"https://docs.google.com/spreadsheets/d/{book}"
    assert [line[4:7] for line in google.shown(book, "alice!A2:K")] == [
        ["PPV", "1", "=caption 1"],
        ["Bump", "2", "=caption 2"],
    ]
    (mark,) = warehouse.marks
    day = date(2025, 11, 10)
    assert mark == {"id": ID, "page": "alice", "status": "imported", "now": google.clock(), "first": day, "last": day}
    assert logged(warehouse) == {
        **{"id": ID, "page": "alice", "messages": 2, "status": "SUCCESS", "error": ""},
        **{"form": "SHEETS", "by": "USER", "sheet": "alice"},
    }


def test_a_schedule_goes_into_the_grid_of_the_pages_own_spreadsheet_a_day_at_a_time(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter
) -> None:
    warehouse.messages.append(stored(24))
    assert exporter.panel(ID, date(2025, 11, 11)).messages == 1
    assert [row[4] for row in google.shown(exporter.stated["own"], "Schedule #1A!B3:H")] == ["=caption 24"]
    assert (logged(warehouse)["sheet"], warehouse.marks[0]["first"]) == ("Schedule #1A, 2025-11-11", date(2025, 11, 11))
    assert exporter.panel(ID).messages == 4
    grid = google.shown(exporter.stated["own"], "Schedule #1A!B3:H")
    assert [row[0] for row in grid] == ["Unlock", "Photo bump", "Follow up", "Unlock"]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([stored(1, is_active=False)], "was withdrawn"),
        ([stored(1, saturation_zone="RED")], "zone of alice is RED"),
        ([stored(1, recommended_price=None)], "PPV at 2025-11-10 10:03 has no price"),
        ([stored(1, recommended_price=float("nan"))], "has no price"),
        ([stored(1, kind="Photo")], "Photo at 2025-11-10 10:03 is of no kind that is known: PPV, Bump, Follow up"),
        ([stored(1, caption_id=None)], "has no caption"),
        ([stored(1), stored(2, caption_id=1)], "caption 1 stands in it 2 times"),
        ([stored(1, kind="Follow up")], "no message with a caption"),
        ([stored(1, caption_text=None)], "caption 1 of schedule sched_20251103_101500_alice has no text any more"),
        (
            [stored(1, caption_text="x" * 100_000)],
            "caption 1 has 100,000 characters; a cell of Google Sheets takes 50,000",
        ),
    ],
)
@pytest.mark.parametrize("panel", [False, True], ids=["tab", "panel"])
def test_what_a_check_of_the_gate_refuses_is_written_nowhere_but_in_the_log(
    google: LocalSheets,
    warehouse: Warehouse,
    exporter: SheetsExporter,
    book: str,
    messages: list[SimpleNamespace],
    said: str,
    panel: bool,
) -> None:
    warehouse.messages = messages
    error = refused(lambda: exporter.panel(ID) if panel else exporter.tab(ID))
    assert said in error.message
    assert error.exit_code == 9
    assert google.titles(book) == ["Overview"]
    assert google.shown(exporter.stated["own"], "Schedule #1A") == []
    assert warehouse.marks == []
    row = logged(warehouse)
    assert (row["status"], row["messages"], said in row["error"]) == ("FAILED", 0, True)


@pytest.mark.parametrize(
    ("switch", "said", "fix"),
    [(False, "is off", "eros flags set auto_export on"), (None, "is not set", "daily_automation")],
)
def test_the_switch_stops_every_export(
    warehouse: Warehouse, exporter: SheetsExporter, switch: bool | None, said: str, fix: str
) -> None:
    warehouse.switch = switch
    error = refused(lambda: exporter.tab(ID, force=True))
    assert error.message == f"the switch auto_export {said}"
    assert fix in error.fix


@pytest.mark.parametrize("statement", ["{feature_flags}", "AS newest"])
def test_a_check_that_cannot_be_made_fails_the_export(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str, statement: str
) -> None:
    warehouse.fails = statement
    with pytest.raises(CloudError, match="did not answer"):
        exporter.tab(ID)
    assert google.titles(book) == ["Overview"]
    assert logged(warehouse)["status"] == "FAILED"


def test_the_same_goes_out_once_in_24_hours_unless_it_is_forced(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str
) -> None:
    warehouse.exported = google.clock() - timedelta(hours=2)
    error = refused(lambda: exporter.tab(ID), AlreadyExported)
    assert error.message == f"{ID} was exported into 'alice' at 2025-11-09 10:00 UTC"
    assert (error.exit_code, error.fix) == (10, "--force exports it again")
    assert warehouse.asked == {"id": ID, "sheet": "alice", "newer_than": google.clock() - timedelta(hours=24)}
    assert (logged(warehouse)["status"], google.titles(book)) == ("SKIPPED", ["Overview"])
    warehouse.log.clear()
    exporter.tab(ID, force=True)
    assert (logged(warehouse)["status"], google.titles(book)) == ("SUCCESS", ["Overview", "alice"])


@pytest.mark.parametrize(("panel", "count", "most"), [(True, 21, 20), (True, 500, 20), (False, 501, 500)])
def test_more_messages_than_have_room_are_refused(
    warehouse: Warehouse, exporter: SheetsExporter, panel: bool, count: int, most: int
) -> None:
    warehouse.messages = [stored(number) for number in range(count)]
    error = refused(lambda: exporter.panel(ID) if panel else exporter.tab(ID))
    assert f"has {count} messages" in error.message
    assert f"takes {most}" in error.message
    assert ("--day 2025-11-10" in error.fix) is panel


def test_a_spreadsheet_that_refuses_leaves_the_messages_failed_and_can_be_tried_again(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str
) -> None:
    google.share(book, "reader")
    error = refused(lambda: exporter.tab(ID), SheetError)
    assert "The caller does not have permission" in error.message
    assert [mark["status"] for mark in warehouse.marks] == ["failed"]
    assert (logged(warehouse)["status"], logged(warehouse)["messages"]) == ("FAILED", 0)
    assert google.titles(book) == ["Overview"]
    google.share(book, "writer")
    warehouse.log.clear()
    exporter.tab(ID)
    assert (warehouse.marks[-1]["status"], logged(warehouse)["status"]) == ("imported", "SUCCESS")


def test_a_new_tab_whose_writing_came_to_nothing_is_not_there(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.sheets.guarded_write.same", lambda *_: False)
    refused(lambda: exporter.tab(ID), SheetError)
    assert google.titles(book) == ["Overview"]


def test_what_is_out_while_its_state_could_not_be_written_is_partial(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, book: str
) -> None:
    warehouse.fails = sheets_exporter.MARK
    with pytest.raises(CloudError, match="did not answer"):
        exporter.tab(ID)
    assert (logged(warehouse)["status"], logged(warehouse)["messages"]) == ("PARTIAL", 2)
    assert google.titles(book) == ["Overview", "alice"]


def test_an_export_that_somebody_stops_leaves_its_row(
    google: LocalSheets, warehouse: Warehouse, exporter: SheetsExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(google.clock, "sleep", stop)
    google.faults.append(Fault(503))
    with pytest.raises(KeyboardInterrupt):
        replace(exporter, open_sheet=google.opened).tab(ID)
    assert (logged(warehouse)["status"], logged(warehouse)["error"]) == ("FAILED", "KeyboardInterrupt")


def test_a_schedule_that_is_none_and_a_spreadsheet_that_is_not_stated_are_told(
    warehouse: Warehouse, exporter: SheetsExporter
) -> None:
    refused(lambda: exporter.tab("sched_20990101_000000_nobody"), WeekError)
    assert warehouse.log == []
    bare = replace(exporter, stated={})
    for export, key in ((bare.tab, "exportSpreadsheet"), (bare.panel, "controlPanel")):
        assert f"pulumi config set {key} ID" in refused(lambda: export(ID), SheetError).fix  # noqa: B023
    assert "has no message on 2025-11-12" in refused(lambda: exporter.panel(ID, date(2025, 11, 12))).message
