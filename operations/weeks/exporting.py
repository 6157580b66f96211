"""Exports of active schedules as files. Every attempt leaves one row in schedule_export_log, whatever becomes of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from operations.sheets.export_gate import check_switch
from operations.sheets.sheet_errors import GateClosed
from operations.weeks import csv_file
from operations.weeks.envelope import envelope
from operations.weeks.errors import WeekError
from operations.weeks.export_log import ExportLog
from operations.weeks.stored_weeks import StoredWeek, stored_week
from operations.weeks.week_statements import Statements

MESSAGES = """
SELECT
  m.schedule_id, m.page_name, m.scheduled_send_time, m.message_type, m.caption_id, m.caption_text, m.price_tier,
  m.content_category, m.has_urgency, m.performance_score
FROM {schedule_recommendations_messages} AS m
WHERE m.schedule_id = @id
ORDER BY m.scheduled_send_time, m.message_type, m.caption_id
"""


class Exporter:
    """Exports from one warehouse; `by` is USER or SYSTEM."""

    # Source: the exporter's gate. A person may export what no program does.
    NOT_BY_ITSELF = "RED"

    def __init__(self, warehouse: Statements, by: str = "USER") -> None:
        self._warehouse, self._by = warehouse, by

    def csv(self, schedule_id: str, path: Path) -> csv_file.Counted:
        """The schedule as a CSV file, whole or not at all. Errors: WeekError, CloudError, OSError."""
        week = stored_week(self._warehouse, schedule_id)
        with self._logged(week, "CSV") as counted, _written(path) as file:
            csv_file.write(file, self._warehouse.rows_one_by_one(MESSAGES, id=schedule_id), counted)
        return counted

    def json(self, schedule_id: str, path: Path) -> csv_file.Counted:
        """The schedule as a JSON document (envelope.py), whole or not at all. Errors: as `csv`."""
        week = stored_week(self._warehouse, schedule_id)
        with self._logged(week, "JSON") as counted, _written(path) as file:
            try:
                made = envelope(week)
            except ValueError as error:
                raise WeekError(
                    f"{schedule_id} has no such form: {error}", fix=f"eros export csv {schedule_id}"
                ) from error
            file.write(made.model_dump_json(indent=2) + "\n")
            counted.messages = len(made.mm_schedule)
        return counted

    def by_itself(self, schedule_id: str, zone: str, folder: Path) -> str:
        """What a program exports into the folder; how it went, in a sentence. Errors: as `csv`."""
        if zone == self.NOT_BY_ITSELF:
            return f"{schedule_id}: zone {zone} is exported by a person only: eros export csv {schedule_id}"
        try:
            check_switch(self._warehouse)
        except GateClosed as closed:
            return f"{schedule_id}: {closed.message}, so that no program exports it: eros export csv {schedule_id}"
        path = folder / f"{schedule_id}.csv"
        counted = self.csv(schedule_id, path)
        return f"{path}: {counted.messages} messages"

    @contextlib.contextmanager
    def _logged(self, week: StoredWeek, form: str) -> Iterator[csv_file.Counted]:
        counted = csv_file.Counted()
        with ExportLog(self._warehouse, self._by).attempt(week.schedule_id, week.page, form) as tried:
            if not week.is_active:
                fix = f"build one: eros week build --page {week.page}"
                raise WeekError(f"schedule {week.schedule_id} was withdrawn; only active ones are exported", fix=fix)
            try:
                yield counted
            finally:
                tried.messages = counted.messages


@contextlib.contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A file in UTF-8, beside the old one until it is whole."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            yield file
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
