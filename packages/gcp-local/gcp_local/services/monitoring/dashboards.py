"""Dashboards: kept in Google's form, changed by etag. Drawing them is for whoever reads them and the time series.

Rules: docs.cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards; the messages' comments in
github.com/googleapis/googleapis, google/monitoring/dashboard/v1 (dashboard.proto, layouts.proto, xychart.proto).
Left to the reader: whether a filter's metric exists, and whether an aligner suits it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

from gcp_local.services.errors import ApiError, Json, invalid, not_found
from gcp_local.services.filters import restricts
from gcp_local.services.monitoring.dashboard_words import LAYOUTS
from gcp_local.services.monitoring.ids import new_id
from gcp_local.services.monitoring.rules import bad_value, parsed_filter
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call

COLLECTION = "monitoring.dashboards"
COLUMNS = 48
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@SERVICE.handles("projects.dashboards.create")
def create(call: Call) -> Json:
    """Make a dashboard; its name is the caller's or a new one."""
    given = call.body.get("name", "").rpartition("/")[2] or new_id()
    if not NAME.fullmatch(given):
        raise bad_value("dashboard.name", given, "must have at most 64 letters, digits, _ and -")
    with call.cloud.store.transaction():
        if call.cloud.store.get(COLLECTION, given) is not None:
            raise ApiError(409, f"Dashboard {given} already exists.", reason="alreadyExists")
        return _save(call, given)


@SERVICE.handles("projects.dashboards.get")
def get(call: Call) -> Json:
    """One dashboard."""
    return _find(call)


@SERVICE.handles("projects.dashboards.list")
def list_dashboards(call: Call) -> Json:
    """The project's dashboards."""
    return page(call, "dashboards", call.cloud.store.list(COLLECTION))


@SERVICE.handles("projects.dashboards.patch")
def patch(call: Call) -> Json:
    """Replace a dashboard whole, unless its etag says that it is another by now."""
    with call.cloud.store.transaction():
        stored = _find(call)
        if call.body.get("etag", stored["etag"]) != stored["etag"]:
            raise ApiError(409, "The dashboard was changed meanwhile: its etag is another.", reason="aborted")
        return _save(call, call.path["dashboardsId"])


@SERVICE.handles("projects.dashboards.delete")
def delete(call: Call) -> Json:
    """Delete a dashboard."""
    with call.cloud.store.transaction():
        _find(call)
        call.cloud.store.delete(COLLECTION, call.path["dashboardsId"])
    return {}


def _find(call: Call) -> Json:
    name = call.path["dashboardsId"]
    found = call.cloud.store.get(COLLECTION, name)
    if found is None:
        raise not_found(f"Requested entity projects/{call.path['projectsId']}/dashboards/{name} was not found.")
    return found


def _save(call: Call, name: str) -> Json:
    body = {key: value for key, value in call.body.items() if key != "etag"}
    _check(body)
    body["name"] = f"projects/{call.cloud.number}/dashboards/{name}"
    body["etag"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    if not call.flag("validateOnly"):
        call.cloud.store.put(COLLECTION, name, body)
    return body


def _check(dashboard: Json) -> None:
    if not dashboard.get("displayName", "").strip():
        raise bad_value("dashboard.display_name", "", "must not be empty")
    if not any(layout in dashboard for layout in LAYOUTS):
        raise invalid("A dashboard must have a layout.", field="dashboard.layout")
    mosaic = dashboard.get("mosaicLayout", {})
    columns = mosaic.get("columns", 0)
    if "mosaicLayout" in dashboard and not 1 <= columns <= COLUMNS:
        raise bad_value("dashboard.mosaic_layout.columns", columns, f"must be from 1 to {COLUMNS}")
    tiles = [_square(tile) for tile in mosaic.get("tiles", [])]
    for index, (left, top, right, bottom) in enumerate(tiles):
        path = f"dashboard.mosaic_layout.tiles[{index}]"
        if left < 0 or top < 0 or right <= left or bottom <= top or right > columns:
            raise bad_value(path, f"{left},{top},{right},{bottom}", "does not lie in the grid")
        if any(left < e and w < right and top < s and n < bottom for w, n, e, s in tiles[:index]):
            raise bad_value(path, f"{left},{top},{right},{bottom}", "overlaps another tile")
    for text in _filters(dashboard):
        if not restricts(parsed_filter(text, "dashboard.filter"), "metric.type"):
            raise bad_value("dashboard.filter", text, 'must specify a restriction on "metric.type"')


def _square(tile: Json) -> tuple[int, int, int, int]:
    left, top = tile.get("xPos", 0), tile.get("yPos", 0)
    return left, top, left + tile.get("width", 0), top + tile.get("height", 0)


def _filters(value: object) -> Iterator[str]:
    """The filters of all queries below a widget."""
    if isinstance(value, list):
        for item in value:
            yield from _filters(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "timeSeriesFilter":
                yield item.get("filter", "")
            else:
                yield from _filters(item)
