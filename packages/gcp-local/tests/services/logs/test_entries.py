"""Log entries: what is written can be listed by filter, for thirty days; what Google refuses is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

WRITE, LIST = "/logging/v2/entries:write", "/logging/v2/entries:list"
LOG = "projects/gcp-local/logs/acme%2Fjobs"


def entry(message: str, **more: Any) -> dict[str, Any]:
    return {"jsonPayload": {"message": message}, **more}


def write(api: Api, *entries: dict[str, Any], **more: Any) -> None:
    defaults = {"logName": LOG, "resource": {"type": "global"}}
    assert api("POST", WRITE, {**defaults, "entries": list(entries), **more}) == {}


def listed(api: Api, text: str = "", **more: Any) -> list[dict[str, Any]]:
    body = {"resourceNames": ["projects/gcp-local"], "filter": text, **more}
    found: list[dict[str, Any]] = api("POST", LIST, body).get("entries", [])
    return found


def messages(api: Api, text: str = "", **more: Any) -> list[str]:
    return [one["jsonPayload"]["message"] for one in listed(api, text, **more)]


def test_a_written_entry_is_answered_with_what_logging_adds(api: Api) -> None:
    write(api, entry("done", severity="NOTICE", labels={"a": "own"}), labels={"a": "default", "b": "c"})
    (found,) = listed(api)
    assert found.pop("insertId")
    assert found == {
        "logName": LOG,
        "resource": {"type": "global", "labels": {"project_id": "gcp-local"}},
        "severity": "NOTICE",
        "labels": {"a": "own", "b": "c"},
        "jsonPayload": {"message": "done"},
        "timestamp": "2026-03-01T12:00:00Z",
        "receiveTimestamp": "2026-03-01T12:00:00Z",
    }


def test_entries_are_listed_by_their_time_in_pages(api: Api) -> None:
    times = {"b": "2026-03-01T11:00:00Z", "a": "2026-03-01T10:00:00.5Z", "c": "2026-03-01T11:00:00.5Z"}
    write(api, *(entry(name, timestamp=time) for name, time in times.items()))
    assert messages(api) == ["a", "b", "c"]
    assert messages(api, orderBy="timestamp desc") == ["c", "b", "a"]
    body = {"resourceNames": ["projects/gcp-local"], "pageSize": 2}
    first = api("POST", LIST, body)
    second = api("POST", LIST, {**body, "pageToken": first["nextPageToken"]})
    assert [len(page["entries"]) for page in (first, second)] == [2, 1]


def test_a_dry_run_writes_nothing(api: Api) -> None:
    write(api, entry("no"), dryRun=True)
    assert listed(api) == []


def test_an_entry_written_twice_is_listed_once(api: Api) -> None:
    for _ in range(2):
        write(api, entry("once", insertId="x", timestamp="2026-03-01T11:00:00Z"))
    assert messages(api) == ["once"]


def test_entries_are_kept_for_thirty_days(api: Api, clock: Clock) -> None:
    write(api, entry("old"), entry("older than the log", timestamp="2026-01-01T00:00:00Z"))
    clock.advance(days=29)
    assert messages(api) == ["old"]
    clock.advance(days=2)
    assert messages(api) == []


def test_one_wrong_entry_keeps_all_from_being_written(api: Api) -> None:
    entries = [entry("right"), entry("wrong", logName="jobs")]
    body = {"logName": LOG, "resource": {"type": "global"}, "entries": entries}
    assert "'jobs' is not of the form" in api.refused(400, "POST", WRITE, body)["message"]
    assert messages(api) == []
    error = api.refused(400, "POST", WRITE, {**body, "partialSuccess": True})
    assert error["details"][-1]["logEntryErrors"].keys() == {"1"}
    assert messages(api) == ["right"]


@pytest.mark.parametrize(
    ("code", "body", "message"),
    [
        (400, {"entries": [entry("x")], "logName": LOG}, "monitored resource"),
        (400, {"entries": [entry("x", severity="LOUD")], "logName": LOG}, "LogSeverity"),
        (400, {"entries": [entry("x", textPayload="y")], "logName": LOG}, "oneof field 'payload' is already set"),
        (501, {"entries": [{"protoPayload": {"@type": "x"}}], "logName": LOG}, "protoPayload"),
        (403, {"entries": [entry("x")], "logName": "projects/other/logs/a"}, "Permission denied"),
    ],
)
def test_what_cannot_be_written_is_refused(api: Api, code: int, body: dict[str, Any], message: str) -> None:
    resource = {} if message == "monitored resource" else {"resource": {"type": "global"}}
    assert message in api.refused(code, "POST", WRITE, {**body, **resource})["message"]


def test_a_list_needs_the_project_as_parent(api: Api) -> None:
    api.refused(400, "POST", LIST, {})
    api.refused(403, "POST", LIST, {"resourceNames": ["projects/other"]})
    api.refused(501, "POST", LIST, {"resourceNames": ["folders/1"]})
    api.refused(400, "POST", LIST, {"resourceNames": ["projects/gcp-local"], "orderBy": "severity"})


def test_logging_must_be_enabled(api: Api) -> None:
    api("POST", "/serviceusage/v1/projects/gcp-local/services/logging.googleapis.com:disable", {})
    assert "Cloud Logging API has not been used" in api.refused(403, "POST", LIST, {})["message"]
