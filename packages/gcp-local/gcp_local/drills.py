"""Alerts without waiting: moves the clock of a running cloud, has the policies evaluated, reads the outbox."""

from __future__ import annotations

import re
from typing import Any

import httpx

from gcp_local import environment
from gcp_local.supervisor.errors import LocalCloudError
from gcp_local.supervisor.state import CloudState

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SECONDS = 120


class Drill:
    """The services of a running cloud, spoken to beside Google's APIs."""

    def __init__(self, running: CloudState) -> None:
        self._base = environment.url(running.processes[environment.SERVICES].port, "/local")

    def advance(self, span: str) -> tuple[str, int]:
        """Move the clock on and evaluate: the time there now, and how many notifications that made."""
        self._call("POST", "/clock", {"advance": f"{seconds(span)}s"})
        answer = self._call("POST", "/evaluate")
        return str(answer["time"]), int(answer["notifications"])

    def outbox(self) -> list[dict[str, Any]]:
        """Every notification, the oldest first."""
        found: list[dict[str, Any]] = self._call("GET", "/outbox")["records"]
        return found

    def _call(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = httpx.request(verb, self._base + path, json=body, timeout=SECONDS, trust_env=False)
        except httpx.HTTPError as error:
            fix = f"{environment.command()} status shows what is wrong"
            raise LocalCloudError(f"the services do not answer: {type(error).__name__}", fix=fix) from None
        found: dict[str, Any] = answer.json()
        if answer.is_error:
            raise LocalCloudError(str(found["error"]["message"]), fix="give a span such as 30m, 2h or 1d")
        return found


def seconds(span: str) -> int:
    """The seconds of a span such as `90s`, `30m`, `2h` or `1d`. Raises LocalCloudError for what is none."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", span.strip())
    if match is None:
        raise LocalCloudError(f"{span!r} is no span of time", fix="give one such as 90s, 30m, 2h or 1d")
    return int(match[1]) * UNITS[match[2]]


def lines(records: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The notifications as rows of a table for people."""
    head = ("time", "state", "severity", "policy", "channel", "delivery")
    rows = [
        (
            str(one["time"])[:19],
            one["state"],
            one["severity"] or "-",
            one["policy"],
            f"{one['channelType']} {one['channel']}".strip(),
            one["delivery"],
        )
        for one in records
    ]
    return [head, *rows]
