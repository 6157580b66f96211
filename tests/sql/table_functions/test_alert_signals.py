"""Signals: a platform in which everything is wrong and one in which nothing is there, each value computed by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from catalog.alert_signals import HOURLY, JOBS, LOCKS, QUERIES, SIGNALS
from tests.sql.alerting import NOW, ago, run, signals, values
from tests.sql.messages import Row
from tests.sql.warehouse import DATASET, Warehouse

TODAY = date(2025, 11, 4)
DAILY = {
    *("doubled_messages", "match_share_fall_percent", "emv_fall_percent", "messages_30d", "sending_pages_30d"),
    "bank_captions",
}


def lock(caption: int, page: str, send_date: date | None, **changed: object) -> Row:
    row = {"page_name": page, "caption_id": caption, "caption_text": "x", "assigned_date": TODAY - timedelta(days=3)}
    return row | {"scheduled_send_date": send_date, "is_active": True, "assigned_at": ago(days=3)} | changed


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def test_locks_are_counted_by_what_is_wrong_with_them(warehouse: Warehouse) -> None:
    warehouse.insert(
        "active_caption_assignments",
        [
            lock(1, "alice", day(0)),
            lock(1, "alice", day(7)),  # a week apart is not more than a week
            lock(2, "alice", day(0)),
            lock(2, "alice", day(8)),
            lock(2, "bob", day(1), assigned_at=ago(hours=24)),
            lock(3, "bob", day(1), assigned_at=ago(hours=23, minutes=59)),
            lock(4, "bob", day(-1)),
            lock(4, "bob", day(-2), is_active=False),
            lock(5, "bob", None),
        ],
    )
    found = signals(warehouse, "lock_signals_at")
    assert values(found, [*LOCKS, "expired_now", "unique_captions"]) == {
        "active_locks": 6,
        "expired_locks": 1,
        "duplicate_assignments": 1,
        "recent_assignments": 1,
        "expired_now": 1,
        "unique_captions": 3,
    }


@pytest.mark.parametrize(("hour", "expired"), [(9, 0), (10, 1)], ids=["two hours after midnight", "later"])
def test_a_lock_counts_as_expired_once_the_sweep_has_had_two_hours(
    warehouse: Warehouse, hour: int, expired: int
) -> None:
    """Los Angeles midnight is 08:00 UTC."""
    warehouse.insert("active_caption_assignments", [lock(1, "alice", TODAY)])
    now = datetime(2025, 11, 5, hour, 0, 1, tzinfo=UTC)
    assert signals(warehouse, "lock_signals_at", now)["expired_locks", ""]["value"] == expired


def test_the_first_assignment_is_waited_for(warehouse: Warehouse) -> None:
    assert signals(warehouse, "lock_signals_at")["recent_assignments", ""]["is_waiting"] is True
    warehouse.insert("active_caption_assignments", [lock(1, "alice", day(1), assigned_at=ago(days=2))])
    found = signals(warehouse, "lock_signals_at")["recent_assignments", ""]
    assert (found["value"], found["is_waiting"]) == (0, False)


def test_jobs_that_fail_last_and_hang_are_measured(warehouse: Warehouse) -> None:
    daily, sweep = "daily_automation", "sweep_expired_caption_locks"
    warehouse.insert(
        "etl_job_runs",
        [
            run(daily, ago(hours=3), "FAILED"),
            run(daily, ago(hours=1), "FAILED", error_message="bad | worse\nworst"),
            run(daily, ago(minutes=40), job_duration_seconds=900, creators_processed=27, creators_failed=9),
            run(daily, ago(hours=20), "COMPLETED_WITH_ERRORS", job_duration_seconds=400, creators_failed=3),
            run(daily, ago(minutes=31), "RUNNING"),
            run(sweep, ago(hours=3), records_processed=150),
            run(sweep, ago(hours=5), records_processed=250),
            run(sweep, ago(hours=7), records_processed=9000),
            run(sweep, ago(minutes=6), "RUNNING"),
            run("update_caption_performance", ago(minutes=11), "RUNNING"),
            run("cost_report", ago(minutes=61), "RUNNING"),
            run("restore_drill", ago(days=36)),
            run("restore_drill", ago(days=3), "FAILED"),
        ],
    )
    found = signals(warehouse, "job_signals_at")
    assert values(found, [name for name in JOBS if name not in ("health_score", "raised_alerts")]) == {
        "failed_daily_runs_2h": 1,
        "daily_successes_1h": 1,
        "daily_mean_seconds_24h": 650,
        "failed_page_percent_24h": round(100 * 12 / 39, 4),
        "cleaned_locks_mean_6h": 200,
        "sweep_hours_since": 3,
        "feedback_running_minutes": 11,
        "daily_running_minutes": 31,
        "sweep_running_minutes": 6,
        "other_running_minutes": 61,
        "restore_drill_days_since": 36,
    }
    assert not any(row["is_waiting"] for row in found.values())
    details = {name: found[name, ""]["details"] for name in ("failed_daily_runs_2h", "failed_page_percent_24h")}
    assert details["failed_daily_runs_2h"] == "job_id=daily_automation 04 19:00|error=bad   worse worst"
    assert details["failed_page_percent_24h"] == "failure_rate=30.77|total_failed=12|total_processed=27"


def test_the_failure_rate_is_whole_when_every_page_failed(warehouse: Warehouse) -> None:
    warehouse.insert("etl_job_runs", [run("daily_automation", ago(hours=1), "FAILED", creators_failed=5)])
    assert signals(warehouse, "job_signals_at")["failed_page_percent_24h", ""]["value"] == 100


def message(row: int, age_days: float, page: str = "alice", **changed: object) -> Row:
    figures = {"price": 10.0, "sent_count": 100, "viewed_count": 50, "purchased_count": 5.0, "earnings": 50.0}
    sent = {"row_id": row, "page_name": page, "message": "m", "sending_time": ago(days=age_days), "message_type": "PPV"}
    return {**sent, **figures, "caption_id": row} | changed


def test_weeks_of_messages_are_compared(warehouse: Warehouse) -> None:
    """EMV is purchases over views times earnings: 5 the week before, 2 and 4 in the last week."""
    warehouse.insert(
        "mass_messages",
        [
            *(message(n, 9 + n / 10) for n in range(4)),
            message(10, 2, purchased_count=2.0, caption_id=None),
            message(11, 3, purchased_count=4.0),
            message(12, 0.5, caption_id=None),
            message(20, 20, page="bob"),
            message(21, 31, page="carol"),
            message(11, 3, purchased_count=4.0),
            message(13, 3, purchased_count=4.0, caption_id=11),
        ],
    )
    warehouse.insert("caption_bank", [{"caption_id": n, "caption_text": "x"} for n in range(7)])
    found = signals(warehouse, "daily_signals_at")
    emv = {"last": (2 + 4 + 4 + 4) / 4, "before": 5}
    assert values(found, DAILY) == {
        "doubled_messages": 2,
        "match_share_fall_percent": 25,
        "emv_fall_percent": 100 * (emv["before"] - emv["last"]) / emv["before"],
        "messages_30d": 10,
        "sending_pages_30d": 2,
        "bank_captions": 7,
    }
    assert found["match_share_fall_percent", ""]["details"] == "share=75|share_before=100"
    assert found["doubled_messages", ""]["details"] == "messages=9"


def test_a_week_without_messages_is_compared_with_nothing(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", [message(1, 9)])
    found = signals(warehouse, "daily_signals_at")
    assert found["match_share_fall_percent", ""]["is_waiting"] is True
    assert found["emv_fall_percent", ""]["is_waiting"] is True


def trouble(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", [message(1, 2), message(2, -1)])
    warehouse.insert("caption_bank", [{"caption_id": n, "caption_text": "x"} for n in range(10)])
    warehouse.insert("active_caption_assignments", [lock(3, "alice", day(1)), lock(4, "bob", day(-1))])
    queue = {"page_name": "alice", "execution_date": TODAY, "saturation_pct": 1.0, "queued_at": ago(hours=7)}
    warehouse.insert(
        "schedule_generation_queue",
        [
            queue | {"status": "PENDING", "attempts": 0},
            queue
            | {"page_name": "bob", "status": "PROCESSING", "attempts": 1, "queued_at": ago(hours=9)}
            | {"lease_expires_at": ago(minutes=1)},
            queue
            | {"page_name": "carol", "status": "PROCESSING", "attempts": 1, "queued_at": ago(hours=99)}
            | {"lease_expires_at": NOW},
            queue | {"page_name": "dora", "status": "FAILED", "attempts": 3, "processed_at": ago(hours=23)},
            queue | {"page_name": "eva", "status": "FAILED", "attempts": 3, "processed_at": ago(hours=25)},
        ],
    )
    export = {"schedule_id": "s", "page_name": "alice", "export_timestamp": ago(hours=2)}
    warehouse.insert(
        "schedule_export_log",
        [
            export | {"status": "FAILED"},
            export | {"status": "SUCCESS"},
            export | {"status": "FAILED", "export_timestamp": ago(hours=25)},
        ],
    )
    warehouse.insert(
        "etl_job_runs",
        [
            run("caption_selection", ago(minutes=30), "FAILED"),
            run("caption_selection", ago(hours=3), "FAILED"),
            run("caption_selection", ago(hours=30), "FAILED"),
            run("daily_automation", ago(hours=29), "FAILED"),
            run("update_caption_performance", ago(hours=13)),
            run("update_caption_performance", ago(hours=7), "FAILED"),
        ],
    )
    pool = {"pool_total": 900, "min_pool": 200, "status": "WARNING"}
    warehouse.insert(
        "pool_health",
        [
            {"check_date": TODAY, "page_name": "alice", "scope": "PPV", "pool_after_restrictions": 40} | pool,
            {"check_date": TODAY, "page_name": "alice", "scope": "BUMP", "pool_after_restrictions": 60} | pool,
            {"check_date": day(-1), "page_name": "bob", "scope": "PPV", "pool_after_restrictions": 1} | pool,
        ],
    )
    hit = {"caption_id": 1, "enforcement": "HARD", "stage": "candidate_pool", "filtered_at": ago(hours=1)}
    counts = {"total_pool_before_filter": 100, "total_pool_after_filter": 60}
    warehouse.insert(
        "caption_filter_audit_log",
        [
            hit | counts | {"workflow_id": "w", "page_name": "alice", "rule_type": "CATEGORY"},
            hit | counts | {"workflow_id": "w", "page_name": "alice", "rule_type": "CATEGORY", "caption_id": 2},
            hit
            | {"workflow_id": "w", "page_name": "alice", "rule_type": "PATTERN_HARD"}
            | {"total_pool_before_filter": 60, "total_pool_after_filter": 15},
            hit | counts | {"workflow_id": "w", "page_name": "alice", "rule_type": "COOLDOWN", "caption_id": None},
            hit
            | counts
            | {"workflow_id": "v", "page_name": "alice", "rule_type": "CATEGORY", "filtered_at": ago(hours=2)}
            | {"total_pool_after_filter": 0},
        ],
    )
    limits = {"page_name": "alice", "is_active": True, "updated_at": ago(hours=1), "version": 2}
    warehouse.insert(
        "creator_caption_restrictions",
        [
            limits | {"hard_patterns": ["a", "b"], "restricted_categories": ["c"]},
            limits | {"version": 1, "updated_at": ago(days=2), "hard_patterns": ["a"] * 50},
            limits | {"page_name": "bob", "is_active": False, "hard_patterns": ["a"] * 9},
        ],
    )
    pause = {"pause_id": "p", "paused_at": ago(hours=5), "planned_until": ago(hours=3), "paused_by": "ann"}
    warehouse.insert(
        "schedule_pauses",
        [
            pause | {"schedule_name": "daily_automation"},
            pause | {"schedule_name": "cost_report", "resumed_at": ago(hours=3)},
        ],
    )


def test_ages_are_told_by_their_start(warehouse: Warehouse) -> None:
    trouble(warehouse)
    found = signals(warehouse, "hourly_signals_at")
    assert {key: row["since"] for key, row in found.items() if row["since"]} == {
        ("feedback_hours_stale", ""): ago(hours=13),
        ("source_hours_stale", ""): ago(days=2),
        ("daily_hours_since_start", ""): ago(hours=29),
        ("queue_hours_waiting", ""): ago(hours=9),
        ("pause_hours_over", "daily_automation"): ago(hours=3),
    }
    assert {key: row["value"] for key, row in found.items() if row["value"] is not None} == {
        ("failed_generations_24h", ""): 1,
        ("failed_selections_24h", ""): 2,
        ("failed_selections_1h", ""): 1,
    }
    assert not [key for key, row in found.items() if row["is_waiting"]]
    assert found["queue_hours_waiting", ""]["details"] == "waiting=2"
    assert found["pause_hours_over", "daily_automation"]["details"] == "paused_by=ann"


def test_what_changes_by_the_day_is_counted(warehouse: Warehouse) -> None:
    trouble(warehouse)
    found = signals(warehouse, "daily_signals_at")
    names = ("messages_30d", "sending_pages_30d", "restriction_p95_ms", "restriction_cost_usd", *DAILY)
    assert {key: row["value"] for key, row in found.items() if key[0] not in names and not row["is_waiting"]} == {
        ("available_captions", ""): 9,
        ("stale_pages", ""): 0,
        ("failed_exports_24h", ""): 1,
        ("ppv_pool", "alice"): 40,
        ("bump_pool", "alice"): 60,
        ("hard_filtered_percent", "alice"): 85,
        ("restriction_blocked_percent", ""): 85,
        ("restriction_rules_active", ""): 3,
        ("restriction_changes_24h", ""): 2,
    }


def test_a_fresh_page_hides_no_stale_one(warehouse: Warehouse) -> None:
    """alice is fresh, bob is twelve hours older, which is borne, carol a second more."""
    rows = [
        ("alice", ago(hours=1)),
        ("alice", ago(days=9)),
        ("bob", ago(hours=13)),
        ("carol", ago(hours=13, seconds=1)),
    ]
    warehouse.insert(
        "caption_bandit_stats",
        [{"caption_id": n, "page_name": page, "last_updated": at} for n, (page, at) in enumerate(rows)],
    )
    found = signals(warehouse, "daily_signals_at")["stale_pages", ""]
    assert (found["value"], found["details"]) == (1, "page=carol")


def test_nothing_there_is_an_age_without_start_and_a_count_of_zero(warehouse: Warehouse) -> None:
    found = signals(warehouse, "hourly_signals_at") | signals(warehouse, "daily_signals_at")
    found |= signals(warehouse, "job_signals_at") | signals(warehouse, "lock_signals_at")
    unknown = {key[0] for key, row in found.items() if row["value"] is None and not row["is_waiting"]}
    assert unknown == {
        "feedback_hours_stale", "source_hours_stale", "daily_hours_since_start", "sweep_hours_since",
    }  # fmt: skip
    assert {row["value"] for row in found.values() if row["value"] is not None} == {0}
    assert {key[0] for key, row in found.items() if row["is_waiting"]} == {
        *("ppv_pool", "bump_pool", "hard_filtered_percent", "restriction_blocked_percent", "pause_hours_over"),
        *("queue_hours_waiting", "recent_assignments", "match_share_fall_percent", "emv_fall_percent"),
        *("feedback_running_minutes", "daily_running_minutes", "sweep_running_minutes", "other_running_minutes"),
        "restore_drill_days_since",
    }


def test_backups_that_nobody_has_restored_are_as_old_as_the_first_of_them(warehouse: Warehouse) -> None:
    def since(*rows: Row) -> Any:
        warehouse.insert("etl_job_runs", rows)
        return signals(warehouse, "job_signals_at")["restore_drill_days_since", ""]["value"]

    never_made = run("backup_export", ago(days=60), "FAILED")
    failed = run("restore_drill", ago(days=1), "FAILED")
    assert since(never_made, failed) is None
    assert since(run("backup_export", ago(days=40)), run("backup_export", ago(days=2))) == 40
    assert since(run("restore_drill", ago(days=3))) == 3


def test_what_is_measured_is_what_rules_may_name_and_texts_may_say(warehouse: Warehouse) -> None:
    trouble(warehouse)
    functions = ("query_signals_at", "lock_signals_at", "hourly_signals_at", "daily_signals_at", "job_signals_at")
    for_columns = {
        *("total_queries", "slow_queries_5m", "failed_queries_5m", "avg_seconds_5m"),
        *("expired_now", "assigned_5m", "unique_captions"),
    }
    said: dict[str, set[str]] = {}
    for function in functions:
        for (name, _), row in signals(warehouse, function).items():
            said[name] = {pair.split("=")[0] for pair in row["details"].split("|") if pair}
    assert said.keys() - for_columns == SIGNALS.keys() - {"health_score", "raised_alerts"}
    assert {*QUERIES, *LOCKS, *HOURLY, *JOBS} == SIGNALS.keys()
    computed_later = {"hours_since", "hours_stale"}
    for name in said.keys() - for_columns:
        assert set(SIGNALS[name].details) - computed_later == said[name] - computed_later, name


def test_queries_are_counted_as_the_history_of_jobs_has_them(warehouse: Warehouse) -> None:
    """Against the same rows in plain Python."""
    warehouse.rows(f"SELECT COUNT(*) AS n FROM `{DATASET}.feature_flags`")
    now = datetime.now(UTC) + timedelta(seconds=1)
    since = min(now - timedelta(hours=1), datetime.combine(now.date(), datetime.min.time(), UTC) - timedelta(days=1))
    jobs = warehouse.rows(f"SELECT * FROM `{DATASET}.stack_jobs_at`(@since, @now)", since=since, now=now)
    recent = [job for job in jobs if job["creation_time"] > now - timedelta(hours=1)]
    seconds = sorted(
        (job["end_time"] - job["start_time"]) / timedelta(milliseconds=1) // 1 / 1000
        for job in recent
        if job["end_time"] and job["start_time"]
    )
    found = signals(warehouse, "query_signals_at", now)
    failed = sum(job["error_reason"] is not None for job in recent)
    assert recent
    assert found["failed_query_percent", ""]["value"] == pytest.approx(100 * failed / len(recent))
    assert found["query_p95_seconds", ""]["value"] == pytest.approx(seconds[-(-95 * len(seconds) // 100) - 1])
    details = found["failed_query_percent", ""]["details"].split("|")
    assert details[1:] == [f"total_failed={failed}", f"total_queries={len(recent)}"]
