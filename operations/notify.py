"""One structured log entry about a change of the platform; a log-match policy turns it into a notification.

The entry is a service to people and never makes a command fail: where the Logging API refuses or does not answer, the
command says so and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError

from operations.clients import rest_session
from settings import changes
from settings.endpoints import LOGGING, REST_BASES, rest_base

SECONDS = 15.0


class Status(StrEnum):
    """How far a change is; a failure is of severity CRITICAL, all else INFO."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def notify(
    project: str, stack: str, event: str, status: Status, details: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Writes `jsonPayload: {event, status, stack, text, ...details}` to the log of changes; `text` has the details."""
    is_local = any(os.environ.get(name) for name in REST_BASES)
    if is_local and not os.environ.get(LOGGING):
        return  # a local cloud without Logging: nothing of it may reach Google's
    text = ", ".join(f"{name}: {value}" for name, value in details.items() if value)
    entry: dict[str, Any] = {
        "logName": f"projects/{project}/logs/{changes.LOG}",
        "resource": {"type": "global", "labels": {"project_id": project}},
        "severity": "CRITICAL" if status is Status.FAILED else "INFO",
        "labels": {"stack": stack, "event": event},
        "jsonPayload": {"event": event, "status": status.value, "stack": stack, "text": text, **details},
    }
    try:
        answer = rest_session().post(f"{rest_base(LOGGING)}entries:write", json={"entries": [entry]}, timeout=SECONDS)
        if not answer.ok:
            say(f"not notified: Cloud Logging answered {answer.status_code}")
    except (requests.RequestException, GoogleAuthError) as error:
        say(f"not notified: {' '.join(str(error).split())[:200]}")
