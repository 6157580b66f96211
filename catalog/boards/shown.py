"""Which dashboards a stack has, and what is on them: how it does, and what it costs.

Thresholds are those of config/alerts.yaml. What only a report can say (a page, a statement, a goal of a quarter) is
named in words, with the command that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog import told_figures
from catalog.alert_signals import SIGNALS
from catalog.alerts import HEALTH_SCORE, AlertRule
from catalog.boards import measures
from catalog.boards.widgets import chart, dashboard, score, text
from catalog.told_figures import LogMetric

COLORS = {"CRITICAL": "RED", "WARNING": "YELLOW"}


@dataclass(frozen=True, kw_only=True)
class StackShown:
    """What the dashboards are about: a stack, its alert rules, the ids of its transfer configs by schedule."""

    project: str
    stack: str
    dataset: str
    alerts: Mapping[str, AlertRule]
    configs: Mapping[str, str]
    evaluator: str

    @property
    def figures(self) -> dict[str, LogMetric]:
        return {one.key: one for one in told_figures.figures(self.stack)}


def pages(subject: StackShown) -> dict[str, dict[str, Any]]:
    """The dashboards by name."""
    return {"health": _health(subject), "cost": _cost(subject)}


def _health(subject: StackShown) -> dict[str, Any]:
    failures = told_figures.evaluator_failures(subject.stack, "")
    watched = {
        "runs": measures.runs([subject.configs[subject.evaluator]]),
        "failed, other than by an alert": measures.counted(failures, subject.stack),
    }
    changed = told_figures.changed(subject.project, subject.stack)
    by = ["metric.labels.event", "metric.labels.status"]
    rows = [
        [_score(subject, signal) for signal in (HEALTH_SCORE, "query_p95_seconds", "failed_query_percent")],
        [_score(subject, signal) for signal in ("available_captions", "active_locks", "feedback_hours_stale")],
        [
            chart(
                "Runs of scheduled queries by end", {"": measures.runs([*subject.configs.values()])}, plot="STACKED_BAR"
            ),
            chart("Failed runs by schedule", _by_schedule(subject, state="FAILED"), plot="STACKED_BAR"),
        ],
        [
            chart("Evaluator of the alerts: it fails with every alert that it tells", watched, plot="STACKED_BAR"),
            _line(subject, "Failed queries", "failed_query_percent"),
        ],
        [
            _line(subject, "Caption locks", "active_locks", "expired_locks"),
            _line(subject, "Caption pool", "available_captions"),
        ],
        [
            chart("Changes", {"": measures.counted(changed, subject.stack, by=by)}, plot="STACKED_BAR"),
            text("Goals, and why", _reports(subject)),
        ],
    ]
    return dashboard(f"EROS ({subject.stack}): health", _labels(subject), rows)


def _cost(subject: StackShown) -> dict[str, Any]:
    percentiles = {f"{share} %": measures.query_seconds(share) for share in (50, 95, 99)}
    rows = [
        [_score(subject, "cost_usd_today"), _line(subject, "Price since midnight", "cost_usd_today")],
        [chart("Bytes billed a day, whole project", {"": measures.bytes_billed()}, plot="STACKED_BAR", unit="B")],
        [
            chart("Run times of queries, whole project", percentiles, unit="s"),
            chart("Runs by schedule", _by_schedule(subject), plot="STACKED_BAR"),
        ],
        [text("What each schedule costs", _costs(subject))],
    ]
    return dashboard(f"EROS ({subject.stack}): cost and run times", _labels(subject), rows)


def _labels(subject: StackShown) -> dict[str, str]:
    """Monitoring lists dashboards by these; a label without a value is one (dashboard.proto, labels)."""
    return {"eros": "", subject.stack: ""}


def _score(subject: StackShown, signal: str) -> dict[str, Any]:
    limits = {
        (COLORS[one.level], one.comparison, one.threshold)
        for rule in subject.alerts.values()
        for one in rule.conditions
        if one.signal == signal and one.level in COLORS
    }
    known = SIGNALS[signal]
    return score(
        f"{known.label} ({known.unit})", measures.figure(subject.figures[signal], subject.stack), sorted(limits)
    )


def _line(subject: StackShown, title: str, *signals: str) -> dict[str, Any]:
    series = {SIGNALS[one].label: measures.figure(subject.figures[one], subject.stack) for one in signals}
    return chart(title, series, unit=SIGNALS[signals[0]].unit)


def _by_schedule(subject: StackShown, state: str = "SUCCEEDED") -> dict[str, dict[str, Any]]:
    return {name: measures.runs([config], state=state) for name, config in sorted(subject.configs.items())}


def _reports(subject: StackShown) -> str:
    return _words(
        subject,
        ("kpis", "each goal with its target: deployments, schedules a week, exports, times to recover"),
        ("scorecard", "what passes, what does not"),
        ("repeat_failures", "which pages fail again and again"),
        ("lock_saturation", "which pages hold too many of their captions"),
    )


def _costs(subject: StackShown) -> str:
    estimate = f"\n\n`eros cost -s {subject.stack}` sets what is estimated beside what was billed."
    return _words(subject, ("cost_by_query_type", "what is paid for"), ("table_growth", "what grows")) + estimate


def _words(subject: StackShown, *reports: tuple[str, str]) -> str:
    lines = (
        f"- `eros report {name} -s {subject.stack}`, view `{subject.dataset}.monitoring_{name}`: {what}"
        for name, what in reports
    )
    return "\n".join(lines)
