"""The metric of completed runs, as `timeSeries.list` shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from services.monitoring.conftest import RUNS

if TYPE_CHECKING:
    from services.monitoring.conftest import Watched

LIST = "/monitoring/v3/projects/gcp-local/timeSeries"
HOUR = {"interval.startTime": "2026-03-01T12:00:00Z", "interval.endTime": "2026-03-01T13:00:00Z"}
SUM = {
    "aggregation.alignmentPeriod": "3600s",
    "aggregation.perSeriesAligner": "ALIGN_SUM",
    "aggregation.crossSeriesReducer": "REDUCE_SUM",
    "aggregation.groupByFields": "metric.labels.completion_state",
}


@pytest.fixture
def listed(watched: Watched) -> Callable[..., list[dict[str, Any]]]:
    for minutes, state, config in ((10, "SUCCEEDED", "c-1"), (20, "FAILED", "c-1"), (0, "SUCCEEDED", "c-2")):
        watched.clock.advance(minutes=minutes)
        watched.runs(state, config)

    def listed(text: str = RUNS, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = watched.api("GET", LIST, filter=text, **HOUR, **parameters).get("timeSeries", [])
        return found

    return listed


def test_each_set_of_labels_is_a_series(listed: Callable[..., list[dict[str, Any]]]) -> None:
    found = listed()
    assert len(found) == 3
    first = found[0]
    assert first["metric"]["labels"] == {"completion_state": "SUCCEEDED", "run_cause": "AUTO_SCHEDULE"}
    assert first["resource"]["labels"] == {"project_id": "gcp-local", "location": "us", "config_id": "c-1"}
    assert (first["metricKind"], first["valueType"]) == ("DELTA", "INT64")
    interval = {"startTime": "2026-03-01T12:09:00Z", "endTime": "2026-03-01T12:10:00Z"}
    assert first["points"] == [{"interval": interval, "value": {"int64Value": "1"}}]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('metric.labels.completion_state="FAILED"', 1),
        ('metric.labels.completion_state!="FAILED"', 2),
        ('resource.label.config_id=one_of("c-1","c-9")', 2),
        ('resource.labels.config_id=starts_with("c-")', 3),
        ('resource.labels.config_id="c-1" OR resource.labels.config_id="c-2"', 3),
        ('NOT resource.labels.config_id="c-1"', 1),
        ('resource.labels.config_id="c-1" AND metric.labels.completion_state="SUCCEEDED"', 1),
    ],
)
def test_a_filter_selects_series(listed: Callable[..., list[dict[str, Any]]], text: str, count: int) -> None:
    assert len(listed(f"{RUNS} AND ({text})")) == count


def test_series_are_aligned_and_reduced(listed: Callable[..., list[dict[str, Any]]]) -> None:
    found = {one["metric"]["labels"]["completion_state"]: one["points"] for one in listed(**SUM)}
    assert {state: points[0]["value"] for state, points in found.items()} == {
        "SUCCEEDED": {"int64Value": "2"},
        "FAILED": {"int64Value": "1"},
    }
    assert len(listed(view="HEADERS")) == 3
    assert "points" not in listed(view="HEADERS")[0]


def test_what_cannot_be_listed_is_refused(watched: Watched) -> None:
    api = watched.api
    assert "metric.type" in api.refused(400, "GET", LIST, filter='resource.type="x"', **HOUR)["message"]
    assert "end_time" in api.refused(400, "GET", LIST, filter=RUNS)["message"]
    assert "metadata.x.y" in api.refused(501, "GET", LIST, filter=f'{RUNS} metadata.x.y="z"', **HOUR)["message"]
    percentile = {"aggregation.perSeriesAligner": "ALIGN_PERCENTILE_99", "aggregation.alignmentPeriod": "60s"}
    watched.clock.advance(minutes=5)
    watched.runs("SUCCEEDED", "c-1")
    said = api.refused(400, "GET", LIST, filter=RUNS, **HOUR, **percentile)["message"]
    assert "cannot be applied to metrics with kind DELTA and value type INT64" in said
