"""Alert policies: kept as given, refused where Google refuses."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api


PARENT = "/monitoring/v3/projects/gcp-local"
POLICIES = f"{PARENT}/alertPolicies"
METRIC = 'metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"'
FILTER = f'{METRIC} AND resource.type="bigquery_dts_config" AND metric.labels.completion_state="FAILED"'
LOG_FILTER = (
    'resource.type="bigquery_dts_config"\nlog_id("bigquerydatatransfer.googleapis.com/transfer_config")\n'
    'severity>=ERROR\njsonPayload.message=~"lock_conflicts=CRITICAL"'
)


def threshold(**changes: Any) -> dict[str, Any]:
    aggregation = {"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_SUM"}
    body = {"filter": FILTER, "comparison": "COMPARISON_GT", "duration": "0s", "aggregations": [aggregation]}
    return {"displayName": "failed", "conditionThreshold": {**body, **changes}}


def policy(*conditions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"displayName": "Run failed", "combiner": "OR", "conditions": list(conditions) or [threshold()], **changes}


def log_policy(**strategy: Any) -> dict[str, Any]:
    condition = {"displayName": "log", "conditionMatchedLog": {"filter": LOG_FILTER}}
    return policy(condition, alertStrategy={"notificationRateLimit": {"period": "300s"}, **strategy})


def test_a_policy_is_kept_and_filled_in_as_google_does(api: Api) -> None:
    made = api("POST", POLICIES, policy())
    assert made["name"].startswith("projects/gcp-local/alertPolicies/")
    condition = made["conditions"][0]
    assert condition["name"].startswith(made["name"] + "/conditions/")
    assert condition["conditionThreshold"]["trigger"] == {"count": 1}
    assert made["enabled"] is True
    assert api("GET", f"/monitoring/v3/{made['name']}") == made
    assert api("GET", POLICIES)["alertPolicies"] == [made]


def test_a_log_policy_is_kept(api: Api) -> None:
    made = api("POST", POLICIES, log_policy(autoClose="1800s"))
    assert made["conditions"][0]["conditionMatchedLog"]["filter"] == LOG_FILTER
    assert made["alertStrategy"]["autoClose"] == "1800s"
    assert made["alertStrategy"]["notificationPrompts"] == ["OPENED"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (policy(displayName=""), "alert_policy.display_name"),
        (policy(conditions=[]), "between 1 and 6 conditions"),
        (policy(*[threshold()] * 7), "between 1 and 6 conditions"),
        (policy(combiner="COMBINE_UNSPECIFIED"), "combiner"),
        (policy(combiner="XOR"), "ConditionCombinerType"),
        (policy({"displayName": "x"}), "must have a type"),
        (policy({**threshold(), "displayName": ""}), "display_name"),
        (policy({**threshold(), "conditionAbsent": {}}), "oneof field 'condition' is already set"),
        (policy(threshold(filter=METRIC)), 'must specify a restriction on "resource.type"'),
        (policy(threshold(filter='resource.type="global"')), 'must specify a restriction on "metric.type"'),
        (policy(threshold(filter="")), "a filter must be specified"),
        (policy(threshold(filter=f'{FILTER} AND "open')), "Unparseable filter"),
        (policy(threshold(duration="90s")), "multiple of 60 seconds"),
        (policy(threshold(duration="5 min")), "Illegal duration format"),
        (policy(threshold(comparison="COMPARISON_GE")), "only COMPARISON_GT and COMPARISON_LT"),
        (policy(threshold(aggregations=[{"perSeriesAligner": "ALIGN_SUM"}])), "alignment_period"),
        (policy(threshold(aggregations=[{"perSeriesAligner": "SUM"}])), "Aggregation.Aligner"),
        (policy({"displayName": "a", "conditionAbsent": {"filter": FILTER, "duration": "86400s"}}), "23 hours"),
        (policy(severity="HIGH"), "AlertPolicy.Severity"),
        (policy(documentation={"content": "x", "mimeType": "text/html"}), "text/markdown"),
        (policy(notificationChannels=["ops"]), "Name must begin with 'projects/"),
        (policy(alertStrategy={"autoClose": "60s"}), "between 30 minutes and 7 days"),
        (policy(alertStrategy={"notificationRateLimit": {"period": "300s"}}), "metric-based alert policies must not"),
        (policy(userLabels={"Bad": "x"}), "label keys"),
        ({**log_policy(), "alertStrategy": {}}, "must specify a notification rate limit"),
        (log_policy(notificationRateLimit={"period": "60s"}), "at least 300 seconds"),
        (log_policy(notificationPrompts=["OPENED", "CLOSED"]), "opened incidents only"),
        (
            {**log_policy(), "conditions": [*log_policy()["conditions"], threshold()]},
            "Alert policies with a log matching condition can only have a single condition.",
        ),
        (policy(colour="red"), 'Unknown name "colour"'),
    ],
)
def test_what_google_refuses_is_refused(api: Api, given: dict[str, Any], message: str) -> None:
    assert message in api.refused(400, "POST", POLICIES, copy.deepcopy(given))["message"]
    assert api("GET", POLICIES) == {"totalSize": 0}


def test_a_channel_that_does_not_exist_is_not_found(api: Api) -> None:
    name = "projects/gcp-local/notificationChannels/1"
    assert name in api.refused(404, "POST", POLICIES, policy(notificationChannels=[name]))["message"]


def test_sql_conditions_are_refused_by_name(api: Api) -> None:
    condition = {"displayName": "sql", "conditionSql": {"query": "SELECT 1"}}
    assert "conditionSql" in api.refused(501, "POST", POLICIES, policy(condition))["message"]


def test_a_patch_changes_what_the_mask_names_and_keeps_condition_names(api: Api) -> None:
    made = api("POST", POLICIES, policy(severity="CRITICAL"))
    condition = {**threshold(thresholdValue=3), "name": made["conditions"][0]["name"]}
    path = f"/monitoring/v3/{made['name']}"
    changed = api("PATCH", path, policy(condition, displayName="no"), updateMask="conditions,severity")
    assert changed["conditions"][0]["name"] == made["conditions"][0]["name"]
    assert changed["conditions"][0]["conditionThreshold"]["thresholdValue"] == 3
    assert (changed["displayName"], "severity" in changed) == ("Run failed", False)
    api.refused(400, "PATCH", path, policy(), updateMask="nonsense")


def test_a_policy_can_be_switched_off(api: Api) -> None:
    made = api("POST", POLICIES, policy())
    path = f"/monitoring/v3/{made['name']}"
    assert api("PATCH", path, {"enabled": False}, updateMask="enabled")["enabled"] is False
    assert api("GET", path)["enabled"] is False


def test_a_deleted_policy_is_gone(api: Api) -> None:
    path = f"/monitoring/v3/{api('POST', POLICIES, policy())['name']}"
    api("DELETE", path)
    api.refused(404, "GET", path)
    api.refused(404, "DELETE", path)
