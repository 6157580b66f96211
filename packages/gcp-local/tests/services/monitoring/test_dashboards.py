"""Dashboards: kept as Google keeps them, changed by etag, refused where their grid or a filter is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from shown_cases import RUNS, dashboard

if TYPE_CHECKING:
    from services.conftest import Api

DASHBOARDS = "/monitoring/v1/projects/gcp-local/dashboards"
SERVICES = "/monitoring/v3/projects/gcp-local/services"
RATIO = {"requestBased": {"goodTotalRatio": {"badServiceFilter": RUNS, "totalServiceFilter": RUNS}}}
GOOD: dict[str, Any] = {"goal": 0.999, "rollingPeriod": "2419200s", "serviceLevelIndicator": RATIO}


def body(*tiles: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(dashboard("runs"))
    if tiles:
        given["mosaicLayout"]["tiles"] = list(tiles)
    return {**given, **changes}


def test_what_is_empty_or_zero_is_left_out_and_the_rest_is_kept(api: Api) -> None:
    sent = body()
    sent["mosaicLayout"]["tiles"][0] |= {"xPos": 0, "yPos": 0}
    made = api("POST", DASHBOARDS, sent)
    assert {key: made[key] for key in body()} == body()
    assert made["name"].startswith("projects/123456789012/dashboards/")
    assert api("GET", f"/monitoring/v1/{made['name']}") == made
    assert api("GET", DASHBOARDS)["dashboards"] == [made]


def test_a_change_says_what_it_changes(api: Api) -> None:
    made = api("POST", DASHBOARDS, body(name="projects/gcp-local/dashboards/mine"))
    path = f"/monitoring/v1/{made['name']}"
    changed = api("PATCH", path, body(displayName="other", etag=made["etag"]))
    assert (changed["displayName"], changed["etag"] != made["etag"]) == ("other", True)
    assert "etag" in api.refused(409, "PATCH", path, body(etag=made["etag"]))["message"]
    api("DELETE", path)
    api.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (body(displayName=""), "display_name"),
        ({"displayName": "no layout"}, "must have a layout"),
        (body({"width": 49, "height": 1}), "does not lie in the grid"),
        (body({"width": 4, "height": 4}, {"xPos": 3, "yPos": 3, "width": 4, "height": 4}), "overlaps another tile"),
        (body(gridLayout={}), "oneof"),
        (json.loads(dashboard("x").replace("metric.type", "metric.labels.type")), 'restriction on "metric.type"'),
        (json.loads(dashboard("x").replace("ALIGN_SUM", "ALIGN_TOTAL")), "ALIGN_TOTAL"),
    ],
)
def test_a_dashboard_that_google_refuses_is_refused(api: Api, wrong: dict[str, Any], said: str) -> None:
    assert said in api.refused(400, "POST", DASHBOARDS, wrong)["message"]
    assert api("GET", DASHBOARDS) == {}


class TestObjectives:
    """Services of one's own and their objectives."""

    @pytest.fixture
    def objectives(self, api: Api) -> str:
        api("POST", SERVICES, {"displayName": "mine", "custom": {}}, serviceId="mine")
        return f"{SERVICES}/mine/serviceLevelObjectives"

    def test_an_objective_is_changed_by_mask_and_goes_with_its_service(self, api: Api, objectives: str) -> None:
        made = api("POST", objectives, GOOD, serviceLevelObjectiveId="runs")
        assert made["name"] == "projects/123456789012/services/mine/serviceLevelObjectives/runs"
        path = f"/monitoring/v3/{made['name']}"
        cut = {"distributionCut": {"distributionFilter": RUNS, "range": {"max": 30}}}
        names = ("goodTotalRatio.badServiceFilter", "goodTotalRatio.totalServiceFilter", "distributionCut.range")
        mask = ",".join(f"serviceLevelIndicator.requestBased.{name}" for name in names)
        filter_ = "serviceLevelIndicator.requestBased.distributionCut.distributionFilter"
        given = {"serviceLevelIndicator": {"requestBased": cut}, "goal": 0.5}
        changed = api("PATCH", path, given, updateMask=f"{mask},{filter_}")
        assert (changed["serviceLevelIndicator"], changed["goal"]) == ({"requestBased": cut}, 0.999)
        assert api("GET", objectives)["serviceLevelObjectives"] == [changed]
        api("DELETE", f"{SERVICES}/mine")
        api.refused(404, "GET", path)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"goal": 1}, "slo.goal"),
            ({"rollingPeriod": "3600s"}, "whole days"),
            ({"rollingPeriod": f"{31 * 86400}s"}, "whole days"),
            ({"calendarPeriod": "MONTH"}, "oneof"),
            ({"serviceLevelIndicator": {"requestBased": {}}}, "a ratio or a cut"),
            (
                {"serviceLevelIndicator": {"requestBased": {"goodTotalRatio": {"goodServiceFilter": RUNS}}}},
                "Exactly two",
            ),
            (
                {"serviceLevelIndicator": json.loads(json.dumps(RATIO).replace("resource.type", "resource.label.x"))},
                'restriction on "resource.type"',
            ),
        ],
    )
    def test_an_objective_that_google_refuses_is_refused(
        self, api: Api, objectives: str, changes: dict[str, Any], said: str
    ) -> None:
        assert said in api.refused(400, "POST", objectives, {**GOOD, **changes})["message"]
        assert api("GET", objectives) == {}
