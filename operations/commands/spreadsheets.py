"""`eros export sheets`, `status` and `history`; files are exported by the commands on weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from operations.stack import Stack
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.sheets.sheets_exporter import SheetsExporter
    from operations.weeks.week_statements import Statements

app = typer.Typer()

PageOption = Annotated[str, typer.Option("--page", metavar="X", help="Of one page only.")]
ATTEMPTS = ("UTC", "schedule", "into", "state", "messages", "seconds", "by", "why")
STATES = ("schedule", "page", "from", "state", "last attempt", "UTC", "into", "why")


@app.command("sheets")
def export_sheets(
    stack: StackOption,
    schedule_id: Annotated[str, typer.Argument(metavar="[ID]", help="Schedule: sched_YYYYMMDD_HHMMSS_PAGE.")] = "",
    panel: Annotated[bool, typer.Option("--panel", help="Into the grid of the page's own spreadsheet.")] = False,
    day: Annotated[str, typer.Option("--day", metavar="DATE", help="With --panel: one day of it.")] = "",
    pending: Annotated[bool, typer.Option("--pending", help="All active schedules that are not imported.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also within 24 hours of the last time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write an active schedule into Google Sheets: the tab of its page, or the grid of the control panel.

    Exit code 9 when a check of the gate refuses, 10 when it was exported within 24 hours; with --pending 1 when one of
    them could not be exported.
    """
    _check_options(schedule_id, pending=pending, panel=panel, day=day)
    exporter = _exporter(Stack.open(stack, say))
    if pending:
        raise typer.Exit(int(not _export_pending(exporter)))
    done = exporter.panel(schedule_id, _day(day), force=force) if panel else exporter.tab(schedule_id, force=force)
    if as_json:
        display.print_json({"sheet": done.sheet, "address": done.address, "messages": done.messages})
        return
    say(f"{done.messages} messages stand in {done.sheet!r} of {done.address}")
    if done.left_out:
        say(f"{done.left_out} follow-ups have no caption and are left out")


def _check_options(schedule_id: str, *, pending: bool, panel: bool, day: str) -> None:
    if pending is bool(schedule_id):
        raise ErosError("which schedule?", fix="eros export sheets ID, or --pending for all that wait")
    if day and not panel:
        raise ErosError("--day is for the grid", fix="--panel --day DATE")
    if pending and panel:
        raise ErosError("--pending writes the tabs of pages", fix="a grid takes one schedule: ID --panel")


def _export_pending(exporter: SheetsExporter) -> bool:
    """One after the other as a program; whether all went well. A page that a person has to look at is no failure."""
    from operations.sheets import exports_seen
    from operations.sheets.sheet_errors import GateClosed

    exporter, well = replace(exporter, by="SYSTEM"), True
    waiting = [row for row in exports_seen.states(exporter.warehouse, "", now()) if row["imported"] < row["messages"]]
    for row in waiting:
        try:
            done = exporter.tab(row["schedule_id"])
            say(f"{row['schedule_id']}: {done.messages} messages in {done.sheet!r}")
        except ErosError as error:
            well = well and isinstance(error, GateClosed)
            say(f"{row['schedule_id']}: {error.message}")
    say(f"{len(waiting)} schedules waited")
    return well


@app.command()
def status(stack: StackOption, page: PageOption = "", as_json: AsJson = False) -> None:
    """Show how far the export of each active schedule is."""
    from operations.sheets import exports_seen

    found = exports_seen.states(_warehouse(stack), page, now())
    if as_json:
        display.print_json([{**row, "state": exports_seen.state_of(row)} for row in found])
        return
    display.console().print(display.table(STATES, map(_state, found)))


@app.command()
def history(
    stack: StackOption,
    page: PageOption = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Newest attempts.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the attempts to export, the newest first; they are kept for 90 days."""
    from operations.sheets import exports_seen

    found = exports_seen.attempts(_warehouse(stack), page, limit, now())
    if as_json:
        display.print_json(found)
        return
    display.console().print(display.table(ATTEMPTS, map(_attempt, found)))


def now() -> datetime:
    """The instant from which states and attempts are looked at."""
    return datetime.now(UTC)


def _state(row: dict[str, Any]) -> list[object]:
    from operations.sheets import exports_seen

    last = [row["status"], _moment(row["export_timestamp"]), _place(row), _why(row)]
    return [row["schedule_id"], row["page_name"], row["first_day"], exports_seen.state_of(row), *last]


def _attempt(row: dict[str, Any]) -> list[object]:
    seconds = None if row["execution_time_seconds"] is None else f"{row['execution_time_seconds']:.1f}"
    start = [_moment(row["export_timestamp"]), row["schedule_id"], _place(row), row["status"]]
    return [*start, row["message_count"], seconds, row["exported_by"], _why(row)]


def _why(row: dict[str, Any]) -> str:
    """What was wrong; what to do about it is in the log, and said again with the next try."""
    return (row["error_message"] or "").partition("\n")[0]


def _place(row: dict[str, Any]) -> str:
    return " ".join(filter(None, (row["export_format"], row["sheet_name"])))


def _moment(instant: datetime | None) -> str | None:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ErosError(f"{text} is no date", fix="--day YYYY-MM-DD") from None


def _exporter(opened: Stack) -> SheetsExporter:
    from operations.clients import sheets_client
    from operations.sheets.connection import Spreadsheet
    from operations.sheets.sheets_exporter import SheetsExporter
    from operations.weeks.week_statements import deployed

    settings = opened.settings
    account = settings.export_account or ""

    def open_sheet(spreadsheet_id: str, key: str) -> Spreadsheet:
        return Spreadsheet(sheets_client(account), spreadsheet_id, key, account)

    stated = {"exportSpreadsheet": settings.export_spreadsheet or "", "controlPanel": settings.control_panel or ""}
    return SheetsExporter(deployed(opened.outputs()), open_sheet, stated, opened.root / ".eros")


def _warehouse(stack: str) -> Statements:
    from operations.weeks.week_statements import deployed

    return deployed(Stack.open(stack, say).outputs())
