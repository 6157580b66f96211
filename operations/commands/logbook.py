"""The command that shows what earlier commands did."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, say
from operations.commands.upkeep import length_of_time
from operations.logs import APPLICATION, AUDIT, LEVELS, Log
from operations.project import find_root
from settings.errors import ErosError

app = typer.Typer()
HEAD = ("timestamp", "level", "component", "message", "hostname", "pid", "event_type", "user", "description")


@app.command()
def logs(
    since: Annotated[str, typer.Option(help="How far back: 30m, 24h, 7d.")] = "24h",
    level: Annotated[str, typer.Option(help=f"Least level: {', '.join(LEVELS)}.")] = "INFO",
    audit: Annotated[bool, typer.Option("--audit", help="Only what changed something, and who did it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what eros commands did on this machine (EROS_LOG_DIR, else .local/logs)."""
    if level.upper() not in LEVELS:
        raise ErosError(f"--level {level}: no such level", fix=f"one of {', '.join(LEVELS)}")
    log = Log.of(os.environ, find_root())
    least = LEVELS.index(level.upper())
    found = [
        event
        for event in log.events(AUDIT if audit else APPLICATION, datetime.now(UTC) - length_of_time(since))
        if audit or LEVELS.index(event.get("level", "INFO")) >= least
    ]
    if as_json:
        display.print_json(found)
        return
    if not found:
        say(f"nothing in the last {since} in {log.folder}")
        return
    rows = (
        (
            display.both_zones(datetime.fromisoformat(event["timestamp"])),
            event.get("user") if audit else event.get("level"),
            event.get("description") if audit else event.get("message"),
            "  ".join(
                f"{key}={_shown(value)}" for key, value in event.items() if key not in HEAD and value not in ("", [])
            ),
        )
        for event in found
    )
    display.console().print(display.table(("time", "user" if audit else "level", "event", "details"), rows))


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
