"""Commands on releases: deploy, watch, what was deployed, and back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from operations.commands.upkeep import length_of_time
from operations.releases.alone import alone
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.deploying.deploy import Deploy
    from operations.history.updates import Update

app = typer.Typer()
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[show N]", help="One update: what it changed, resource by resource.")
]


@app.command()
def history(
    stack: StackOption,
    words: Words = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the stack's updates: numbers count from 1, the oldest, and never change."""
    from operations.history import history_report, recorded

    number = _number(words or ())
    opened = Stack.open(stack, say)
    found = recorded.updates(opened)
    if number is not None:
        _show(opened, number, as_json=as_json)
    elif as_json:
        display.print_json([_json(opened, one, found) for one in reversed(found)][:limit])
    else:
        shown = found[-limit:]
        display.console().print(history_report.listed(shown))
        for one in found:
            if one.problem:
                say(f"update {one.number} cannot be read: {one.problem}")
        if not found:
            say(f"stack {stack} was never deployed: eros up -s {stack}")
        elif len(shown) < len(found):
            say(f"{len(found) - len(shown)} older ones: --limit {len(found)}")


@app.command()
def rollback(
    stack: StackOption,
    to: Annotated[
        str, typer.Option("--to", metavar="N|COMMIT", help="Update to go back to (default: last good).")
    ] = "",
    with_data: Annotated[str, typer.Option("--with-data", metavar="BACKUP", help="Restore this backup, too.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", "--preview", help="Show it, change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree beforehand.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="For the history, the report and whoever is told.")] = "",
    abandon: Annotated[bool, typer.Option("--abandon", help="Give up one that was interrupted.")] = False,
    only: Annotated[
        str, typer.Option("--only", metavar="routines", help="Put routines and views back in seconds, nothing else.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Deploy a recorded update's commit and configuration again. Rows stay: tables and columns that are newer are kept.
    Goes on with one that was interrupted. Exit code 3 when the update failed, 5 when checks fail afterwards.
    """
    from operations.releases.stack_hands import CloudHands
    from operations.rollback.asking import RollbackAsk
    from operations.rollback.only_routines import OnlyRoutines
    from operations.rollback.rolling import Rollback

    if only not in ("", "routines") or (only and (with_data or abandon)):
        raise ErosError(f"--only {only}: alone, and routines is all that there is", fix="eros rollback --only routines")
    opened = Stack.open(stack, say)
    say(f"engine: {opened.engine}")
    rolling = Rollback(opened, lambda: CloudHands.open(opened, say), say, lambda prompt: input(prompt))
    if abandon:
        with alone(opened.root, stack, "eros rollback"):
            rolling.abandon()
        return
    with alone(opened.root, stack, "eros rollback"), display.only_json(as_json):
        one = OnlyRoutines(opened, lambda: CloudHands.open(opened, say), say, input) if only else rolling
        done = one.run(RollbackAsk(to, with_data, reason, dry_run, yes))
    if as_json:
        display.print_json(done.document)
    raise typer.Exit(done.code)


@app.command()
def deploy(
    stack: StackOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preflight and preview only.")] = False,
    skip_backup: Annotated[bool, typer.Option("--skip-backup", help="Without a backup of the tables.")] = False,
    skip_tests: Annotated[bool, typer.Option("--skip-tests", help="Without analyzer and eros verify.")] = False,
    no_rollback: Annotated[bool, typer.Option("--no-rollback", help="Leave what fails as it is.")] = False,
    watch: Annotated[str, typer.Option("--watch", metavar="30m", help="Watch the health gate for so long.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the engine's whole preview.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree beforehand.")] = False,
    message: Annotated[str, typer.Option("--message", "-m", help="What it is for (default: the commit's).")] = "",
    phases: Annotated[
        bool, typer.Option("--phases", help="In two steps, each watched: data and access; then the rest.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check, back up, update, verify, watch, record; take back what fails. Exit codes: 1 prerequisites, 2 backup,
    3 update failed, 4 taken back, 5 a person must act. Run again, it does nothing, or goes on.
    """
    from operations.deploying.deploy import DeployWanted

    opened = Stack.open(stack, say)
    how_long = length_of_time(watch) if watch else timedelta()
    wanted = DeployWanted(dry_run, skip_backup, skip_tests, no_rollback, how_long, verbose, yes, message, phases)
    with alone(opened.root, stack, "eros deploy"), display.only_json(as_json):
        deploying = _deploy(opened)
        code = deploying.run(wanted)
    if as_json:
        _print_state(deploying, code)
    raise typer.Exit(code)


@app.command()
def gate(
    stack: StackOption,
    watch: Annotated[str, typer.Option("--watch", metavar="30m", help="For so long (default: what is left).")] = "",
    roll_back: Annotated[bool, typer.Option("--rollback", help="Take it back where the gate fails.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the last deployment against the health gate, or go on watching; exit code 5 where it must be taken back."""
    opened = Stack.open(stack, say)
    with alone(opened.root, stack, "eros gate"), display.only_json(as_json):
        deploying = _deploy(opened)
        code = deploying.gate(length_of_time(watch) if watch else timedelta(), roll_back=roll_back)
    if as_json:
        _print_state(deploying, code)
    raise typer.Exit(code)


def _deploy(opened: Stack) -> Deploy:
    from operations.deploying.deploy import Deploy
    from operations.releases.stack_hands import CloudHands

    return Deploy(opened, lambda: CloudHands.open(opened, say, "deploy"), say, lambda prompt: input(prompt))


def _print_state(deploying: Deploy, code: int) -> None:
    display.print_json({"exit_code": code, **(asdict(deploying.state) if deploying.state else {})})


def _show(stack: Stack, number: int, *, as_json: bool) -> None:
    from operations.history import history_report, recorded
    from operations.history.resource_changes import differences
    from operations.rollback.choosing import out_of_reach

    found = recorded.updates(stack)
    update = recorded.update_at(number, found, stack.name)
    before = next((one for one in reversed(found) if one.number < number), None)
    try:
        after = recorded.resources(stack, update)
        changed = differences(recorded.resources(stack, before) if before else (), after)
    except recorded.HistoryUnreadable as error:
        say(f"what it changed cannot be told: {error}")
        changed = ()
    if as_json:
        document = _json(stack, update, found)
        document["resources"] = [
            {"op": one.op, "kind": one.kind, "name": one.name, "inputs": list(one.inputs)} for one in changed
        ]
        display.print_json(document)
    else:
        history_report.show(display.console(), update, found, changed)
        why = out_of_reach(update, found, stack.root)
        display.console().print(f"a rollback to it: {why or f'eros rollback --to {number} -s {stack.name}'}")


def _json(stack: Stack, update: Update, found: Sequence[Update]) -> dict[str, Any]:
    """An update as JSON, with why a rollback cannot go back to it."""
    from operations.history import history_report
    from operations.rollback.choosing import out_of_reach

    return {**history_report.as_json(update, found), "out_of_reach": out_of_reach(update, found, stack.root)}


def _number(words: Sequence[str]) -> int | None:
    """Of `show N`, or of N alone; None without. Errors: ErosError."""
    stated = [word for word in words if word != "show"]
    if not words:
        return None
    if len(stated) != 1 or not (stated[0].isascii() and stated[0].isdigit()):
        raise ErosError(f"eros history {' '.join(words)}: no update is named so", fix="eros history show 3 -s STACK")
    return int(stated[0])
