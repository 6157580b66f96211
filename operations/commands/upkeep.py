"""Commands that stop scheduled queries for a while and start them again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.maintenance import Maintenance

app = typer.Typer()
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=30)


def length_of_time(text: str) -> timedelta:
    """`30m`, `2h`, `1d`, at most 30 days. Errors: ErosError."""
    match = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    length = timedelta(**{UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < length <= LONGEST:
        raise ErosError(f"{text!r} is no length of time", fix="write for example 30m, 2h or 1d, at most 30d")
    return length


@app.command()
def pause(
    stack: StackOption,
    how_long: Annotated[
        str,
        typer.Option("--for", help="How long it is meant to last: 30m, 2h, 1d."),
    ] = "2h",
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="Schedule; repeatable.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever finds it paused.")] = "",
) -> None:
    """Stop the scheduled queries until eros resume."""
    until = datetime.now(UTC) + length_of_time(how_long)
    stopped = _maintenance(stack).pause(only or (), until, reason)
    if not stopped:
        say("nothing to pause: what was asked for is disabled already")
        return
    say(f"paused until {display.both_zones(until)}: {', '.join(stopped)}")
    say(f"runs on their way end by themselves. Next: eros resume -s {stack}")


@app.command()
def resume(
    stack: StackOption,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="Schedule; repeatable.")] = None,
) -> None:
    """Start again what eros pause has stopped."""
    started = _maintenance(stack).resume(only or ())
    say(f"running again: {', '.join(started)}" if started else "nothing is paused")


@app.command()
def pauses(stack: StackOption, as_json: AsJson = False) -> None:
    """Show what is paused, by whom, and until when."""
    now = datetime.now(UTC)
    found = _maintenance(stack).open()
    if as_json:
        display.print_json(
            [
                {"schedule": p.schedule, "pausedAt": p.paused_at, "until": p.until, "by": p.by, "reason": p.reason}
                for p in found
            ]
        )
        return
    if not found:
        say("nothing is paused")
        return
    rows = (
        (
            p.schedule,
            display.both_zones(p.paused_at),
            display.both_zones(p.until) + " (overdue)" * (p.until < now),
            p.by,
            p.reason,
        )
        for p in found
    )
    display.console().print(display.table(("schedule", "paused", "until", "by", "reason"), rows))


def _maintenance(stack: str) -> Maintenance:
    from operations.clients import bigquery_client, transfer_client
    from operations.maintenance import Maintenance
    from operations.scheduled_runs import ScheduledQueries

    outputs = Stack.open(stack, say).outputs()
    queries = ScheduledQueries(transfer_client(), outputs)
    return Maintenance(bigquery_client(outputs.project, outputs.location), queries, outputs)
