"""All that is known of one page, and why it got few captions or none: three statements, whatever the page.

Reading (`overview`) and judging (`reasons`) are apart from showing, which is left to `operations.byhand.page_screen`
and to whoever draws it elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from operations.byhand.known_pages import known_page
from operations.oncall.alert_rows import OPEN
from operations.weeks.page_facts import FRESH_DAYS
from operations.weeks.queue import GRACE, la_date
from operations.weeks.week_statements import Statements
from scheduling.errors import SchedulingError
from scheduling.model import PageReport
from scheduling.page_report import page_report

BUCKETS = ("premium", "mid", "budget", "bump")
RULES = ("ALLOWED_PROFILE", "CATEGORY", "PRICE_TIER", "PATTERN_HARD", "INVENTORY", "COOLDOWN", "AGENCY_LOCK")
RECENT = timedelta(days=7)
ALERT_DAYS = timedelta(days=30)
# The very captions, rules and minimum that the next selection of the page would meet; 'MEAN' draws nothing.
POOL = """
SELECT
  s.scope, s.bucket, s.excluded_by, s.rule_value,
  COUNT(*) AS captions,
  COUNTIF(ARRAY_LENGTH(s.soft_patterns) > 0) AS lowered,
  MAX(s.ppv_pool) AS ppv_pool, MAX(s.bump_pool) AS bump_pool, LOGICAL_OR(s.is_pool_low) AS is_pool_low
FROM {scored_captions_of_pages_at}(@pages, @now, 'MEAN') AS s
GROUP BY s.scope, s.bucket, s.excluded_by, s.rule_value
"""
STATE = (
    """
SELECT
  ARRAY(
    SELECT AS STRUCT
      r.applies_to_scope AS scope, r.min_ppv_pool AS min_ppv_pool, r.min_bump_pool AS min_bump_pool,
      ARRAY_LENGTH(r.hard_patterns) AS hard, ARRAY_LENGTH(r.soft_patterns) AS soft,
      ARRAY_LENGTH(r.category_keys) AS categories, ARRAY_LENGTH(r.tier_keys) AS tiers
    FROM {caption_restrictions_in_force} AS r
    WHERE r.page_name = @page
  ) AS restrictions,
  ARRAY(
    SELECT AS STRUCT p.updated_at AS updated_at, p.updated_by AS updated_by
    FROM {creator_allowed_profile_v} AS p
    WHERE p.page_name = @page
  ) AS profiles,
  ARRAY(
    SELECT AS STRUCT
      held.schedule_id AS schedule_id, COUNT(*) AS captions,
      MIN(held.scheduled_send_date) AS first_day, MAX(held.scheduled_send_date) AS last_day
    FROM {active_caption_assignments} AS held
    WHERE LOWER(TRIM(held.page_name)) = @page AND held.is_active AND held.scheduled_send_date >= @today
    GROUP BY held.schedule_id
    ORDER BY MIN(held.scheduled_send_date), held.schedule_id
  ) AS locks,
  ARRAY(
    SELECT AS STRUCT
      q.execution_date AS execution_date, q.status AS status, q.queued_at AS queued_at, q.attempts AS attempts,
      q.lease_expires_at AS lease_expires_at, q.schedule_id AS schedule_id, q.error_message AS error_message
    FROM {schedule_generation_queue} AS q
    WHERE q.page_name = @page AND q.execution_date >= @since
    ORDER BY q.execution_date DESC
  ) AS queue,
  ARRAY(
    SELECT AS STRUCT e.error_time AS error_time, e.error_message AS error_message
    FROM {creator_processing_errors} AS e
    WHERE e.page_name = @page AND e.error_time >= @recent
    ORDER BY e.error_time DESC
    LIMIT 3
  ) AS errors,
  ARRAY(
    SELECT AS STRUCT a.alert_id AS alert_id, a.alert_time AS alert_time, a.alert_level AS alert_level,
      a.alert_message AS alert_message
    FROM {automation_alerts} AS a
    WHERE ENDS_WITH(a.alert_kind, CONCAT(':', @page)) AND a.alert_time >= @alerts_since AND """
    + OPEN
    + """
    ORDER BY a.alert_time DESC
    LIMIT 5
  ) AS alerts,
  ARRAY(
    SELECT AS STRUCT
      s.schedule_id AS schedule_id, MIN(s.scheduled_send_time) AS next_send,
      MIN(s.scheduled_send_date) AS first_day, MAX(s.scheduled_send_date) AS last_day,
      COUNTIF(s.message_type = 'PPV') AS sells, COUNTIF(s.message_type = 'Bump') AS free
    FROM {schedule_recommendations} AS s
    WHERE s.page_name = @page AND s.is_active AND s.scheduled_send_date >= @today AND s.scheduled_send_time >= @now
    GROUP BY s.schedule_id
    ORDER BY MIN(s.scheduled_send_time)
  ) AS schedules,
  ARRAY(
    SELECT AS STRUCT x.schedule_id AS schedule_id, x.export_timestamp AS export_timestamp, x.status AS status,
      x.export_format AS export_format
    FROM {schedule_export_log} AS x
    WHERE x.page_name = @page AND x.export_timestamp >= @alerts_since
    ORDER BY x.export_timestamp DESC
    LIMIT 1
  ) AS exports
"""
)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PoolPart:
    """Captions of one bucket that one rule (and what of it matched) takes out now; rule '' are those that are left."""

    scope: str
    bucket: str
    rule: str
    value: str
    captions: int
    lowered: int  # by soft patterns


@dataclass(frozen=True, slots=True)
class PagePool:
    """The page's captions as its next selection would find them. Counts of a scope are after profile and hard rules."""

    parts: tuple[PoolPart, ...] = ()
    ppv: int = 0
    bump: int = 0
    is_low: bool = False

    def count(self, bucket: str, rule: str | None = None) -> int:
        """Captions of a bucket: all, or those that a rule takes out ('' for what is left)."""
        return sum(one.captions for one in self.parts if one.bucket == bucket and rule in (None, one.rule))

    def lowered(self, bucket: str) -> int:
        """Captions that may be sent and that soft patterns lower."""
        return sum(one.lowered for one in self.parts if one.bucket == bucket and not one.rule)

    def by_rule(self, bucket: str) -> list[tuple[str, int]]:
        """What takes captions out of a bucket, the most first."""
        counted = Counter[str]()
        for one in self.parts:
            if one.bucket == bucket and one.rule:
                counted[one.rule] += one.captions
        return counted.most_common()

    def values(self, limit: int) -> list[PoolPart]:
        """Patterns, categories and tiers that take most captions out, over all buckets."""
        counted = Counter[tuple[str, str]]()
        for one in self.parts:
            if one.rule and one.value:
                counted[one.rule, one.value] += one.captions
        return [PoolPart("", "", rule, value, count, 0) for (rule, value), count in counted.most_common(limit)]


@dataclass(frozen=True, slots=True)
class PageOverview:
    """One page at one instant. Rows are as the tables hold them: queue, errors, alerts and exports newest first."""

    page: str
    now: datetime
    is_creator: bool
    report_date: date | None
    report: PageReport | None
    pool: PagePool
    restriction: Row | None
    profile: Row | None
    locks: tuple[Row, ...] = ()
    queue: tuple[Row, ...] = ()
    errors: tuple[Row, ...] = ()
    alerts: tuple[Row, ...] = ()
    schedules: tuple[Row, ...] = ()
    exports: tuple[Row, ...] = ()


def overview(warehouse: Statements, text: str, now: datetime) -> PageOverview:
    """Of the page that is called so. Errors: WeekError for what is no name, UnknownPage, CloudError."""
    found = known_page(warehouse, text, now)
    today = la_date(now)
    asked = {"page": found.page, "now": now, "today": today, "since": today - RECENT}
    (state,) = warehouse.rows(STATE, **asked, recent=now - RECENT, alerts_since=now - ALERT_DAYS)
    lists = {name: tuple(state[name]) for name in ("locks", "queue", "errors", "alerts", "schedules", "exports")}
    return PageOverview(
        found.page,
        now,
        found.is_creator,
        found.report_date,
        _report(found.text),
        _pool(warehouse.rows(POOL, pages=[found.page], now=now)),
        next(iter(state["restrictions"]), None),
        next(iter(state["profiles"]), None),
        **lists,
    )


def reasons(seen: PageOverview) -> Iterator[str]:
    """Why the page has no week, or few captions for one: what weighs most first. Nothing where all is well."""
    if not seen.is_creator:
        yield "it is no active creator: eros week run --all leaves it out"
    yield from _of_report(seen)
    yield from _of_pool(seen)
    if not seen.schedules:
        yield from _of_queue(seen)


def _report(text: str | None) -> PageReport | None:
    try:
        return page_report(text) if text else None
    except SchedulingError:
        return None


def _pool(rows: list[Any]) -> PagePool:
    parts = tuple(
        PoolPart(row.scope, row.bucket, row.excluded_by or "", row.rule_value or "", row.captions, row.lowered)
        for row in rows
    )
    if not rows:
        return PagePool()
    return PagePool(parts, rows[0].ppv_pool, rows[0].bump_pool, any(row.is_pool_low for row in rows))


def _of_report(seen: PageOverview) -> Iterator[str]:
    if seen.report_date is None:
        yield "it has no report: no week is built of it (eros run daily_automation, or --neutral)"
    elif seen.report is None:
        yield f"its report of {seen.report_date} cannot be read (eros run daily_automation writes it anew)"
    elif (la_date(seen.now) - seen.report_date).days > FRESH_DAYS:
        yield f"its report is of {seen.report_date}: no week is built of it (eros run daily_automation, or --neutral)"


def _of_pool(seen: PageOverview) -> Iterator[str]:
    pool = seen.pool
    if pool.is_low and seen.restriction:
        for name, count in (("PPV", pool.ppv), ("bump", pool.bump)):
            least = seen.restriction[f"min_{name.lower()}_pool"]
            if least is not None and count < least:
                yield f"nothing is selected: {count:,} {name} captions pass its rules, and {least:,} must be left"
    for bucket in BUCKETS:
        if not pool.count(bucket):
            yield f"{bucket}: the bank has no caption that is available"
        elif not pool.count(bucket, ""):
            taken = ", ".join(f"{rule} {count:,}" for rule, count in pool.by_rule(bucket))
            yield f"{bucket}: none of {pool.count(bucket):,} captions may be sent now: {taken}"


def _of_queue(seen: PageOverview) -> Iterator[str]:
    if not seen.queue:
        yield "nobody has queued it in the last 7 days (eros queue requeue)"
        return
    newest = seen.queue[0]
    status, said = newest["status"], newest["error_message"] or ""
    if status == "FAILED":
        yield f"building failed on {newest['execution_date']} after {newest['attempts'] or 0} attempts: {said}"
    elif status == "PENDING":
        since = f"{newest['queued_at']:%Y-%m-%d %H:%M} UTC"
        yield f"it waits in the queue since {since}: does a builder run? {said}".strip()
    elif status == "PROCESSING":
        lease = newest["lease_expires_at"]
        is_over = lease is not None and lease + GRACE < seen.now
        yield "its builder has died; the next eros week run takes over" if is_over else "a builder is at work on it"
    elif said:
        yield f"the queue closed it on {newest['execution_date']}: {said}"
