"""What the commands share: their options, and how they speak while they work."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from operations import display

StackOption = Annotated[str, typer.Option("--stack", "-s", envvar="EROS_STACK", help="Stack to work on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped."""
    display.console(error=True).print(text)


def finite(value: float) -> float:
    """What `float` takes beyond numbers is no number of seconds or dollars."""
    if not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number")
    return value
