"""A part of a tab is written and read back; what cannot be written whole leaves what stood there before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.sheets.cell_values import SheetRow, same
from operations.sheets.connection import Json, Spreadsheet
from operations.sheets.sheet_errors import SheetBusy, SheetError

TABS = "sheets(properties,bandedRanges)"
CELLS = "sheets(properties.title,data.rowData.values.userEnteredValue)"


@dataclass(frozen=True, slots=True)
class TabPart:
    """The columns from `left` (0 is A) to before `right` of a tab, from the row `top` (0 is 1) on, and all below.

    `requests` says how they come to hold `rows`, from the tabs as they are.
    """

    title: str
    top: int
    left: int
    right: int
    rows: Sequence[SheetRow]
    requests: Callable[[Sequence[Json]], list[Json]]

    @property
    def area(self) -> str:
        """In A1 notation; quotes in titles are doubled (developers.google.com/workspace/sheets/api/guides/concepts)."""
        quoted = self.title.replace("'", "''")
        return f"'{quoted}'!{_letter(self.left)}{self.top + 1}:{_letter(self.right - 1)}"


def write(sheet: Spreadsheet, part: TabPart, backup: Path) -> None:
    """The part holds its rows, or what it held. Errors: SheetError; `backup` is a file that is written only when what
    stood there cannot be brought back.
    """
    before = _cells(sheet, part)
    failure: SheetError | None = None
    try:
        # Each try looks anew: of one whose answer was lost nobody knows what it did. A refusal has done nothing.
        sheet.tries(lambda: sheet.change(part.requests(tabs(sheet))))
    except SheetBusy as error:
        failure = error
    try:
        now = _cells(sheet, part)
        if now is not None and same(now, part.rows):
            return
        failure = failure or SheetError(
            f"{part.area} reads otherwise than it was written", fix=f"does somebody else write there? {sheet.address}"
        )
        _restore(sheet, part, before, now)
    except SheetError as error:
        raise _lost(error, failure, part, before, backup) from failure
    raise failure


def tabs(sheet: Spreadsheet) -> list[Json]:
    """The tabs with their properties and bands. Errors: SheetError."""
    found: list[Json] = sheet.read(TABS).get("sheets", [])
    return found


def tab_named(found: Sequence[Json], title: str) -> Json | None:
    """The properties of the tab with this title; titles differ by more than by upper and lower case."""
    properties: list[Json] = [one["properties"] for one in found]
    return next((one for one in properties if one["title"].casefold() == title.casefold()), None)


def _cells(sheet: Spreadsheet, part: TabPart) -> list[SheetRow] | None:
    """What the part holds; None when there is no such tab."""
    place = tab_named(tabs(sheet), part.title)
    if place is None or place["gridProperties"]["rowCount"] <= part.top:
        return None if place is None else []
    (found,) = sheet.read(CELLS, part.area)["sheets"]
    return [row.get("values", []) for data in found.get("data", []) for row in data.get("rowData", [])]


def _restore(sheet: Spreadsheet, part: TabPart, before: list[SheetRow] | None, now: list[SheetRow] | None) -> None:
    if now is None or (before is not None and same(before, now)):
        return

    def once() -> None:
        place = tab_named(tabs(sheet), part.title)
        if place is None:
            return
        if before is None:
            sheet.change([{"deleteSheet": {"sheetId": place.get("sheetId", 0)}}])
        else:
            sheet.change([filled(place, part, before)])

    sheet.tries(once)


def filled(place: Json, part: TabPart, rows: Sequence[SheetRow], fields: str = "userEnteredValue") -> Json:
    """The request by which the part of a tab holds these rows and nothing else: "if the data in rows does not cover the
    entire requested range, the fields matching those set in fields will be cleared" (UpdateCellsRequest).
    """
    area = {
        "sheetId": place.get("sheetId", 0),
        "startRowIndex": part.top,
        "endRowIndex": max(place["gridProperties"]["rowCount"], part.top + len(rows)),
        "startColumnIndex": part.left,
        "endColumnIndex": part.right,
    }
    return {"updateCells": {"range": area, "rows": [{"values": list(row)} for row in rows], "fields": fields}}


def _lost(
    error: SheetError, failure: SheetError | None, part: TabPart, before: list[SheetRow] | None, backup: Path
) -> SheetError:
    """Neither written nor brought back, as far as can be known: what stood there is kept in a file."""
    backup.parent.mkdir(parents=True, exist_ok=True)
    backup.write_text(json.dumps({"area": part.area, "rows": before}, indent=1), encoding="utf-8")
    said = failure.message if failure else "it was written"
    return SheetError(
        f"{part.area}: {said}; whether it holds the old or the new rows is unknown ({error.message})",
        fix=f"export again; what stood there before is in {backup}",
    )


def _letter(column: int) -> str:
    return chr(ord("A") + column)
