"""The signals that alert rules compare with thresholds: what each measures and what its text may say.

They are measured in SQL: `health_signals_at` and `hourly_signals_at` by the health check, `job_signals_at` by the
evaluator. A test holds both sides together. A signal without a value (never ran, nothing there) is an alarm; one that
waits for its writer has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """`label` names the value in a text, `unit` follows it; nothing is below 0 or above `highest` (None: no limit).

    `details` are the names that a text may use beside those of BUILT_IN. `needs` is the schedule without whose runs the
    value goes bad by itself: while that is paused, nobody is told.
    """

    label: str
    unit: str
    highest: float | None = None
    details: tuple[str, ...] = ()
    needs: str = ""


# What every text may use, whatever the signal.
BUILT_IN = ("value", "threshold", "unit", "subject", "signal", "level", "alert_time")
PERCENT = 100.0

QUERIES: Mapping[str, Signal] = {
    "failed_query_percent": Signal(
        "failed queries in the last hour", "%", PERCENT, ("failure_rate", "total_failed", "total_queries")
    ),
    "slow_queries": Signal("queries above 60 slot seconds in the last hour", "queries", None, ("total_queries",)),
    "query_p95_seconds": Signal("95th percentile of the last hour's queries", "s", None, ("total_queries",)),
    "cost_usd_today": Signal("price of the bytes billed since midnight in Los Angeles", "$", None, ("gib_billed",)),
}
LOCKS: Mapping[str, Signal] = {
    "active_locks": Signal("active caption locks", "locks", None, ("active_lock_count",)),
    "expired_locks": Signal(
        "locks two hours past their send day that are still active", "locks", needs="sweep_expired_caption_locks"
    ),
    "duplicate_assignments": Signal("captions that a page holds more than once", "captions"),
    "recent_assignments": Signal("captions assigned in 24 hours", "captions"),
}
HOURLY: Mapping[str, Signal] = {
    "available_captions": Signal("captions that nobody holds", "captions"),
    "feedback_hours_stale": Signal(
        "age of the statistics of captions", "h", None, ("hours_stale",), needs="update_caption_performance"
    ),
    "stale_pages": Signal(
        "pages whose statistics are half a day older than others'",
        "pages",
        None,
        ("page",),
        needs="update_caption_performance",
    ),
    "daily_hours_since_start": Signal(
        "time since the daily automation last started", "h", None, ("hours_since",), needs="daily_automation"
    ),
    "source_hours_stale": Signal("age of the newest message", "h", None, ("hours_stale",)),
    "doubled_messages": Signal("messages of 14 days that are there twice", "messages", None, ("messages",)),
    "match_share_fall_percent": Signal(
        "fall of the share of messages with a caption", "%", PERCENT, ("share", "share_before")
    ),
    "emv_fall_percent": Signal("fall of the mean EMV of paid messages", "%", PERCENT, ("emv", "emv_before")),
    "queue_hours_waiting": Signal("wait of the oldest page in the queue", "h", None, ("hours_since", "waiting")),
    "failed_generations_24h": Signal("schedules that failed in 24 hours", "schedules"),
    "failed_exports_24h": Signal("exports that failed in 24 hours", "exports"),
    "failed_selections_1h": Signal("caption selections that failed in the last hour", "selections"),
    "failed_selections_24h": Signal("caption selections that failed in 24 hours", "selections"),
    "ppv_pool": Signal("paid captions left for a page", "captions", None, ("page",)),
    "bump_pool": Signal("bump captions left for a page", "captions", None, ("page",)),
    "hard_filtered_percent": Signal("captions that hard rules leave out", "%", PERCENT, ("page",)),
    "restriction_rules_active": Signal("active restriction rules", "rules"),
    "restriction_blocked_percent": Signal("captions that restrictions leave out over all pages", "%", PERCENT),
    "restriction_changes_24h": Signal("changes of restrictions in 24 hours", "changes"),
    "restriction_p95_ms": Signal("95th percentile of statements that apply restrictions, 24 hours", "ms"),
    "restriction_cost_usd": Signal("price of statements that apply restrictions, 24 hours", "$"),
    "messages_30d": Signal("messages of 30 days", "messages"),
    "bank_captions": Signal("captions in the bank", "captions"),
    "sending_pages_30d": Signal("pages that sent something in 30 days", "pages"),
    "pause_hours_over": Signal("time since a pause should have ended", "h", None, ("paused_by",)),
}
JOBS: Mapping[str, Signal] = {
    "failed_daily_runs_2h": Signal("daily runs that failed in two hours", "runs", None, ("job_id", "error")),
    "daily_successes_1h": Signal(
        "daily runs that succeeded in the last hour",
        "runs",
        None,
        ("job_id", "duration_seconds", "creators_processed"),
    ),
    "daily_mean_seconds_24h": Signal(
        "mean duration of the daily runs of 24 hours", "s", None, ("avg_duration", "max_duration")
    ),
    "failed_page_percent_24h": Signal(
        "pages that failed in 24 hours", "%", PERCENT, ("failure_rate", "total_failed", "total_processed")
    ),
    "cleaned_locks_mean_6h": Signal("locks closed by a sweep, mean of 6 hours", "locks", None, ("avg_cleaned",)),
    "sweep_hours_since": Signal(
        "time since the last sweep that succeeded", "h", None, ("hours_since",), needs="sweep_expired_caption_locks"
    ),
    "feedback_running_minutes": Signal("time that a feedback run has been RUNNING", "min", None, ("job_id",)),
    "daily_running_minutes": Signal("time that a daily run has been RUNNING", "min", None, ("job_id",)),
    "sweep_running_minutes": Signal("time that a sweep has been RUNNING", "min", None, ("job_id",)),
    "other_running_minutes": Signal("time that a run of another job has been RUNNING", "min", None, ("job_id",)),
    "restore_drill_days_since": Signal("time since a restore drill succeeded", "days"),
    "health_score": Signal("health score", "points", PERCENT, ("status",), needs="health_check"),
    "raised_alerts": Signal("alerts that a job raised itself", "alerts", None, ("details", "source")),
}
SIGNALS: Mapping[str, Signal] = {**QUERIES, **LOCKS, **HOURLY, **JOBS}
