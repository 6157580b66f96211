"""Cells of a tab: what is put into them, and how they are shown. Formulas are refused: nothing computes them here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from gcp_local.services.errors import ApiError, Json, not_emulated
from gcp_local.services.sheets.field_paths import Path, put
from gcp_local.services.sheets.ranges import Area

# support.google.com/drive/answer/37603
LONGEST = 50_000
WRITABLE = ("userEnteredValue", "userEnteredFormat", "note")
# Day 0 of serial numbers: developers.google.com/workspace/sheets/api/guides/formats#about_date_time_values
EPOCH = datetime(1899, 12, 30)
DECIMALS = re.compile(r"0(?:\.(0+))?")
MOMENTS = {"yyyy-mm-dd hh:mm:ss": "%Y-%m-%d %H:%M:%S", "yyyy-mm-dd": "%Y-%m-%d"}


def key(row: int, column: int) -> str:
    """Where a tab keeps a cell."""
    return f"{row},{column}"


def write(sheet: Json, row: int, column: int, cell: Json, paths: Sequence[Path]) -> None:
    """Put the fields of a cell into the tab. Raises 400, and 501 for what is not emulated."""
    for path in paths:
        if path[0] not in (*WRITABLE, "*"):
            raise not_emulated(f"CellData.{path[0]} in spreadsheets.batchUpdate")
    _check(cell)
    kept = sheet["cells"].setdefault(key(row, column), {})
    put(kept, cell, paths)
    if not kept:
        del sheet["cells"][key(row, column)]


def _check(cell: Json) -> None:
    value = cell.get("userEnteredValue", {})
    if len(value) > 1:
        raise ApiError(400, f"A value has one type, not {', '.join(value)}.")
    if "formulaValue" in value:
        raise not_emulated("A formula in a cell")
    if len(value.get("stringValue", "")) > LONGEST:
        raise ApiError(400, f"Your input contains more than the maximum of {LONGEST} characters in a single cell.")
    number = cell.get("userEnteredFormat", {}).get("numberFormat")
    if number and not _is_known(number):
        raise not_emulated(f"The number format {number.get('type', '')} {number.get('pattern', '')!r}")


def _is_known(number: Json) -> bool:
    kind, pattern = number.get("type"), number.get("pattern", "")
    if kind == "TEXT":
        return pattern in ("", "@")
    if kind == "NUMBER":
        return DECIMALS.fullmatch(pattern) is not None
    return kind in ("DATE", "DATE_TIME") and pattern in MOMENTS


def shown(cell: Json) -> Json:
    """The cell as an answer holds it: with its effective and its formatted value."""
    entered = cell.get("userEnteredValue")
    effective = {"effectiveFormat": cell["userEnteredFormat"]} if "userEnteredFormat" in cell else {}
    if not entered:
        return {**cell, **effective}
    return {**cell, **effective, "effectiveValue": entered, "formattedValue": str(formatted(cell))}


def plain(cell: Json) -> Any:
    """The value alone; an empty text where there is none."""
    return next(iter(cell.get("userEnteredValue", {}).values()), "")


def formatted(cell: Json) -> str:
    """The value as people see it."""
    value = plain(cell)
    number = cell.get("userEnteredFormat", {}).get("numberFormat", {})
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return value
    pattern = number.get("pattern", "")
    if pattern in MOMENTS:
        seconds = round(value * 86_400)
        return (EPOCH + timedelta(seconds=seconds)).strftime(MOMENTS[pattern])
    if found := DECIMALS.fullmatch(pattern):
        return f"{value:.{len(found[1] or '')}f}"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def rows(sheet: Json, area: Area) -> list[list[Json]]:
    """The cells of a part, without empty ones at the end of a row and empty rows at the end."""
    found = [
        _trimmed([sheet["cells"].get(key(row, column), {}) for column in range(area.left, area.right)])
        for row in range(area.top, min(area.bottom, _last_row(sheet) + 1))
    ]
    while found and not found[-1]:
        found.pop()
    return found


def _trimmed(row: list[Json]) -> list[Json]:
    while row and not row[-1]:
        row.pop()
    return row


def _last_row(sheet: Json) -> int:
    return max((int(name.partition(",")[0]) for name in sheet["cells"]), default=-1)


def outside(sheet: Json, area: Area) -> Iterator[str]:
    """The cells that do not belong to a part."""
    for name in list(sheet["cells"]):
        row, column = map(int, name.split(","))
        if not area.holds(row, column):
            yield name
