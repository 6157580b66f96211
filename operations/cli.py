"""The `eros` command line, put together from `operations.commands`."""

from __future__ import annotations

import errno
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import typer

from operations import display
from operations.commands import (
    adoption,
    alerting,
    by_hand,
    by_page,
    deployment,
    erasures,
    inspection,
    logbook,
    looking,
    releasing,
    reviews,
    safekeeping,
    scheduled,
    upkeep,
    weekly,
)
from operations.commands.shared import say
from operations.invocation import Invocation
from operations.logs import Log
from operations.project import find_root
from plain_command import streams
from plain_command.errors import UserError
from settings.errors import ErosError

INTERRUPTED = 130
FULL = "\n  fix: free some space (df -h), then run the command again: what was done is recorded, it goes on"

app = typer.Typer(
    help="Operates the EROS data platform. Every command works with the Pulumi CLI or, for local stacks, without it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ROOMS = (
    *(deployment, releasing, alerting, reviews, scheduled, weekly, upkeep, adoption, inspection, by_page, logbook),
    *(by_hand, looking),
    safekeeping,
    erasures,
)
for room in ROOMS:
    app.add_typer(room.app)


def main() -> None:
    """Entry point. Exit codes: 0 success, 1 a stated error, 4 a failed check, 130 interrupted; verbs as the engine."""
    streams.run(lambda: _exit_code(_run))


def _run() -> None:
    display.bound_width()
    _add_commands()
    with _logged(Invocation.of(sys.argv[1:])):
        app()


@contextmanager
def _logged(invocation: Invocation) -> Iterator[None]:
    """Writes down that it began and how it ended, where there is a folder for that."""
    log = _log()
    started = time.monotonic()
    stated = {"command": invocation.command, "stack": invocation.stack, "options": invocation.options}
    log.write("INFO", "eros", "started", **stated)
    code, said = 1, "ended by an error of its own: see its traceback"
    try:
        yield
        code, said = 0, "ended"
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = "ended"
        raise
    except KeyboardInterrupt:
        code, said = INTERRUPTED, "interrupted"
        raise
    except (UserError, OSError) as error:
        code = error.exit_code if isinstance(error, UserError) else 1
        said = error.message if isinstance(error, UserError) else error.strerror or type(error).__name__
        raise
    finally:
        ending = {**stated, "exit_code": code, "duration_ms": round((time.monotonic() - started) * 1000)}
        log.write("ERROR" if code else "INFO", "eros", said, **ending)
        if invocation.changes:
            log.audit("command", said, **ending)


def _log() -> Log:
    try:
        root = find_root()
    except ErosError:  # the command itself will tell
        root = Path.home()
    log = Log.of(os.environ, root)
    log.tidy(datetime.now(UTC).date())
    return log


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
        return INTERRUPTED
    except OSError as error:
        what = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        say(f"error: {what}{FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else ''}")
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    main()
