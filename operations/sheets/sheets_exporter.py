"""Exports into Google Sheets, in this order: the gate, the cells, the states of the messages, the row of the log."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from operations.errors import CloudError
from operations.sheets import control_panel, export_gate, guarded_write, page_tab
from operations.sheets.cell_values import SheetRow
from operations.sheets.connection import Spreadsheet
from operations.sheets.guarded_write import TabPart
from operations.sheets.sheet_errors import AlreadyExported, GateClosed, SheetError
from operations.weeks import exporting
from operations.weeks.export_log import Attempt, ExportLog
from operations.weeks.stored_weeks import StoredMessage, StoredWeek, stored_week
from operations.weeks.week_statements import Statements

MARK = """
UPDATE {schedule_recommendations} AS r
SET status = @status, updated_at = @now
WHERE r.schedule_id = @id
  AND r.page_name = @page
  AND r.scheduled_send_date BETWEEN @first AND @last
  AND r.is_active
"""
IMPORTED, FAILED = "imported", "failed"


@dataclass(frozen=True, slots=True)
class Exported:
    """What stands where now."""

    sheet: str
    address: str
    messages: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SheetsExporter:
    """Exports from one warehouse. `open_sheet` gives a spreadsheet by id and the key that names it; `stated` are the
    ids that the stack states; `keep` is a folder for what cannot be brought back.
    """

    warehouse: Statements
    open_sheet: Callable[[str, str], Spreadsheet]
    stated: dict[str, str]
    keep: Path
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    by: str = field(default="USER")

    def tab(self, schedule_id: str, *, force: bool = False) -> Exported:
        """The schedule in the tab of its page. Errors: GateClosed, AlreadyExported, WeekError, CloudError."""
        week = stored_week(self.warehouse, schedule_id)
        with self._attempt(week, week.page) as tried:
            sheet = self._stated("exportSpreadsheet")
            self._check(week, tried, force)
            found = self.warehouse.rows(exporting.MESSAGES, id=schedule_id)
            lines, left_out = page_tab.rows(found)
            export_gate.check_texts(week, ((row.caption_id, row.caption_text) for row in found))
            _at_most(page_tab.MOST, len(lines), "a tab", "build a week of fewer: config/scheduling.yaml")
            self._put(week, week.messages, tried, sheet, page_tab.part(week.page, lines), lines)
        return Exported(week.page, sheet.address, tried.messages, left_out)

    def panel(self, schedule_id: str, day: date | None = None, *, force: bool = False) -> Exported:
        """The schedule, or one day of it, in the grid of the page's own spreadsheet. Errors: as `tab`."""
        week = stored_week(self.warehouse, schedule_id)
        messages = [one for one in week.messages if day is None or one.local.date() == day]
        with self._attempt(week, f"{control_panel.GRID}, {day}" if day else control_panel.GRID) as tried:
            panel = self._stated("controlPanel")
            if not messages:
                raise GateClosed(
                    f"{schedule_id} has no message on {day}", fix=f"its days: eros week show {schedule_id}"
                )
            self._check(week, tried, force)
            fix = f"a day at a time: --day {messages[0].local.date()}; the tab of the page takes all: without --panel"
            _at_most(control_panel.MOST, len(messages), f"the grid of {control_panel.GRID!r}", fix)
            export_gate.check_texts(week, ((one.caption_id, one.text) for one in messages))
            own = self.open_sheet(control_panel.spreadsheet_of(panel, week.page), "its address in Active creators")
            lines = control_panel.rows(messages)
            self._put(week, messages, tried, own, control_panel.part(own, lines), lines)
        return Exported(control_panel.GRID, own.address, tried.messages)

    def _stated(self, key: str) -> Spreadsheet:
        if not self.stated.get(key):
            raise SheetError(f"no spreadsheet is stated ({key})", fix=f"pulumi config set {key} ID -s STACK")
        return self.open_sheet(self.stated[key], key)

    @contextlib.contextmanager
    def _attempt(self, week: StoredWeek, sheet: str) -> Iterator[Attempt]:
        log = ExportLog(self.warehouse, self.by, self.clock)
        with log.attempt(week.schedule_id, week.page, "SHEETS") as tried:
            tried.sheet = sheet
            try:
                yield tried
            except AlreadyExported:
                tried.skipped = True
                raise

    def _check(self, week: StoredWeek, tried: Attempt, force: bool) -> None:
        export_gate.check(self.warehouse, week)
        if not force:
            export_gate.check_not_again(self.warehouse, week, tried.sheet, self.clock())

    def _put(
        self,
        week: StoredWeek,
        messages: Sequence[StoredMessage],
        tried: Attempt,
        sheet: Spreadsheet,
        part: TabPart,
        lines: Sequence[SheetRow],
    ) -> None:
        days = sorted(one.local.date() for one in messages)
        try:
            guarded_write.write(sheet, part, self.keep / f"grid-{week.schedule_id}.json")
        except SheetError:
            # The refusal is what to tell, also when the state cannot be written.
            with contextlib.suppress(CloudError):
                self._mark(week, FAILED, days)
            raise
        tried.messages, tried.is_out = len(lines), True
        self._mark(week, IMPORTED, days)

    def _mark(self, week: StoredWeek, status: str, days: Sequence[date]) -> None:
        self.warehouse.change(
            MARK, id=week.schedule_id, page=week.page, status=status, now=self.clock(), first=days[0], last=days[-1]
        )


def _at_most(most: int, count: int, what: str, fix: str) -> None:
    if count > most:
        raise GateClosed(f"the schedule has {count} messages; {what} takes {most}", fix=fix)
