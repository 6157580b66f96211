"""The panel of alerts: what is open, and who was told of what.

On the local cloud its outbox holds every notification, on Google's nobody keeps them: there the rows say when the
evaluator told, and to whom `eros alerts notify` posted it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any

from operations.board.panels import STATES, Grid, Heading, Item, Panel
from operations.board.sources import Sources
from operations.board.wording import some, span, to_run, when
from operations.oncall.alert_rows import Alert, Alerts
from plain_command.errors import UserError

DAYS = 7
SHOWN = 50
CONSOLE = "https://console.cloud.google.com/monitoring/alerting/incidents?project={}"
Record = Mapping[str, Any]


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    rows = Alerts(sources.client, sources.outputs)
    recent = rows.all(DAYS)
    told = _outbox(sources) if sources.is_local else _told(recent, sources.outputs.project, sources.now)
    return panel(rows.open(), recent, told, sources)


def panel(found: Sequence[Alert], recent: Sequence[Alert], told: Grid | str, sources: Sources) -> Panel:
    """The open ones, the most serious first, what has ended, and what was told."""

    def title(alert: Alert) -> str:
        rule, _, page = alert.kind.partition(":")
        declared = sources.catalog.alerts.get(rule)
        return (declared.title if declared else rule) + (f" ({page})" if page else "")

    order = ("CRITICAL", "WARNING", "INFO")
    shown = sorted(found, key=lambda alert: (order.index(alert.level), -alert.time.timestamp()))
    serious = [alert for alert in shown if alert.level == "CRITICAL"]
    warnings = [alert for alert in shown if alert.level == "WARNING"]
    grid = Grid(
        "Open alerts",
        (Heading("level"), Heading("alert"), Heading("since"), Heading("seen by")),
        tuple(
            (
                Item(alert.level, state=STATES[alert.level]),
                Item(title(alert), alert.text),
                when(alert.time, sources.now),
                Item(
                    alert.acknowledged_by or "nobody",
                    f"eros alerts ack {alert.id[:8]}" if not alert.acknowledged else "",
                ),
            )
            for alert in shown
        ),
    )
    return Panel(
        *("alerts", "Alerts"),
        f"{len(serious) + len(warnings)} open",
        f"{len(serious)} critical, {len(warnings)} warning",
        "critical" if serious else "warning" if warnings else "ok",
        (grid if shown else "No alert is open.", _ended(recent, title, sources.now, folded=bool(shown)), told),
        tuple(f"{title(alert)}: {alert.text}" for alert in (*serious, *warnings)),
    )


def _ended(recent: Sequence[Alert], title: Callable[[Alert], str], now: datetime, *, folded: bool) -> Grid | str:
    """Folded away where others are open."""
    closed = [(alert, alert.resolved_at) for alert in recent if alert.resolved_at]
    if not closed:
        return f"None was closed in the last {DAYS} days."
    rows = tuple(
        (
            Item(alert.level, state=STATES[alert.level]),
            Item(title(alert), alert.text),
            when(alert.time, now),
            Item(span(ended - alert.time) or "no minute"),
        )
        for alert, ended in closed[:SHOWN]
    )
    said = f"{len(closed)} closed in {DAYS} days"
    headings = (Heading("level"), Heading(said if not folded else "alert"), Heading("since"), Heading("lasted"))
    return Grid("Closed alerts", headings, rows, folded=said if folded else "")


def _told(found: Sequence[Alert], project: str, now: datetime) -> Grid | str:
    told = [alert for alert in found if alert.notified_at or alert.posted_to]
    if not told:
        return f"Nobody was told of anything in the last {DAYS} days."
    rows = tuple(
        (
            when(alert.notified_at or alert.time, now),
            Item(alert.level, state=STATES[alert.level]),
            Item(alert.kind, alert.text),
            Item(", ".join(alert.posted_to) or "channels of its policy", href=CONSOLE.format(project)),
        )
        for alert in told[:SHOWN]
    )
    headings = (Heading("told"), Heading("level"), Heading("alert"), Heading("to"))
    return Grid("Notifications", headings, rows, folded=f"{len(told)} told in {DAYS} days")


def _outbox(sources: Sources) -> Grid | str:
    point = next(iter(entry_points(group="eros.outboxes")), None)
    if point is None:
        return "The outbox of the local cloud is not installed: make up"
    kept: Callable[[], Sequence[Record]] = point.load()
    try:
        return outbox(kept(), sources.now, sources.stack)
    except UserError as error:
        return f"The outbox cannot be read: {error.message}"


def outbox(records: Sequence[Record], now: datetime, stack: str) -> Grid | str:
    """What the local cloud would have sent, the newest first."""
    if not records:
        shown = f"eros alerts test -s {stack}, then {to_run('alert_evaluation', stack)}"
        return f"The outbox is empty: no policy has fired yet. To see one: {shown}"
    rows = tuple(
        (
            when(datetime.fromisoformat(str(one["time"])), now),
            Item(str(one["policy"]), str(one["state"])),
            Item(str(one["channel"]), str(one["channelType"])),
            Item(str(one["delivery"]), state="critical" if "failed" in str(one["delivery"]) else ""),
        )
        for one in reversed(records[-SHOWN:])
    )
    headings = (Heading("when"), Heading("policy"), Heading("channel"), Heading("delivery"))
    return Grid("Outbox of notifications", headings, rows, folded=f"{some(len(records), 'notification')} in the outbox")
