"""`eros alerts notify`: tells of unacknowledged alerts what Cloud Monitoring's log-match policies cannot.

What is new is told in one notification for each receiver; outside business hours, if asked for, only what is
critical. What nobody acknowledges is told further: a critical alert to PagerDuty after 30 minutes, a warning by mail
after 120. The rows remember who was told: a receiver that failed is tried again, the others are not bothered twice. A
process that dies after telling and before remembering tells once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from operations.oncall.alert_rows import Alert, Alerts
from operations.oncall.routes import MAIL, PAGERDUTY, NotDelivered, Route

ZONE = ZoneInfo("America/Los_Angeles")
OPENS, CLOSES, SATURDAY = 9, 17, 5
ESCALATION = {"CRITICAL": (timedelta(minutes=30), PAGERDUTY), "WARNING": (timedelta(minutes=120), MAIL)}
ORDER = ("CRITICAL", "WARNING", "INFO")
NOTIFIER = "eros alerts notify"


@dataclass(frozen=True, slots=True)
class Due:
    """What one receiver is to be told now; `mark` is how the rows remember it."""

    route: Route
    mark: str
    title: str
    alerts: tuple[Alert, ...]


def due(alerts: Sequence[Alert], routes: Sequence[Route], now: datetime, stack: str, *, office: bool) -> list[Due]:
    """Notifications that are to go out at `now`, new ones before escalations.

    Without PagerDuty (mail) an escalation goes to the first receiver.
    """
    waiting = [alert for alert in alerts if alert.level == "CRITICAL" or not office or is_open(now)]
    waiting.sort(key=lambda alert: (ORDER.index(alert.level), alert.time))
    found = []
    for route in routes:
        new = tuple(alert for alert in waiting if route.name not in alert.posted_to and _wants(route, alert))
        if new:
            found.append(Due(route, route.name, _title(new, stack), new))
    for level, (age, name) in ESCALATION.items():
        route = next((one for one in routes if one.name == name), routes[0])
        mark = f"escalation:{route.name}"
        old = tuple(
            alert
            for alert in waiting
            if alert.level == level
            and not alert.acknowledged
            and now - alert.time >= age
            and mark not in alert.posted_to
        )
        if old:
            minutes = int(age.total_seconds() // 60)
            found.append(Due(route, mark, f"not acknowledged for {minutes} minutes: {_title(old, stack)}", old))
    return found


def is_open(now: datetime) -> bool:
    """Monday to Friday, 9 to 17 in Los Angeles."""
    there = now.astimezone(ZONE)
    return there.weekday() < SATURDAY and OPENS <= there.hour < CLOSES


def notify_once(
    alerts: Alerts, routes: Sequence[Route], now: datetime, stack: str, say: Callable[[str], None], *, office: bool
) -> bool:
    """Tells what is due and remembers it; False when a receiver failed. Errors: CloudError."""
    unseen = alerts.unseen()
    is_well = True
    for notification in due(unseen, routes, now, stack, office=office):
        try:
            notification.route.post(notification.title, notification.alerts)
        except NotDelivered as error:
            say(f"error: {error}")
            is_well = False
            continue
        alerts.mark_posted([alert.id for alert in notification.alerts], notification.mark)
        say(f"{notification.route.name}: {notification.title}")
    told = [alert.id for alert in unseen if alert.level == "INFO" and not alert.acknowledged]
    if told and is_well:
        alerts.acknowledge(told, NOTIFIER, resolved=True)
    return is_well


def _wants(route: Route, alert: Alert) -> bool:
    """PagerDuty calls people: only what is critical."""
    return route.name != PAGERDUTY or alert.level == "CRITICAL"


def _title(alerts: Sequence[Alert], stack: str) -> str:
    counts = [(level, sum(alert.level == level for alert in alerts)) for level in ORDER]
    return f"EROS ({stack}): " + ", ".join(f"{count} {level.lower()}" for level, count in counts if count)
