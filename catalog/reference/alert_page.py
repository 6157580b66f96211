"""The page of the alert rules: when each is met, who is told, what it means and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.alerts import BELOW, CHANNELS, AlertRule, Condition
from catalog.reference import markdown
from catalog.reference.site import ALERTS, Site

MINUTES_AN_HOUR = 60


def alerts_page(site: Site) -> str:
    """Each rule with its conditions, channels, times, meaning, actions and query."""
    lines = ["# Alerts", "", f"{markdown.link('Reference', 'README.md')} · `config/alerts.yaml`"]
    rules = site.catalog.alerts.values()
    if not rules:
        return "\n".join([*lines, "", "None are declared.", ""])
    rows = [[markdown.link(markdown.code(rule.name), f"#{rule.name}"), *_summary(rule)] for rule in rules]
    lines += ["", *markdown.table(["Rule", "Levels", "What it says"], rows)]
    for rule in rules:
        lines += ["", f"## {rule.name}", "", *_section(site, rule)]
    return "\n".join([*lines, ""])


def _summary(rule: AlertRule) -> list[str]:
    levels = ", ".join(level for level in rule.levels)
    return [levels if rule.enabled else f"{levels} (off)", markdown.text(rule.title)]


def _section(site: Site, rule: AlertRule) -> Iterator[str]:
    yield f"**{markdown.text(rule.title)}.** {site.prose(ALERTS, rule.meaning)}"
    yield ""
    yield from (f"- {_condition(one)}" for one in rule.conditions)
    for level in rule.levels:
        channels = "all channels" if rule.channels[level] == CHANNELS else ", ".join(rule.channels[level])
        yield f"- Told at {level}: {channels}"
    closing = "closes itself" if rule.auto_resolve else "a person closes it"
    yield f"- Told again after: {_time(rule.cooldown_minutes)}; {closing}"
    if rule.covers:
        yield f"- Tells also of what jobs raise as: {', '.join(map(markdown.code, rule.covers))}"
    if rule.health:
        yield "- Counts in the health score"
    if not rule.enabled:
        yield "- Off: told to nobody"
    yield f"- Says: {markdown.code(rule.measured)}"
    yield ""
    yield from (f"{number}. {site.prose(ALERTS, action)}" for number, action in enumerate(rule.actions, 1))
    yield from ("", "```sql", rule.sql.text, "```")


def _condition(one: Condition) -> str:
    side = "below" if one.comparison == BELOW else "above"
    amount = f"{one.threshold:,.10g} {one.measures.unit}"
    return f"{one.level}: {markdown.text(one.measures.label)} {side} {amount} ({markdown.code(one.signal)})"


def _time(minutes: int) -> str:
    return f"{minutes / MINUTES_AN_HOUR:g} h" if minutes >= MINUTES_AN_HOUR else f"{minutes} min"
