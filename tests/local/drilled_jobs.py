"""Rows of the jobs for fire drills, and what the evaluator says of them, by rule and level."""

from __future__ import annotations

from tests.local.drilling import Record, ago, job

Case = tuple[list[Record], dict[tuple[str, str], str]]


def well() -> list[Record]:
    """What the rules on jobs have nothing to say of."""
    return [job("sweep_expired_caption_locks", ago(minutes=40), records_processed=40)]


def cases() -> dict[str, Case]:
    """Rows as of now, and the text of each rule that they meet, parts apart by bars."""
    return {
        "failed, slow, many pages failed, sweeps late and full": (
            [
                job("daily_automation", ago(minutes=20), "FAILED", error_message="no\nsource", job_id="third"),
                job(
                    "daily_automation", ago(hours=9), job_duration_seconds=700, creators_processed=8, creators_failed=2
                ),
                job("sweep_expired_caption_locks", ago(hours=3), records_processed=101),
            ],
            {
                ("daily_automation_failure", "CRITICAL"): "1 failed runs in two hours; last third: no source",
                ("slow_automation_execution", "WARNING"): "mean 700 s, longest 700 s",
                ("high_creator_failure_rate", "WARNING"): "2 pages failed, 8 succeeded (20 %)",
                ("lock_cleanup_not_run", "WARNING"): "hours since the last sweep: 3",
                ("lock_cleanup_high_volume", "WARNING"): "101 locks a sweep over six hours",
            },
        ),
        "stuck": (
            [
                *well(),
                job("update_caption_performance", ago(minutes=11), "RUNNING", job_id="feedback"),
                job("daily_automation", ago(minutes=31), "RUNNING", job_id="daily"),
                job("sweep_expired_caption_locks", ago(minutes=6), "RUNNING", job_id="sweep"),
                job("backup_export", ago(minutes=61), "RUNNING", job_id="backup"),
            ],
            {
                ("job_stuck_running", "WARNING"): "daily has been RUNNING for 31|feedback has been RUNNING for 11|"
                "backup has been RUNNING for 61|sweep has been RUNNING for 6"
            },
        ),
        "not stuck yet": (
            [
                *well(),
                job("update_caption_performance", ago(minutes=9), "RUNNING"),
                job("daily_automation", ago(minutes=29), "RUNNING"),
                job("sweep_expired_caption_locks", ago(minutes=4), "RUNNING"),
                job("backup_export", ago(minutes=59), "RUNNING"),
            ],
            {},
        ),
        "never ran": ([], {("lock_cleanup_not_run", "WARNING"): "hours since the last sweep: never"}),
        "backups that nobody has restored": (
            [*well(), job("backup_export", ago(days=36))],
            {("restore_drill_overdue", "WARNING"): "or since the first backup if none ever did: 36"},
        ),
        "succeeded": (
            [
                *well(),
                job("daily_automation", ago(minutes=30), job_id="good", job_duration_seconds=60, creators_processed=38),
            ],
            {("daily_automation_success", "INFO"): "good: 38 pages in 60 s"},
        ),
    }
