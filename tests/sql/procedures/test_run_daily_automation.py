"""The daily automation: one run over pages of every kind, then repeats, the breaker, failures and races."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.daily_runs import (
    DATASET,
    NOW,
    TODAY,
    alerts,
    daily_rows,
    errors,
    queue,
    reports,
    run,
    run_row,
    sent_by,
    statuses,
)
from tests.sql.messages import LA, Row, caption, message, utc
from tests.sql.reference_data import applications, declaring
from tests.sql.warehouse import Warehouse

LONG = "a" * 101
EVIL = "x'; delete from etl_job_runs; --"
HUGE = 2**62
SWEEPS = f"SELECT COUNT(*) FROM {DATASET}.lock_sweep_log"


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


def bank() -> list[Row]:
    """Five captions of two categories."""
    return [caption(f"text {n}", caption_id=n, content_category="A" if n <= 3 else "B") for n in range(1, 6)]


def lock(page: str, caption_id: int, send_date: date | None, **values: Any) -> Row:
    row: Row = {
        "page_name": page,
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": days(-1),
        "assigned_at": NOW - timedelta(days=1),
        "scheduled_send_date": send_date,
        "is_active": True,
    }
    return row | values


def restriction(page: str, **values: Any) -> Row:
    lifted: Row = {"min_ppv_pool": 0, "min_bump_pool": 0}
    return {"page_name": page, "is_active": True, "updated_at": NOW, "version": 1} | lifted | values


def profile(page: str, *categories: str) -> Row:
    switched_on: Row = {"is_active": True, "feature_enabled": True, "created_at": NOW, "updated_at": NOW}
    return {"page_name": page, "ppv_allowed_categories": list(categories)} | switched_on


def messages() -> list[Row]:
    """One message of each page; only `broken` has figures that no analysis can add up."""
    month = timedelta(days=30)
    broken = {"sent_count": HUGE, "viewed_count": HUGE, "caption_id": 1}
    return [
        *sent_by(LONG, "bad_hard", "bad_soft", "broken", "busy", "empty", "low", "narrow", EVIL),
        *(message("broken", NOW - timedelta(days=80, hours=n), **broken) for n in range(3)),
        message("Below ", NOW - month + timedelta(microseconds=1)),
        message("silent", NOW - month),
        message("future", NOW + timedelta(seconds=1)),
    ]


def locks() -> list[Row]:
    """Four of five captions for busy, three for below, both of its two for narrow; the rest does not count."""
    return [
        *(lock("busy", n, days(n)) for n in range(1, 5)),
        *(lock("Below", n, days(0)) for n in (1, 2, 3)),
        *(lock("narrow", n, days(7)) for n in (4, 5)),
        lock("below", 3, days(9)),
        lock("below", 4, days(-1)),
        lock("below", 4, None),
        lock("below", 5, days(2), is_active=False, deactivation_reason="CANCELLED"),
    ]


def everything(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", bank())
    warehouse.insert("mass_messages", messages())
    warehouse.insert("active_caption_assignments", locks())
    restrictions = [
        restriction("bad_hard", hard_patterns=["ok", "[b", "(oops"]),
        restriction("bad_soft", soft_patterns=["[a"]),
        restriction("low", min_ppv_pool=6),
    ]
    warehouse.insert("creator_caption_restrictions", restrictions)
    warehouse.insert("creator_allowed_profile", [profile("empty", "C"), profile("narrow", "B")])
    warehouse.insert("etl_job_runs", [run_row("RUNNING", job_id="other", job_name="update_caption_performance")])


class Outcome:
    """What one run over pages of every kind has left behind."""

    def __init__(self, warehouse: Warehouse) -> None:
        everything(warehouse)
        run(warehouse)
        runs = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs")
        self.runs = {row["job_name"]: row for row in runs}
        assert len(self.runs) == len(runs)
        self.queue, self.reports = queue(warehouse), reports(warehouse)
        self.errors, self.alerts = errors(warehouse), alerts(warehouse)
        self.error_rows = warehouse.rows(f"SELECT * FROM {DATASET}.creator_processing_errors")
        self.sweeps = warehouse.value(SWEEPS)


@pytest.fixture(scope="module")
def outcome(deployed_warehouse: Warehouse) -> Outcome:
    deployed_warehouse.clean()
    outcome = Outcome(deployed_warehouse)
    deployed_warehouse.clean()
    return outcome


def test_the_run_is_recorded_with_its_figures(outcome: Outcome) -> None:
    # defect: C1
    daily = outcome.runs["daily_automation"]
    assert daily["job_id"].startswith("daily_automation_20251104_")
    assert (daily["job_name"], daily["job_status"]) == ("daily_automation", "COMPLETED_WITH_ERRORS")
    assert (daily["job_start_time"], daily["execution_date"]) == (NOW, TODAY)
    assert (daily["creators_processed"], daily["creators_failed"], daily["records_processed"]) == (5, 5, 1)
    assert daily["latest_data_timestamp"] == NOW - timedelta(days=1)
    assert daily["error_message"] == "5 pages failed"
    assert daily["job_duration_seconds"] == pytest.approx((daily["job_end_time"] - NOW).total_seconds())
    assert 0 < daily["job_duration_seconds"] < 300


def test_rows_of_other_runs_stay_as_they_are(outcome: Outcome) -> None:
    # defect: C3
    own = {"apply_reference_data", "daily_automation", "sweep_expired_caption_locks"}
    assert outcome.runs.keys() == own | {"update_caption_performance"}
    other = outcome.runs["update_caption_performance"]
    assert (other["job_id"], other["job_status"]) == ("other", "RUNNING")


def test_pages_of_the_last_thirty_days_get_a_report_of_their_own(outcome: Outcome) -> None:
    # defect: C2
    assert outcome.reports.keys() == {"below", "busy", "empty", "low", "narrow"}
    for page, row in outcome.reports.items():
        assert (row["report_date"], row["created_at"]) == (TODAY, NOW)
        report = json.loads(row["performance_report"])
        assert (report["creator_name"], report["analysis_timestamp"]) == (page, "2025-11-04T20:00:00Z")
        assert report["account_classification"]["size_tier"] == "MICRO"


def test_a_page_is_queued_below_80_percent_of_its_own_pool(outcome: Outcome) -> None:
    """busy stands at 80 %, narrow at 100 % of its two captions and at 40 % of the bank."""
    # defect: L17
    assert {page: row["saturation_pct"] for page, row in outcome.queue.items()} == {"below": 60}
    assert {name: value for name, value in outcome.queue["below"].items() if value is not None} == {
        "page_name": "below",
        "execution_date": TODAY,
        "saturation_pct": 60,
        "queued_at": NOW,
        "status": "PENDING",
        "attempts": 0,
    }


def test_each_page_that_fails_is_recorded_once_and_the_others_go_on(outcome: Outcome) -> None:
    found = dict(outcome.errors)
    assert len(found) == len(outcome.errors)
    assert "INT64" in found.pop("broken").upper().replace("BIGINT", "INT64")
    assert found == {
        LONG: "the page name is not valid",
        EVIL: "the page name is not valid",
        "bad_hard": "a restriction pattern is no regular expression: (oops",
        "bad_soft": "a restriction pattern is no regular expression: [a",
    }
    keys = {(row["job_id"], row["execution_date"], row["error_time"]) for row in outcome.error_rows}
    assert keys == {(outcome.runs["daily_automation"]["job_id"], TODAY, NOW)}


def test_pools_patterns_and_failures_are_reported(outcome: Outcome) -> None:
    assert outcome.alerts == {
        "pool_empty:empty": "WARNING pool_empty:empty|page=empty|pool=0",
        "pool_low:low": "WARNING pool_low:low|page=low|scope=PPV|pool=5|minimum=6",
        "restriction_pattern_invalid:bad_hard":
            "WARNING restriction_pattern_invalid:bad_hard|page=bad_hard|invalid=2|first=(oops",
        "restriction_pattern_invalid:bad_soft":
            "WARNING restriction_pattern_invalid:bad_soft|page=bad_soft|invalid=1|first=[a",
        "creators_failed": "WARNING creators_failed|failed=5|processed=5",
    }  # fmt: skip


def test_locks_are_swept_once(outcome: Outcome) -> None:
    assert outcome.sweeps == 1
    sweep = outcome.runs["sweep_expired_caption_locks"]
    assert (sweep["job_status"], sweep["records_processed"]) == ("SUCCESS", 1)


def test_repeating_a_date_replaces_reports_and_adds_no_queue_row(warehouse: Warehouse) -> None:
    # defect: R5
    earlier = NOW - timedelta(hours=1)
    warehouse.insert("caption_bank", bank())
    warehouse.insert("mass_messages", sent_by("alice", "bella"))
    waiting = {"page_name": "alice", "execution_date": TODAY, "saturation_pct": 10.0, "queued_at": earlier}
    claimed = waiting | {"page_name": "bella", "status": "PROCESSING", "lease_expires_at": NOW, "attempts": 1}
    yesterday = waiting | {"execution_date": days(-1), "page_name": "carol", "status": "FAILED", "attempts": 3}
    warehouse.insert("schedule_generation_queue", [waiting | {"status": "PENDING"}, claimed, yesterday])
    old = {"page_name": "alice", "report_date": TODAY, "performance_report": "{}", "created_at": earlier}
    warehouse.insert("creator_reports", [old, old | {"page_name": "carol"}])
    warehouse.insert("etl_job_runs", [run_row("COMPLETED_WITH_ERRORS", earlier)])
    before = queue(warehouse)
    run(warehouse)
    assert statuses(warehouse) == ["COMPLETED_WITH_ERRORS", "SUCCESS"]
    assert queue(warehouse) == before | {"alice": before["alice"] | {"saturation_pct": 0}}
    found = reports(warehouse)
    assert found.keys() == {"alice", "bella", "carol"}
    assert json.loads(found["alice"]["performance_report"])["creator_name"] == "alice"
    assert (found["alice"]["created_at"], found["carol"]["performance_report"]) == (NOW, "{}")
    assert daily_rows(warehouse)[1]["error_message"] is None


def test_the_breaker_trips_at_the_fifth_failure_in_a_row_and_a_success_resets_it(warehouse: Warehouse) -> None:
    # defect: L19
    warehouse.insert("caption_bank", bank())
    failing = [f"{letter} {n}" for letter in "ac" for n in range(1, 5)]
    warehouse.insert("mass_messages", sent_by("b", *failing))
    run(warehouse)
    assert statuses(warehouse) == ["COMPLETED_WITH_ERRORS"]
    assert alerts(warehouse) == {"creators_failed": "WARNING creators_failed|failed=8|processed=1"}

    later = NOW + timedelta(minutes=30)
    warehouse.insert("mass_messages", sent_by("c 5", "d"))
    run(warehouse, now=later)
    daily = daily_rows(warehouse)[-1]
    assert (daily["job_status"], daily["creators_processed"], daily["creators_failed"]) == ("FAILED", 1, 9)
    assert daily["error_message"] == "breaker tripped: five pages failed in a row"
    assert alerts(warehouse)["breaker_tripped"] == "CRITICAL breaker_tripped|failed=9|not_reached=1"
    assert reports(warehouse).keys() == queue(warehouse).keys() == {"b"}
    assert [page for page, _ in errors(warehouse)] == [*failing, *failing, "c 5"]
    assert warehouse.value(SWEEPS) == 2, "the sweep does not depend on the pages"


def test_two_runs_at_once_leave_everything_once(warehouse: Warehouse) -> None:
    # defect: R3
    warehouse.insert("caption_bank", bank())
    warehouse.insert("mass_messages", sent_by("alice"))
    warehouse.deploy("run_daily_automation_at")

    def attempt(second: int) -> None:
        now = NOW + timedelta(seconds=second)
        warehouse.call("run_daily_automation_at", TODAY, now, client=warehouse.new_client())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(attempt, range(2)))
    assert statuses(warehouse) == ["SUCCESS"]
    assert reports(warehouse).keys() == queue(warehouse).keys() == {"alice"}
    assert warehouse.value(SWEEPS) == 1
    run(warehouse, now=NOW + timedelta(hours=1))
    assert statuses(warehouse) == ["SUCCESS"], "a date that succeeded is done"
    assert warehouse.value(SWEEPS) == 1


def test_a_killed_run_is_closed_as_failed_and_its_date_runs_again(warehouse: Warehouse) -> None:
    # defect: R6
    started = NOW - timedelta(hours=2)
    warehouse.insert("etl_job_runs", [run_row("RUNNING", started, job_id="killed")])
    run(warehouse)
    assert statuses(warehouse) == ["RUNNING"], "it may still be alive"
    later = NOW + timedelta(seconds=1)
    run(warehouse, now=later)
    killed, again = daily_rows(warehouse)
    assert (killed["job_id"], killed["job_status"], killed["job_end_time"]) == ("killed", "FAILED", later)
    assert killed["error_message"] == "reaped: RUNNING for more than 2 h"
    assert (again["job_status"], again["creators_processed"]) == ("COMPLETED_NO_WORK", 0)


def test_a_sweep_that_fails_is_recorded_and_harms_nothing(warehouse: Warehouse) -> None:
    with warehouse.without("lock_sweep_log"):
        run(warehouse)
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"]
    ((page, text),) = errors(warehouse)
    assert page == "SYSTEM_CLEANUP"
    assert "lock_sweep_log" in text


def test_declared_rows_that_were_lost_are_back_before_the_run_uses_them(warehouse: Warehouse) -> None:
    run(warehouse)
    warehouse.rows(f"DELETE FROM {DATASET}.holiday_calendar WHERE TRUE")
    tomorrow = NOW + timedelta(days=1)
    run(warehouse, days(1), tomorrow)
    assert warehouse.value(f"SELECT COUNT(*) FROM {DATASET}.holiday_calendar") == 140
    applied = applications(warehouse)
    assert [(row["job_start_time"], row["records_processed"]) for row in applied] == [(NOW, 140 + 2), (tomorrow, 140)]


def test_reference_data_that_fails_is_recorded_and_harms_nothing(warehouse: Warehouse) -> None:
    with declaring(warehouse, "('unset', NULL)"):
        run(warehouse)
    ((page, text),) = errors(warehouse)
    assert page == "SYSTEM_REFERENCE_DATA"
    assert "is_enabled" in text
    assert [row["job_status"] for row in applications(warehouse)] == ["FAILED"]
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"]


def test_a_run_that_breaks_is_closed_as_failed_and_the_error_reaches_the_caller(warehouse: Warehouse) -> None:
    with warehouse.without("creator_reports"), pytest.raises(GoogleAPICallError, match="creator_reports"):
        run(warehouse)
    (daily,) = daily_rows(warehouse)
    assert daily["job_status"] == "FAILED"
    assert "creator_reports" in daily["error_message"]
    assert daily["job_end_time"] > NOW


def test_a_run_without_a_date_is_for_the_day_in_los_angeles(warehouse: Warehouse) -> None:
    """Half an hour before midnight there, morning of the next day in UTC; twice in one session, and a past date."""
    # defect: R4
    late = utc("2025-11-05 07:30")
    assert late.astimezone(LA).date() == TODAY
    calls = f"CALL {DATASET}.run_daily_automation_at(NULL, @now); CALL {DATASET}.run_daily_automation_at(@day, @now);"
    warehouse.rows(calls, now=late, day=days(-3))
    assert sorted(row["job_id"][:26] for row in daily_rows(warehouse)) == [
        "daily_automation_20251101_",
        "daily_automation_20251104_",
    ]
    assert sorted(row["execution_date"] for row in daily_rows(warehouse)) == [days(-3), TODAY]


def test_a_date_that_has_not_begun_in_los_angeles_is_refused(warehouse: Warehouse) -> None:
    # defect: T1
    with pytest.raises(GoogleAPICallError, match=r"EROS_INVALID\|p_execution_date 2025-11-05 lies in the future"):
        run(warehouse, days(1), utc("2025-11-05 07:59:59"))
    assert daily_rows(warehouse) == []


@pytest.mark.parametrize("day", [date(1, 1, 1), days(-91)])
def test_a_date_whose_reports_would_be_kept_no_longer_is_refused(warehouse: Warehouse, day: date) -> None:
    warehouse.insert("mass_messages", sent_by("alice"))
    with pytest.raises(GoogleAPICallError, match=rf"EROS_INVALID\|p_execution_date {day} is more than 90 days ago"):
        run(warehouse, day)
    assert daily_rows(warehouse) == []
    run(warehouse, days(-90))
    assert len(daily_rows(warehouse)) == 1


def test_the_public_form_runs_as_of_now(warehouse: Warehouse) -> None:
    before = datetime.now(UTC)
    warehouse.call("run_daily_automation", before.astimezone(LA).date() - timedelta(days=1))
    (daily,) = daily_rows(warehouse)
    assert before <= daily["job_start_time"] <= datetime.now(UTC)
    assert daily["job_status"] == "COMPLETED_NO_WORK"
