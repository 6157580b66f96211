"""Commands on alerts: list, acknowledge, mute, test, notify."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from operations.commands.upkeep import length_of_time
from operations.errors import CloudError
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.oncall.alert_rows import Alert, Alerts

app = typer.Typer()
alerts = typer.Typer(help="Alerts: list, acknowledge, mute, test, tell of them.", no_args_is_help=True)
app.add_typer(alerts, name="alerts")
LEVELS = ("CRITICAL", "WARNING", "INFO")
COLOURS = {"CRITICAL": "bold red", "WARNING": "yellow", "INFO": "cyan"}


@alerts.command("list")
def list_alerts(
    stack: StackOption,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="With --all: how far back.")] = 7,
    as_json: AsJson = False,
) -> None:
    """List the open alerts, newest first."""
    found = _rows(stack).all(days) if everything else _rows(stack).open()
    if as_json:
        display.print_json([asdict(alert) for alert in found])
        return
    if not found:
        say(f"no alert in the last {days} days" if everything else "no alert is open")
        return
    rows = (
        (
            alert.id[:8],
            Text(alert.level, style=COLOURS[alert.level]),
            display.both_zones(alert.time),
            alert.kind,
            alert.text,
            _state(alert),
        )
        for alert in found
    )
    display.console().print(display.table(("id", "level", "since", "what", "text", "state"), rows))


def _state(alert: Alert) -> str:
    if alert.resolved_at:
        return f"closed {display.both_zones(alert.resolved_at)}"
    return f"seen by {alert.acknowledged_by or 'somebody'}" if alert.acknowledged else "open"


@alerts.command("ack")
def acknowledge(
    ids: Annotated[list[str], typer.Argument(help="Ids, or how they begin.")],
    stack: StackOption,
    by: Annotated[str, typer.Option("--by", help="Who has seen it (default: the account).")] = "",
    resolved: Annotated[bool, typer.Option("--resolved", help="It is over, too: close it.")] = False,
) -> None:
    """Say that somebody has seen an alert: nobody is told of it again."""
    for alert in _rows(stack).acknowledge(ids, by, resolved=resolved):
        say(f"{alert.id[:8]} {alert.level} {alert.kind}: {'closed' if resolved else 'acknowledged'}")


@alerts.command()
def mute(
    rule: Annotated[str, typer.Argument(help="Rule of config/alerts.yaml.")],
    stack: StackOption,
    how_long: Annotated[str, typer.Option("--for", help="For how long: 30m, 2h, 1d.")] = "2h",
) -> None:
    """Let one rule tell nobody for a while; its rows are written all the same."""
    from catalog import load_cached
    from operations.oncall.muting import Muting

    opened = Stack.open(stack, say)
    now = datetime.now(UTC)
    until = now + length_of_time(how_long)
    Muting(stack, opened.outputs(), load_cached(opened.root).alerts).rule(rule, now, until)
    say(f"{rule} tells nobody until {display.both_zones(until)}")


@alerts.command("test")
def try_channels(
    stack: StackOption, level: Annotated[str, typer.Option(help=f"{', '.join(LEVELS)}.")] = "WARNING"
) -> None:
    """Raise an alert that says it is a test, to see whom the channels reach."""
    if level.upper() not in LEVELS:
        raise ErosError(f"--level {level}: no such level", fix=f"one of {', '.join(LEVELS)}")
    made = _rows(stack).raise_test(level.upper())
    say(f"alert {made[:8]} raised; the next run of alert_evaluation tells of it, or now:")
    say(f"  eros schedules -s {stack} run alert_evaluation")
    say(f"  eros alerts ack {made[:8]} -s {stack} --resolved")


@alerts.command()
def notify(
    stack: StackOption,
    once: Annotated[bool, typer.Option("--once", help="Look once and end, for a scheduler.")] = False,
    every: Annotated[str, typer.Option(help="Without --once: how often to look.")] = "5m",
    business_hours: Annotated[
        bool, typer.Option("--business-hours", help="What is not critical only Monday to Friday, 9 to 17 Los Angeles.")
    ] = False,
) -> None:
    """Tell of alerts that nobody has seen, in Slack, PagerDuty or by mail: what log-match policies cannot do.

    Set EROS_SLACK_WEBHOOK, EROS_PAGERDUTY_KEY or EROS_SMTP_URL. Leave it off where policies reach the same people.
    """
    from operations.oncall.notifier import notify_once
    from operations.oncall.routes import routes

    pause = length_of_time(every).total_seconds()
    opened = Stack.open(stack, say)
    receivers = routes(os.environ, stack, opened.settings.alert_email)
    rows = _rows(stack)
    while True:
        try:
            is_well = notify_once(rows, receivers, datetime.now(UTC), stack, say, office=business_hours)
        except CloudError as error:
            if once:
                raise
            say(f"error: {error}")
        else:
            if once:
                raise typer.Exit(int(not is_well))
        time.sleep(pause)


def _rows(stack: str) -> Alerts:
    from operations.clients import bigquery_client
    from operations.oncall.alert_rows import Alerts

    outputs = Stack.open(stack, say).outputs()
    return Alerts(bigquery_client(outputs.project, outputs.location), outputs)
