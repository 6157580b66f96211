"""Commands on weeks of messages: build one, show, compare, cancel and export it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations import display
from operations.commands import spreadsheets
from operations.commands.shared import AsJson, ScheduleId, StackOption, say, warehouse_of
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.weeks.week_building import Terms
    from operations.weeks.week_runs import RunOutcome
    from operations.weeks.week_statements import Statements
    from scheduling.profile_values import Profile

app = typer.Typer()
week = typer.Typer(help="Weeks of messages for pages: build one, show, compare, cancel it.", no_args_is_help=True)
export = typer.Typer(help="Schedules as files and in spreadsheets.", no_args_is_help=True)
app.add_typer(week, name="week")
app.add_typer(export, name="export")
export.add_typer(spreadsheets.app)

IDLE_SECONDS = 60


@week.command()
def build(
    stack: StackOption,
    page: Annotated[str, typer.Option("--page", metavar="X", help="Page to build for.")],
    monday: Annotated[str, typer.Option("--week", metavar="MONDAY", help="Its Monday (default: the next).")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it could be; write and lock nothing.")] = False,
    profile: Annotated[str, typer.Option("--profile", metavar="P", help="Of config/scheduling.yaml.")] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the drawn minutes.")] = 0,
    neutral: Annotated[bool, typer.Option("--neutral", help="Build without a fresh report of the page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Select, plan, lock, store and activate a page's week. Whatever goes wrong, nothing half is left."""
    from operations.weeks import page_facts, week_report
    from operations.weeks.stored_weeks import stored_week
    from operations.weeks.sweeping import Sweep
    from operations.weeks.week_building import Builder, Terms

    now = datetime.now(UTC)
    name, terms = page_facts.page_name(page), Terms(page_facts.week_of(monday, now), seed, neutral)
    warehouse, chosen = _opened(stack, profile)
    builder = Builder(warehouse, chosen, lambda: datetime.now(UTC))
    if dry_run:
        found = week_report.planned(builder.preview(name, terms))
    else:
        Sweep(warehouse).run(now)
        made = builder.build(name, terms)
        found = stored_week(warehouse, made.schedule.schedule_id)
    if as_json:
        display.print_json(week_report.as_json(found))
    else:
        week_report.show(display.console(), found, why=False)
    if not dry_run:
        say(f"active and locked. Next: eros export csv {found.schedule_id} -s {stack}")


@week.command()
def run(
    stack: StackOption,
    once: Annotated[bool, typer.Option("--once", help="End when the queue is empty; else look every minute.")] = False,
    everybody: Annotated[bool, typer.Option("--all", help="Queue all active creators first: the Monday run.")] = False,
    parallel: Annotated[int, typer.Option("--parallel", min=1, max=20, help="Pages at a time.")] = 5,
    monday: Annotated[str, typer.Option("--week", metavar="MONDAY", help="Its Monday (default: the next).")] = "",
    profile: Annotated[str, typer.Option("--profile", metavar="P", help="Of config/scheduling.yaml.")] = "",
    neutral: Annotated[bool, typer.Option("--neutral", help="Build without fresh reports too.")] = False,
    into: Annotated[
        Path | None, typer.Option("--export", metavar="FOLDER", help="Write each week as CSV into it.")
    ] = None,
) -> None:
    """Build the weeks of all pages in the queue. Exit code 1 when a page failed or five in a row stopped the run.

    Several may run at once. A page that has a schedule for the week is done.
    """
    from operations.weeks import page_facts
    from operations.weeks.week_building import Terms
    from operations.weeks.week_runs import is_well

    if into is not None:
        _make_folder(into)
    warehouse, chosen = _opened(stack, profile)
    while True:
        terms = Terms(page_facts.week_of(monday, datetime.now(UTC)), neutral=neutral)
        outcome = _round(warehouse, chosen, terms, everybody, parallel, into)
        well = is_well(outcome)
        if once or outcome.is_broken:
            raise typer.Exit(int(not well))
        everybody = False
        time.sleep(IDLE_SECONDS)


def _round(
    warehouse: Statements, profile: Profile, terms: Terms, everybody: bool, parallel: int, into: Path | None
) -> RunOutcome:
    from operations.weeks.exporting import Exporter
    from operations.weeks.sweeping import Sweep
    from operations.weeks.week_building import Builder
    from operations.weeks.week_runs import WeekRunner, summary

    def clock() -> datetime:
        return datetime.now(UTC)

    started = time.monotonic()
    runner = WeekRunner(Builder(warehouse, profile, clock), Sweep(warehouse), clock, say)
    outcome = runner.run(terms, everybody=everybody, parallel=parallel)
    if into is not None:
        exporter = Exporter(warehouse, "SYSTEM")
        for made in outcome.made:
            say(exporter.by_itself(made.schedule.schedule_id, made.week.volume.zone, into))
    say(f"{summary(outcome, terms.monday)}; in {display.duration(time.monotonic() - started)}")
    return outcome


@week.command()
def show(
    stack: StackOption,
    schedule_id: ScheduleId,
    why: Annotated[bool, typer.Option("--why", help="Say why each message stands where it stands.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the messages of a schedule, and which rules gave way in it."""
    from operations.weeks import week_report
    from operations.weeks.stored_weeks import stored_week

    found = stored_week(_warehouse(stack), schedule_id)
    if as_json:
        display.print_json(week_report.as_json(found))
    else:
        week_report.show(display.console(), found, why=why)


@week.command()
def html(
    stack: StackOption,
    schedule_id: ScheduleId,
    output: Annotated[Path | None, typer.Option("--output", metavar="F", help="File (default: ID.html).")] = None,
) -> None:
    """Write a schedule as a page to look at: calendar, volumes, gaps, reasons, locks, and what rules left out."""
    from operations.weeks.stored_weeks import stored_week
    from operations.weeks.surroundings import surroundings
    from operations.weeks.week_page import page_of

    path, warehouse = _file(output, schedule_id, "html"), _warehouse(stack)
    found = stored_week(warehouse, schedule_id)
    path.write_text(page_of(found, surroundings(warehouse, found)), encoding="utf-8")
    say(f"{path}: open it in a browser")


@week.command()
def cancel(
    stack: StackOption,
    schedule_id: ScheduleId,
    reason: Annotated[str, typer.Option("--reason", help="For the audit.")] = "",
) -> None:
    """Withdraw a schedule: none of its messages is active any more, its captions are free; the rows stay."""
    from operations.weeks.errors import WeekError
    from operations.weeks.stored_weeks import stored_week
    from operations.weeks.storing import PageSchedule, Store

    warehouse = _warehouse(stack)
    found = stored_week(warehouse, schedule_id)
    if not found.is_active:
        raise WeekError(f"schedule {schedule_id} is not active", fix=f"build one: eros week build --page {found.page}")
    schedule = PageSchedule(schedule_id, found.page)
    Store(warehouse).withdraw(schedule, "cancel", reason or "no reason stated", datetime.now(UTC))
    say(f"withdrawn; what was not sent yet is free again. Next: eros week build --page {found.page} -s {stack}")


@week.command()
def diff(
    stack: StackOption,
    old: Annotated[str, typer.Argument(metavar="ID", help="One schedule.")],
    new: Annotated[str, typer.Argument(metavar="ID", help="The other.")],
) -> None:
    """Show what two schedules do not have in common: - only the first has, + only the second, ~ moved or repriced."""
    from operations.weeks.stored_weeks import stored_week
    from operations.weeks.week_differences import differences

    warehouse = _warehouse(stack)
    found = differences(stored_week(warehouse, old), stored_week(warehouse, new))
    for line in found:
        display.console().print(line)
    if not found:
        say("no difference")


@export.command("csv")
def export_csv(
    stack: StackOption,
    schedule_id: ScheduleId,
    output: Annotated[Path | None, typer.Option("--output", metavar="F", help="File (default: ID.csv).")] = None,
) -> None:
    """Write an active schedule as a CSV file: one line a message, in order of time."""
    from operations.weeks.csv_file import SHEETS_CELL
    from operations.weeks.exporting import Exporter

    path = _file(output, schedule_id, "csv")
    counted = Exporter(_warehouse(stack)).csv(schedule_id, path)
    say(f"{path}: {counted.messages} messages; {counted.follow_ups} follow-ups have no caption and are left out")
    if counted.too_long:
        say(f"longer than a cell of Google Sheets ({SHEETS_CELL:,} characters): {counted.too_long} captions")


@export.command("json")
def export_json(
    stack: StackOption,
    schedule_id: ScheduleId,
    output: Annotated[Path | None, typer.Option("--output", metavar="F", help="File (default: ID.json).")] = None,
) -> None:
    """Write an active schedule as one JSON document, follow-ups included; docs/schedule.schema.json says its form."""
    from operations.weeks.exporting import Exporter

    path = _file(output, schedule_id, "json")
    counted = Exporter(_warehouse(stack)).json(schedule_id, path)
    say(f"{path}: {counted.messages} messages")


def _make_folder(path: Path) -> None:
    """Where files can be made. Errors: ErosError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ErosError(
            f"{path}: {error.strerror}", fix="--export FOLDER, a folder or the name of a new one"
        ) from error


def _file(output: Path | None, schedule_id: str, ending: str) -> Path:
    """Where a file can be made, by default one called by the schedule. Errors: ErosError."""
    from operations.weeks.stored_weeks import schedule_id as checked

    path = output or Path(f"{checked(schedule_id)}.{ending}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ErosError(f"{path}: no file can be written there", fix="--output FILE in a folder that exists")
    return path


def _opened(stack: str, profile: str) -> tuple[Statements, Profile]:
    from operations.project import find_root
    from scheduling import profiles

    warehouse = _warehouse(stack)
    return warehouse, profiles.load(find_root(), profile)


def _warehouse(stack: str) -> Statements:
    return warehouse_of(stack)
