"""`eros local`: the commands of the local cloud, and those that bring this platform up on it."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from local.cloud import LocalCloudMissing, provided
from local.sample import shape


class Missing(typer.core.TyperGroup):
    """Stands for the commands of a package that is not installed."""

    def resolve_command(self, *_: object) -> NoReturn:
        """Errors: LocalCloudMissing, whatever was typed."""
        raise LocalCloudMissing


def _commands() -> typer.Typer:
    try:
        found: typer.Typer = provided("commands")
    except LocalCloudMissing:
        return typer.Typer(cls=Missing, help="The cloud on this machine (not installed: make up).")
    return found


app = _commands()


@app.command()
def load(
    stack: Annotated[str, typer.Option("--stack", "-s", envvar="EROS_STACK", help="Local stack.")] = "local",
    messages: Annotated[int, typer.Option(min=1, help="How many messages; captions follow.")] = shape.MESSAGES,
) -> None:
    """Load sample data in the shape of the audited system, in place of what the tables hold."""
    from local import bring_up  # Google's clients and numpy: a second that other commands save

    bring_up.load_again(stack, messages)


@app.command("platform")
def bring_up_platform(
    messages: Annotated[int, typer.Option(min=1, help="How many messages to load.")] = shape.MESSAGES,
) -> None:
    """Everything at once: cloud, local stack, sample data, one run of each job. Does only what is still to do."""
    from local import bring_up

    bring_up.bring_up(messages)
