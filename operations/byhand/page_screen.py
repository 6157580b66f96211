"""One page on one screen: 100 columns, some forty lines; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from operations import display
from operations.byhand.page_overview import BUCKETS, RULES, PageOverview, reasons

HEADS = ("profile", "category", "tier", "pattern", "inventory", "cooldown", "locked")
MOST_VALUES, MOST_ROWS, WIDEST = 4, 3, 96


def show(console: Console, seen: PageOverview) -> None:
    """Why first, then what there is."""
    for line in _head(seen):
        console.print(_cut(line))
    console.print(_pool_table(seen))
    for line in (*_rules(seen), *_locks(seen), *_schedules(seen), *_queue(seen), *_troubles(seen)):
        console.print(_cut(line))


def as_json(seen: PageOverview) -> dict[str, Any]:
    """For programs; instants in UTC."""
    return {
        "page": seen.page,
        "at": seen.now,
        "isActiveCreator": seen.is_creator,
        "reasons": list(reasons(seen)),
        "report": {"date": seen.report_date, **_report_json(seen)},
        "pool": {
            "ppvAfterRules": seen.pool.ppv,
            "bumpAfterRules": seen.pool.bump,
            "isBelowMinimum": seen.pool.is_low,
            "buckets": {bucket: _bucket_json(seen, bucket) for bucket in BUCKETS},
        },
        "restriction": seen.restriction,
        "profile": seen.profile,
        **{name: [dict(row) for row in getattr(seen, name)] for name in LISTS},
    }


LISTS = ("locks", "queue", "errors", "alerts", "schedules", "exports")


def _report_json(seen: PageOverview) -> dict[str, Any]:
    report = seen.report
    return {"sizeTier": report.size_tier, "segment": report.segment, "risk": report.risk_level} if report else {}


def _bucket_json(seen: PageOverview, bucket: str) -> dict[str, Any]:
    taken = {rule: seen.pool.count(bucket, rule) for rule in RULES}
    counts = {
        "inAll": seen.pool.count(bucket),
        "now": seen.pool.count(bucket, ""),
        "lowered": seen.pool.lowered(bucket),
    }
    return {**counts, "excludedBy": {rule: count for rule, count in taken.items() if count}}


def _head(seen: PageOverview) -> Iterator[str]:
    report = seen.report
    said = (report.size_tier, report.segment, f"risk {report.risk_level or '?'}") if report else ()
    written = f"report of {seen.report_date}" if seen.report_date else "no report"
    state = "active creator" if seen.is_creator else "no active creator"
    yield f"{seen.page}: {', '.join(filter(None, (state, written, *said)))}"
    found = list(reasons(seen))
    yield from (f"  ! {one}" for one in found)
    if not found:
        yield "  nothing stands in the way of its next week"


def _pool_table(seen: PageOverview) -> Any:
    pool = seen.pool
    shown = [(rule, head) for rule, head in zip(RULES, HEADS, strict=True) if any(pool.count(b, rule) for b in BUCKETS)]
    rows = [
        (
            bucket,
            f"{pool.count(bucket):,}",
            *(f"{pool.count(bucket, rule):,}" for rule, _ in shown),
            f"{pool.count(bucket, ''):,}",
            f"{pool.lowered(bucket):,}",
        )
        for bucket in BUCKETS
    ]
    return display.table(("pool", "in all", *(f"-{head}" for _, head in shown), "= now", "lowered"), rows)


def _rules(seen: PageOverview) -> Iterator[str]:
    if found := seen.restriction:
        patterns = f"{found['hard']} hard and {found['soft']} soft patterns"
        yield f"restriction ({found['scope']}): {patterns}, {found['categories']} categories, {found['tiers']} tiers"
        ppv, bump = _of(seen.pool.ppv, found["min_ppv_pool"]), _of(seen.pool.bump, found["min_bump_pool"])
        yield f"  after profile and rules: PPV {ppv}; bump {bump}"
    else:
        yield "restriction: none in force"
    if seen.profile:
        yield f"profile: of {seen.profile['updated_at']:%Y-%m-%d} by {seen.profile['updated_by'] or '?'}"
    else:
        yield "profile: none in force"
    for one in seen.pool.values(MOST_VALUES):
        yield f"  {one.rule} {one.value!r} takes {one.captions:,}"


def _of(count: int, least: int | None) -> str:
    return f"{count:,} left, no minimum" if least is None else f"{count:,} left of at least {least:,}"


def _locks(seen: PageOverview) -> Iterator[str]:
    active = {row["schedule_id"] for row in seen.schedules}
    yield f"locks: {sum(row['captions'] for row in seen.locks):,} captions from today on"
    for row in seen.locks[:MOST_ROWS]:
        state = "" if row["schedule_id"] in active else "; of no schedule that is active here"
        holder = row["schedule_id"] or "no schedule"
        yield f"  {row['captions']:,} of {holder}, {row['first_day']} to {row['last_day']}{state}"
    yield from _more(len(seen.locks))


def _schedules(seen: PageOverview) -> Iterator[str]:
    for row in seen.schedules[:1]:
        yield f"next: {row['schedule_id']}, {row['sells']} that sell and {row['free']} free until {row['last_day']}"
        yield f"  next message {display.both_zones(row['next_send'])}"
    if not seen.schedules:
        yield "next: no active schedule"
    for row in seen.exports:
        when = display.both_zones(row["export_timestamp"])
        yield f"export: {row['schedule_id']} {row['export_format'] or ''} {row['status']} {when}"


def _queue(seen: PageOverview) -> Iterator[str]:
    yield f"queue: {len(seen.queue)} rows in 7 days"
    for row in seen.queue[:MOST_ROWS]:
        tried = f", {row['attempts']} attempts" if row["attempts"] else ""
        said = " ".join(filter(None, (row["schedule_id"], row["error_message"])))
        yield f"  {row['execution_date']} {row['status']}{tried} {said}".rstrip()
    yield from _more(len(seen.queue))


def _troubles(seen: PageOverview) -> Iterator[str]:
    yield f"errors of 7 days: {len(seen.errors) or 'none'}; open alerts: {len(seen.alerts) or 'none'}"
    for row in seen.errors:
        yield f"  {row['error_time']:%Y-%m-%d %H:%M} UTC {row['error_message'] or ''}"
    for row in seen.alerts:
        yield f"  {row['alert_id'][:8]} {row['alert_level']} {row['alert_message'] or ''}"


def _more(count: int) -> Iterator[str]:
    if count > MOST_ROWS:
        yield f"  and {count - MOST_ROWS} more"


def _cut(line: str) -> str:
    line = display.visible(" ".join(line.split("\n")))
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
