"""`eros local`: the commands of the local cloud. Each reads its arguments and calls one function."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from local_cloud import environment
from local_cloud.supervisor.cloud import RUNNING, STOPPED, LocalCloud, Row
from local_cloud.supervisor.errors import LocalCloudError
from local_cloud.supervisor.state import CloudState

STATE_VARIABLE = "EROS_LOCAL_STATE"
EXIT_DEAD, EXIT_DOWN = 1, 3

app = typer.Typer(
    help="The cloud on this machine: starts, shows and stops it, and leads a shell to it.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def state_folder() -> Path:
    """Where the local cloud keeps everything: $EROS_LOCAL_STATE, or `.local` in the project."""
    return Path(os.environ.get(STATE_VARIABLE) or Path(__file__).resolve().parents[1] / ".local")


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped or evaluated."""
    print(text, file=sys.stderr, flush=True)


def cloud() -> LocalCloud:
    """The local cloud that the commands work on."""
    return LocalCloud(state_folder(), say=say)


@app.command()
def up(
    port_base: Annotated[
        int | None,
        typer.Option(envvar="EROS_LOCAL_PORT_BASE", help="First of five ports in a row (default: free ones)."),
    ] = None,
) -> None:
    """Start the local cloud, or what is missing of it."""
    running = cloud().up(port_base)
    places = ", ".join(f"{name} {record.port}" for name, record in running.processes.items())
    say(f"the local cloud is up: {places}")
    say('to use it from this shell: eval "$(eros local env)"')


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
    folder = state_folder()
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
    """Print the shell lines that lead to the local cloud: eval "$(eros local env)"."""
    if unset:
        print(json.dumps(list(environment.NAMES)) if as_json else environment.unsets(), end="")
        return
    values = variables(cloud().running(), plugin=plugin)
    print(json.dumps(values, indent=2) if as_json else environment.exports(values), end="")


def variables(running: CloudState, *, plugin: bool = False) -> dict[str, str]:
    """The environment that leads to a running local cloud."""
    ports = {name: record.port for name, record in running.processes.items()}
    return environment.variables(ports, state_folder(), plugin=plugin)


def table(rows: list[Row]) -> str:
    """The rows as a table for people, times in UTC."""
    lines = [("process", "state", "pid", "port", "since", "log")]
    lines += [(r.name, r.state, str(r.pid or "-"), str(r.port or "-"), r.since or "-", r.log) for r in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def exit_code(rows: list[Row]) -> int:
    """0 when all run, 3 when none was left to run, 1 when something is dead or silent."""
    states = {row.state for row in rows}
    if states == {RUNNING}:
        return 0
    return EXIT_DOWN if states == {STOPPED} else EXIT_DEAD
