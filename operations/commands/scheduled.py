"""Commands on scheduled jobs: list them, run them now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, finite, say, warehouse_of
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.byhand.called_jobs import CalledRun
    from operations.scheduled_runs import Run, ScheduledQueries

app = typer.Typer()
schedules = typer.Typer(help="Scheduled queries: list them, run them.", invoke_without_command=True)
app.add_typer(schedules, name="schedules")


@schedules.callback()
def list_schedules(context: typer.Context, stack: StackOption, as_json: AsJson = False) -> None:
    """List the scheduled queries with their last and next run."""
    context.obj = stack
    if context.invoked_subcommand:
        return
    queries = _queries(stack).list()
    if as_json:
        display.print_json([asdict(query) for query in queries])
        return
    rows = (
        (q.name, q.schedule, *_run_cells(q.last), "disabled" if q.disabled else display.both_zones(q.next_run))
        for q in queries
    )
    display.console().print(display.table(("name", "schedule (UTC)", "last run", "state", "took", "next run"), rows))
    for query in queries:
        if query.last and query.last.error:
            display.console().print(f"{query.name}: {query.last.error}")


def _run_cells(run: Run | None) -> tuple[str, str, str]:
    if run is None:
        return ("never", "", "")
    return (display.both_zones(run.run_time), run.outcome, display.duration(run.seconds))


JobNames = Annotated[
    list[str] | None, typer.Argument(metavar="JOB", help="Scheduled queries, or jobs of the dispatcher.")
]
IfDue = Annotated[bool, typer.Option("--due", help="Run those that are due.")]
WaitSeconds = Annotated[float, typer.Option(min=0, callback=finite, help="Seconds to wait for each run.")]


@app.command("run")
def run_jobs(
    stack: StackOption,
    names: JobNames = None,
    due: IfDue = False,
    day: Annotated[
        str, typer.Option("--date", metavar="DATE", help="Los Angeles date, for daily_automation; run as you.")
    ] = "",
    wait: WaitSeconds = 600,
) -> None:
    """Run scheduled jobs now and wait for them; exit code 1 when one fails."""
    if day:
        _run_for(stack, names or [], due, day, wait)
    else:
        _run(stack, names or [], due, wait)


@schedules.command("run")
def run_schedules(context: typer.Context, names: JobNames = None, due: IfDue = False, wait: WaitSeconds = 600) -> None:
    """The same as eros run."""
    _run(context.obj, names or [], due, wait)


def _run(stack: str, names: list[str], due: bool, wait: float) -> None:
    from operations.byhand import called_jobs

    if not names and not due:
        raise ErosError("which one?", fix="eros run NAME, or --due")
    queries = _queries(stack)
    now = datetime.now(UTC)
    called = [name for name in names if name in called_jobs.UNDATED]
    queries.check(set(names) - set(called))
    chosen = [query.name for query in queries.list() if query.is_due(now)] if due else names
    if not chosen:
        say("nothing is due")
    runs: list[Run | CalledRun] = []
    for name in chosen:
        if name in called:
            call = called_jobs.run(warehouse_of(stack), name, called_jobs.day_of(name, now), wait)
            display.console().print(str(call))
            runs.append(call)
        else:
            run = queries.run(name, now, wait)
            display.console().print(f"{name}: {run.outcome} in {display.duration(run.seconds)} {run.error}")
            runs.append(run)
    raise typer.Exit(int(any(not run.is_well for run in runs)))


def _run_for(stack: str, names: list[str], due: bool, text: str, wait: float) -> None:
    from operations.byhand import called_jobs

    if due or not names:
        raise ErosError("--date is of one job", fix=f"eros run {next(iter(called_jobs.DATED))} --date {text}")
    day = called_jobs.check(names, text, datetime.now(UTC))
    runs = [called_jobs.run(warehouse_of(stack), name, day, wait) for name in names]
    for run in runs:
        display.console().print(str(run))
    raise typer.Exit(int(any(not run.is_well for run in runs)))


def _queries(stack: str) -> ScheduledQueries:
    # Google's clients take a second to import; commands that need none start without them.
    from operations.clients import transfer_client
    from operations.scheduled_runs import ScheduledQueries

    return ScheduledQueries(transfer_client(), Stack.open(stack, say).outputs())
