"""Cells as the API takes them. Each says its type, so that nothing is parsed: a text that begins with = stays a text.

"Leading single quotes are not included" in a stringValue, a moment is a number of days since 30 December 1899
(developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ExtendedValue, .../guides/formats).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

Cell: TypeAlias = dict[str, Any]
SheetRow: TypeAlias = list[Cell]
# support.google.com/drive/answer/37603
LONGEST = 50_000
EPOCH = datetime(1899, 12, 30)
DAY_SECONDS = 86_400
MOMENT = {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"}
FOUR_PLACES = {"type": "NUMBER", "pattern": "0.0000"}
# A tenth of a second: more than numbers lose on their way through a spreadsheet.
NEAR = 1e-6
EMPTY: Cell = {}


def text(value: str | None) -> Cell:
    """Text as it is; ends of lines are those of spreadsheets."""
    plain = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return {"userEnteredValue": {"stringValue": plain}} if plain else {}


def number(value: float | None, form: dict[str, str]) -> Cell:
    """A number in a form."""
    return (
        {}
        if value is None
        else {"userEnteredValue": {"numberValue": value}, "userEnteredFormat": {"numberFormat": form}}
    )


def moment(local: datetime) -> Cell:
    """A time of the clock on the wall, as a time: it sorts as one, whatever its form."""
    return number((local.replace(tzinfo=None) - EPOCH).total_seconds() / DAY_SECONDS, MOMENT)


def flag(value: bool | None) -> Cell:
    """True or false, no text that says so."""
    return {} if value is None else {"userEnteredValue": {"boolValue": value}}


def same(one: Sequence[Sequence[Cell]], other: Sequence[Sequence[Cell]]) -> bool:
    """Whether the cells hold the same values, empty ones at the ends of rows and of all left out."""
    left, right = _trimmed(one), _trimmed(other)
    return len(left) == len(right) and all(
        len(here) == len(there) and all(map(_same, here, there)) for here, there in zip(left, right, strict=True)
    )


def _trimmed(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    found = []
    for row in rows:
        kept = [cell.get("userEnteredValue", {}) for cell in row]
        while kept and not kept[-1]:
            kept.pop()
        found.append(kept)
    while found and not found[-1]:
        found.pop()
    return found


def _same(one: Cell, other: Cell) -> bool:
    if one.keys() == other.keys() == {"numberValue"}:
        return bool(abs(one["numberValue"] - other["numberValue"]) < NEAR)
    return one == other
