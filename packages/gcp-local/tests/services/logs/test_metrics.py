"""Log metrics: what they count and extract, as Monitoring lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

METRICS = "/logging/v2/projects/gcp-local/metrics"
SERIES = "/monitoring/v3/projects/gcp-local/timeSeries"
COUNTED: dict[str, Any] = {
    "name": "failures",
    "filter": "severity >= ERROR",
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "event"}]},
    "labelExtractors": {"event": "EXTRACT(jsonPayload.event)"},
}
MEASURED: dict[str, Any] = {
    "name": "score",
    "filter": 'jsonPayload.event = "figures"',
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
    "valueExtractor": "EXTRACT(jsonPayload.score)",
}


def write(api: Api, severity: str = "INFO", timestamp: str = "", **payload: Any) -> None:
    entry = {"severity": severity, "jsonPayload": payload, **({"timestamp": timestamp} if timestamp else {})}
    body = {"logName": "projects/gcp-local/logs/app", "resource": {"type": "global"}, "entries": [entry]}
    api("POST", "/logging/v2/entries:write", body)


def listed(api: Api, name: str, **parameters: str) -> list[dict[str, Any]]:
    text = f'metric.type="logging.googleapis.com/user/{name}" AND resource.type="global"'
    interval = {"interval.startTime": "2026-03-01T11:00:00Z", "interval.endTime": "2026-03-01T13:00:00Z"}
    hour = {f"aggregation.{key}": value for key, value in {"alignmentPeriod": "7200s", **parameters}.items()}
    found: list[dict[str, Any]] = api("GET", SERIES, filter=text, **interval, **hour).get("timeSeries", [])
    return found


def test_a_metric_counts_the_entries_that_come_after_it(api: Api, clock: Clock) -> None:
    write(api, "ERROR", event="deploy")
    made = api("POST", METRICS, COUNTED)
    assert made["metricDescriptor"]["type"] == "logging.googleapis.com/user/failures"
    for severity, event in (("ERROR", "deploy"), ("INFO", "deploy"), ("CRITICAL", "restore"), ("ERROR", "deploy")):
        write(api, severity, event=event)
    counts = {
        one["metric"]["labels"]["event"]: one["points"][0]["value"]
        for one in listed(api, "failures", perSeriesAligner="ALIGN_DELTA")
    }
    assert counts == {"deploy": {"int64Value": "2"}, "restore": {"int64Value": "1"}}


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ({"perSeriesAligner": "ALIGN_PERCENTILE_50"}, {"doubleValue": 90.0}),
        ({"perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_MEAN"}, {"doubleValue": 80.0}),
        ({"perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_PERCENTILE_95"}, {"doubleValue": 99.0}),
        (
            {"perSeriesAligner": "ALIGN_DELTA"},
            {
                "distributionValue": {
                    "count": "3",
                    "mean": 80.0,
                    "sumOfSquaredDeviation": 1400.0,
                    "range": {"min": 50.0, "max": 100.0},
                }
            },
        ),
    ],
)
def test_a_distribution_has_the_values_of_its_entries(api: Api, asked: dict[str, str], value: dict[str, Any]) -> None:
    api("POST", METRICS, MEASURED)
    for score in (100, "50", 90, "unknown", None):
        write(api, event="figures", score=score)
    write(api, event="other", score=1)
    (only,) = listed(api, "score", **asked)
    assert only["points"][0]["value"] == value


def test_a_point_stands_at_the_time_of_its_entry_unless_that_is_long_ago(api: Api) -> None:
    api("POST", METRICS, MEASURED)
    write(api, event="figures", score=7, timestamp="2026-03-01T11:10:00Z")
    write(api, event="figures", score=8, timestamp="2026-02-28T11:59:59Z")
    write(api, event="figures", score=9, timestamp="2026-03-01T12:10:01Z")
    (only,) = listed(api, "score", alignmentPeriod="60s", perSeriesAligner="ALIGN_PERCENTILE_50")
    (point,) = only["points"]
    assert (point["interval"]["endTime"], point["value"]) == ("2026-03-01T11:10:00Z", {"doubleValue": 7.0})


def test_an_aligner_that_does_not_suit_a_distribution_is_refused(api: Api) -> None:
    api("POST", METRICS, MEASURED)
    write(api, event="figures", score=7)
    text = 'metric.type="logging.googleapis.com/user/score"'
    asked = {"aggregation.alignmentPeriod": "60s", "aggregation.perSeriesAligner": "ALIGN_MEAN"}
    said = api.refused(400, "GET", SERIES, filter=text, **{"interval.endTime": "2026-03-01T12:00:00Z"}, **asked)
    assert "kind DELTA and value type DISTRIBUTION" in said["message"]


def test_a_metric_is_written_whole_disabled_and_deleted(api: Api) -> None:
    api("POST", METRICS, COUNTED)
    assert "already exists" in api.refused(409, "POST", METRICS, COUNTED)["message"]
    changed = api("PUT", f"{METRICS}/failures", {**COUNTED, "disabled": True})
    assert changed["disabled"]
    write(api, "ERROR", event="deploy")
    assert listed(api, "failures") == []
    assert api("GET", METRICS)["metrics"] == [changed]
    refused = api.refused(400, "PUT", f"{METRICS}/failures", {**MEASURED, "name": "failures"})
    assert "value type of a metric cannot be changed" in refused["message"]
    api("DELETE", f"{METRICS}/failures")
    api.refused(404, "GET", f"{METRICS}/failures")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "/x"}, "Invalid metric name"),
        ({"filter": ""}, "must have a filter"),
        ({"filter": 'jsonPayload.x =~ "("'}, "invalid regular expression"),
        ({"labelExtractors": {}}, "must have the same keys: event"),
        ({"valueExtractor": "EXTRACT(jsonPayload.x)"}, "goes with a DISTRIBUTION"),
        ({"bucketOptions": {"linearBuckets": {"width": 1}}}, "go with a DISTRIBUTION only"),
        ({"metricDescriptor": {"metricKind": "GAUGE"}, "labelExtractors": {}}, "are DELTA"),
    ],
)
def test_a_metric_that_google_refuses_is_refused(api: Api, changes: dict[str, Any], said: str) -> None:
    assert said in api.refused(400, "POST", METRICS, {**COUNTED, **changes})["message"]
    assert api("GET", METRICS) == {}
