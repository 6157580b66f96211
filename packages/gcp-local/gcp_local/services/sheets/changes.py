"""The kinds of request of spreadsheets.batchUpdate, each a change of the document; all of one call or none."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable

from gcp_local.services.errors import ApiError, Json, not_emulated
from gcp_local.services.fields import Message
from gcp_local.services.sheets import cells, field_paths, ranges, spreadsheets
from gcp_local.services.sheets.field_paths import inside
from gcp_local.services.sheets.ranges import Area

Change = Callable[[Json, Json, Message], Json]


def apply(document: Json, requests: list[Json], schema: Message) -> list[Json]:
    """The replies. `schema` is that of a request. Raises 400 as Google does, 501 for a kind that is not emulated."""
    if not requests:
        raise ApiError(400, "Must specify at least one request.")
    replies = []
    for index, request in enumerate(requests):
        if len(request) != 1:
            raise ApiError(400, f"Invalid requests[{index}]: exactly one kind must be set.")
        ((kind, body),) = request.items()
        if kind not in KINDS:
            raise not_emulated(f"{kind} in spreadsheets.batchUpdate")
        try:
            replies.append(KINDS[kind](document, body, inside(schema, kind)))
        except ApiError as error:
            if error.code != 400:
                raise
            raise ApiError(400, f"Invalid requests[{index}].{kind}: {error.message}") from None
    return replies


def _paths(body: Json, schema: Message, *names: str) -> list[field_paths.Path]:
    """The fields that the request names, of the schema below these names."""
    if not body.get("fields"):
        raise ApiError(400, "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    return field_paths.read(body["fields"], inside(schema, *names))


def add_sheet(document: Json, body: Json, schema: Message) -> Json:  # noqa: ARG001
    properties = spreadsheets.add_sheet(document, body.get("properties", {}))["properties"]
    return {"addSheet": {"properties": copy.deepcopy(properties)}}


def delete_sheet(document: Json, body: Json, schema: Message) -> Json:  # noqa: ARG001
    sheet = ranges.by_id(document, body.get("sheetId", 0))
    if len(document["sheets"]) == 1:
        raise ApiError(400, "You can't remove all the sheets in a document.")
    document["sheets"].remove(sheet)
    spreadsheets.number(document)
    return {}


def update_sheet_properties(document: Json, body: Json, schema: Message) -> Json:
    given = body.get("properties", {})
    sheet = ranges.by_id(document, given.get("sheetId", 0))
    kept = sheet["properties"]
    before = (kept["sheetId"], kept["sheetType"])
    field_paths.put(kept, given, _paths(body, schema, "properties"))
    kept["sheetId"], kept["sheetType"] = before
    grid = kept.get("gridProperties", {})
    if grid.get("rowCount", 0) < 1 or grid.get("columnCount", 0) < 1:
        raise ApiError(400, "A grid has at least one row and one column.")
    if grid.get("frozenRowCount", 0) >= grid["rowCount"]:
        raise ApiError(400, "You can't freeze all visible rows on the sheet.")
    spreadsheets.check_title(document, kept.get("title", ""), besides=sheet)
    if not any(not one["properties"].get("hidden") for one in document["sheets"]):
        raise ApiError(400, "You can't hide all the sheets in a document.")
    document["sheets"].remove(sheet)
    document["sheets"].insert(kept.get("index", len(document["sheets"])), sheet)
    spreadsheets.number(document)
    _cut(sheet)
    return {}


def _cut(sheet: Json) -> None:
    """What lay outside a grid that became smaller is gone."""
    limits = ranges.whole(sheet)
    for name in cells.outside(sheet, limits):
        del sheet["cells"][name]
    kept = []
    for band in sheet["bands"]:
        area, grid = _of_band(sheet, band), band["range"]
        grid["endRowIndex"], grid["endColumnIndex"] = min(area.bottom, limits.bottom), min(area.right, limits.right)
        kept += [band] if area.top < limits.bottom and area.left < limits.right else []
    sheet["bands"] = kept


def update_cells(document: Json, body: Json, schema: Message) -> Json:
    paths = _paths(body, schema, "rows", "values")
    rows = body.get("rows", [])
    if "range" in body:
        sheet, area = ranges.of_grid(document, body["range"])
    else:
        start = body.get("start", {})
        sheet = ranges.by_id(document, start.get("sheetId", 0))
        top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max((len(row.get("values", [])) for row in rows), default=0)
        area = Area(top, top + len(rows), left, left + width)
        limits = ranges.whole(sheet)
        _within(area.bottom, limits.bottom, "row")
        _within(area.right, limits.right, "column")
    _within(area.top + len(rows), area.bottom, "row")
    for row in rows:
        _within(area.left + len(row.get("values", [])), area.right, "column")
    for at in range(area.top, area.bottom):
        given = rows[at - area.top].get("values", []) if at - area.top < len(rows) else []
        # Without a range only the cells that are given are written.
        width = area.right - area.left if "range" in body else len(given)
        for offset in range(width):
            value = given[offset] if offset < len(given) else {}
            cells.write(sheet, at, area.left + offset, value, paths)
    return {}


def _within(end: int, limit: int, what: str) -> None:
    if end > limit:
        raise ApiError(400, f"Attempting to write {what}: {limit}, beyond the last requested {what} of: {limit - 1}")


def repeat_cell(document: Json, body: Json, schema: Message) -> Json:
    sheet, area = ranges.of_grid(document, body.get("range", {}))
    paths = _paths(body, schema, "cell")
    for row in range(area.top, area.bottom):
        for column in range(area.left, area.right):
            cells.write(sheet, row, column, body.get("cell", {}), paths)
    return {}


def add_banding(document: Json, body: Json, schema: Message) -> Json:  # noqa: ARG001
    band = field_paths.with_styles(body.get("bandedRange", {}))
    sheet, area = ranges.of_grid(document, band.get("range", {}))
    if not (band.get("rowProperties") or band.get("columnProperties")):
        raise ApiError(400, "At least one of rowProperties or columnProperties must be specified.")
    known = {one["bandedRangeId"] for each in document["sheets"] for one in each["bands"]}
    if band.setdefault("bandedRangeId", secrets.randbelow(2**31)) in known:
        raise ApiError(400, f"A banded range with id {band['bandedRangeId']} already exists.")
    if any(_of_band(sheet, one).overlaps(area) for one in sheet["bands"]):
        raise ApiError(
            400,
            "You cannot add alternating background colors to a range that already has alternating background colors.",
        )
    band["range"] = {
        "sheetId": sheet["properties"]["sheetId"],
        "startRowIndex": area.top,
        "endRowIndex": area.bottom,
        "startColumnIndex": area.left,
        "endColumnIndex": area.right,
    }
    sheet["bands"].append(band)
    return {"addBanding": {"bandedRange": copy.deepcopy(band)}}


def _of_band(sheet: Json, band: Json) -> Area:
    limits, grid = ranges.whole(sheet), band["range"]
    return Area(
        grid.get("startRowIndex", 0),
        grid.get("endRowIndex", limits.bottom),
        grid.get("startColumnIndex", 0),
        grid.get("endColumnIndex", limits.right),
    )


def delete_banding(document: Json, body: Json, schema: Message) -> Json:  # noqa: ARG001
    for sheet in document["sheets"]:
        for band in sheet["bands"]:
            if band["bandedRangeId"] == body.get("bandedRangeId", 0):
                sheet["bands"].remove(band)
                return {}
    raise ApiError(400, f"No banded range with id: {body.get('bandedRangeId', 0)}")


def update_dimension_properties(document: Json, body: Json, schema: Message) -> Json:
    given = body.get("range", {})
    if given.get("dimension") != "COLUMNS" or _paths(body, schema, "properties") != [("pixelSize",)]:
        raise not_emulated("updateDimensionProperties of anything but pixelSize of columns")
    sheet = ranges.by_id(document, given.get("sheetId", 0))
    for column in range(given.get("startIndex", 0), given.get("endIndex", ranges.whole(sheet).right)):
        sheet["widths"][str(column)] = body.get("properties", {}).get("pixelSize", 0)
    return {}


KINDS: dict[str, Change] = {
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "addBanding": add_banding,
    "deleteBanding": delete_banding,
    "updateDimensionProperties": update_dimension_properties,
}
