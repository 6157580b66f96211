"""Cloud Monitoring's snoozes: alert policies that open no incident for a while.

A snooze is recognised by its name, which carries the stack, so that ending those of one stack leaves others alone.
Rules (docs.cloud.google.com/monitoring, V3 `Snooze`): 16 policies a snooze, checked at its creation; it ends by an
earlier end time, there is no deletion.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from operations import google_api
from settings.endpoints import MONITORING

POLICIES_AT_ONCE = 16
# An end in the past is refused: this much a request may take, and our clock be behind.
SOON = timedelta(seconds=15)


def snooze(project: str, policies: Sequence[str], title: str, start: datetime, end: datetime) -> None:
    """No incident of these policies (resource names) from `start` to `end`. Errors: CloudError."""
    names = sorted(policies)
    interval = {"startTime": _text(start), "endTime": _text(end)}
    for first in range(0, len(names), POLICIES_AT_ONCE):
        criteria = {"policies": names[first : first + POLICIES_AT_ONCE]}
        body = {"displayName": title, "criteria": criteria, "interval": interval}
        google_api.post(MONITORING, f"v3/projects/{project}/snoozes", body)


def wake(project: str, title: str, now: datetime) -> int:
    """Ends the snoozes of this title that last longer than `now`; how many. Errors: CloudError."""
    found = [
        one
        for one in google_api.pages(MONITORING, f"v3/projects/{project}/snoozes", "snoozes")
        if one.get("displayName") == title and datetime.fromisoformat(one["interval"]["endTime"]) > now
    ]
    for one in found:
        interval = {"endTime": _text(now + SOON)}
        google_api.patch(MONITORING, f"v3/{one['name']}", {"interval": interval}, mask="interval.endTime")
    return len(found)


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
