"""What was exported: the state of each active schedule, and the attempts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from operations.weeks.week_statements import Statements

# One row a schedule whose messages are still to be sent, with its last attempt.
STATES = """
SELECT
  week.schedule_id, week.page_name, week.first_day, week.messages, week.imported, week.failed, tried.status,
  tried.export_format, tried.sheet_name, tried.export_timestamp, tried.error_message
FROM (
  SELECT
    r.schedule_id,
    r.page_name,
    MIN(r.scheduled_send_date) AS first_day,
    COUNT(*) AS messages,
    COUNTIF(r.status = 'imported') AS imported,
    COUNTIF(r.status = 'failed') AS failed
  FROM {schedule_recommendations} AS r
  WHERE r.is_active AND r.scheduled_send_date >= @since AND (@page = '' OR r.page_name = @page)
  GROUP BY r.schedule_id, r.page_name
) AS week
LEFT JOIN (
  SELECT
    log.schedule_id, log.status, log.export_format, log.sheet_name, log.export_timestamp, log.error_message
  FROM {schedule_export_log} AS log
  WHERE log.export_timestamp > @logged
  QUALIFY ROW_NUMBER() OVER (PARTITION BY log.schedule_id ORDER BY log.export_timestamp DESC) = 1
) AS tried
  ON tried.schedule_id = week.schedule_id
ORDER BY week.first_day, week.page_name, week.schedule_id
"""
ATTEMPTS = """
SELECT
  log.export_timestamp, log.schedule_id, log.page_name, log.export_format, log.sheet_name, log.status,
  log.message_count, log.execution_time_seconds, log.exported_by, log.error_message
FROM {schedule_export_log} AS log
WHERE log.export_timestamp > @logged AND (@page = '' OR log.page_name = @page)
QUALIFY ROW_NUMBER() OVER (ORDER BY log.export_timestamp DESC) <= @limit
ORDER BY log.export_timestamp DESC
"""
KEPT = timedelta(days=90)


def states(warehouse: Statements, page: str, now: datetime) -> list[dict[str, Any]]:
    """Active schedules from yesterday on. Errors: CloudError."""
    since = (now - timedelta(days=1)).date()
    return _plain(warehouse.rows(STATES, page=page, since=since, logged=now - KEPT))


def attempts(warehouse: Statements, page: str, limit: int, now: datetime) -> list[dict[str, Any]]:
    """The newest attempts first. Errors: CloudError."""
    return _plain(warehouse.rows(ATTEMPTS, page=page, limit=limit, logged=now - KEPT))


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row.items()) for row in rows]


def state_of(row: dict[str, Any]) -> str:
    """How far the export of a schedule is: pending, imported, failed, or some of each."""
    counts = {"imported": row["imported"], "failed": row["failed"]}
    counts["pending"] = row["messages"] - sum(counts.values())
    found = [name for name, count in counts.items() if count]
    return found[0] if len(found) == 1 else ", ".join(f"{counts[name]} {name}" for name in found)
