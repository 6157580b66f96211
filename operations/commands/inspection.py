"""Commands that look and change nothing: verify, cost, readers, report."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, finite, say, stated
from operations.errors import VERIFICATION_FAILED
from operations.stack import Stack
from settings.errors import ErosError

app = typer.Typer()
HTML = "html"


@app.command()
def verify(
    stack: StackOption,
    as_json: AsJson = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Check to run, by id or group; repeatable.")] = None,
    exercise: Annotated[
        bool,
        typer.Option("--exercise", help="Not on production: first run each scheduled query, look at what it wrote."),
    ] = False,
) -> None:
    """Run the acceptance checks against the deployed stack, reading only; exit code 4 when one fails."""
    from catalog import load_cached as load
    from operations import exercise as exercising
    from operations import timetable, verify, verify_report
    from operations.clients import transfer_client
    from operations.scheduled_runs import ScheduledQueries

    started = time.monotonic()
    opened = Stack.open(stack, say)
    catalog = load(opened.root)
    checks = catalog.checks
    named = [name for name in only or () if exercise and exercising.ID.fullmatch(name)]
    others = [name for name in only or () if name not in named]
    ids = verify.select(checks, others, tuple(verify.BUILT_IN)) if others or not named else ()
    if exercise:
        exercising.check_allowed(opened.settings)
    outputs = opened.outputs()
    client = verify.connect(outputs)
    is_wanted = exercise and (named or not others)
    exercised = tuple(exercising.of_stack(client, outputs, named, say)) if is_wanted else ()
    with display.console(error=True).status(f"running {len(ids)} checks"):
        outcomes = exercised + verify.Verifier(
            client,
            outputs,
            checks,
            lambda: timetable.offences(ScheduledQueries(transfer_client(), outputs).list(), catalog.schedules),
            catalog.routines,
        ).run(ids)
    if as_json:
        display.print_json(verify_report.as_json(stack, outputs, outcomes, datetime.now(UTC)))
    else:
        verify_report.show(display.console(), stack, outputs, outcomes, time.monotonic() - started)
    if not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(VERIFICATION_FAILED)


@app.command()
def cost(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Take the table sizes of this deployed stack.")] = "",
    creators: Annotated[int | None, typer.Option(min=1, help="Pages that send.")] = None,
    messages_per_month: Annotated[int | None, typer.Option(min=0, help="Without a stack: messages a month.")] = None,
    captions_per_creator: Annotated[
        int | None, typer.Option(min=0, help="Without a stack: captions of a page.")
    ] = None,
    months: Annotated[
        int | None, typer.Option(min=1, help="Without a stack: months of messages that are kept.")
    ] = None,
    price: Annotated[float | None, typer.Option(min=0, callback=finite, help="US dollars for a TiB.")] = None,
    free: Annotated[float | None, typer.Option(min=0, callback=finite, help="TiB a month that are free.")] = None,
    top: Annotated[int, typer.Option(min=0, help="How many statements to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Estimate the bytes that BigQuery bills for each schedule, a run and a month, from the SQL and table sizes.

    What is not stated is as config/volumes.yaml assumes it, at Google's list price. With a stack, beside what its runs
    of 30 days were billed.
    """
    from catalog import load_cached as load
    from catalog.cost import assumed_sizes, estimate
    from operations import billed as billing
    from operations import cost_report as report
    from operations.clients import bigquery_client
    from operations.errors import CloudError
    from operations.placement import placement
    from operations.project import find_root

    catalog = load(find_root())
    sent = stated(creators=creators, messages_per_month=messages_per_month)
    kept = stated(captions_per_creator=captions_per_creator, months_of_history=months)
    volume = replace(catalog.volumes.load, **sent, **kept)
    billed = None
    if stack:
        outputs = Stack.open(stack, say).outputs()
        client = bigquery_client(outputs.project, outputs.location)
        place = placement(outputs)
        sizes = report.measured_sizes(client, place, catalog)
        try:
            billed = billing.billed(client, place, outputs.location, catalog.schedules)
        except CloudError as error:
            say(f"what was billed is not shown: {error}")
    else:
        sizes = assumed_sizes(catalog, volume)
    costs = estimate(catalog, sizes, volume.creators)
    charged = replace(report.Price(), **stated(per_tebibyte=price, free_tebibytes=free))
    if as_json:
        display.print_json(report.as_json(costs, charged, top, billed))
    else:
        report.show(display.console(), costs, charged, top, billed)


@app.command("readers")
def list_readers(
    name: Annotated[str, typer.Argument(help="Table, view or routine.")], stack: StackOption, as_json: AsJson = False
) -> None:
    """Show who read an object in the last 90 days, before it goes."""
    from operations import readers
    from operations.clients import bigquery_client
    from operations.placement import placement

    outputs = Stack.open(stack, say).outputs()
    client = bigquery_client(outputs.project, outputs.location)
    found = readers.readers(client, placement(outputs), outputs.location, name)
    if as_json:
        display.print_json(readers.rows_of(found))
        return
    rows = ((one.account, one.statements, display.both_zones(one.last_read)) for one in found)
    display.console().print(display.table(("reader", "statements", "last read"), rows))
    if not found:
        say(f"nobody named {name} in the last {readers.DAYS} days")


@app.command("report")
def report_on(
    name: Annotated[str, typer.Argument(help="Report; --list names them. html: the board, as one file.")] = "",
    file: Annotated[str, typer.Argument(help="With html: the file to write.")] = "",
    stack: Annotated[str, typer.Option("--stack", "-s", envvar="EROS_STACK", help="Stack to report on.")] = "",
    list_all: Annotated[bool, typer.Option("--list", help="List the reports; needs no stack.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows to show at most.")] = None,
) -> None:
    """Show a named report of the deployed stack: health, locks, cost, performance, KPIs and others."""
    if name == HTML or file:
        _write_board(name, file, stack)
        return
    from catalog import load_cached as load
    from operations import report_forms, reports
    from operations.project import find_root

    form = report_forms.form(as_json=as_json, as_csv=as_csv)
    known = reports.known(load(find_root()).views)
    if list_all:
        report_forms.show(display.console(), reports.listed(known), form)
        return
    if not name:
        raise ErosError("which report?", fix="eros report NAME -s STACK, or eros report --list")
    report = reports.find(known, name)
    if not stack:
        raise ErosError("of which stack?", fix=f"eros report {report.name} -s STACK")
    found = reports.of_stack(report, Stack.open(stack, say), limit)
    report_forms.show(display.console(), found, form)
    if not found.rows:
        say(f"{report.name}: no rows on {stack}")
    elif found.more:
        say(f"only the first {limit} rows; --limit shows more")


def _write_board(name: str, file: str, stack: str) -> None:
    from operations import report_files
    from operations.board.gathering import gather
    from operations.board.rendering import render
    from operations.board.sources import Sources

    if name != HTML or not file or not stack:
        raise ErosError("a file is written of the board of one stack", fix="eros report html FILE -s STACK")
    board = gather(Sources.of(Stack.open(stack, say), datetime.now(UTC)))
    report_files.put(Path(file), render(board))
    say(f"{board.verdict.word}: {file}")


@app.command()
def health(
    stack: StackOption,
    as_json: AsJson = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also what is well.")] = False,
) -> None:
    """Measure the health of the platform now: exit code 0 healthy, 1 warning, 2 critical or not measurable."""
    from operations import health as module
    from operations import health_report
    from operations.clients import bigquery_client

    opened = Stack.open(stack, say)
    outputs = opened.outputs()
    now = datetime.now(UTC)
    found = module.measure(bigquery_client(outputs.project, outputs.location), outputs, now)
    if as_json:
        display.print_json(health_report.as_json(outputs, found, now))
    else:
        health_report.show(display.console(), stack, found, everything=verbose)
    raise typer.Exit(module.EXIT_CODES[found.status])
