"""The `eros` command line, put together from `operations.commands`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.metadata import entry_points

import typer

from operations import display
from operations.commands import adoption, deployment, inspection, scheduled
from operations.commands.shared import say
from plain_command import streams
from plain_command.errors import UserError

app = typer.Typer(
    help="Operates the EROS data platform. Every command works with the Pulumi CLI or, for local stacks, without it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for room in (deployment, scheduled, adoption, inspection):
    app.add_typer(room.app)


def main() -> None:
    """Entry point. Exit codes: 0 success, 1 a stated error, 4 a failed check, 130 interrupted; verbs as the engine."""
    streams.run(lambda: _exit_code(_run))


def _run() -> None:
    display.bound_width()
    _add_commands()
    app()


@functools.cache
def _add_commands() -> None:
    for point in entry_points(group="eros.commands"):
        app.add_typer(point.load(), name=point.name)


def _exit_code(run: Callable[[], None]) -> int:
    """Runs it; what a user, a shell or a machine can do becomes a message. Anything else is a bug: a traceback."""
    try:
        run()
    except UserError as error:
        say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        say(f"error: {': '.join(str(part) for part in (error.filename, error.strerror or error) if part)}")
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    main()
