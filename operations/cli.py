"""The `eros` command line. Each command reads its arguments and calls one function of another module."""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated

import typer

from operations import display, reach, teardown
from operations.bootstrap import bootstrap
from operations.errors import VERIFICATION_FAILED
from operations.stack import Stack
from plain_command import streams
from plain_command.errors import UserError
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.scheduled_runs import Run, ScheduledQueries

app = typer.Typer(
    help="Operates the EROS data platform. Every command works with the Pulumi CLI or, for local stacks, without it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
schedules = typer.Typer(help="Scheduled queries: list them, run them.", invoke_without_command=True)
app.add_typer(schedules, name="schedules")

StackOption = Annotated[str, typer.Option("--stack", "-s", envvar="EROS_STACK", help="Stack to work on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}
VERBS = {
    "preview": "Show what an update would change.",
    "up": "Deploy the stack.",
    "refresh": "Compare the stack's state with the cloud.",
    "history": "List the stack's updates.",
    "cancel": "Cancel an update that is running.",
}
ANALYZED = ("preview", "up")


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped."""
    display.console(error=True).print(text)


def _finite(value: float) -> float:
    """What `float` takes beyond numbers is no number of seconds or dollars."""
    if not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number")
    return value


def _verb(verb: str, summary: str) -> None:
    @app.command(verb, help=f"{summary} Further arguments go to the engine as they are.", context_settings=PASS_THROUGH)
    def command(context: typer.Context, stack: StackOption) -> None:
        opened = Stack.open(stack, say)
        say(f"engine: {opened.engine}")
        if verb in ANALYZED:
            from catalog import analysis  # the SQL parser: half a second that other commands save

            reach.check(os.environ)
            analysis.analyze_changed(opened.root, say)
        raise typer.Exit(opened.run(verb, context.args))


for name, text in VERBS.items():
    _verb(name, text)


@app.command("bootstrap", context_settings=PASS_THROUGH)
def bootstrap_project(context: typer.Context, stack: StackOption) -> None:
    """Deploy bootstrap/: what the stack's Google project needs once. Further arguments go to the engine as they are."""
    opened = bootstrap(stack, say)
    say(f"engine: {opened.engine}")
    raise typer.Exit(opened.run("up", context.args))


@app.command("destroy")
def destroy_stack(
    stack: StackOption,
    preview_only: Annotated[bool, typer.Option("--preview-only", help="List what would go.")] = False,
    message: Annotated[str, typer.Option("--message", "-m", help="Text for the history.")] = "",
    parallel: Annotated[int, typer.Option("--parallel", "-p", min=1, help="Steps at once.")] = 16,
    non_interactive: Annotated[bool, typer.Option("--non-interactive", help="Engine: never ask.")] = False,
) -> None:
    """Delete everything that the stack declares, after you typed its name: lifts the protection, then destroys."""
    opened = Stack.open(stack, say)
    if preview_only:
        teardown.preview(opened, print)
        return
    arguments = ["--parallel", str(parallel), *(["--message", message] if message else ())]
    arguments += ["--non-interactive"] if non_interactive else []
    raise typer.Exit(teardown.destroy(opened, arguments, lambda prompt: input(prompt), say))


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
    return (display.both_zones(run.run_time), run.state, display.duration(run.seconds))


@schedules.command("run")
def run_schedules(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Names of scheduled queries.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Run those that are due.")] = False,
    wait: Annotated[float, typer.Option(min=0, callback=_finite, help="Seconds to wait for each run.")] = 600,
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
        display.console().print(f"{name}: {run.state} in {display.duration(run.seconds)} {run.error}")
    raise typer.Exit(int(any(run.state != "SUCCEEDED" for _, run in runs)))


def _queries(stack: str) -> ScheduledQueries:
    # Google's clients take a second to import; commands that need none start without them.
    from operations.clients import transfer_client
    from operations.scheduled_runs import ScheduledQueries

    return ScheduledQueries(transfer_client(), Stack.open(stack, say).outputs())


@app.command()
def adopt(
    stack: StackOption,
    names: Annotated[
        list[str] | None, typer.Argument(help="With --pause-old and --resume-old: display names (default: all).")
    ] = None,
    as_json: AsJson = False,
    import_now: Annotated[
        bool, typer.Option("--import", help="Import what can be adopted, then show the plan.")
    ] = False,
    file: Annotated[
        str, typer.Option(help="Where the engine's import file goes (default: .eros/import-STACK.json).")
    ] = "",
    migrate: Annotated[str, typer.Option(metavar="NAME", help="Run the next step of moving this table.")] = "",
    pause_old: Annotated[bool, typer.Option("--pause-old", help="Disable the old system's transfer configs.")] = False,
    resume_old: Annotated[bool, typer.Option("--resume-old", help="Enable again what --pause-old disabled.")] = False,
) -> None:
    """Compare what the stack declares with what its project holds already; --import takes it over, changing nothing."""
    from operations.adopt import command, report

    if sum(map(bool, (import_now, migrate, pause_old, resume_old))) > 1:
        raise ErosError("--import, --migrate, --pause-old and --resume-old are steps of their own", fix="give one")
    if names and not (pause_old or resume_old):
        raise ErosError(f"what is to be done with {', '.join(names)}?", fix="--migrate, --pause-old or --resume-old")
    if migrate:
        command.migrate(stack, migrate, say)
        return
    if pause_old or resume_old:
        (command.pause_old if pause_old else command.resume_old)(stack, names or (), input, say)
        return
    survey = command.survey(stack, say)
    path = survey.write(file)
    say(f"import file: {path}")
    if as_json:
        display.print_json([verdict.as_json() for verdict in survey.verdicts])
    else:
        report.show(display.console(), stack, survey.where, survey.verdicts)
    if import_now:
        counts = command.take_over(survey, path, say)
        planned = (
            ", ".join(f"{count} to {operation}" for operation, count in sorted(counts.items())) or "nothing to change"
        )
        done = "imported" if survey.adopts else "there is nothing to import"
        say(f"{done}; the next update has {planned}, and nothing to replace or delete. Next: eros up -s {stack}")


@app.command()
def verify(
    stack: StackOption,
    as_json: AsJson = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Check to run, by id or group; repeatable.")] = None,
) -> None:
    """Run the acceptance checks against the deployed stack, reading only; exit code 4 when one fails."""
    from catalog import load_cached as load
    from operations import timetable, verify, verify_report
    from operations.clients import transfer_client
    from operations.scheduled_runs import ScheduledQueries

    started = time.monotonic()
    opened = Stack.open(stack, say)
    catalog = load(opened.root)
    checks = catalog.checks
    ids = verify.select(checks, only or (), tuple(verify.BUILT_IN))
    outputs = opened.outputs()
    with display.console(error=True).status(f"running {len(ids)} checks"):
        client = verify.connect(outputs)
        outcomes = verify.Verifier(
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
    creators: Annotated[int, typer.Option(min=1, help="Pages that send.")] = 100,
    messages_per_month: Annotated[int, typer.Option(min=0, help="Without a stack: messages a month.")] = 1_000_000,
    captions_per_creator: Annotated[int, typer.Option(min=0, help="Without a stack: captions of the bank.")] = 10_000,
    months: Annotated[int, typer.Option(min=1, help="Without a stack: months of messages that are kept.")] = 12,
    price: Annotated[float, typer.Option(min=0, callback=_finite, help="US dollars for a TiB.")] = 6.25,
    free: Annotated[float, typer.Option(min=0, callback=_finite, help="TiB a month that are free.")] = 1.0,
    top: Annotated[int, typer.Option(min=0, help="How many statements to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Estimate the bytes that BigQuery bills for each schedule, a run and a month, from the SQL and table sizes."""
    from catalog import load_cached as load
    from catalog.cost import Volume, assumed_sizes, estimate
    from operations import cost_report as report
    from operations.clients import bigquery_client
    from operations.placement import placement
    from operations.project import find_root

    catalog = load(find_root())
    if stack:
        outputs = Stack.open(stack, say).outputs()
        client = bigquery_client(outputs.project, outputs.location)
        sizes = report.measured_sizes(client, placement(outputs), catalog)
    else:
        sizes = assumed_sizes(catalog, Volume(creators, messages_per_month, captions_per_creator, months))
    costs = estimate(catalog, sizes, creators)
    if as_json:
        display.print_json(report.as_json(costs, report.Price(price, free), top))
    else:
        report.show(display.console(), costs, report.Price(price, free), top)


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
