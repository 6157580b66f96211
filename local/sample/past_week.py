"""The week before the sample was loaded, as the platform would have written it down: job runs, sweeps, hourly checks,
the cost of each day, alerts and their end.

One story: in the third night the daily run failed and was repeated; two nights ago the statistics could not be renewed
for some hours, of which the health check warned. What runs once a day ends at the last midnight in Los Angeles: today's
run is the job's own, which starts after this is loaded. Backups, pools and deployments are not told of: of those there
would be more to show than rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from catalog import Catalog
from catalog.alerts import AlertRule
from local.sample.captions import Row
from local.sample.others import BUSINESS_ZONE
from local.sample.shape import CREATORS

DAYS = 7
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# UTC minutes of a day as in config/schedules.yaml, and how long a run takes in seconds.
SCHEDULED = {
    "update_caption_performance": ([hour * 60 + 23 for hour in range(0, 24, 6)], 58.0),
    "sweep_expired_caption_locks": ([hour * 60 + 41 for hour in range(24)], 6.0),
    "cost_report": ([hour * 60 + 26 for hour in range(24)], 4.0),
    "pool_health_daily": ([8 * 60 + 11], 21.0),
}
# The dispatcher's minutes after midnight in Los Angeles.
DISPATCHED = {"daily_automation": (3 * 60 + 7, 143.0), "daily_report": (8 * 60 + 7, 5.0)}
QUOTA = "EROS_JOB_FAILED|Resources exceeded during query execution: too many concurrent queries"
LATE = "Transaction is aborted due to concurrent update against table caption_bandit_stats"
# Minutes after the run at :23 at which the dispatcher tries again, three times.
RETRIED = (14, 29, 44)
STALE_AFTER = 8 * HOUR
SHARES = {"select": 0.46, "insert": 0.12, "update": 0.09, "delete": 0.03, "merge": 0.18, "create": 0.12}
DOLLARS_A_TEBIBYTE = 6.25


@dataclass(frozen=True)
class Week:
    """The seven days before today, and today up to `now`."""

    now: datetime
    catalog: Catalog
    seed: int = 20_251_031

    @property
    def today(self) -> datetime:
        """The last midnight in Los Angeles."""
        return self.now.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def midnights(self) -> list[datetime]:
        """Of its days, in Los Angeles."""
        return [self.today - number * DAY for number in range(DAYS, 0, -1)]

    def tables(self) -> dict[str, list[Row]]:
        """Rows by table."""
        runs = sorted(self._runs(), key=lambda row: row["job_start_time"])
        return {
            "etl_job_runs": runs,
            "lock_sweep_log": [_sweep(row) for row in runs if row["job_name"] == "sweep_expired_caption_locks"],
            "health_checks": list(self._checks()),
            "cost_reports": list(self._costs()),
            "automation_alerts": list(self._alerts()),
        }

    @property
    def _failed_night(self) -> datetime:
        return self.midnights[2] + timedelta(minutes=DISPATCHED["daily_automation"][0])

    @property
    def _stale(self) -> tuple[datetime, datetime]:
        """The last renewal of the statistics before they grew old, and the next one."""
        first = self.midnights[5].astimezone(UTC).replace(hour=12, minute=23)
        return first, first + 12 * HOUR

    def _runs(self) -> Iterator[Row]:
        random = np.random.default_rng((self.seed, 7))
        day = self.midnights[0].astimezone(UTC).replace(hour=0, minute=0)
        while day < self.now:
            for name, (minutes, seconds) in SCHEDULED.items():
                ends = self.now - MINUTE if len(minutes) > 1 else self.today
                for at in (day + minute * MINUTE for minute in minutes):
                    if self.midnights[0] <= at < ends:
                        yield from self._run(name, at, seconds * random.uniform(0.8, 1.3), random)
            day += DAY
        for midnight in self.midnights:
            for name, (minute, seconds) in DISPATCHED.items():
                at = midnight + minute * MINUTE
                yield from self._run(name, at, seconds * random.uniform(0.8, 1.3), random)

    def _run(self, name: str, at: datetime, seconds: float, random: np.random.Generator) -> Iterator[Row]:
        renewed, again = self._stale
        if name == "daily_automation" and at == self._failed_night:
            yield _job(name, at, 31.4, QUOTA, random)
            at += 15 * MINUTE
        if name == "update_caption_performance" and renewed < at < again:
            for later in (0, *RETRIED):
                yield _job(name, at + later * MINUTE, 12.6, LATE, random)
            return
        yield _job(name, at, seconds, "", random)

    def _checks(self) -> Iterator[Row]:
        random = np.random.default_rng((self.seed, 8))
        rules = [rule for rule in self.catalog.alerts.values() if rule.health and rule.enabled]
        renewed, again = self._stale
        at = self.midnights[0] + 3 * MINUTE
        while at < self.now:
            warned = {"performance_update_warning"} if renewed + STALE_AFTER < at < again else set()
            queries = int(random.integers(40, 140))
            yield {
                "check_time": _text(at),
                "total_queries": queries,
                "slow_queries": 0,
                "failed_queries": 0,
                "avg_execution_seconds": round(float(random.uniform(0.6, 1.9)), 3),
                "active_locks": int(random.integers(55, 90)),
                "expired_locks": 0,
                "recent_assignments": int(random.integers(20, 60)),
                "unique_captions_assigned": int(random.integers(50, 80)),
                "health_score": 100 - 5 * len(warned),
                "status": "WARNING" if warned else "HEALTHY",
                "signals": [],
                "checks": [_check(rule, rule.name in warned) for rule in rules],
            }
            at += HOUR

    def _costs(self) -> Iterator[Row]:
        random = np.random.default_rng((self.seed, 9))
        for midnight in self.midnights:
            dollars = 0.21 * random.uniform(0.85, 1.25) * (1.6 if midnight == self.midnights[4] else 1)
            shares = {kind: share * random.uniform(0.8, 1.2) for kind, share in SHARES.items()}
            total = sum(shares.values())
            kinds = {kind: dollars * share / total for kind, share in shares.items()}
            counts = {f"{kind}_count": int(random.integers(200, 900)) for kind in SHARES}
            yield {
                "report_time": _text(midnight + DAY + 26 * MINUTE),
                "date": midnight.date().isoformat(),
                "total_queries": sum(counts.values()),
                "unique_users": 2,
                "tb_processed": dollars / DOLLARS_A_TEBIBYTE,
                "tb_billed": dollars / DOLLARS_A_TEBIBYTE,
                "estimated_cost_usd": dollars,
                "call_count": 0,
                "avg_seconds": round(float(random.uniform(0.7, 1.4)), 3),
                "p95_seconds": round(float(random.uniform(2.5, 6.0)), 3),
                "cost_status": "HEALTHY",
                **counts,
                **{f"{kind}_cost_usd": cost for kind, cost in kinds.items()},
                **{f"{kind}_tb_billed": cost / DOLLARS_A_TEBIBYTE for kind, cost in kinds.items()},
            }

    def _alerts(self) -> Iterator[Row]:
        random = np.random.default_rng((self.seed, 10))
        night, (renewed, again) = self._failed_night, self._stale
        yield _alert(
            *("CRITICAL", "daily_automation_failure", night + 28 * MINUTE, night + 68 * MINUTE),
            "failed_runs=1, the newest: Resources exceeded during query execution",
            random,
        )
        yield _alert(
            *("WARNING", "performance_update_warning", renewed + STALE_AFTER + 22 * MINUTE, again + 42 * MINUTE),
            "hours_stale=8.4",
            random,
        )


def _job(name: str, at: datetime, seconds: float, error: str, random: np.random.Generator) -> Row:
    day = at.astimezone(BUSINESS_ZONE).date()
    pages = CREATORS if name in ("daily_automation", "update_caption_performance", "pool_health_daily") else None
    # Pages that a daily run has counted have a report of that day (check s1): the past has none.
    counted = None if name == "daily_automation" else pages
    return {
        "job_id": f"{name}_{day:%Y%m%d}_{uuid.UUID(bytes=random.bytes(16), version=4)}",
        "job_name": name,
        "job_start_time": _text(at),
        "job_end_time": _text(at + timedelta(seconds=seconds)),
        "job_status": "FAILED" if error else "SUCCESS",
        "execution_date": day.isoformat(),
        "creators_processed": 0 if error and counted else counted,
        "creators_failed": 0 if counted else None,
        "error_message": error or None,
        "job_duration_seconds": round(seconds, 3),
        "records_processed": 0 if error else int(random.integers(0, 7)) if pages is None else pages,
        "records_failed": 0,
    }


def _sweep(run: Row) -> Row:
    cleaned = run["records_processed"]
    return {
        "sweep_id": run["job_id"],
        "sweep_time": run["job_start_time"],
        "locks_expired_stale": 0,
        "locks_expired_past_date": cleaned,
        "total_locks_cleaned": cleaned,
        "sweep_duration_seconds": run["job_duration_seconds"],
    }


def _check(rule: AlertRule, is_warning: bool) -> Row:
    limits = {condition.level: condition.threshold for condition in rule.conditions}
    first = rule.conditions[0]
    return {
        "rule": rule.name,
        "title": rule.title,
        "value": None,
        "unit": first.measures.unit,
        "comparison": first.comparison,
        "warning_threshold": limits.get("WARNING"),
        "critical_threshold": limits.get("CRITICAL"),
        "state": "WARNING" if is_warning else "OK",
    }


def _alert(level: str, kind: str, at: datetime, ended: datetime, text: str, random: np.random.Generator) -> Row:
    return {
        "alert_id": str(uuid.UUID(bytes=random.bytes(16), version=4)),
        "alert_time": _text(at),
        "alert_level": level,
        "alert_source": "alert_evaluation",
        "alert_message": f"{kind}|{text}",
        "acknowledged": True,
        "acknowledged_at": _text(at + 11 * MINUTE),
        "acknowledged_by": "on-call",
        "alert_kind": kind,
        "notified_at": _text(at),
        "notifications": 1,
        "resolved_at": _text(ended),
        "resolved_by": "system",
        "posted_to": [],
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
