"""Jobs at the same time, by plain SQL, whenever and however BigQuery cancels the later of two transactions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

import tests.sql.warehouse
from gcp_local.testing import NO_RETRY
from tests.sql.daily_runs import TODAY, daily_rows
from tests.sql.emulator import ROOT
from tests.sql.test_lock_races import at_once
from tests.sql.warehouse import DATASET, Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
MANNERS = [",".join(manner) for manner in product(("statement", "commit"), ("kept", "gone"))]
CONFLICT = r"EROS_LOCK_CONFLICT\|caption_id=7\|holder_page=page{0}\|holder_schedule=S{0}\|send_date={1}"
BUSY = r"EROS_BUSY\|lock={}\|tries=5\|try again\|error=.*aborted due to concurrent update"
ACTIVE = f"SELECT * FROM {DATASET}.active_caption_assignments WHERE is_active"

pytestmark = pytest.mark.parametrize("manner", MANNERS)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """The warehouse with all procedures that begin transactions, and one caption."""
    warehouse.deploy("lock_caption_assignments_at", "claim_job_run", "update_caption_performance_at")
    warehouse.insert("caption_bank", [{"caption_id": 7, "caption_text": "Seven"}])
    for table in ("active_caption_assignments", "audit_log", "etl_job_runs", "platform_mutex"):
        warehouse.insert(table, [])
    return warehouse


def client_of(warehouse: Warehouse, manner: str) -> bigquery.Client:
    """A client whose transactions are cancelled in this manner."""
    client = warehouse.new_client()
    prop = bigquery.ConnectionProperty("gcp_local_bigquery_transactions", manner)
    client.default_query_job_config = bigquery.QueryJobConfig(connection_properties=[prop])
    return client


def text(error: Exception | None) -> str:
    assert isinstance(error, GoogleAPICallError), error
    return str(error)


@pytest.mark.parametrize("count", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_of_many_callers_of_one_caption_one_locks_and_each_other_sees_it_or_is_told_to_try_again(
    ready: Warehouse, manner: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tests.sql.warehouse, "SECONDS", 900)  # the emulator runs eight of them side by side
    client = client_of(ready, manner)

    def lock(number: int) -> None:
        day = date(2025, 11, 10) + timedelta(days=number % 7)
        wanted = [{"caption_id": 7, "scheduled_send_date": day, "scheduled_send_hour": number % 24}]
        ready.call("lock_caption_assignments_at", f"S{number}", f"page{number}", wanted, NOW, client=client)

    outcomes = at_once(count, lock)
    (winner,) = [number for number, error in outcomes.items() if error is None]
    (row,) = ready.rows(ACTIVE)
    assert (row["page_name"], row["schedule_id"]) == (f"page{winner}", f"S{winner}")
    assert ready.value(f"SELECT COUNT(*) FROM {DATASET}.audit_log") == 1
    told = f"{CONFLICT.format(winner, row['scheduled_send_date'])}|{BUSY.format('caption_locks')}"
    unclear = [text(error) for error in outcomes.values() if error and not re.search(told, text(error))]
    assert unclear == []
    assert any("EROS_LOCK_CONFLICT" in text(error) for error in outcomes.values() if error)


def test_of_many_claims_of_a_date_one_wins_and_the_others_are_told(ready: Warehouse, manner: str) -> None:
    client = client_of(ready, manner)
    sql = f"""
        DECLARE v_is_claimed BOOL;
        CALL {DATASET}.claim_job_run('daily_automation', @job, @day, @now, v_is_claimed);
        SELECT IF(v_is_claimed, 'claimed', 'taken') AS answer;
    """
    answers: dict[int, str] = {}

    def claim(number: int) -> None:
        job = ready.query(client, sql, job=f"job{number}", day=TODAY, now=NOW)
        answers[number] = job[0]["answer"]

    outcomes = at_once(8, claim)
    (winner,) = [f"job{number}" for number, answer in answers.items() if answer == "claimed"]
    assert [row["job_id"] for row in daily_rows(ready)] == [winner]
    lost = [text(error) for error in outcomes.values() if error]
    assert [said for said in lost if not re.search(BUSY.format("daily_automation"), said)] == []


def test_feedback_runs_at_once_leave_each_key_once_and_lose_no_run_in_silence(ready: Warehouse, manner: str) -> None:
    client = client_of(ready, manner)
    ready.insert("mass_messages", [message(row_id) for row_id in range(1, 13)])
    outcomes = at_once(4, lambda _: ready.call("update_caption_performance_at", NOW, client=client))
    lost = [text(error) for error in outcomes.values() if error]
    assert [said for said in lost if not re.search(BUSY.format("update_caption_performance"), said)] == []
    keys = ready.rows(f"SELECT page_name, caption_id, total_observations FROM {DATASET}.caption_bandit_stats")
    assert keys == [{"page_name": "alice", "caption_id": 7, "total_observations": 12}]
    ended = ready.rows(f"SELECT job_status, COUNT(*) AS runs FROM {DATASET}.etl_job_runs GROUP BY 1 ORDER BY 1")
    assert {row["job_status"]: row["runs"] for row in ended} == {
        status: runs for status, runs in (("FAILED", len(lost)), ("SUCCESS", 4 - len(lost))) if runs
    }


def test_locks_of_different_things_do_not_cancel_each_other(ready: Warehouse, manner: str) -> None:
    """While one transaction holds the caption lock, the feedback and a claim of the day need no second try."""
    client = client_of(ready, manner)
    ready.insert("mass_messages", [message(row_id) for row_id in range(1, 13)])
    hold = f"""
        BEGIN TRANSACTION;
        UPDATE {DATASET}.platform_mutex SET holder = 'another' WHERE name = 'caption_locks';
    """
    ready.rows(f"CALL {DATASET}.seed_mutex('caption_locks', @now)", now=NOW)
    opened = ready.client.query(
        "SELECT 1", bigquery.QueryJobConfig(create_session=True), retry=NO_RETRY, job_retry=None, timeout=60
    )
    opened.result(timeout=60)
    session_id = opened.session_info and opened.session_info.session_id
    assert session_id
    session = bigquery.ConnectionProperty("session_id", session_id)
    config = bigquery.QueryJobConfig(connection_properties=[session])
    ready.client.query(hold, config, retry=NO_RETRY, job_retry=None, timeout=60).result(timeout=60)
    try:
        ready.call("update_caption_performance_at", NOW, client=client)
        ready.query(
            client,
            f"DECLARE x BOOL; CALL {DATASET}.claim_job_run('daily_automation', 'job', @day, @now, x);",
            day=TODAY,
            now=NOW,
        )
        wanted = [{"caption_id": 7, "scheduled_send_date": date(2025, 11, 10), "scheduled_send_hour": 9}]
        if manner.startswith("statement"):
            with pytest.raises(GoogleAPICallError, match=BUSY.format("caption_locks")):
                ready.call("lock_caption_assignments_at", "S1", "alice", wanted, NOW, client=client)
    finally:
        ready.client.query("CALL BQ.ABORT_SESSION()", config, retry=NO_RETRY, job_retry=None, timeout=60).result(
            timeout=60
        )
    ready.call("lock_caption_assignments_at", "S1", "alice", wanted, NOW, client=client)
    assert len(ready.rows(ACTIVE)) == 1
    assert [row["job_id"] for row in daily_rows(ready)] == ["job"]


def losing(ready: Warehouse, times: int) -> None:
    """Somebody else comes first where the row of a lock is added, this many times; then the row is there."""
    ready.rows(f"""
        CREATE OR REPLACE PROCEDURE {DATASET}.seed_mutex(p_lock STRING, p_now TIMESTAMP)
        BEGIN
          INSERT INTO {DATASET}.platform_mutex (name, updated_at) VALUES (p_lock, p_now);
          IF (SELECT COUNT(*) FROM {DATASET}.platform_mutex) <= {times} THEN
            RAISE USING MESSAGE = 'Transaction is aborted due to concurrent update';
          END IF;
        END
    """)


@pytest.mark.parametrize(("times", "is_told"), [(2, False), (99, True)])
def test_who_loses_where_the_row_of_a_lock_is_added_tries_again_and_then_is_told_to(
    ready: Warehouse, manner: str, times: int, is_told: bool
) -> None:
    client = client_of(ready, manner)
    wanted = [{"caption_id": 7, "scheduled_send_date": date(2025, 11, 10), "scheduled_send_hour": 9}]
    ready.insert("mass_messages", [message(row_id) for row_id in range(1, 13)])
    for name in ("feedback_mutex", "daily_automation_mutex"):
        ready.insert(name, [{"name": name.removesuffix("_mutex"), "updated_at": NOW}])
    claim = f"DECLARE x BOOL; CALL {DATASET}.claim_job_run('daily_automation', 'job', @day, @now, x);"
    jobs: dict[str, Callable[[], object]] = {
        "caption_locks": lambda: ready.call("lock_caption_assignments_at", "S1", "alice", wanted, NOW, client=client),
        "daily_automation": lambda: ready.query(client, claim, day=TODAY, now=NOW),
        "update_caption_performance": lambda: ready.call("update_caption_performance_at", NOW, client=client),
    }
    try:
        for lock, job in jobs.items():
            ready.rows(f"TRUNCATE TABLE {DATASET}.platform_mutex")
            losing(ready, times)
            if is_told:
                with pytest.raises(GoogleAPICallError, match=BUSY.format(lock)):
                    job()
            else:
                job()
    finally:
        ready.rows((ROOT / "sql/procedures/seed_mutex.sql").read_text())
    assert [len(ready.rows(ACTIVE)), len(daily_rows(ready))] == ([0, 0] if is_told else [1, 1])


def test_an_error_of_the_work_is_raised_as_it_is_after_its_tries(ready: Warehouse, manner: str) -> None:
    client = client_of(ready, manner)
    wanted = [{"caption_id": 7, "scheduled_send_date": date(2025, 11, 10), "scheduled_send_hour": 9}]
    with ready.without("audit_log"), pytest.raises(GoogleAPICallError, match=r"audit_log.*ATOMIC ROLLBACK") as caught:
        ready.call("lock_caption_assignments_at", "S1", "alice", wanted, NOW, client=client)
    assert "EROS_BUSY" not in str(caught.value)
    assert ready.rows(ACTIVE) == []


def message(row_id: int) -> dict[str, object]:
    return {
        "row_id": row_id,
        "page_name": "alice",
        "message": "Seven",
        "caption_id": 7 if row_id % 2 else None,
        "sending_time": NOW - timedelta(days=3, hours=row_id),
        "price": 10.0,
        "sent_count": 100,
        "viewed_count": 50,
        "purchased_count": 5.0,
        "earnings": 50.0 + row_id,
        "message_type": "PPV",
    }
