"""The tab of a page: one line a message in the order of time, a header that stays, bands, captions that wrap."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from operations.display import BUSINESS_ZONE
from operations.sheets import cell_values, guarded_write
from operations.sheets.cell_values import SheetRow
from operations.sheets.connection import Json
from operations.sheets.guarded_write import TabPart
from operations.sheets.sheet_errors import SheetError
from operations.weeks.csv_file import TIERS
from scheduling.model import MessageType

HEADERS = (
    *("Schedule ID", "Creator/Page", "Day of Week", "Send Time", "Type", "Caption ID", "Caption Text", "Price Tier"),
    *("Category", "Has Urgency", "Performance Score"),
)
CAPTION = HEADERS.index("Caption Text")
CAPTION_PIXELS = 480
# The old script's limit of a run (runbook); a week has a tenth of it.
MOST = 500
HEADER_BLUE = {"red": 0x42 / 255, "green": 0x85 / 255, "blue": 0xF4 / 255}
WHITE = {"red": 1.0, "green": 1.0, "blue": 1.0}
PALE = {"red": 0.92, "green": 0.95, "blue": 1.0}
FORMS = "userEnteredValue,userEnteredFormat.numberFormat"
GRID = "gridProperties.rowCount,gridProperties.columnCount,gridProperties.frozenRowCount"


def rows(messages: Iterable[Any]) -> tuple[list[SheetRow], int]:
    """The lines of the tab below its header, from rows of schedule_recommendations_messages, and how many follow-ups
    were left out: they have no caption to paste.
    """
    found = sorted(messages, key=lambda row: (row["scheduled_send_time"], row["message_type"], row["caption_id"] or 0))
    kept = [row for row in found if row["message_type"] != MessageType.FOLLOW_UP]
    return [_line(row) for row in kept], len(found) - len(kept)


def _line(row: Any) -> SheetRow:
    sent: datetime = row["scheduled_send_time"].astimezone(BUSINESS_ZONE)
    tier = (row["price_tier"] or "").strip()
    score = row["performance_score"]
    # A spreadsheet's numbers are exact to 2 to the 53rd only, ids are not so small.
    caption = "" if row["caption_id"] is None else str(int(row["caption_id"]))
    return [
        cell_values.text(row["schedule_id"]),
        cell_values.text(row["page_name"]),
        cell_values.text(f"{sent:%A}"),
        cell_values.moment(sent),
        cell_values.text(row["message_type"]),
        cell_values.text(caption),
        cell_values.text(row["caption_text"]),
        cell_values.text(TIERS.get(tier.lower(), tier)),
        cell_values.text(row["content_category"]),
        cell_values.flag(row["has_urgency"]),
        cell_values.number(None if score is None else round(score, 4), cell_values.FOUR_PLACES),
    ]


def sheet_id(page: str) -> int:
    """The id that a page's tab gets and keeps when people rename it: below 2 to the 31st, never that of a first tab."""
    return zlib.crc32(f"page {page}".encode()) % (2**31 - 1) + 1


def part(page: str, lines: Sequence[SheetRow]) -> TabPart:
    """The whole tab, header included."""
    wanted = [[cell_values.text(header) for header in HEADERS], *lines]
    made = TabPart(page, 0, 0, len(HEADERS), wanted, lambda tabs: _requests(page, made, tabs))
    return made


def _requests(page: str, whole: TabPart, tabs: Sequence[Json]) -> list[Json]:
    place = guarded_write.tab_named(tabs, page)
    own = next((one["properties"] for one in tabs if one["properties"].get("sheetId") == sheet_id(page)), None)
    if place is None and own is not None:
        fix = f"rename it to {page}, or delete it: a new one is made"
        raise SheetError(f"the tab of {page} was renamed to {own['title']!r}", fix=fix)
    known = place or {"sheetId": sheet_id(page), "title": page, "gridProperties": {}}
    grid = {
        "rowCount": max(len(whole.rows), 2, known["gridProperties"].get("rowCount", 0)),
        "columnCount": max(len(HEADERS), known["gridProperties"].get("columnCount", 0)),
        "frozenRowCount": 1,
    }
    properties = {"sheetId": known.get("sheetId", 0), "gridProperties": grid}
    resized = {"updateSheetProperties": {"properties": properties, "fields": GRID}}
    added = {"addSheet": {"properties": {**properties, "title": page}}}
    bands = [band for one in tabs if one["properties"] is place for band in one.get("bandedRanges", [])]
    return [
        resized if place else added,
        *({"deleteBanding": {"bandedRangeId": band["bandedRangeId"]}} for band in bands if _is_ours(band)),
        guarded_write.filled({**known, "gridProperties": grid}, whole, whole.rows, FORMS),
        *_looks(properties["sheetId"], len(whole.rows)),
    ]


def _is_ours(band: Json) -> bool:
    """Whether bands lie on our columns, where second ones are refused. Those of a table have no id and cannot go."""
    return "bandedRangeId" in band and band["range"].get("startColumnIndex", 0) < len(HEADERS)


def _looks(tab: int, count: int) -> list[Json]:
    columns = {"sheetId": tab, "startColumnIndex": 0, "endColumnIndex": len(HEADERS)}
    header = {"backgroundColor": HEADER_BLUE, "textFormat": {"bold": True, "foregroundColor": WHITE}}
    captions = {"sheetId": tab, "startRowIndex": 1, "startColumnIndex": CAPTION, "endColumnIndex": CAPTION + 1}
    width = {"sheetId": tab, "dimension": "COLUMNS", "startIndex": CAPTION, "endIndex": CAPTION + 1}
    bands = {"firstBandColor": WHITE, "secondBandColor": PALE}
    return [
        _repeated({**columns, "startRowIndex": 0, "endRowIndex": 1}, header, "backgroundColor,textFormat"),
        _repeated(captions, {"wrapStrategy": "WRAP"}, "wrapStrategy"),
        {
            "updateDimensionProperties": {
                "range": width,
                "properties": {"pixelSize": CAPTION_PIXELS},
                "fields": "pixelSize",
            }
        },
        {
            "addBanding": {
                "bandedRange": {"range": {**columns, "startRowIndex": 1, "endRowIndex": count}, "rowProperties": bands}
            }
        },
    ]


def _repeated(area: Json, form: Json, fields: str) -> Json:
    cell = {"userEnteredFormat": form}
    return {"repeatCell": {"range": area, "cell": cell, "fields": f"userEnteredFormat({fields})"}}
