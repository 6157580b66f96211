"""Monitoring: who is told, and of what.

Scope: the notification channels; for each rule of config/alerts.yaml and each of its levels a policy on what the
evaluator says; for each scheduled query one on its failed runs; two on the evaluator itself, broken or silent; two on
changes that `eros` writes down. Not here: measuring and comparing (sql/procedures/evaluate_alerts_at.sql), dashboards
and objectives (`Dashboards`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from catalog.addresses import Placement
from catalog.alerts import CHANNELS, AlertRule
from catalog.schedules import Schedule
from components import alert_policies
from components.channels import Channels
from settings.errors import ErosError
from settings.model import Settings

# The schedule that compares signals with rules. Its runs fail whenever there is something to tell.
EVALUATOR = "alert_evaluation"
# Monitoring closes an incident that gets no new data after this time; 30 minutes is the least it accepts.
AUTO_CLOSE = "1800s"
MARKDOWN = "text/markdown"


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    settings: Settings
    """What the operator states."""
    secrets: Mapping[str, Any]
    """Tokens of channels by their configuration key, as outputs; those that are set."""
    place: Placement
    """Where the objects are that texts name."""
    schedules: Mapping[str, Schedule]
    """The scheduled queries by name, with severity and recipients of their alerts."""
    alerts: Mapping[str, AlertRule]
    """The alert rules by name."""
    transfer_configs: Mapping[str, pulumi.Input[str]]
    """Resource name (projects/P/locations/L/transferConfigs/ID) of each schedule's transfer config."""
    transfer_agent: str
    """IAM member of the transfer service's account, which carries the number of the project."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Monitoring(pulumi.ComponentResource):
    """The notification channels, and the alert policies by name: of schedules theirs, of rules `rule level`.

    `channel` is that of the stack's own address, which every recipient without one uses; `channels` are all.
    """

    channel: gcp.monitoring.NotificationChannel
    channels: Mapping[str, gcp.monitoring.NotificationChannel]
    policies: Mapping[str, gcp.monitoring.AlertPolicy]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Monitoring", name, None, opts)
        self._name, self._args = name, args
        _refuse_unknown(args)
        self._all = Channels(
            name=name,
            settings=args.settings,
            secrets=args.secrets,
            transfer_agent=args.transfer_agent,
            parent=self,
            after=args.after,
        )
        self.channel = self._all.email[args.settings.alert_email]
        self.channels = {**self._all.email, **self._all.others}
        if missing := self._all.missing():
            pulumi.log.warn("\n".join(missing))
        failed = {key: self._failed_run(one) for key, one in args.schedules.items() if key != EVALUATOR}
        self.policies = {**failed, **self._rules(), **self._changes()}
        self.register_outputs({"channel": self.channel.name})

    def _rules(self) -> dict[str, gcp.monitoring.AlertPolicy]:
        if EVALUATOR not in self._args.transfer_configs:
            return {}
        found = {
            f"{rule.name} {level}": self._rule(rule, level)
            for rule in self._args.alerts.values()
            for level in rule.levels
        }
        return found | {"evaluator silent": self._silent_evaluator(), "evaluator broken": self._broken_evaluator()}

    def _rule(self, rule: AlertRule, level: str) -> gcp.monitoring.AlertPolicy:
        return self._log_policy(
            f"{rule.name}-{level.lower()}",
            f"{rule.title} ({level})",
            alert_policies.rule_condition(rule, level, self._args.transfer_configs[EVALUATOR]),
            level=level,
            channels=self._all.of(rule.channels[level], level),
            text=alert_policies.rule_text(rule, level, self._args.place),
            auto_close=f"{rule.auto_close_minutes * 60}s",
            enabled=rule.enabled,
            labels={"rule": rule.name},
        )

    def _broken_evaluator(self) -> gcp.monitoring.AlertPolicy:
        """A run of the evaluator that failed with anything but alerts: nothing is compared with any rule."""
        stack = self._args.settings.stack
        filter_ = alert_policies.broken_runs(self._args.transfer_configs[EVALUATOR])
        return self._log_policy(
            "evaluator-broken",
            "no alert is evaluated: the evaluator fails",
            alert_policies.matched("The evaluator failed without an alert", filter_, {}),
            level="CRITICAL",
            channels=self._all.of(CHANNELS, "CRITICAL"),
            text="The evaluator of the alert rules ends with an error of its own, so no rule is compared with anything."
            f"\n\nSee the error with `eros schedules -s {stack}`; mend it first, the platform is blind.",
        )

    def _silent_evaluator(self) -> gcp.monitoring.AlertPolicy:
        """The dead man's switch: no run in any state. While the schedules are paused nobody waits for one."""
        stack = self._args.settings.stack
        filter_ = alert_policies.finished_runs(self._args.transfer_configs[EVALUATOR])
        return self._policy(
            "evaluator-silent",
            "no alert is evaluated: the evaluator does not run",
            alert_policies.silence("The evaluator has not run for an hour", filter_),
            severity="CRITICAL",
            channels=self._all.of(CHANNELS, "CRITICAL"),
            strategy=gcp.monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=AUTO_CLOSE, notification_prompts=["OPENED", "CLOSED"]
            ),
            text="The evaluator of the alert rules has not run for an hour, so no rule is compared with anything."
            f"\n\nLook whether `{EVALUATOR}` is enabled: `eros schedules -s {stack}`, `eros pauses -s {stack}`.",
            enabled=not self._args.settings.pause_schedules,
        )

    def _changes(self) -> dict[str, gcp.monitoring.AlertPolicy]:
        """Deployments, rollbacks, restores and reports, as they are written down."""
        text = (
            "`eros` wrote down a change of the platform: ${log.extracted_label.event}, ${log.extracted_label.status}."
            "\n\n${log.extracted_label.text}"
        )
        extractors = {key: f"EXTRACT(jsonPayload.{key})" for key in ("event", "status", "text")}
        found = {}
        for level, title in (("INFO", "changed"), ("CRITICAL", "change failed")):
            filter_ = alert_policies.change_filter(
                self._args.settings.project, self._args.settings.stack, failed=level == "CRITICAL"
            )
            found[f"change {level}"] = self._log_policy(
                f"change-{level.lower()}",
                title,
                alert_policies.matched(f"The platform: {title}", filter_, extractors),
                level=level,
                channels=self._all.of(CHANNELS if level == "CRITICAL" else ("email", "slack"), level),
                text=text,
            )
        return found

    def _failed_run(self, schedule: Schedule) -> gcp.monitoring.AlertPolicy:
        """A run that the transfer service recorded as FAILED: it does not retry, so FAILED is final."""
        settings = self._args.settings
        addresses = {settings.alert_recipients.get(name, settings.alert_email) for name in schedule.recipients}
        return self._policy(
            f"{schedule.name}-failed",
            f"{schedule.name} failed",
            alert_policies.threshold(
                f"A run of {schedule.name} failed",
                alert_policies.failed_runs(self._args.transfer_configs[schedule.name]),
            ),
            severity=schedule.severity,
            # Each address once, in an order that the recipients' order does not change.
            channels=[self._all.email[address].name for address in sorted(addresses)],
            strategy=gcp.monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=AUTO_CLOSE, notification_prompts=["OPENED", "CLOSED"]
            ),
            text=alert_policies.failed_run_text(schedule, settings.stack),
        )

    def _log_policy(
        self,
        name: str,
        title: str,
        condition: gcp.monitoring.AlertPolicyConditionArgs,
        *,
        level: str,
        channels: list[pulumi.Output[str]],
        text: str,
        auto_close: str = AUTO_CLOSE,
        enabled: bool = True,
        labels: Mapping[str, str] | None = None,
    ) -> gcp.monitoring.AlertPolicy:
        """Google knows no severity below WARNING: INFO is none, and a label says so."""
        return self._policy(
            name,
            title,
            condition,
            severity=None if level == "INFO" else level,
            channels=channels,
            strategy=gcp.monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=auto_close,
                notification_rate_limit=gcp.monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(
                    period=alert_policies.RATE_LIMIT
                ),
                # Of a log entry that matched nobody can say when it is over. Left out, Google fills it in.
                notification_prompts=["OPENED"],
            ),
            text=text,
            enabled=enabled,
            labels={"level": level.lower(), **(labels or {})},
        )

    def _policy(
        self,
        name: str,
        title: str,
        condition: gcp.monitoring.AlertPolicyConditionArgs,
        *,
        severity: str | None,
        channels: list[pulumi.Output[str]],
        strategy: gcp.monitoring.AlertPolicyAlertStrategyArgs,
        text: str,
        enabled: bool = True,
        labels: Mapping[str, str] | None = None,
    ) -> gcp.monitoring.AlertPolicy:
        settings = self._args.settings
        return gcp.monitoring.AlertPolicy(
            f"{self._name}-{name}",
            project=settings.project,
            display_name=f"EROS ({settings.stack}): {title}",
            combiner="OR",
            conditions=[condition],
            severity=severity,
            enabled=enabled,
            notification_channels=channels,
            user_labels={**settings.labels, **(labels or {})},
            alert_strategy=strategy,
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(mime_type=MARKDOWN, content=text),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )


def _refuse_unknown(args: MonitoringArgs) -> None:
    """An address for a name that nobody alerts would be a misspelt one, and its owner would hear nothing."""
    known = {name for schedule in args.schedules.values() for name in schedule.recipients}
    if unknown := sorted(args.settings.alert_recipients.keys() - known):
        raise ErosError(
            f"eros-platform:alertRecipients: no schedule alerts {', '.join(unknown)}",
            fix=f"name one of {', '.join(sorted(known))}, or add the recipient in config/schedules.yaml",
        )
