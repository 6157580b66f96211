"""The methods of the Sheets API that are served. What was seen of the real one are the recordings of github.com/
burnash/gspread (tests/cassettes): forms of answers, refusals, names of ranges.
"""

from __future__ import annotations

from typing import Any

from gcp_local.services.discovery.overlay import Overlay, fields
from gcp_local.services.errors import ApiError, Json, invalid, not_emulated
from gcp_local.services.registry import Call, Service
from gcp_local.services.sheets import cells, changes, field_paths, ranges, spreadsheets
from gcp_local.services.sheets.ranges import Area

# Of these, false, 0 and "" are values: members of a union, and fields whose absence means something else.
OVERLAY = Overlay(
    presence=fields("ExtendedValue", "boolValue numberValue stringValue formulaValue")
    | fields("GridRange", "startRowIndex endRowIndex startColumnIndex endColumnIndex")
    | fields("SheetProperties", "sheetId index")
    | fields("TextFormat", "bold italic strikethrough underline"),
    oneofs={"UpdateCellsRequest": {"area": ("start", "range")}},
    body_names={
        "spreadsheets.values.update": "data",
        "spreadsheets.values.append": "data",
    },
    paths={"/{range}": "/{range=***}"},
)
SERVICE = Service(
    name="sheets",
    documents=("v4",),
    overlay=OVERLAY,
    notes=(
        f"{spreadsheets.A_MINUTE} requests that read and {spreadsheets.A_MINUTE} that write a minute, then 429; the "
        "minute is that of the services' clock.",
        '`PUT /local/spreadsheets/ID` with `{"role": "none"}` (`reader`, `writer`) says what the caller may do.',
        "Kinds of request in batchUpdate: " + ", ".join(f"`{kind}`" for kind in changes.KINDS) + "; others are 501.",
        "No formula, no input that is parsed (`USER_ENTERED`), no default formats and themes; number formats: "
        "decimals, and " + ", ".join(f"`{pattern}`" for pattern in cells.MOMENTS) + ".",
    ),
)
NO_SUCH_PART = "Error expanding 'fields' parameter. Cannot find matching fields for path '{}'."
RENDERED = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")


@SERVICE.handles("spreadsheets.create")
def create(call: Call) -> Json:
    """A new spreadsheet with its tabs, empty."""
    for name in set(call.body) - {"properties", "sheets"}:
        raise not_emulated(f"Spreadsheet.{name} in spreadsheets.create")
    for sheet in call.body.get("sheets", []):
        for name in set(sheet) - {"properties"}:
            raise not_emulated(f"Sheet.{name} in spreadsheets.create")
    return spreadsheets.answer(spreadsheets.made(call.cloud, call.body))


@SERVICE.handles("spreadsheets.get")
def get(call: Call) -> Json:
    """A spreadsheet: of its tabs those that `ranges` name, their cells with `includeGridData` or by `fields`."""
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=False) as document:
        areas: dict[int, list[Area]] | None = None
        for text in call.query.get("ranges", []):
            sheet, area = ranges.read_a1(document, text)
            areas = areas or {}
            areas.setdefault(sheet["properties"]["sheetId"], []).append(area)
        wanted = call.parameter("fields")
        if not wanted:
            return spreadsheets.answer(document, areas, with_cells=call.flag("includeGridData"))
        # "If a field mask is set, the includeGridData parameter is ignored": the method's own description.
        paths = field_paths.read(wanted, SERVICE.schemas["v4"].message("Spreadsheet"), NO_SUCH_PART)
        answer: Json = field_paths.chosen(spreadsheets.answer(document, areas, with_cells=True), paths)
        return answer


@SERVICE.handles("spreadsheets.batchUpdate")
def batch_update(call: Call) -> Json:
    """Changes of tabs, cells, formats and bands: all of them, or none."""
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=True) as document:
        for name in set(call.body) - {"requests"}:
            raise not_emulated(f"{name} in spreadsheets.batchUpdate")
        replies = changes.apply(document, call.body.get("requests", []), field_paths.inside(call.schema, "requests"))
        return {"spreadsheetId": document["spreadsheetId"], "replies": replies}


@SERVICE.handles("spreadsheets.values.get")
def values_get(call: Call) -> Json:
    """The values of a part of a tab."""
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=False) as document:
        return _values(call, document, call.path["range"])


@SERVICE.handles("spreadsheets.values.batchGet")
def values_batch_get(call: Call) -> Json:
    """The values of several parts."""
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=False) as document:
        found = [_values(call, document, text) for text in call.query.get("ranges", [])]
        return {"spreadsheetId": document["spreadsheetId"], "valueRanges": found}


def _values(call: Call, document: Json, text: str) -> Json:
    dimension = call.parameter("majorDimension") or "ROWS"
    if dimension != "ROWS":
        raise not_emulated(f"majorDimension {dimension}")
    how = call.parameter("valueRenderOption") or RENDERED[0]
    sheet, area = ranges.read_a1(document, text)
    shown = cells.formatted if how == RENDERED[0] else cells.plain
    rows: list[list[Any]] = [[shown(cell) for cell in row] for row in cells.rows(sheet, area)]
    for row in rows:
        _trim(row, "")
    _trim(rows, [])
    answer: Json = {"range": ranges.write_a1(sheet, area), "majorDimension": dimension}
    return {**answer, "values": rows} if rows else answer


def _trim(items: list[Any], empty: Any) -> None:
    """ "Empty trailing rows and columns will not be included": ValueRange.values."""
    while items and items[-1] == empty and not isinstance(items[-1], bool):
        items.pop()


@SERVICE.handles("spreadsheets.values.update")
def values_update(call: Call) -> Json:
    """Values into a part of a tab, as they are (`RAW`)."""
    how = call.parameter("valueInputOption")
    if how in ("", "INPUT_VALUE_OPTION_UNSPECIFIED"):
        raise invalid("'valueInputOption' is required but not specified")
    if how != "RAW" or call.body.get("majorDimension", "ROWS") != "ROWS" or call.flag("includeValuesInResponse"):
        raise not_emulated("spreadsheets.values.update of anything but RAW rows without values in the answer")
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=True) as document:
        sheet, area = ranges.read_a1(document, call.path["range"])
        rows = call.body.get("values", [])
        width = max(map(len, rows), default=0)
        written = Area(area.top, area.top + len(rows), area.left, area.left + width)
        limits = ranges.whole(sheet) if area.open_ended else area
        if written.bottom > limits.bottom or written.right > limits.right:
            raise invalid(_beyond(sheet, area, written, limits))
        for row, values in enumerate(rows, area.top):
            for column, value in enumerate(values, area.left):
                if value is not None:
                    cells.write(sheet, row, column, _cell(value), [("userEnteredValue",)])
        return {
            "spreadsheetId": document["spreadsheetId"],
            "updatedRange": ranges.write_a1(sheet, written if rows and width else area),
            **_counted(rows),
        }


def _counted(rows: list[list[Any]]) -> Json:
    """What was written: of rows, columns and cells those that hold a value."""
    places = [(at, column) for at, row in enumerate(rows) for column, value in enumerate(row) if value is not None]
    if not places:
        return {}
    held = {"updatedRows": {row for row, _ in places}, "updatedColumns": {column for _, column in places}}
    return {**{name: len(found) for name, found in held.items()}, "updatedCells": len(places)}


def _beyond(sheet: Json, area: Area, written: Area, limits: Area) -> str:
    """In Google's words, as users report them: github.com/nithinmurali/pygsheets, issues 124 and 132."""
    if area.open_ended:
        name = ranges.write_a1(sheet, written)
        return f"Range ({name}) exceeds grid limits. Max rows: {limits.bottom}, max columns: {limits.right}"
    place = f"row [{area.bottom + 1}]" if written.bottom > area.bottom else f"column [{ranges.letters(area.right)}]"
    return f"Requested writing within range [{ranges.write_a1(sheet, area)}], but tried writing to {place}"


def _cell(value: Any) -> Json:
    if value == "" or isinstance(value, list | dict):
        if value == "":
            return {}
        raise ApiError(400, f"Invalid values: a cell takes text, a number, true or false, not {value!r}.")
    kind = "boolValue" if isinstance(value, bool) else "stringValue" if isinstance(value, str) else "numberValue"
    return {"userEnteredValue": {kind: value}}


@SERVICE.handles("spreadsheets.values.clear")
def values_clear(call: Call) -> Json:
    """The values of a part are gone; formats stay."""
    with spreadsheets.opened(call.cloud, call.path["spreadsheetId"], writes=True) as document:
        sheet, area = ranges.read_a1(document, call.path["range"])
        for row in range(area.top, area.bottom):
            for column in range(area.left, area.right):
                if cells.key(row, column) in sheet["cells"]:
                    cells.write(sheet, row, column, {}, [("userEnteredValue",)])
        return {"spreadsheetId": document["spreadsheetId"], "clearedRange": ranges.write_a1(sheet, area)}
