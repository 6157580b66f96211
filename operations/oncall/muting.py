"""Alerts that would only say that a schedule is paused: silent while it is, and until its next run has had its time.

Only notifications are silenced, by snoozes of Cloud Monitoring, which end by themselves: rows of `automation_alerts`
are written all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.alerts import AlertRule, tripped_by_pause
from operations.oncall import snoozes
from outputs import StackOutputs
from settings.errors import ErosError

EVALUATOR = "alert_evaluation"
# Outputs name the policy of a rule and level `rule LEVEL`, and this one.
SILENT_EVALUATOR = "evaluator silent"
LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Muting:
    """The alert policies of one stack."""

    stack: str
    outputs: StackOutputs
    rules: Mapping[str, AlertRule]

    def paused(self, until: Mapping[str, datetime], now: datetime) -> tuple[str, ...]:
        """Silences what goes off because schedules stand still, each until its instant, and ends what was silenced for
        that before; the names of the rules. Errors: CloudError.
        """
        snoozes.wake(self.outputs.project, self._title, now)
        silenced: dict[str, None] = {}
        for end in sorted(set(until.values())):
            names = [name for name, its_end in until.items() if its_end >= end]
            rules = tripped_by_pause(self.rules, names)
            silenced |= dict.fromkeys(rules)
            policies = self._policies(rules)
            if EVALUATOR in names and SILENT_EVALUATOR in self.outputs.alert_policies:
                policies.append(self.outputs.alert_policies[SILENT_EVALUATOR])
            self._snooze(policies, self._title, now, end)
        return tuple(silenced)

    def rule(self, name: str, now: datetime, until: datetime) -> None:
        """Silences one rule, all its levels. Errors: ErosError for an unknown one, CloudError."""
        if name not in self.rules:
            raise ErosError(f"no alert rule {name!r}", fix=f"one of: {', '.join(sorted(self.rules))}")
        title = f"EROS ({self.stack}): {name} muted"
        snoozes.wake(self.outputs.project, title, now)
        self._snooze(self._policies([name]), title, now, until)

    @property
    def _title(self) -> str:
        return f"EROS ({self.stack}): schedules paused"

    def _policies(self, rules: Collection[str]) -> list[str]:
        return [policy for key, policy in self.outputs.alert_policies.items() if key.partition(" ")[0] in rules]

    def _snooze(self, policies: Collection[str], title: str, now: datetime, until: datetime) -> None:
        if policies and until - now >= LEAST:
            snoozes.snooze(self.outputs.project, sorted(policies), title, now, until)
