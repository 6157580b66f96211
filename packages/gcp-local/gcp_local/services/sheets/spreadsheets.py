"""The kept spreadsheets: who may do what with one, how often, and how one is answered."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, invalid, not_found
from gcp_local.services.sheets import cells, ranges

COLLECTION, QUOTAS = "sheets.spreadsheets", "sheets.quotas"
ROLES = ("none", "reader", "writer")
# Of each user; a project has five times that (developers.google.com/workspace/sheets/api/limits).
A_MINUTE = 60
ROWS, COLUMNS = 1000, 26


@contextmanager
def opened(cloud: Cloud, spreadsheet_id: str, *, writes: bool) -> Iterator[Json]:
    """The spreadsheet; what is changed of it is kept. Raises 403, 404, 429."""
    with cloud.store.transaction():
        _count(cloud, "Write" if writes else "Read")
    with cloud.store.transaction():
        document = cloud.store.get(COLLECTION, spreadsheet_id)
        if document is None:
            raise not_found("Requested entity was not found.")
        if document["role"] == "none" or (writes and document["role"] != "writer"):
            raise ApiError(403, "The caller does not have permission")
        yield document
        if writes:
            cloud.store.put(COLLECTION, spreadsheet_id, document)


def _count(cloud: Cloud, kind: str) -> None:
    """One more request of this minute. Quotas are refilled every minute. Raises 429, with Google's words."""
    minute = cloud.now().strftime("%Y-%m-%dT%H:%M")
    kept = cloud.store.get(QUOTAS, kind) or {}
    count = kept["count"] if kept.get("minute") == minute else 0
    if count >= A_MINUTE:
        metadata = {
            "service": "sheets.googleapis.com",
            "consumer": f"projects/{cloud.number}",
            "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
            "quota_limit": f"{kind}RequestsPerMinutePerUser",
            "quota_limit_value": str(A_MINUTE),
        }
        raise ApiError(
            429,
            f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of "
            f"service 'sheets.googleapis.com' for consumer 'project_number:{cloud.number}'.",
            status="RESOURCE_EXHAUSTED",
            reason="rateLimitExceeded",
            details=[
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "RATE_LIMIT_EXCEEDED",
                    "domain": "googleapis.com",
                    "metadata": metadata,
                }
            ],
        )
    cloud.store.put(QUOTAS, kind, {"minute": minute, "count": count + 1})


def made(cloud: Cloud, given: Json) -> Json:
    """A new spreadsheet, which its maker owns. Raises 400, 429."""
    with cloud.store.transaction():
        _count(cloud, "Write")
    properties = {
        "title": "Untitled spreadsheet",
        "locale": "en_US",
        "autoRecalc": "ON_CHANGE",
        "timeZone": "Etc/GMT",
        **given.get("properties", {}),
    }
    document: Json = {"spreadsheetId": secrets.token_urlsafe(33), "role": "writer", "properties": properties}
    document["sheets"] = []
    for sheet in given.get("sheets") or [{"properties": {"sheetId": 0}}]:
        add_sheet(document, sheet.get("properties", {}))
    cloud.store.put(COLLECTION, document["spreadsheetId"], document)
    return document


def add_sheet(document: Json, given: Json) -> Json:
    """A new tab. Raises 400."""
    sheets = document["sheets"]
    if given.get("sheetType", "GRID") != "GRID":
        raise ApiError(400, "Only a tab with a grid can be added.")
    sheet_id = given.get("sheetId", secrets.randbelow(2**31))
    if any(sheet["properties"]["sheetId"] == sheet_id for sheet in sheets):
        raise ApiError(400, f"Sheet with id {sheet_id} already exists.")
    title = given.get("title") or _free_title(sheets)
    check_title(document, title)
    grid = {"rowCount": ROWS, "columnCount": COLUMNS, **given.get("gridProperties", {})}
    properties = {**given, "sheetId": sheet_id, "title": title, "sheetType": "GRID", "gridProperties": grid}
    sheet = {"properties": properties, "cells": {}, "bands": [], "widths": {}}
    sheets.insert(given.get("index", len(sheets)), sheet)
    number(document)
    return sheet


def check_title(document: Json, title: str, besides: Json | None = None) -> None:
    """Raises 400 when a tab is called so already."""
    taken = [sheet["properties"]["title"].lower() for sheet in document["sheets"] if sheet is not besides]
    if title.lower() in taken:
        raise ApiError(400, f'A sheet with the name "{title}" already exists. Please enter another name.')


def _free_title(sheets: list[Json]) -> str:
    taken = {sheet["properties"]["title"] for sheet in sheets}
    return next(name for n in range(1, len(sheets) + 2) if (name := f"Sheet{n}") not in taken)


def number(document: Json) -> None:
    """Tabs know their places."""
    for index, sheet in enumerate(document["sheets"]):
        sheet["properties"]["index"] = index


def share(cloud: Cloud, spreadsheet_id: str, role: str) -> Json:
    """What the caller may do with a spreadsheet from now on: the part of Drive's sharing that is needed here."""
    if role not in ROLES:
        raise invalid(f"The role is one of {', '.join(ROLES)}, not {role!r}.", field="role")
    with cloud.store.transaction():
        document = cloud.store.get(COLLECTION, spreadsheet_id)
        if document is None:
            raise not_found("Requested entity was not found.")
        cloud.store.put(COLLECTION, spreadsheet_id, {**document, "role": role})
    return {"spreadsheetId": spreadsheet_id, "role": role}


def answer(document: Json, areas: dict[int, list[ranges.Area]] | None = None, *, with_cells: bool = False) -> Json:
    """The spreadsheet as it is answered: all of it, or its tabs with these parts."""
    spreadsheet_id = document["spreadsheetId"]
    shown = [
        _sheet(sheet, (areas or {}).get(sheet["properties"]["sheetId"]) or [ranges.whole(sheet)], with_cells)
        for sheet in document["sheets"]
        if areas is None or sheet["properties"]["sheetId"] in areas
    ]
    return {
        "spreadsheetId": spreadsheet_id,
        "properties": document["properties"],
        "sheets": shown,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{spreadsheet_id}/edit",
    }


def _sheet(sheet: Json, areas: list[ranges.Area], with_cells: bool) -> Json:
    found: Json = {"properties": sheet["properties"]}
    if sheet["bands"]:
        found["bandedRanges"] = sheet["bands"]
    if with_cells:
        found["data"] = [_data(sheet, area) for area in areas]
    return found


def _data(sheet: Json, area: ranges.Area) -> Json:
    rows = [{"values": [cells.shown(cell) for cell in row]} if row else {} for row in cells.rows(sheet, area)]
    widths = [{"pixelSize": sheet["widths"].get(str(column), 100)} for column in range(area.left, area.right)]
    place = {"startRow": area.top, "startColumn": area.left}
    return {
        **{name: at for name, at in place.items() if at},
        **({"rowData": rows} if rows else {}),
        "columnMetadata": widths,
    }
