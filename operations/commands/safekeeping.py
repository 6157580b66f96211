"""Commands on backups: make one, list them, put one back."""

from __future__ import annotations

from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from operations.stack import Stack

app = typer.Typer()
Tables = Annotated[str, typer.Option("--tables", metavar="A,B", help="These tables only (default: all).")]


@app.command()
def backup(stack: StackOption, tables: Tables = "", as_json: AsJson = False) -> None:
    """Write all tables, as they are at one instant, to the stack's bucket, and prove that they can be read back."""
    from operations.backup import overview
    from operations.backup.bucket import Bucket
    from operations.backup.writing import Writer
    from operations.clients import bigquery_client
    from operations.placement import placement

    outputs = Stack.open(stack, say).outputs()
    client = bigquery_client(outputs.project, outputs.location)
    writer = Writer(client, Bucket.of(outputs), stack, outputs, placement(outputs))
    chosen = writer.choose(names(tables))
    for name in chosen.missing:
        say(f"left out: {name} does not exist")
    with display.progress("backing up", len(chosen.tables)) as advance:
        made = writer.write(chosen, lambda name, one: advance(f"{name}: {one.rows:,} rows"))
    if as_json:
        display.print_json(overview.as_json(made))
    else:
        overview.show(display.console(), made)
    say(f"backup {made.id}: {len(made.tables)} tables; back with: eros restore {made.id} -s {stack}")


@app.command("backups")
def list_backups(stack: StackOption, as_json: AsJson = False) -> None:
    """List the backups in the stack's bucket, the newest first: by command, by the schedule, by the old system."""
    from catalog import load_cached as load
    from operations.backup import overview
    from operations.backup.bucket import Bucket
    from operations.backup.shelf import Shelf

    opened = Stack.open(stack, say)
    outputs = opened.outputs()
    entries = Shelf(Bucket.of(outputs), stack, outputs, load(opened.root)).list()
    if as_json:
        display.print_json([overview.entry_json(entry) for entry in entries])
        return
    display.console().print(overview.listed(entries))
    if not entries:
        say(f"there is none yet: eros backup -s {stack}")


@app.command()
def restore(
    stack: StackOption,
    wanted: Annotated[str, typer.Argument(metavar="[ID|latest]", help="Backup to restore (default: latest).")] = "",
    tables: Tables = "",
    to: Annotated[str, typer.Option("--to", metavar="DATASET", help="Restore into this dataset instead.")] = "",
    leave: Annotated[
        str, typer.Option("--leave", metavar="TABLE.COLUMN,...", help="Columns that are gone and whose values may be.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Agree beforehand, whatever would be lost.")] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Prove a backup in the scratch dataset --to, then remove it.")
    ] = False,
    abandon: Annotated[bool, typer.Option("--abandon", help="Give up a restore that was interrupted.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="For the report and the notification.")] = "",
) -> None:
    """Put the rows of a backup back: loaded and compared beside the tables, then exchanged whole. Nothing is changed
    before you typed the word, and nothing where anything does not match. Exit code 0 also when you do not agree.
    """
    from operations.restore import rooms
    from operations.restore.restoring import Ask

    ask = Ask(wanted, names(tables), names(leave), reason, yes)
    room = rooms.Room.open(stack, say, lambda prompt: input(prompt))
    if drill:
        room.drill(ask, to)
    elif abandon:
        room.own().abandon()
    elif (room.elsewhere(to) if to else room.own()).run(ask):
        say("restored")


def names(listed: str) -> tuple[str, ...]:
    """The parts of `a,b`."""
    return tuple(part.strip() for part in listed.split(",") if part.strip())
