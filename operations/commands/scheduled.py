"""Commands on scheduled queries: list them, run them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, finite, say
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
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


@schedules.command("run")
def run_schedules(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Names of scheduled queries.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Run those that are due.")] = False,
    wait: Annotated[float, typer.Option(min=0, callback=finite, help="Seconds to wait for each run.")] = 600,
) -> None:
    """Run scheduled queries now and wait for them; exit code 1 when one fails."""
    queries = _queries(context.obj)
    now = datetime.now(UTC)
    queries.check(names or ())
    chosen = [query.name for query in queries.list() if query.is_due(now)] if due else names or []
    if not chosen and not due:
        raise ErosError("which one?", fix="eros schedules run NAME, or --due")
    if not chosen:
        say("nothing is due")
    runs = [(name, queries.run(name, now, wait)) for name in chosen]
    for name, run in runs:
        display.console().print(f"{name}: {run.outcome} in {display.duration(run.seconds)} {run.error}")
    raise typer.Exit(int(any(not run.is_well for _, run in runs)))


def _queries(stack: str) -> ScheduledQueries:
    # Google's clients take a second to import; commands that need none start without them.
    from operations.clients import transfer_client
    from operations.scheduled_runs import ScheduledQueries

    return ScheduledQueries(transfer_client(), Stack.open(stack, say).outputs())
