"""Log entries: written and listed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, invalid, not_emulated
from gcp_local.services.logs import history, query
from gcp_local.services.logs.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call

ORDERS = ("", "timestamp asc", "timestamp desc")
# github.com/googleapis/googleapis, google/logging/v2/log_entry.proto: log_name.
LOG_NAME = re.compile(r"projects/([^/]+)/logs/([^/]+)")
LOG_ID = re.compile(r"[A-Za-z0-9/_.-]{1,511}")
CODES = {400: 3, 403: 7, 404: 5, 501: 12}


@SERVICE.handles("entries.list")
def list_entries(call: Call) -> Json:
    """Entries of the project that meet a filter, by their timestamps."""
    _check_parents(call)
    order = " ".join(call.body.get("orderBy", "").split())
    if order not in ORDERS:
        raise invalid(f"Unsupported order_by: '{order}'.", field="order_by")
    wanted = query.read(call.body.get("filter", ""))
    found = [entry for _, entry in history.entries(call.cloud) if wanted(entry)]
    found.sort(key=lambda entry: (datetime.fromisoformat(entry["timestamp"]), entry["insertId"]))
    if order.endswith("desc"):
        found.reverse()
    # This list takes size and token in its body.
    paging: dict[str, list[object]] = {
        name: [call.body[name]] for name in ("pageSize", "pageToken") if name in call.body
    }
    return page(replace(call, query=paging), "entries", found, default=50)


@SERVICE.handles("entries.write")
def write_entries(call: Call) -> Json:
    """Write entries; all or none of them, with `partialSuccess` those that are right."""
    given = call.body.get("entries", [])
    right: list[Json] = []
    wrong: dict[str, ApiError] = {}
    for index, entry in enumerate(given):
        try:
            right.append(_completed(call, entry, f"entries[{index}]"))
        except ApiError as error:
            wrong[str(index)] = error
    if not call.body.get("dryRun") and (not wrong or call.body.get("partialSuccess")):
        with call.cloud.store.transaction():
            for entry in right:
                history.keep(call.cloud, entry)
    if wrong:
        raise _refusal(wrong, partial=bool(call.body.get("partialSuccess")))
    return {}


def _check_parents(call: Call) -> None:
    parents = [*call.body.get("resourceNames", []), *(f"projects/{one}" for one in call.body.get("projectIds", []))]
    if not parents:
        raise invalid("Must specify one or more resource names to list log entries.", field="resource_names")
    for parent in parents:
        if not re.fullmatch(r"projects/[^/]+", parent):
            raise not_emulated(f"the parent {parent} of log entries")
        call.cloud.require_project(parent.partition("/")[2])


def _completed(call: Call, entry: Json, path: str) -> Json:
    """The entry with the request's defaults. Raises ApiError for one that cannot be written."""
    if "protoPayload" in entry:
        raise not_emulated("the protoPayload of a log entry")
    labels = {**call.body.get("labels", {}), **entry.get("labels", {})}
    resource = entry.get("resource") or call.body.get("resource") or {}
    if not resource.get("type"):
        raise invalid("A monitored resource must be specified for each log entry.", field=f"{path}.resource")
    shown = {"project_id": call.cloud.project, **resource.get("labels", {})}
    name = _log_name(call.cloud, entry.get("logName") or call.body.get("logName", ""), f"{path}.log_name")
    return {
        **entry,
        "logName": name,
        "resource": {**resource, "labels": shown},
        **({"labels": labels} if labels else {}),
    }


def _log_name(cloud: Cloud, name: str, path: str) -> str:
    match = LOG_NAME.fullmatch(name)
    if match is None or not LOG_ID.fullmatch(unquote(match[2])):
        raise invalid(
            f"Log name '{name}' is not of the form projects/PROJECT/logs/LOG_ID with a URL-encoded log id.", field=path
        )
    cloud.require_project(match[1])
    return f"projects/{cloud.project}/logs/{quote(unquote(match[2]), safe='')}"


def _refusal(wrong: dict[str, ApiError], *, partial: bool) -> ApiError:
    """The first error; with partial success also what is wrong with each entry (google/logging/v2/logging.proto)."""
    first = next(iter(wrong.values()))
    if not partial:
        return first
    errors = {index: {"code": CODES.get(error.code, 2), "message": error.message} for index, error in wrong.items()}
    detail = {"@type": "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors", "logEntryErrors": errors}
    return ApiError(first.code, first.message, reason=first.reason, details=[*first.details, detail])
