"""Monitoring: who is told, and of what.

Scope: the e-mail channel and the policy on failed runs of the scheduled queries. Not here: alerts on the data
(they need an evaluator that reads the tables) and dashboards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import Settings

RUNS_METRIC = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"
# Monitoring closes an incident that gets no new data after this time; 30 minutes is the least it accepts.
AUTO_CLOSE = "1800s"


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    settings: Settings
    """What the operator states."""
    transfer_configs: Sequence[pulumi.Input[str]]
    """Resource names (projects/P/locations/L/transferConfigs/ID) of the watched transfer configs."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Monitoring(pulumi.ComponentResource):
    """The notification channel and the alert policies, by name."""

    channel: gcp.monitoring.NotificationChannel
    policies: Mapping[str, gcp.monitoring.AlertPolicy]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Monitoring", name, None, opts)
        self._args, settings = args, args.settings
        self.channel = gcp.monitoring.NotificationChannel(
            f"{name}-email",
            project=settings.project,
            type="email",
            display_name=f"EROS ({settings.stack}): data platform",
            labels={"email_address": settings.alert_email},
            user_labels=settings.labels,
            enabled=True,
            # False keeps a channel that a policy still uses.
            force_delete=not settings.protect,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.policies = {"transfer_run_failed": self._transfer_run_failed(name)}
        self.register_outputs({"channel": self.channel.name})

    def _transfer_run_failed(self, name: str) -> gcp.monitoring.AlertPolicy:
        """A run that the transfer service recorded as FAILED: it does not retry, so FAILED is final."""
        settings = self._args.settings
        condition = gcp.monitoring.AlertPolicyConditionArgs(
            display_name="A scheduled query failed",
            condition_threshold=gcp.monitoring.AlertPolicyConditionConditionThresholdArgs(
                filter=pulumi.Output.all(*self._args.transfer_configs).apply(_failed_runs),
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
            f"{name}-transfer-run-failed",
            project=settings.project,
            display_name=f"EROS ({settings.stack}): scheduled query failed",
            combiner="OR",
            conditions=[condition],
            severity="ERROR",
            enabled=True,
            notification_channels=[self.channel.name],
            user_labels=settings.labels,
            alert_strategy=gcp.monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=AUTO_CLOSE, notification_prompts=["OPENED", "CLOSED"]
            ),
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(
                mime_type="text/markdown",
                content=(
                    "A scheduled query of the EROS platform failed. See its last runs and their error with "
                    "`eros schedules`; run it again with `eros schedules run NAME`."
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _failed_runs(transfer_configs: Sequence[str]) -> str:
    """Monitoring filter for failed runs of these transfer configs."""
    ids = ", ".join(f'"{config.rsplit("/", 1)[-1]}"' for config in sorted(transfer_configs))
    return (
        f'resource.type = "bigquery_dts_config" AND metric.type = "{RUNS_METRIC}"'
        f' AND metric.labels.completion_state = "FAILED" AND resource.labels.config_id = one_of({ids})'
    )
