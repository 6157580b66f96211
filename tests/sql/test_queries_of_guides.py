"""Every query of the runbook finds the trouble that it is for, and the guide's Python program reads what is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.sql.jobs import history, job
from tests.sql.messages import Row, message
from tests.sql.warehouse import Warehouse

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("America/Los_Angeles")).date()
HOUR = timedelta(hours=1)
CHANGES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|DROP|ALTER)\b", re.MULTILINE)


def code(guide: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / guide).read_text(encoding="utf-8"), re.DOTALL)


def run(name: str, status: str, **values: object) -> Row:
    return {
        "job_id": f"{name}_{status}",
        "job_name": name,
        "job_start_time": NOW - HOUR,
        "job_status": status,
        "execution_date": TODAY,
    } | values


def lock(key: str, at: datetime) -> Row:
    return {
        "page_name": "ada",
        "caption_id": 1,
        "caption_text": "hello",
        "assigned_date": TODAY,
        "scheduled_send_date": TODAY,
        "is_active": True,
        "assigned_at": at,
        "assignment_key": key,
        "schedule_id": "SCHEDULE",
    }


TROUBLE: dict[str, list[Row]] = {
    "etl_job_runs": [
        run("daily_automation", "FAILED", creators_failed=5, error_message="breaker"),
        run("apply_reference_data", "FAILED", error_message="no view"),
        run("backup_export", "SUCCESS", job_duration_seconds=60.0),
    ],
    "creator_processing_errors": [
        {"job_id": "j", "page_name": "ada", "error_message": "no messages", "error_time": NOW - HOUR}
    ],
    "caption_bandit_stats": [{"caption_id": 1, "page_name": "ada", "last_updated": NOW - 20 * HOUR}],
    "mass_messages": [message("ada", NOW - 50 * HOUR)],
    "active_caption_assignments": [lock("KEY", NOW - HOUR), lock("OTHER", NOW - 2 * HOUR)],
    "schedule_export_log": [
        {"schedule_id": "s", "page_name": "ada", "export_timestamp": NOW - HOUR, "status": "FAILED"}
    ],
    "pool_health": [{"check_date": TODAY, "page_name": "ada", "scope": "PPV", "pool_after_restrictions": 3}],
    "schedule_generation_queue": [
        {"page_name": "ada", "execution_date": TODAY, "queued_at": NOW - 7 * HOUR, "status": "PENDING"}
    ],
    "health_checks": [{"check_time": NOW - 3 * HOUR, "status": "WARNING"}],
    "deployments": [{"deployment_id": "20251104_120000", "stack": "prod", "started_at": NOW - HOUR}],
    "caption_bank": [],
}


def says_something(rows: list[Row]) -> bool:
    """An aggregate over nothing is a row, too: of nulls."""
    return any(value is not None for row in rows for value in row.values())


def test_every_query_of_the_runbook_shows_its_trouble_and_none_changes_anything(warehouse: Warehouse) -> None:
    for table, rows in TROUBLE.items():
        warehouse.deploy(table)
        if rows:
            warehouse.insert(table, rows)
    queries = code("runbook.md", "sql")
    assert not [text for text in queries if CHANGES.search(text)]
    slow = job(NOW - timedelta(minutes=10), 90.0, total_bytes_billed=2**40, error_reason="invalidQuery")
    with history(warehouse, [slow]):
        empty = [text for text in queries if not says_something(warehouse.rows(text))]
    assert len(queries) >= 15
    assert empty == []


def test_the_program_of_the_guide_sums_what_each_page_earned_in_seven_days(warehouse: Warehouse) -> None:
    (source,) = code("reading-from-python.md", "python")
    program: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "reading-from-python.md", "exec"), program)
    earned = [("ada", 1, 100.0), ("ada", 100, 50.0), ("bea", 30, 400.0), ("ada", 7 * 24 + 1, 999.0), ("bea", -1, 999.0)]
    warehouse.insert("mass_messages", [message(page, NOW - age * HOUR, earnings=sum_) for page, age, sum_ in earned])
    warehouse.deploy("performance_summary_7d_at")
    rows = program["revenue"](warehouse.client, NOW)
    seen = [(row["page_name"], row["message_count"], row["total_revenue"]) for row in rows]
    assert seen == [("bea", 1, 400.0), ("ada", 2, 150.0)]
    assert [row["page_name"] for row in program["revenue"](warehouse.client, NOW, least=2)] == ["ada"]
