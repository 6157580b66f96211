"""`gcp-local`: the commands of the local cloud. Each reads its arguments and calls one function."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer

from gcp_local import drills, environment
from gcp_local.session import cloud, say, variables
from gcp_local.supervisor.cloud import RUNNING, STOPPED, Row
from gcp_local.supervisor.errors import LocalCloudError
from plain_command import streams
from plain_command.errors import UserError

EXIT_DEAD, EXIT_DOWN = 1, 3
# Below are the system's ports; behind the last one there must be room for the row.
FIRST_PORT, LAST_PORT = 1024, 65_500


class Commands(typer.core.TyperGroup):
    """Shows an error as its text, also when the commands are part of somebody else's."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            say(f"error: {error}")
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=Commands,
    help="The cloud on this machine: starts, shows and stops it, and leads a shell to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def up(
    port_base: Annotated[
        int | None,
        typer.Option(
            envvar="GCP_LOCAL_PORT_BASE",
            min=FIRST_PORT,
            max=LAST_PORT,
            help="First of five ports in a row (default: free ones).",
        ),
    ] = None,
) -> None:
    """Start the local cloud, or what is missing of it."""
    running = cloud().up(port_base)
    places = ", ".join(f"{name} {record.port}" for name, record in running.processes.items())
    say(f"the local cloud is up: {places}")
    say(f'to use it from this shell: eval "$({environment.command()} env)"')


@app.command()
def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="Also delete all local data and the local stack.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
) -> None:
    """Stop the local cloud; its data stays unless --wipe is given."""
    if not wipe:
        stopped = cloud().down()
        say(f"stopped: {', '.join(stopped)}" if stopped else "the local cloud was not running")
        return
    folder = environment.state_folder()
    if not yes:
        say(f"this deletes {folder}: all local data, buckets, transfer runs and the state of the local stack")
        if typer.prompt("type 'wipe' to go on", default="", show_default=False, err=True) != "wipe":
            raise LocalCloudError("nothing was deleted", fix="type wipe when asked, or give --yes")
    cloud().wipe()
    say(f"stopped the local cloud and deleted {folder}")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show every process. Exit code 0: all run, 3: the local cloud is down, 1: something is dead."""
    rows = cloud().status()
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print(table(rows))
    raise typer.Exit(exit_code(rows))


@app.command()
def env(
    unset: Annotated[bool, typer.Option("--unset", help="Print lines that undo it.")] = False,
    plugin: Annotated[bool, typer.Option("--plugin", help="For the real gcp plugin instead of our provider.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the shell lines that lead to the local cloud, for `eval`."""
    if unset:
        print(json.dumps(list(environment.NAMES)) if as_json else environment.unsets(), end="")
        return
    values = variables(cloud().running(), plugin=plugin)
    print(json.dumps(values, indent=2) if as_json else environment.exports(values), end="")


@app.command()
def outbox(as_json: AsJson = False) -> None:
    """Show the notifications of alert policies, the oldest first, and what became of each."""
    records = drills.Drill(cloud().running()).outbox()
    print(json.dumps(records, indent=2, ensure_ascii=False) if as_json else aligned(drills.lines(records)))


@app.command()
def advance(
    span: Annotated[str, typer.Argument(help="How far, for example 90s, 30m, 2h or 1d.")],
) -> None:
    """Move the clock of the services on (never back) and evaluate the alert policies at that time."""
    time, count = drills.Drill(cloud().running()).advance(span)
    say(f"the services' clock says {time}; {count} notification{'' if count == 1 else 's'}")


def table(rows: list[Row]) -> str:
    """The rows as a table for people, times in UTC."""
    lines = [("process", "state", "pid", "port", "since", "log")]
    lines += [(r.name, r.state, str(r.pid or "-"), str(r.port or "-"), r.since or "-", r.log) for r in rows]
    return aligned(lines)


def aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Rows with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def exit_code(rows: list[Row]) -> int:
    """0 when all run, 3 when none was left to run, 1 when something is dead or silent."""
    states = {row.state for row in rows}
    if states == {RUNNING}:
        return 0
    return EXIT_DOWN if states == {STOPPED} else EXIT_DEAD


def main() -> NoReturn:
    """The command `gcp-local`."""
    streams.run(lambda: app(prog_name="gcp-local"))
