"""Metric conditions: which series are above or below a threshold, or silent, at an instant.

docs.cloud.google.com/monitoring/alerts/concepts-indepth: a threshold is met when every value of the retest window
violates it. Without data a condition stays as it is, unless `evaluationMissingData` says otherwise. An absence
(docs.cloud.google.com/monitoring/alerts/metric-absence) needs a point after the policy was made or changed: a series
that never spoke is never missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gcp_local.services.errors import Json, not_emulated
from gcp_local.services.filters import parse_filter
from gcp_local.services.monitoring import aggregation, selection
from gcp_local.services.monitoring.aggregation import Group
from gcp_local.services.monitoring.incidents import Finding
from gcp_local.services.monitoring.series import Series
from gcp_local.services.scalars import timestamp

THRESHOLD, ABSENT = "conditionThreshold", "conditionAbsent"
VIOLATES, FITS = "EVALUATION_MISSING_DATA_ACTIVE", "EVALUATION_MISSING_DATA_INACTIVE"


def check(condition: Json) -> None:
    """Raise 501 for a condition that is not evaluated here."""
    kind = THRESHOLD if THRESHOLD in condition else ABSENT
    if kind not in condition:
        raise not_emulated(f"the evaluation of a {next((k for k in condition if k.startswith('condition')), '')}")
    body = condition[kind]
    for name in ("denominatorFilter", "forecastOptions"):
        if body.get(name):
            raise not_emulated(f"the evaluation of {name}")
    selection.check(parse_filter(body["filter"]))
    aggregation.check(body.get("aggregations", []))


@dataclass
class Watch:
    """One condition with what it remembers of its series, by their keys; `memory` is kept between evaluations."""

    condition: Json
    installed: datetime
    memory: dict[str, Json]

    def __post_init__(self) -> None:
        self.kind = THRESHOLD if THRESHOLD in self.condition else ABSENT
        self.body: Json = self.condition[self.kind]
        self.aggregation: Json = next(iter(self.body.get("aggregations", [])), {})
        self.duration = timedelta(seconds=float(self.body.get("duration", "0s")[:-1]))

    def groups(self, everything: Sequence[Series]) -> dict[str, Group]:
        """The series of the condition, reduced, by their keys."""
        wanted = selection.read(self.body["filter"])
        found = aggregation.groups([series for series in everything if wanted(series)], self.aggregation)
        return {group.key: group for group in found}

    def met(self, groups: dict[str, Group], at: datetime) -> list[Finding]:
        """What meets the condition at an instant: nothing unless as many series do as its trigger asks for."""
        for key, group in groups.items():
            self.memory.setdefault(key, {"metric": group.metric, "resource": group.resource})
        for key, known in self.memory.items():
            if self.kind == ABSENT:
                self._miss(known, groups.get(key), at)
            else:
                self._compare(known, groups.get(key), at)
        found = [self._finding(key, known) for key, known in self.memory.items() if known.get("met")]
        return found if found and len(found) >= self._needed() else []

    def last_data(self, key: str) -> datetime | None:
        """When a series last had a value."""
        text = self.memory.get(key, {}).get("data")
        return datetime.fromisoformat(text) if text else None

    def forget(self, key: str) -> None:
        """After an incident was closed for want of data: nothing is met until there is some."""
        if key not in self.memory:  # the policy was changed meanwhile: it knows nothing any more
            return
        self.memory[key] |= {"met": False, "since": None, "given_up": self.memory[key].get("data")}

    def _needed(self) -> float:
        trigger = self.body.get("trigger", {})
        if percent := trigger.get("percent"):
            return len(self.memory) * float(percent) / 100
        return float(trigger.get("count", 1))

    def _compare(self, known: Json, group: Group | None, at: datetime) -> None:
        value = aggregation.value_at(group, self.aggregation, at) if group else None
        # A distribution is compared with nothing: Google wants a percentile of it.
        if value is None or isinstance(value, tuple):
            policy = self.body.get("evaluationMissingData", "")
            if policy not in (VIOLATES, FITS):
                known["since"] = known.get("since") if known.get("met") else None
                return
            violated = policy == VIOLATES and "data" in known
        else:
            known |= {"data": timestamp(at), "value": value}
            bound = self.body.get("thresholdValue", 0.0)
            violated = value > bound if self.body["comparison"] == "COMPARISON_GT" else value < bound
        known["since"] = (known.get("since") or timestamp(at)) if violated else None
        known["met"] = violated and at - datetime.fromisoformat(known["since"]) >= self.duration

    def _miss(self, known: Json, group: Group | None, at: datetime) -> None:
        spoken = [time for time in group.times if self.installed <= time <= at] if group else []
        if spoken:
            known["data"] = timestamp(spoken[-1])
        last = known.get("data")
        silent = last is not None and at - datetime.fromisoformat(last) >= self.duration
        known["met"] = silent and known.get("given_up") != last

    def _finding(self, key: str, known: Json) -> Finding:
        labels = {**known["resource"]["labels"], **known["metric"].get("labels", {})}
        shown = ", ".join(f"{name}={value}" for name, value in labels.items())
        who = f"{known['metric']['type']} for {known['resource']['type']} with {{{shown}}}"
        return {
            "key": key,
            "resource": known["resource"],
            "metric": known["metric"],
            "extracted": {},
            "summary": f"{who} {self._said(known)}.",
            "value": "" if self.kind == ABSENT else f"{known.get('value', 0.0):.3f}",
        }

    def _said(self, known: dict[str, Any]) -> str:
        if self.kind == ABSENT:
            return f"has had no data for {int(self.duration.total_seconds() // 60)} minutes or longer"
        side = "above" if self.body["comparison"] == "COMPARISON_GT" else "below"
        return (
            f"is {side} the threshold of {self.body.get('thresholdValue', 0.0):.3f} "
            f"with a value of {known.get('value', 0.0):.3f}"
        )
