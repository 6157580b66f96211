"""The grid of the control panel: which spreadsheet, which tab, which words and prices, and at most so many rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from operations.sheets import control_panel, guarded_write
from operations.sheets.sheet_errors import SheetError
from operations.weeks.stored_weeks import StoredMessage
from tests.unit.operations.sheets.local_sheets import LocalSheets

NINE = datetime(2025, 11, 10, 9, 3)


def message(kind: str = "PPV", price: float | None = 25.0, at: datetime = NINE, text: str = "Hello") -> StoredMessage:
    return StoredMessage(at, kind, 7, text, "mid", price, ())


def panel_of(google: LocalSheets, *lines: list[str], title: str = "Active creators") -> str:
    id_ = google.made(title, "Import Logs")
    google.put(id_, f"{title}!A1", [["Creator", "URL", "Status"], *lines])
    return id_


def test_the_panel_leads_to_the_spreadsheet_of_a_page(google: LocalSheets) -> None:
    address = "https://docs.google.com/spreadsheets/d/1Alice-x_9/edit#gid=0"
    panel = google.opened(panel_of(google, ["bella", "none yet"], [" Alice ", address, "Active"]), "controlPanel")
    assert control_panel.spreadsheet_of(panel, "alice") == "1Alice-x_9"
    with pytest.raises(SheetError, match="row 2 of Active creators has no spreadsheet for bella") as found:
        control_panel.spreadsheet_of(panel, "bella")
    assert "Active creators!B2" in found.value.fix
    with pytest.raises(SheetError, match="Active creators has no row for carla"):
        control_panel.spreadsheet_of(panel, "carla")


def test_a_panel_whose_tab_was_renamed_names_the_tabs_that_it_has(google: LocalSheets) -> None:
    panel = google.opened(panel_of(google, title="Creators"))
    with pytest.raises(SheetError, match="has no tab 'Active creators'; it has 'Creators', 'Import Logs'") as found:
        control_panel.spreadsheet_of(panel, "alice")
    assert found.value.fix.startswith("if it was renamed, rename it back")


def test_the_grid_holds_kinds_times_captions_and_prices_in_the_panels_words(google: LocalSheets) -> None:
    id_ = google.made("Schedule #1A")
    google.put(id_, "Schedule #1A!A1", [["title"], ["row", *control_panel.COLUMNS]])
    google.put(id_, "Schedule #1A!B3", [["old"] * 7 for _ in range(30)])
    google.put(id_, "Schedule #1A!I3", [["a note"]])
    messages = [
        message(),
        message("Bump", None, datetime(2025, 11, 10, 12, 30), "=free"),
        message("Follow up", None, datetime(2025, 11, 10, 13, 3), ""),
        message("PPV", 12.5, datetime(2025, 11, 11, 0, 5)),
    ]
    sheet = google.opened(id_)
    guarded_write.write(sheet, control_panel.part(sheet, control_panel.rows(messages)), Path("none"))
    assert google.shown(id_, "Schedule #1A!B3:H") == [
        ["Unlock", "9:03 AM", "", "", "Hello", "Monday 2025-11-10", "$25"],
        ["Photo bump", "12:30 PM", "", "", "=free", "Monday 2025-11-10", "."],
        ["Follow up", "1:03 PM", "", "", "", "Monday 2025-11-10"],
        ["Unlock", "12:05 AM", "", "", "Hello", "Tuesday 2025-11-11", "$12.50"],
    ]
    assert google.shown(id_, "Schedule #1A!I3") == [["a note"]]
    assert google.shown(id_, "Schedule #1A!A1:B2") == [["title"], ["row", "message_type"]]


def test_a_grid_with_too_few_rows_grows_and_one_with_too_few_columns_is_refused(google: LocalSheets) -> None:
    short, narrow = google.made("Schedule #1A", rows=4), google.made("Schedule #1A", columns=7)
    rows = control_panel.rows([message()] * 20)
    sheet = google.opened(short)
    guarded_write.write(sheet, control_panel.part(sheet, rows), Path("none"))
    assert len(google.shown(short, "Schedule #1A!B3:H")) == 20
    sheet = google.opened(narrow)
    with pytest.raises(SheetError, match="has only 7 columns"):
        guarded_write.write(sheet, control_panel.part(sheet, rows), Path("none"))
    assert google.shown(narrow, "Schedule #1A") == []


@pytest.mark.parametrize("price", [(25.0, "$25"), (25.005, "$25.01"), (0.1 + 0.2, "$0.30"), (99.999, "$100")])
def test_prices_are_whole_dollars_or_cents(price: tuple[float, str]) -> None:
    assert control_panel.price(message(price=price[0])) == price[1]
