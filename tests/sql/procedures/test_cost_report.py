"""The cost report: whose statements count, on which day, at which price, and that a day is one row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from typing import Any

import pytest

from catalog.cost.price import Price
from tests.sql.jobs import OURS, history, job
from tests.sql.messages import Row, la
from tests.sql.warehouse import DATASET, Warehouse

NOW = la("2025-11-04 12:00")
TODAY, YESTERDAY = date(2025, 11, 4), date(2025, 11, 3)
GIB, TIB = 2**30, 2**40


def reports(warehouse: Warehouse) -> dict[date, Row]:
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.cost_reports")
    found = {row["date"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def made(warehouse: Warehouse, rows: list[Row], now: datetime = NOW) -> dict[date, Row]:
    with history(warehouse, rows):
        warehouse.call("cost_report_at", now)
    return reports(warehouse)


def billed(gib: float, at: datetime = NOW - timedelta(hours=1), kind: str = "SELECT", **values: Any) -> Row:
    figures = {"total_bytes_processed": int(gib * GIB) // 2, "total_bytes_billed": int(gib * GIB)}
    return job(at, **{"statement_type": kind, **figures, **values})


def test_bytes_and_dollars_are_those_of_the_statements_and_not_of_the_scripts_around_them(warehouse: Warehouse) -> None:
    # defect: O4
    script = billed(100, kind="SCRIPT", job_id="script")
    kinds = {"SELECT": 64.0, "INSERT": 8.0, "UPDATE": 4.0, "DELETE": 2.0, "MERGE": 16.0, "CREATE_TABLE_AS_SELECT": 6.0}
    rows = [billed(gib, kind=kind, parent_job_id="script") for kind, gib in kinds.items()]
    report = made(warehouse, [script, *rows, billed(0, kind="CALL")])[TODAY]
    assert (report["total_queries"], report["call_count"]) == (7, 1)
    for kind, gib in kinds.items():
        prefix = kind.partition("_")[0].lower()
        assert report[f"{prefix}_count"] == 1
        assert report[f"{prefix}_tb_billed"] == pytest.approx(gib / 1024)
        assert report[f"{prefix}_cost_usd"] == pytest.approx(gib / 1024 * 6.25)
    assert report["tb_billed"] == pytest.approx(100 / 1024)
    assert report["tb_processed"] == pytest.approx(50 / 1024)
    assert report["estimated_cost_usd"] == pytest.approx(100 / 1024 * 6.25)
    assert report["cost_status"] == "HEALTHY"


def test_only_what_concerns_this_dataset_counts(warehouse: Warehouse) -> None:
    """Two stacks in one project do not pay for each other, and neither for the others of the project."""
    other = OURS.replace(DATASET, f"{DATASET}_staging")
    rows = [
        billed(1, datasets_read=[other]),
        billed(2, datasets_read=[], dataset_written=other, kind="INSERT"),
        billed(4, datasets_read=[], dataset_written=None),
        billed(8, datasets_read=[other, OURS]),
        billed(16, datasets_read=[], dataset_written=OURS, kind="MERGE"),
        billed(32, datasets_read=["other-project." + DATASET]),
        billed(64, job_type="EXTRACT"),
    ]
    assert made(warehouse, rows)[TODAY]["tb_billed"] == pytest.approx(24 / 1024)


def test_a_statement_on_a_temporary_table_counts_with_the_script_that_it_belongs_to(warehouse: Warehouse) -> None:
    ours = [billed(1, parent_job_id="ours"), billed(2, parent_job_id="ours", datasets_read=[])]
    theirs = [
        billed(4, parent_job_id="theirs", datasets_read=["p.d"]),
        billed(8, parent_job_id="theirs", datasets_read=[]),
    ]
    assert made(warehouse, ours + theirs)[TODAY]["tb_billed"] == pytest.approx(3 / 1024)


@pytest.mark.parametrize("day", [date(2025, 3, 9), date(2025, 11, 2), date(2025, 7, 1)])
def test_a_statement_belongs_to_the_day_in_los_angeles_on_which_it_was_created(warehouse: Warehouse, day: date) -> None:
    """Also on the days of 23 and of 25 hours."""
    # defect: T2
    midnight = la(f"{day} 00:00")
    second = timedelta(seconds=1)
    before = la(f"{day - timedelta(days=1)} 00:00")
    rows = [billed(1, midnight), billed(2, midnight - second), billed(4, before + second), billed(8, before - second)]
    now = la(f"{day} 05:00")
    found = made(warehouse, [*rows, billed(16, now), billed(32, now + second)], now)
    assert {at: row["tb_billed"] * 1024 for at, row in found.items()} == {day: 17, day - timedelta(days=1): 6}


def test_the_limits_of_a_day_are_five_and_ten_dollars_and_are_exceeded_above_them(warehouse: Warehouse) -> None:
    def status(dollars: float, more: int = 0) -> str:
        size = int(dollars / 6.25 * TIB) + more
        return str(made(warehouse, [billed(0, total_bytes_billed=size)])[TODAY]["cost_status"])

    assert [status(5), status(5, 1 << 20), status(10), status(10, 1 << 20)] == [
        *("HEALTHY", "WARNING", "WARNING", "CRITICAL")
    ]


def test_durations_are_from_start_to_end_and_what_runs_has_none(warehouse: Warehouse) -> None:
    seconds = [1.0, 2.0, 3.0, 50.0]
    rows = [job(NOW - timedelta(hours=1), length) for length in seconds]
    report = made(warehouse, [*rows, job(NOW - timedelta(minutes=1), None, user_email="ann@example.com")])[TODAY]
    assert (report["total_queries"], report["unique_users"]) == (5, 2)
    assert report["avg_seconds"] == pytest.approx(14)
    assert report["p95_seconds"] == pytest.approx(quantiles(seconds, n=20, method="inclusive")[18])


def test_a_day_without_a_query_is_a_row_of_zeroes(warehouse: Warehouse) -> None:
    found = made(warehouse, [])
    assert set(found) == {TODAY, YESTERDAY}
    for row in found.values():
        assert (row["total_queries"], row["estimated_cost_usd"], row["cost_status"]) == (0, 0, "HEALTHY")
        assert (row["avg_seconds"], row["p95_seconds"]) == (None, None)


def test_the_next_runs_replace_the_figures_and_close_the_day_before(warehouse: Warehouse) -> None:
    late = la("2025-11-03 23:59")
    running = job(late, None, job_id="long")
    first = made(warehouse, [running], la("2025-11-04 00:26"))
    assert first[YESTERDAY]["tb_billed"] == 0
    ended = billed(2, late, job_id="long")
    second = made(warehouse, [ended, billed(1)])
    assert {day: row["tb_billed"] * 1024 for day, row in second.items()} == {TODAY: 1, YESTERDAY: 2}
    assert {row["report_time"] for row in second.values()} == {NOW}
    tomorrow = made(warehouse, [billed(1)], NOW + timedelta(days=1))
    assert {day: row["tb_billed"] * 1024 for day, row in tomorrow.items()} == {
        TODAY + timedelta(days=1): 0, TODAY: 1, YESTERDAY: 2,
    }  # fmt: skip


def test_it_is_a_job_run_and_a_failure_is_one_too(warehouse: Warehouse) -> None:
    made(warehouse, [])
    with warehouse.without("cost_reports"), pytest.raises(Exception, match="cost_reports"):
        warehouse.call("cost_report_at", NOW)
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs ORDER BY job_status")
    assert [(row["job_name"], row["job_status"], row["records_processed"]) for row in rows] == [
        ("cost_report", "FAILED", None),
        ("cost_report", "SUCCESS", 2),
    ]
    with pytest.raises(Exception, match="EROS_INVALID"):
        warehouse.call("cost_report_at", None)


def test_the_scheduled_form_reads_the_project_s_own_history(warehouse: Warehouse) -> None:
    warehouse.rows(f"SELECT COUNT(*) AS n FROM {DATASET}.cost_reports")
    before = datetime.now(UTC)
    warehouse.call("cost_report")
    newest = max(reports(warehouse).values(), key=lambda row: row["date"])
    assert before <= newest["report_time"] <= datetime.now(UTC)
    assert newest["total_queries"] >= 1


def test_sql_and_the_command_line_have_one_price(warehouse: Warehouse) -> None:
    price = warehouse.value(f"SELECT `{DATASET}.query_cost_usd`(@size)", size=TIB)
    assert price == Price().per_tebibyte
