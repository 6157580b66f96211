"""Alert policies and channels of the whole stack: one a rule and level, within limits, of this stack only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from catalog import load_cached as load_catalog
from catalog.alerts import LEVELS
from tests.stack.conftest import ROOT, Program
from tests.unit.test_commands_in_docs import command

POLICY, CHANNEL = "gcp:monitoring/alertPolicy:AlertPolicy", "gcp:monitoring/notificationChannel:NotificationChannel"
EVALUATOR = 'resource.labels.config_id = "schedules-alert_evaluation"'


@pytest.fixture(scope="module")
def everywhere(run_program: Callable[..., Program]) -> Program:
    """A stack with every channel that has no secret."""
    return run_program("prod", googleChatSpace="spaces/AAA", alertTopic="eros-alerts")


def log_policies(program: Program) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("monitoring-"): item.inputs
        for name, item in program.of(POLICY).items()
        if "conditionMatchedLog" in item.inputs["conditions"][0]
    }


def test_each_rule_and_level_is_a_policy_on_the_evaluators_own_messages(everywhere: Program) -> None:
    found = log_policies(everywhere)
    rules = load_catalog(ROOT).alerts.values()
    assert found.keys() == {f"{rule.name}-{level.lower()}" for rule in rules for level in rule.levels} | {
        "evaluator-broken", "change-info", "change-critical",
    }  # fmt: skip
    for rule in rules:
        for level in LEVELS:
            inputs = found.get(f"{rule.name}-{level.lower()}")
            if inputs is None:
                continue
            matched = inputs["conditions"][0]["conditionMatchedLog"]
            assert EVALUATOR in matched["filter"]
            assert f'"[|]{rule.name}={level}:"' in matched["filter"]
            assert f"{rule.name}={level}" in matched["labelExtractors"]["measured"]
            assert inputs.get("severity") == (None if level == "INFO" else level)
            assert inputs["userLabels"]["level"] == level.lower()
            assert inputs["enabled"] is rule.enabled
            text = inputs["documentation"]["content"]
            assert "${log.extracted_label.measured}" in text
            assert all(one.expected in text for one in rule.of(level))
            assert all(action.replace("-s STACK", "-s prod") in text for action in rule.actions)
            assert "eros_scheduling_brain.INFO" not in text


def test_what_a_notification_tells_to_type_exists_and_names_the_stack(everywhere: Program) -> None:
    typed = {
        tuple(words.split())
        for item in everywhere.of(POLICY).values()
        for words in re.findall(r"\beros ([a-z][^`,;.\n]*)", item.inputs["documentation"]["content"])
    }
    assert len(typed) > 10, typed
    for words in typed:
        found, left = command([*words])
        assert len(left) < len(words), words
        known = {name for parameter in found.params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, words
        assert "-s prod" in " ".join(left), words


def test_policies_keep_the_limits_of_cloud_monitoring(everywhere: Program) -> None:
    """https://cloud.google.com/monitoring/quotas#alerting_uptime_quotas and the API's reference."""
    policies = everywhere.of(POLICY)
    assert policies
    for name, item in policies.items():
        strategy = item.inputs["alertStrategy"]
        assert len(item.inputs["conditions"]) == 1, name
        assert 1 <= len(item.inputs["notificationChannels"]) <= 16, name
        assert len(item.inputs["documentation"]["content"].encode()) <= 8192, name
        assert len(item.inputs["displayName"]) <= 512, name
        assert 1800 <= int(strategy["autoClose"].rstrip("s")) <= 7 * 24 * 3600, name
        logs = "conditionMatchedLog" in item.inputs["conditions"][0]
        assert strategy.get("notificationRateLimit") == ({"period": "300s"} if logs else None), name


def test_the_evaluator_has_a_dead_mans_switch_and_no_alert_on_its_failed_runs(everywhere: Program) -> None:
    policies = everywhere.of(POLICY)
    assert "monitoring-alert_evaluation-failed" not in policies
    silent = policies["monitoring-evaluator-silent"].inputs
    absent = silent["conditions"][0]["conditionAbsent"]
    assert EVALUATOR in absent["filter"]
    assert "completion_state" not in absent["filter"], "a run that has something to tell fails"
    assert absent["aggregations"][0]["crossSeriesReducer"] == "REDUCE_SUM"
    (schedule,) = (one for one in load_catalog(ROOT).schedules.values() if one.name == "alert_evaluation")
    runs = [schedule.start]
    assert runs[0] is not None
    gap = schedule.next_after(runs[0]) - runs[0]
    assert gap.total_seconds() < float(absent["duration"].rstrip("s"))
    assert (silent["severity"], silent["enabled"]) == ("CRITICAL", True)


def test_critical_alerts_go_to_every_channel_and_the_topic_lets_monitoring_publish(everywhere: Program) -> None:
    channels = {f"projects/p/notificationChannels/{name}" for name in everywhere.of(CHANNEL)}
    assert {item.inputs["type"] for item in everywhere.of(CHANNEL).values()} == {"email", "google_chat", "pubsub"}
    found = log_policies(everywhere)
    assert set(found["daily_cost-critical"]["notificationChannels"]) == channels
    assert found["daily_cost-warning"]["notificationChannels"] == ["projects/p/notificationChannels/monitoring-email"]
    (grant,) = everywhere.of("gcp:pubsub/topicIAMMember:TopicIAMMember").values()
    assert grant.inputs["role"] == "roles/pubsub.publisher"
    assert grant.inputs["member"] == "serviceAccount:service-42@gcp-sa-monitoring-notification.iam.gserviceaccount.com"


def test_changes_are_those_of_this_stack(everywhere: Program) -> None:
    found = log_policies(everywhere)
    for name, severity in (("change-info", "severity < ERROR"), ("change-critical", "severity >= ERROR")):
        filter_ = found[name]["conditions"][0]["conditionMatchedLog"]["filter"]
        assert 'jsonPayload.stack = "prod"' in filter_
        assert severity in filter_
