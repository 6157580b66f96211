"""A date of the daily automation belongs to one run at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from gcp_local.testing import NO_RETRY
from tests.sql import parameters
from tests.sql.daily_runs import NOW, TODAY, daily_rows, run_row
from tests.sql.messages import Row
from tests.sql.warehouse import Warehouse

CLAIM = """
DECLARE v_is_claimed BOOL;
CALL eros_scheduling_brain.claim_job_run('daily_automation', @job, @day, @now, v_is_claimed);
SELECT v_is_claimed AS is_claimed;
"""


def claim(warehouse: Warehouse, job: str = "mine", day: date = TODAY) -> bool:
    """Whether the date was claimed; checks that the answer and the rows agree."""
    is_claimed: bool = warehouse.value(CLAIM, job=job, day=day, now=NOW)
    assert is_claimed == (job in [row["job_id"] for row in daily_rows(warehouse)])
    return is_claimed


@pytest.mark.parametrize("status", ["SUCCESS", "RUNNING"])
def test_a_run_that_succeeded_or_is_on_its_way_holds_the_date(warehouse: Warehouse, status: str) -> None:
    warehouse.insert("etl_job_runs", [run_row("FAILED"), run_row(status, NOW - timedelta(hours=1))])
    before = daily_rows(warehouse)
    assert not claim(warehouse)
    assert daily_rows(warehouse) == before, "a loser leaves no row"


def test_any_other_end_leaves_the_date_free(warehouse: Warehouse) -> None:
    ended = ["COMPLETED_WITH_ERRORS", "COMPLETED_NO_WORK", "FAILED"]
    others: list[Row] = [
        run_row("SUCCESS", day=TODAY - timedelta(days=1)),
        run_row("RUNNING", day=TODAY - timedelta(days=1)),
        run_row("SUCCESS", job_name="update_caption_performance"),
    ]
    warehouse.insert("etl_job_runs", [*(run_row(status) for status in ended), *others])
    assert claim(warehouse)
    (row,) = [row for row in daily_rows(warehouse) if row["job_id"] == "mine"]
    assert {name: value for name, value in row.items() if value is not None} == {
        "job_id": "mine",
        "job_name": "daily_automation",
        "job_start_time": NOW,
        "job_status": "RUNNING",
        "execution_date": TODAY,
    }


def test_a_claimed_date_is_held_and_the_next_date_is_free(warehouse: Warehouse) -> None:
    assert claim(warehouse, "one")
    assert not claim(warehouse, "two")
    assert claim(warehouse, "three", TODAY - timedelta(days=1))
    holder = "SELECT holder FROM eros_scheduling_brain.daily_automation_mutex WHERE name = 'daily_automation'"
    assert warehouse.value(holder) == "three"


def test_of_many_claims_at_once_exactly_one_wins_and_the_others_are_told(warehouse: Warehouse) -> None:
    # defect: R1
    warehouse.deploy("claim_job_run")
    warehouse.insert("daily_automation_mutex", [{"name": "daily_automation", "updated_at": NOW}])
    warehouse.insert("etl_job_runs", [run_row("FAILED", job_id="earlier")])
    given = [parameters.inferred("day", TODAY), parameters.inferred("now", NOW)]

    def attempt(job: str) -> bool:
        config = bigquery.QueryJobConfig(query_parameters=[*given, parameters.inferred("job", job)])
        query = warehouse.new_client().query(CLAIM, config, retry=NO_RETRY, job_retry=None, timeout=120)
        return bool(next(iter(query.result(timeout=120)))["is_claimed"])

    jobs = ["a", "b", "c", "d", "e", "f"]
    with ThreadPoolExecutor(len(jobs)) as pool:
        won = [job for job, is_claimed in zip(jobs, pool.map(attempt, jobs), strict=True) if is_claimed]
    assert len(won) == 1
    assert {row["job_id"] for row in daily_rows(warehouse)} == {"earlier", *won}


@pytest.mark.parametrize("job", ["x' OR '1'='1", "`x`; DROP TABLE etl_job_runs; --"])
def test_the_job_id_is_text_and_never_sql(warehouse: Warehouse, job: str) -> None:
    assert claim(warehouse, job)
    assert not claim(warehouse, "other")


def test_an_error_that_is_no_conflict_reaches_the_caller(warehouse: Warehouse) -> None:
    with warehouse.without("etl_job_runs"), pytest.raises(GoogleAPICallError, match="etl_job_runs"):
        warehouse.value(CLAIM, job="mine", day=TODAY, now=NOW)
