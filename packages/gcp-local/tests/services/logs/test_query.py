"""The Logging query language: which entries a filter takes, and that what is not known is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from gcp_local.services.errors import ApiError
from gcp_local.services.logs import query

ENTRY: dict[str, Any] = {
    "logName": "projects/p/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config",
    "resource": {"type": "bigquery_dts_config", "labels": {"config_id": "c-1", "location": "us"}},
    "labels": {"run_id": "r-1", "k8s.io/name": "pod"},
    "severity": "ERROR",
    "timestamp": "2026-03-01T12:00:00.25Z",
    "insertId": "abc",
    "jsonPayload": {"message": "ALERT|stale=CRITICAL:7|pool=WARNING:3", "count": 12, "ok": True, "tags": ["a", "b"]},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        'resource.type="bigquery_dts_config"',
        'resource.type="BigQuery_DTS_config"',
        'resource.labels.config_id="c-1" AND labels.run_id="r-1"',
        'labels."k8s.io/name"="pod"',
        'log_id("bigquerydatatransfer.googleapis.com/transfer_config")',
        'logName="projects/p/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"',
        "severity>=ERROR",
        "severity=error severity>WARNING severity<500 OR severity<=500",
        'jsonPayload.message=~"stale=CRITICAL"',
        'jsonPayload.message=~"stale=(CRITICAL|WARNING):\\d"',
        'jsonPayload.message:"POOL=warning"',
        "jsonPayload.count>9 AND jsonPayload.count<100",
        "jsonPayload.count=12",
        "jsonPayload.ok=true",
        'jsonPayload.tags="b"',
        "jsonPayload.message:*",
        'timestamp>="2026-03-01T12:00:00Z" timestamp<"2026-03-01T13:00:00+01:00" OR insertId=abc',
        'timestamp>"2026-03-01"',
        'NOT jsonPayload.message="x" AND -labels.run_id="r-2"',
        'NOT jsonPayload.absent="x"',
        "severity=INFO OR severity=ERROR AND jsonPayload.count=12",
        'resource.type=("global" OR "bigquery_dts_config")',
        '(severity=INFO) OR (severity=ERROR)\ninsertId="abc"',
    ],
)
def test_a_filter_takes_the_entry(text: str) -> None:
    assert query.read(text)(ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        'resource.type="global"',
        'log_id("transfer_config")',
        "severity>ERROR",
        'jsonPayload.message=~"STALE=critical"',
        'jsonPayload.message=~"^stale"',
        'jsonPayload.message="ALERT"',
        'jsonPayload.absent="x"',
        'jsonPayload.absent:"x"',
        'jsonPayload.message.deeper="x"',
        "jsonPayload.count>100",
        "jsonPayload.count=twelve",
        # OR binds closer than AND: the entry is no "abcd", whatever stands left of it.
        "severity=ERROR OR severity=INFO AND insertId=abcd",
        'NOT labels.run_id="r-1"',
        'timestamp>"2026-03-01T12:00:00.3Z"',
        "labels.absent:*",
    ],
)
def test_a_filter_leaves_the_entry(text: str) -> None:
    assert not query.read(text)(ENTRY)


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        (501, '"stale"', "the search for the text 'stale'"),
        (501, 'jsonPayload.message!="x"', "the operator !="),
        (501, 'jsonPayload.message!~"x"', "the operator !~"),
        (501, "httpRequest.status=500", "the field httpRequest.status"),
        (501, 'resource="x"', "the field resource"),
        (501, "sample(insertId, 0.5)", "the function sample"),
        (501, 'labels.ip=ip_in_net("x")', "a function as value of labels.ip"),
        (400, 'jsonPayload.message=~"("', "invalid regular expression"),
        (400, "severity>=LOUD", 'unknown severity "LOUD"'),
        (400, 'timestamp>="soon"', 'invalid timestamp "soon"'),
        (400, "severity>=", "Unparseable filter"),
    ],
)
def test_what_is_not_known_is_refused_by_name(code: int, text: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        query.read(text)
    assert (caught.value.code, message in caught.value.message) == (code, True), caught.value.message
