"""What the commands share: their options, and how they speak while they work."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import display

if TYPE_CHECKING:
    from operations.weeks.week_statements import Statements

StackOption = Annotated[str, typer.Option("--stack", "-s", envvar="EROS_STACK", help="Stack to work on.")]
ScheduleId = Annotated[str, typer.Argument(metavar="ID", help="Schedule: sched_YYYYMMDD_HHMMSS_PAGE.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped."""
    display.console(error=True).print(text)


def stated(**options: Any) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in options.items() if value is not None}


def finite(value: float | None) -> float | None:
    """What `float` takes beyond numbers is no number of seconds or dollars."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number")
    return value


def warehouse_of(stack: str) -> Statements:
    """By what the environment tells, so that a machine needs neither engine nor state, or by the stack's outputs."""
    from catalog.told import told
    from operations.stack import Stack
    from operations.weeks.week_statements import deployed, placed

    if place := told(os.environ, stack):
        return placed(place)
    return deployed(Stack.open(stack, say).outputs())
