"""What `eros health` prints: the score, and each check with its value and its limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from operations import display
from operations.health import BAD, OK, WAITING, WARNING, Health, HealthCheck
from outputs import StackOutputs

COLOURS = {"OK": "green", "WAITING": "dim", "WARNING": "yellow", "CRITICAL": "bold red", "UNKNOWN": "bold red"}
STATUS = {"HEALTHY": "bold green", "WARNING": "bold yellow", "CRITICAL": "bold red"}


def as_json(outputs: StackOutputs, health: Health, now: datetime) -> dict[str, Any]:
    """The report for programs. `value` is in `unit`, null where nothing was measured."""
    return {
        "timestamp": now,
        "project_id": outputs.project,
        "dataset": outputs.dataset,
        "health_score": health.score,
        "checks_passed": sum(check.state in (OK, WAITING) for check in health.checks),
        "checks_total": len(health.checks),
        "warnings": health.warnings,
        "critical": health.critical,
        "status": health.status,
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "value": check.value,
                "unit": check.unit,
                "threshold": check.bad,
                "state": check.state,
                "reason": check.reason,
            }
            for check in health.checks
        ],
    }


def show(console: Console, stack: str, health: Health, *, everything: bool) -> None:
    """The score first, then what is not well, or all checks."""
    head = f"stack {stack}: {health.status}, score {health.score} of 100"
    console.print(Text(head, style=STATUS[health.status]))
    chosen = [check for check in health.checks if everything or check.state in (WARNING, *BAD)]
    if chosen:
        rows = (_cells(check) for check in sorted(chosen, key=_seriousness))
        console.print(display.table(("check", "state", "value", "bad is", "what"), rows))
    well = len(health.checks) - health.warnings - health.critical
    console.print(f"{well} of {len(health.checks)} checks are well" + ("" if everything else "; all: --verbose"))


def _cells(check: HealthCheck) -> tuple[object, ...]:
    value = "" if check.value is None else f"{check.value:,.6g} {check.unit}"
    what = f"{check.title}: {check.reason}" if check.reason else check.title
    return (check.id, Text(check.state, style=COLOURS[check.state]), value, check.bad, what)


def _seriousness(check: HealthCheck) -> tuple[int, str]:
    order = ("CRITICAL", "UNKNOWN", "WARNING", "OK", "WAITING")
    return order.index(check.state), check.id
