"""Parts of a tab: in A1 notation (developers.google.com/workspace/sheets/api/guides/concepts#cell) and as GridRange."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gcp_local.services.errors import ApiError, Json, invalid

A1 = re.compile(r"\$?([A-Za-z]{1,3})?\$?([0-9]{1,7})?(?::\$?([A-Za-z]{1,3})?\$?([0-9]{1,7})?)?")
SIMPLE_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Area:
    """Rows and columns from 0, the ends excluded. `open_ended` began at one cell, so that more may be written."""

    top: int
    bottom: int
    left: int
    right: int
    open_ended: bool = False

    def overlaps(self, other: Area) -> bool:
        """Whether a cell belongs to both."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell belongs to it."""
        return self.top <= row < self.bottom and self.left <= column < self.right


def whole(sheet: Json) -> Area:
    """The whole tab."""
    grid = sheet["properties"]["gridProperties"]
    return Area(0, grid["rowCount"], 0, grid["columnCount"])


def by_id(document: Json, sheet_id: int) -> Json:
    """The tab with this id. Raises 400."""
    for sheet in document["sheets"]:
        if sheet["properties"]["sheetId"] == sheet_id:
            found: Json = sheet
            return found
    raise ApiError(400, f"No grid with id: {sheet_id}")


def read_a1(document: Json, text: str) -> tuple[Json, Area]:
    """The tab and the part of it. A text that is a title means the whole tab. Raises 400, with Google's words."""
    titled = {sheet["properties"]["title"].lower(): sheet for sheet in document["sheets"]}
    title, mark, cells = text.rpartition("!")
    if not mark and _title(text).lower() in titled:
        sheet = titled[_title(text).lower()]
        return sheet, whole(sheet)
    sheet = titled.get(_title(title).lower()) if mark else document["sheets"][0]
    found = A1.fullmatch(cells)
    if sheet is None or not found or not cells or cells.startswith(":"):
        raise invalid(f"Unable to parse range: {text}")
    return sheet, _area(sheet, found, f"{title or sheet['properties']['title']}!{cells}")


def _title(text: str) -> str:
    return text[1:-1].replace("''", "'") if text[:1] == text[-1:] == "'" and len(text) > 1 else text


def _area(sheet: Json, found: re.Match[str], text: str) -> Area:
    limits = whole(sheet)
    left, top, right, bottom = found.groups()
    single = ":" not in found[0]
    start_row, start_column = int(top or 1) - 1, _column(left or "A")
    if single:
        right, bottom = left, bottom or top
    end_row = int(bottom) if bottom else limits.bottom
    end_column = _column(right) + 1 if right else limits.right
    # The ends may be given in any order.
    rows = sorted((start_row, end_row - 1)) if top and bottom else [start_row, end_row - 1]
    columns = sorted((start_column, end_column - 1)) if left and right else [start_column, end_column - 1]
    area = Area(rows[0], rows[1] + 1, columns[0], columns[1] + 1, single and bool(left and top))
    if area.top >= limits.bottom or area.left >= limits.right:
        raise invalid(f"Range ({text}) exceeds grid limits. Max rows: {limits.bottom}, max columns: {limits.right}")
    return Area(area.top, min(area.bottom, limits.bottom), area.left, min(area.right, limits.right), area.open_ended)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def letters(column: int) -> str:
    """The name of a column."""
    name = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        name, column = chr(ord("A") + rest) + name, column - 1
    return name


def write_a1(sheet: Json, area: Area) -> str:
    """The part of the tab as answers name it."""
    title = sheet["properties"]["title"]
    simple = SIMPLE_TITLE.fullmatch(title) and not A1.fullmatch(title)
    quoted = title if simple else "'" + title.replace("'", "''") + "'"
    first, last = f"{letters(area.left)}{area.top + 1}", f"{letters(area.right - 1)}{area.bottom}"
    return f"{quoted}!{first}" if first == last else f"{quoted}!{first}:{last}"


def of_grid(document: Json, grid: Json) -> tuple[Json, Area]:
    """The tab and the part of it that a GridRange means; a missing end is that of the tab. Raises 400."""
    sheet = by_id(document, grid.get("sheetId", 0))
    limits = whole(sheet)
    area = Area(
        grid.get("startRowIndex", 0),
        grid.get("endRowIndex", limits.bottom),
        grid.get("startColumnIndex", 0),
        grid.get("endColumnIndex", limits.right),
    )
    if area.bottom > limits.bottom:
        raise ApiError(400, f"GridRange.endRowIndex[{area.bottom}] is after last row in grid[{limits.bottom}]")
    if area.right > limits.right:
        raise ApiError(400, f"GridRange.endColumnIndex[{area.right}] is after last column in grid[{limits.right}]")
    if not (0 <= area.top < area.bottom and 0 <= area.left < area.right):
        raise ApiError(400, "The range is empty: each end must come after its start.")
    return sheet, area
