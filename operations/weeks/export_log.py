"""One row in schedule_export_log for each attempt to export a schedule, whatever becomes of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from operations.weeks.week_statements import Statements

LOG = """
INSERT INTO {schedule_export_log}
  (
    schedule_id, page_name, export_timestamp, message_count, execution_time_seconds, status, error_message,
    export_format, exported_by, sheet_name
  )
VALUES (@id, @page, @now, @messages, @seconds, @status, NULLIF(@error, ''), @form, @by, NULLIF(@sheet, ''))
"""
LONGEST = 1000


@dataclass(slots=True)
class Attempt:
    """What an attempt came to. `is_out` is set when it was exported, though what follows may fail; `skipped` when
    there was nothing to do.
    """

    messages: int = 0
    sheet: str = ""
    is_out: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class ExportLog:
    """`by` is USER or SYSTEM."""

    warehouse: Statements
    by: str = "USER"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @contextlib.contextmanager
    def attempt(self, schedule_id: str, page: str, form: str) -> Iterator[Attempt]:
        """Surrounds an attempt in the form CSV or SHEETS. Errors: those of the attempt; CloudError of the row."""
        tried, started, error = Attempt(), time.monotonic(), ""
        try:
            yield tried
        except BaseException as found:
            error = (str(found) or type(found).__name__)[:LONGEST]
            raise
        finally:
            failed = "SKIPPED" if tried.skipped else "PARTIAL" if tried.is_out else "FAILED"
            self.warehouse.change(
                LOG,
                id=schedule_id,
                page=page,
                now=self.clock(),
                messages=tried.messages,
                seconds=time.monotonic() - started,
                status=failed if error else "SUCCESS",
                error=error,
                form=form,
                by=self.by,
                sheet=tried.sheet,
            )
