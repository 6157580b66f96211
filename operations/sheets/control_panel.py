"""The control panel: its tab "Active creators" says which spreadsheet is whose, and there the grid B3:H of the tab
"Schedule #1A" holds what a person works off.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from operations.sheets import cell_values, guarded_write
from operations.sheets.cell_values import SheetRow
from operations.sheets.connection import Json, Spreadsheet, spreadsheet_id
from operations.sheets.guarded_write import TabPart, tab_named, tabs
from operations.sheets.sheet_errors import SheetError
from operations.weeks.stored_weeks import StoredMessage
from scheduling.model import MessageType

CREATORS, GRID = "Active creators", "Schedule #1A"
COLUMNS = (
    *("message_type", "time_pst", "content_preview", "paywall_content", "caption", "caption_guide"),
    "recommended_price",
)
TOP, LEFT = 2, 1
MOST = 20
# What the panel calls our kinds.
KINDS = {
    MessageType.PPV: "Unlock",
    MessageType.BUMP: "Photo bump",
    MessageType.FOLLOW_UP: "Follow up",
}
FREE, NOTHING = ".", ""


def spreadsheet_of(panel: Spreadsheet, page: str) -> str:
    """The id of the page's own spreadsheet, from the panel. Errors: SheetError."""
    if tab_named(found := tabs(panel), CREATORS) is None:
        raise missing(panel, CREATORS, found)
    cells = panel.read("sheets(data.rowData.values(formattedValue,hyperlink))", f"'{CREATORS}'!A2:B")
    lines = [
        row.get("values", []) for tab in cells["sheets"] for data in tab["data"] for row in data.get("rowData", [])
    ]
    for line, row in enumerate(lines, 2):
        name, address = (_shown(row, column) for column in (0, 1))
        if name.strip().casefold() == page.casefold():
            # A name may stand over the address.
            link = row[1].get("hyperlink", "") if len(row) > 1 else ""
            if own := spreadsheet_id(address) or spreadsheet_id(link):
                return own
            fix = f"its address (https://docs.google.com/spreadsheets/d/...) into {CREATORS}!B{line}: {panel.address}"
            raise SheetError(f"row {line} of {CREATORS} has no spreadsheet for {page}", fix=fix)
    fix = f"a row with its name in A and the address of its spreadsheet in B: {panel.address}"
    raise SheetError(f"{CREATORS} has no row for {page}", fix=fix)


def _shown(row: Sequence[Json], column: int) -> str:
    return str(row[column].get("formattedValue", "")) if column < len(row) else ""


def missing(sheet: Spreadsheet, title: str, found: Sequence[Json]) -> SheetError:
    """There is no tab with this name."""
    names = ", ".join(repr(one["properties"]["title"]) for one in found)
    return SheetError(
        f"spreadsheet {sheet.spreadsheet_id} has no tab {title!r}; it has {names}",
        fix=f"if it was renamed, rename it back: {sheet.address}",
    )


def part(sheet: Spreadsheet, rows: Sequence[SheetRow]) -> TabPart:
    """The grid, from its first row to the end of the tab; rows that it lacks are added to the tab."""

    def requests(found: Sequence[Json]) -> list[Json]:
        place = tab_named(found, GRID)
        if place is None:
            raise missing(sheet, GRID, found)
        grid = place["gridProperties"]
        if grid["columnCount"] < LEFT + len(COLUMNS):
            fix = f"the grid is B3:H, for {', '.join(COLUMNS)}: {sheet.address}"
            raise SheetError(f"the tab {GRID!r} has only {grid['columnCount']} columns", fix=fix)
        height = max(grid["rowCount"], TOP + len(rows))
        larger = {
            "properties": {"sheetId": place.get("sheetId", 0), "gridProperties": {"rowCount": height}},
            "fields": "gridProperties.rowCount",
        }
        grown = {**place, "gridProperties": {**grid, "rowCount": height}}
        resized = [{"updateSheetProperties": larger}] if height > grid["rowCount"] else []
        return [*resized, guarded_write.filled(grown, made, rows)]

    made = TabPart(GRID, TOP, LEFT, LEFT + len(COLUMNS), rows, requests)
    return made


def rows(messages: Sequence[StoredMessage]) -> list[SheetRow]:
    """The grid's rows, in the order of the messages. What a person fills in (content, paywall) is left empty; the guide
    says the day, for which the grid has no column.
    """
    return [
        [
            cell_values.text(KINDS[MessageType(one.message_type)]),
            cell_values.text(f"{one.local:%I:%M %p}".lstrip("0")),
            cell_values.EMPTY,
            cell_values.EMPTY,
            cell_values.text(one.text),
            cell_values.text(f"{one.local:%A %Y-%m-%d}"),
            cell_values.text(price(one)),
        ]
        for one in messages
    ]


def price(message: StoredMessage) -> str:
    """`$12` or `$12.50` for what sells, a dot for what is free, nothing for a follow-up."""
    if message.message_type == MessageType.FOLLOW_UP:
        return NOTHING
    if message.message_type == MessageType.BUMP or message.price is None:
        return FREE
    cents = Decimal(str(message.price)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"${cents:.0f}" if cents == cents.to_integral_value() else f"${cents}"
