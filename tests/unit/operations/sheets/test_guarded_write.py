"""After a write the part holds the new rows, or what it held before; what can be neither is kept in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from operations.sheets import cell_values, guarded_write
from operations.sheets.cell_values import SheetRow
from operations.sheets.guarded_write import TabPart, filled, tab_named
from operations.sheets.sheet_errors import SheetError
from tests.unit.operations.sheets.local_sheets import Fault, LocalSheets

NEW: list[SheetRow] = [[cell_values.text("new"), cell_values.text("row")]]
OLD = [["old", "row"], ["old", "second"]]


def part(wanted: list[SheetRow], rows: list[SheetRow] = NEW) -> TabPart:
    """One that writes `wanted` where `rows` should stand."""

    def requests(tabs: Any) -> list[dict[str, Any]]:
        place = tab_named(tabs, "it's")
        assert place is not None
        return [filled(place, made, wanted)]

    made = TabPart("it's", 2, 1, 3, rows, requests)
    return made


@pytest.fixture
def id_(google: LocalSheets) -> str:
    made = google.made("it's")
    google.put(made, "'it''s'!B3", OLD)
    google.put(made, "'it''s'!A1", [["head"]])
    return made


def stands(google: LocalSheets, id_: str) -> list[list[str]]:
    return google.shown(id_, "'it''s'!B3:C")


def test_rows_take_the_place_of_all_that_stood_there_and_of_nothing_else(google: LocalSheets, id_: str) -> None:
    guarded_write.write(google.opened(id_), part(NEW), Path("none"))
    assert stands(google, id_) == [["new", "row"]]
    assert google.shown(id_, "'it''s'!A1") == [["head"]]


def test_a_call_that_is_lost_before_or_after_its_work_is_done_again(google: LocalSheets, id_: str) -> None:
    google.faults += [Fault(503), Fault(0, after=True)]
    guarded_write.write(google.opened(id_), part(NEW), Path("none"))
    assert (stands(google, id_), google.clock.pauses) == ([["new", "row"]], [2, 4])


def test_a_call_whose_answers_are_all_lost_is_well_when_its_rows_stand_there(google: LocalSheets, id_: str) -> None:
    google.faults += [Fault(0, after=True) for _ in range(6)]
    guarded_write.write(google.opened(id_), part(NEW), Path("none"))
    assert stands(google, id_) == [["new", "row"]]


def test_rows_that_read_otherwise_give_way_to_what_stood_there(google: LocalSheets, id_: str, tmp_path: Path) -> None:
    wrong: list[SheetRow] = [[cell_values.text("other")]]
    with pytest.raises(SheetError, match="'it''s'!B3:C reads otherwise than it was written"):
        guarded_write.write(google.opened(id_), part(wrong), tmp_path / "kept.json")
    assert stands(google, id_) == OLD
    assert not (tmp_path / "kept.json").exists()


def test_a_refusal_leaves_what_stood_there(google: LocalSheets, id_: str) -> None:
    google.share(id_, "reader")
    with pytest.raises(SheetError, match="does not have permission"):
        guarded_write.write(google.opened(id_), part(NEW), Path("none"))
    assert stands(google, id_) == OLD


def test_a_refusal_is_told_also_when_the_same_rows_stand_there_already(google: LocalSheets, id_: str) -> None:
    guarded_write.write(google.opened(id_), part(NEW), Path("none"))
    google.share(id_, "reader")
    with pytest.raises(SheetError, match="does not have permission"):
        guarded_write.write(google.opened(id_), part(NEW), Path("none"))


def test_what_cannot_be_brought_back_is_in_a_file_that_the_message_names(
    google: LocalSheets, id_: str, tmp_path: Path
) -> None:
    backup = tmp_path / "kept" / "grid.json"
    google.faults += [Fault(503) for _ in range(6)]
    # The write fails for good, and then nothing can be read any more.
    sheet = google.opened(id_)
    reads = iter(range(100))

    class Silent(type(sheet.http)):  # type: ignore[misc]
        def fetch_sheet_metadata(self, *arguments: Any, **options: Any) -> Any:
            if next(reads) >= 8:
                google.faults.append(Fault(503, method="GET"))
            return super().fetch_sheet_metadata(*arguments, **options)

    sheet.http.__class__ = Silent
    with pytest.raises(SheetError, match="whether it holds the old or the new rows is unknown") as found:
        guarded_write.write(sheet, part(NEW), backup)
    assert found.value.fix == f"export again; what stood there before is in {backup}"
    kept = json.loads(backup.read_text(encoding="utf-8"))
    texts = [[cell["userEnteredValue"]["stringValue"] for cell in row] for row in kept["rows"]]
    assert (kept["area"], texts) == ("'it''s'!B3:C", OLD)


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ([[cell_values.text("a"), {}], [{}]], [[cell_values.text("a")]], True),
        ([[cell_values.text("a")]], [[cell_values.text("b")]], False),
        (
            [[{"userEnteredValue": {"numberValue": 45971.377}}]],
            [[{"userEnteredValue": {"numberValue": 45971.3770000001}}]],
            True,
        ),
        ([[{"userEnteredValue": {"numberValue": 1}}]], [[{"userEnteredValue": {"boolValue": True}}]], False),
        ([[{}, cell_values.text("a")]], [[cell_values.text("a")]], False),
        ([], [[{}]], True),
    ],
)
def test_cells_are_the_same_by_their_values(one: list[SheetRow], other: list[SheetRow], are: bool) -> None:
    assert cell_values.same(one, other) is are
