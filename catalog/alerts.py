"""`config/alerts.yaml`: the alert rules, their conditions, and what their notifications say.

Owns what makes a rule sound: signals, channels and placeholders that exist, thresholds that can be crossed, levels in
order, times that Cloud Monitoring takes. The signals are `catalog.alert_signals`', the view is `catalog.alert_view`'s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from catalog import yamlfile
from catalog.addresses import Placement
from catalog.alert_signals import BUILT_IN, SIGNALS, Signal
from catalog.cursor import Cursor
from catalog.errors import CatalogError
from catalog.references import LogicalSql
from catalog.tokens import SqlText

FILE = "alerts.yaml"
ENTRIES = (
    *("title", "conditions", "channels", "cooldown_minutes", "auto_resolve", "auto_close_minutes"),
    *("health", "enabled", "covers", "measured", "meaning", "actions", "query"),
)
# The most serious first.
LEVELS = ("CRITICAL", "WARNING", "INFO")
CHANNELS = ("email", "slack", "pagerduty", "google_chat", "pubsub", "webhook")
ALL = "all"
ABOVE, BELOW = "ABOVE", "BELOW"
HEALTH_SCORE = "health_score"
# In all that an evaluator's run says when it has something to tell: its run fails, and has done its work.
TOLD = "EROS_ALERT"
RULE = re.compile(r"[a-z][a-z0-9_]{0,59}")
# A notification channel hears of a policy at most once in five minutes, and an incident closes itself after half an
# hour at least and seven days at most: https://cloud.google.com/monitoring/alerts/log-based-alerts#limitations and
# https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#AlertStrategy
COOLDOWN_MINUTES = range(5, 7 * 24 * 60 + 1)
AUTO_CLOSE_MINUTES = range(30, 7 * 24 * 60 + 1)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a rule: the level holds when the signal is ABOVE or BELOW the threshold."""

    level: str
    signal: str
    comparison: str
    threshold: float

    @property
    def measures(self) -> Signal:
        return SIGNALS[self.signal]

    @property
    def expected(self) -> str:
        """What is well, in words."""
        unit, value = self.measures.unit, f"{self.threshold:,.10g}"
        amount = f"${value}" if unit == "$" else f"{value} {unit}"
        return f"at {'most' if self.comparison == ABOVE else 'least'} {amount} ({self.measures.label})"


@dataclass(frozen=True)
class AlertRule:
    """One rule. `channels` are names of CHANNELS by level; texts are those of the notification."""

    name: str
    path: Path
    line: int
    title: str
    conditions: tuple[Condition, ...]
    channels: Mapping[str, tuple[str, ...]]
    cooldown_minutes: int
    auto_resolve: bool
    auto_close_minutes: int
    health: bool
    enabled: bool
    covers: tuple[str, ...]
    measured: str
    meaning: str
    actions: tuple[str, ...]
    sql: LogicalSql
    query_line: int

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that it has, the most serious first."""
        return tuple(level for level in LEVELS if level in self.channels)

    def of(self, level: str) -> tuple[Condition, ...]:
        """The conditions of a level."""
        return tuple(one for one in self.conditions if one.level == level)

    @property
    def needs(self) -> frozenset[str]:
        """The schedules without whose runs it goes off by itself."""
        return frozenset(condition.measures.needs for condition in self.conditions) - {""}

    def query(self, place: Placement) -> str:
        """The statement to look with, with the objects of a stack."""
        return self.sql.qualified(place)


def tripped_by_pause(rules: Mapping[str, AlertRule], paused: Collection[str]) -> tuple[str, ...]:
    """The rules that go off because these schedules stand still; where one counts in the score, those on the score."""
    found = [rule for rule in rules.values() if not rule.needs.isdisjoint(paused)]
    lowers_score = any(rule.health for rule in found)
    by_score = [
        rule
        for rule in rules.values()
        if lowers_score and any(condition.signal == HEALTH_SCORE for condition in rule.conditions)
    ]
    return tuple(dict.fromkeys(rule.name for rule in (*found, *by_score)))


def load(root: Path) -> dict[str, AlertRule]:
    """The rules by name, in the order of the file; none without a file. Raises CatalogError."""
    file = yamlfile.read(root, FILE)
    return {rule.name: rule for rule in rules(file)} if file else {}


def rules(file: yamlfile.Section) -> tuple[AlertRule, ...]:
    """The rules of the file. Raises CatalogError."""
    return tuple(_rule(name, section) for name, section in file.sections())


def _rule(name: str, section: yamlfile.Section) -> AlertRule:
    section.only(*ENTRIES)
    if not RULE.fullmatch(name):
        fix = "use lower-case letters, digits and underscores, at most 60"
        raise section.error(f"{name!r} is no name of a rule", fix=fix)
    conditions = tuple(_conditions(section))
    return AlertRule(
        name=name,
        path=section.path,
        line=section.line,
        title=section.text("title"),
        conditions=conditions,
        channels=_channels(section, {one.level for one in conditions}),
        cooldown_minutes=_minutes(section, "cooldown_minutes", COOLDOWN_MINUTES),
        auto_resolve=section.parsed("auto_resolve", yamlfile.truth, "true or false"),
        auto_close_minutes=_minutes(section, "auto_close_minutes", AUTO_CLOSE_MINUTES),
        health=section.parsed("health", yamlfile.truth, "true or false", default="false"),
        enabled=section.parsed("enabled", yamlfile.truth, "true or false", default="true"),
        covers=section.texts("covers") if "covers" in section.names else (),
        measured=_measured(section, conditions),
        meaning=section.text("meaning"),
        actions=section.texts("actions"),
        sql=_query(section),
        query_line=section.line_of("query"),
    )


def _conditions(section: yamlfile.Section) -> Iterator[Condition]:
    stricter: dict[tuple[str, str], list[Condition]] = {}
    entries = section.list("conditions")
    if not entries:
        raise section.error(f"{section.where}: conditions is empty", fix="list at least one", key="conditions")
    for entry in entries:
        condition = _condition(entry)
        others = stricter.setdefault((condition.signal, condition.comparison), [])
        for other in others:
            _refuse_disorder(entry, condition, other)
        others.append(condition)
        yield condition


def _condition(entry: yamlfile.Section) -> Condition:
    entry.only("level", "signal", "above", "below")
    level, signal = entry.text("level"), entry.text("signal")
    if level not in LEVELS:
        raise entry.error(f"{level!r} is no level", fix=f"use {', '.join(LEVELS)}", key="level")
    if signal not in SIGNALS:
        raise entry.error(f"{signal!r} is no signal", fix=f"use one of {', '.join(SIGNALS)}", key="signal")
    stated = [name for name in ("above", "below") if name in entry.names]
    if len(stated) != 1:
        raise entry.error(f"{entry.where}: one of above and below is wanted", fix="write above: and a number")
    threshold = entry.parsed(stated[0], _number, "number")
    _refuse_never_crossed(entry, signal, stated[0], threshold)
    return Condition(level, signal, stated[0].upper(), threshold)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_never_crossed(entry: yamlfile.Section, signal: str, side: str, threshold: float) -> None:
    """A rule that is always or never met tells nobody anything."""
    highest = SIGNALS[signal].highest
    if side == "above" and highest is not None and threshold >= highest:
        message, fix = f"{signal} is never above {threshold:g}", f"it is at most {highest:g}: write less"
    elif side == "above" and threshold < 0:
        message, fix = f"{signal} is always above {threshold:g}", "it is never below 0: write 0 or more"
    elif side == "below" and threshold <= 0:
        message, fix = f"{signal} is never below {threshold:g}", "it is at least 0: write more"
    elif side == "below" and highest is not None and threshold > highest:
        message, fix = f"{signal} is always below {threshold:g}", f"it is at most {highest:g}: write that or less"
    else:
        return
    raise entry.error(message, fix=fix, key=side)


def _refuse_disorder(entry: yamlfile.Section, one: Condition, other: Condition) -> None:
    """Two of one level, or a more serious level that is met before the less serious one.

    `raised_alerts` carry their own level, so their thresholds say nothing of each other.
    """
    if one.level == other.level:
        message = f"{one.signal} has two thresholds of level {one.level}"
        raise entry.error(message, fix="keep one of them", key=one.comparison.lower())
    upper, lower = sorted((one, other), key=lambda condition: LEVELS.index(condition.level))
    is_further = upper.threshold > lower.threshold if one.comparison == ABOVE else upper.threshold < lower.threshold
    if not is_further and one.signal != "raised_alerts":
        message = f"{upper.level} at {upper.threshold:g} is not stricter than {lower.level} at {lower.threshold:g}"
        side = "more" if one.comparison == ABOVE else "less"
        raise entry.error(message, fix=f"write {side} for {upper.level}", key=one.comparison.lower())


def _channels(section: yamlfile.Section, levels: set[str]) -> dict[str, tuple[str, ...]]:
    """The channels of each level, `all` spelt out."""
    named = section.section("channels")
    named.only(*LEVELS)
    if set(named.names) != levels:
        wanted = ", ".join(level for level in LEVELS if level in levels)
        message = f"{section.where}: channels are for {', '.join(named.names)}, conditions for {wanted}"
        raise section.error(message, fix=f"name channels for {wanted}", key="channels")
    found = {}
    for level in named.names:
        texts = named.texts(level)
        for text in texts:
            if text not in (*CHANNELS, ALL):
                fix = f"use {', '.join(CHANNELS)} or {ALL}"
                raise named.error(f"{section.where}: {text!r} is no channel", fix=fix, key=level)
        found[level] = CHANNELS if ALL in texts else texts
    return found


def _minutes(section: yamlfile.Section, name: str, allowed: range) -> int:
    minutes = section.parsed(name, int, "whole number of minutes")
    if minutes not in allowed:
        message = f"{section.where}: {name} {minutes} is outside what Cloud Monitoring keeps"
        raise section.error(message, fix=f"write {allowed[0]:,} to {allowed[-1]:,}", key=name)
    return minutes


def _measured(section: yamlfile.Section, conditions: tuple[Condition, ...]) -> str:
    """The text, whose placeholders every signal of the rule must have."""
    text = section.text("measured")
    known = set(BUILT_IN).union(*(one.measures.details for one in conditions))
    shared = known.intersection(*({*BUILT_IN, *one.measures.details} for one in conditions))
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise section.error(f"{section.where}: measured: {error}", fix="close each {brace}", key="measured") from None
    for name in names:
        if name not in shared:
            fix = f"use {', '.join(f'{{{one}}}' for one in sorted(shared))}"
            raise section.error(f"{section.where}: nothing measures {{{name}}}", fix=fix, key="measured")
    return text


def _query(section: yamlfile.Section) -> LogicalSql:
    text = section.text("query")
    try:
        tokens = Cursor(SqlText(section.path, text)).tokens
    except CatalogError as error:
        raise section.error(f"{section.where}: query: {error.message}", fix=error.fix, key="query") from None
    return LogicalSql(SqlText(section.path, text), tokens)
