"""Alert policies as plain constructors of their conditions and texts; `Monitoring` makes the resources.

Filters name the transfer config or the stack that they are about, so that two stacks in one project never meet.
"""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from catalog.addresses import Placement
from catalog.alerts import TOLD, AlertRule
from catalog.schedules import Schedule
from settings import changes

RUNS_METRIC = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"
RUNS_LOG = "bigquerydatatransfer.googleapis.com/transfer_config"
# The least that Cloud Monitoring takes: https://cloud.google.com/monitoring/alerts/log-based-alerts
RATE_LIMIT = "300s"
# More than the evaluator's interval in config/schedules.yaml.
SILENCE = "3600s"
# How texts of config/alerts.yaml name the stack.
STACK = "-s STACK"


def config_id(transfer_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """The id at the end of projects/P/locations/L/transferConfigs/ID."""
    return pulumi.Output.from_input(transfer_config).apply(lambda name: name.rsplit("/", 1)[-1])


def failed_runs(transfer_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Filter for failed runs of a transfer config."""
    state = ' AND metric.labels.completion_state = "FAILED"'
    return _runs(transfer_config, state)


def finished_runs(transfer_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Filter for its runs in any state."""
    return _runs(transfer_config, "")


def _runs(transfer_config: pulumi.Input[str], state: str) -> pulumi.Output[str]:
    return config_id(transfer_config).apply(
        lambda identifier: (
            f'resource.type = "bigquery_dts_config" AND metric.type = "{RUNS_METRIC}"{state}'
            f' AND resource.labels.config_id = "{identifier}"'
        )
    )


def messages_of(transfer_config: pulumi.Input[str], matching: str) -> pulumi.Output[str]:
    """Log filter for errors of runs of a transfer config; `matching` is a condition on their text."""
    return config_id(transfer_config).apply(
        lambda identifier: (
            f'resource.type = "bigquery_dts_config" AND resource.labels.config_id = "{identifier}"'
            f' AND log_id("{RUNS_LOG}") AND severity >= ERROR AND {matching}'
        )
    )


def broken_runs(transfer_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Log filter for runs of the evaluator that failed with anything but alerts: they compared nothing."""
    return messages_of(transfer_config, f'NOT jsonPayload.message =~ "{TOLD}"')


def threshold(name: str, filter_: pulumi.Input[str]) -> gcp.monitoring.AlertPolicyConditionArgs:
    """More than none in five minutes."""
    return gcp.monitoring.AlertPolicyConditionArgs(
        display_name=name,
        condition_threshold=gcp.monitoring.AlertPolicyConditionConditionThresholdArgs(
            filter=filter_,
            comparison="COMPARISON_GT",
            threshold_value=0,
            duration="0s",
            aggregations=[
                gcp.monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                    alignment_period="300s", per_series_aligner="ALIGN_DELTA"
                )
            ],
            trigger=gcp.monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
        ),
    )


def silence(name: str, filter_: pulumi.Input[str]) -> gcp.monitoring.AlertPolicyConditionArgs:
    """Nothing for an hour. All states together: a run that succeeded must not miss the one that failed."""
    return gcp.monitoring.AlertPolicyConditionArgs(
        display_name=name,
        condition_absent=gcp.monitoring.AlertPolicyConditionConditionAbsentArgs(
            filter=filter_,
            duration=SILENCE,
            aggregations=[
                gcp.monitoring.AlertPolicyConditionConditionAbsentAggregationArgs(
                    alignment_period="300s", per_series_aligner="ALIGN_DELTA", cross_series_reducer="REDUCE_SUM"
                )
            ],
            trigger=gcp.monitoring.AlertPolicyConditionConditionAbsentTriggerArgs(count=1),
        ),
    )


def matched(
    name: str, filter_: pulumi.Input[str], extractors: dict[str, str]
) -> gcp.monitoring.AlertPolicyConditionArgs:
    """A log entry. Each distinct value of the extracted labels is an incident of its own."""
    return gcp.monitoring.AlertPolicyConditionArgs(
        display_name=name,
        condition_matched_log=gcp.monitoring.AlertPolicyConditionConditionMatchedLogArgs(
            filter=filter_, label_extractors=extractors
        ),
    )


def rule_condition(
    rule: AlertRule, level: str, transfer_config: pulumi.Input[str]
) -> gcp.monitoring.AlertPolicyConditionArgs:
    """The evaluator's message for one rule and level; what it measured goes into the notification."""
    entry = f"[|]{rule.name}={level}:"
    return matched(
        f"{rule.name} is {level}",
        messages_of(transfer_config, f'jsonPayload.message =~ "{entry}"'),
        {"measured": f'REGEXP_EXTRACT(jsonPayload.message, "{entry}([^|]*)")'},
    )


def rule_text(rule: AlertRule, level: str, place: Placement) -> str:
    """What the notification says: measured and expected value, meaning, query and actions."""
    expected = "; ".join(dict.fromkeys(one.expected for one in rule.of(level)))
    # A command of a notification is typed as it stands, so it names the stack.
    actions = "\n".join(
        f"{number}. {action.replace(STACK, f'-s {place.stack}')}" for number, action in enumerate(rule.actions, 1)
    )
    return (
        f"**{level}: {rule.title}**\n\n"
        f"Measured: ${{log.extracted_label.measured}}\n\nExpected: {expected}\n\n{rule.meaning}\n\n"
        f"What to do:\n\n{actions}\n\nLook with:\n\n```\n{rule.query(place)}\n```\n\n"
        f"`eros alerts list -s {place.stack}` shows what is open, `eros alerts ack ID -s {place.stack}` says that "
        "somebody looks after it."
    )


def failed_run_text(schedule: Schedule, stack: str) -> str:
    """What to do about a failed run."""
    return (
        f"The scheduled query `{schedule.name}` of the EROS platform failed. {schedule.description} "
        f"It is looked after by {schedule.owner}.\n\nSee its last run and the error with `eros schedules -s {stack}`; "
        f"run it again with `eros schedules -s {stack} run {schedule.name}`."
    )


def change_filter(project: str, stack: str, failed: bool) -> str:
    """Log filter for the changes that `eros` writes of one stack, those that failed or the others."""
    events = "|".join(changes.EVENTS)
    return (
        f'logName = "projects/{project}/logs/{changes.LOG}" AND jsonPayload.stack = "{stack}"'
        f' AND jsonPayload.event =~ "^({events})$" AND severity {">=" if failed else "<"} ERROR'
    )
