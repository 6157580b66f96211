"""Monitoring: who is told, and of what.

Scope: the e-mail channels and, for each scheduled query, the policy on its failed runs. Not here: alerts on the data
(they need an evaluator that reads the tables) and dashboards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog.schedules import Schedule
from settings.errors import ErosError
from settings.model import Settings

RUNS_METRIC = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"
# Monitoring closes an incident that gets no new data after this time; 30 minutes is the least it accepts.
AUTO_CLOSE = "1800s"


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    settings: Settings
    """What the operator states."""
    schedules: Mapping[str, Schedule]
    """The scheduled queries by name, with severity and recipients of their alerts."""
    transfer_configs: Mapping[str, pulumi.Input[str]]
    """Resource name (projects/P/locations/L/transferConfigs/ID) of each schedule's transfer config."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Monitoring(pulumi.ComponentResource):
    """The notification channels and the alert policies, by the name of the schedule.

    `channel` is that of the stack's own address, which every recipient without one uses; `channels` are all.
    """

    channel: gcp.monitoring.NotificationChannel
    channels: Mapping[str, gcp.monitoring.NotificationChannel]
    policies: Mapping[str, gcp.monitoring.AlertPolicy]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Monitoring", name, None, opts)
        self._name, self._args = name, args
        _refuse_unknown(args)
        self.channel = self._channel(f"{name}-email", args.settings.alert_email)
        self.channels = {args.settings.alert_email: self.channel} | {
            address: self._channel(f"{name}-email-{address}", address)
            for address in sorted({*args.settings.alert_recipients.values()} - {args.settings.alert_email})
        }
        self.policies = {key: self._failed_run(schedule) for key, schedule in args.schedules.items()}
        self.register_outputs({"channel": self.channel.name})

    def _channel(self, name: str, address: str) -> gcp.monitoring.NotificationChannel:
        settings = self._args.settings
        return gcp.monitoring.NotificationChannel(
            name,
            project=settings.project,
            type="email",
            # Adoption tells channels apart by their names.
            display_name=f"EROS ({settings.stack}): data platform"
            + ("" if address == settings.alert_email else f", {address}"),
            labels={"email_address": address},
            user_labels=settings.labels,
            enabled=True,
            # False keeps a channel that a policy still uses.
            force_delete=not settings.protect,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _channels_of(self, schedule: Schedule) -> list[pulumi.Output[str]]:
        """Each address once, in an order that the recipients' order does not change."""
        settings = self._args.settings
        addresses = {settings.alert_recipients.get(name, settings.alert_email) for name in schedule.recipients}
        return [self.channels[address].name for address in sorted(addresses)]

    def _failed_run(self, schedule: Schedule) -> gcp.monitoring.AlertPolicy:
        """A run that the transfer service recorded as FAILED: it does not retry, so FAILED is final."""
        settings = self._args.settings
        condition = gcp.monitoring.AlertPolicyConditionArgs(
            display_name=f"A run of {schedule.name} failed",
            condition_threshold=gcp.monitoring.AlertPolicyConditionConditionThresholdArgs(
                filter=pulumi.Output.from_input(self._args.transfer_configs[schedule.name]).apply(_failed_runs),
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
        return gcp.monitoring.AlertPolicy(
            f"{self._name}-{schedule.name}-failed",
            project=settings.project,
            display_name=f"EROS ({settings.stack}): {schedule.name} failed",
            combiner="OR",
            conditions=[condition],
            severity=schedule.severity,
            enabled=True,
            notification_channels=self._channels_of(schedule),
            user_labels=settings.labels,
            alert_strategy=gcp.monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=AUTO_CLOSE, notification_prompts=["OPENED", "CLOSED"]
            ),
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(
                mime_type="text/markdown", content=_what_to_do(schedule)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _refuse_unknown(args: MonitoringArgs) -> None:
    """An address for a name that nobody alerts would be a misspelt one, and its owner would hear nothing."""
    known = {name for schedule in args.schedules.values() for name in schedule.recipients}
    if unknown := sorted(args.settings.alert_recipients.keys() - known):
        raise ErosError(
            f"eros-platform:alertRecipients: no schedule alerts {', '.join(unknown)}",
            fix=f"name one of {', '.join(sorted(known))}, or add the recipient in config/schedules.yaml",
        )


def _failed_runs(transfer_config: str) -> str:
    """Monitoring filter for failed runs of this transfer config."""
    return (
        f'resource.type = "bigquery_dts_config" AND metric.type = "{RUNS_METRIC}"'
        f' AND metric.labels.completion_state = "FAILED"'
        f' AND resource.labels.config_id = "{transfer_config.rsplit("/", 1)[-1]}"'
    )


def _what_to_do(schedule: Schedule) -> str:
    return (
        f"The scheduled query `{schedule.name}` of the EROS platform failed. {schedule.description} "
        f"It is looked after by {schedule.owner}.\n\nSee its last run and the error with `eros schedules`; run it "
        f"again with `eros schedules run {schedule.name}`."
    )
