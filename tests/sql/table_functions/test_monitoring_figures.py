"""The reports on data: possible figures, what messages bring, how the statistics grow; each against plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any

import pytest

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import LA, Row, caption, la, message, utc

# 22:00 of 11-03 in Los Angeles: in UTC it is a day later.
NOW = utc("2025-11-04 06:00")
TODAY = date(2025, 11, 3)
TICK = timedelta(microseconds=1)


def emv(row: Row) -> float:
    return row["purchased_count"] / row["viewed_count"] * row["earnings"] if row["viewed_count"] else 0.0


def la_day(row: Row) -> date:
    at: datetime = row["sending_time"]
    return at.astimezone(LA).date()


def statistic(number: int, **values: Any) -> Row:
    row: Row = {
        "caption_id": number,
        "page_name": "alice",
        "successes": 3,
        "failures": 2,
        "total_observations": 3,
        "total_revenue": 9.0,
        "confidence_lower_bound": 0.4,
        "confidence_upper_bound": 0.8,
    }
    return row | values


def lock(page: str, number: int, days: int, active: bool = True, text: str = "x") -> Row:
    day = TODAY + timedelta(days=days)
    row: Row = {"page_name": page, "caption_id": number, "caption_text": text, "is_active": active}
    return row | {"assigned_date": TODAY, "scheduled_send_date": day}


def test_what_was_looked_for_in_no_row_is_unknown(analyses: Analyses) -> None:
    found = analyses.call("monitoring_integrity_health_at", NOW)

    assert {(row["value"], row["examined"]) for row in found} == {(0, 0)}
    assert {row["section"]: row["state"] for row in found} == {
        "ROWS": "UNKNOWN",
        "DEFECT": "UNKNOWN",
        "SPREAD": "INFO",
        "LOCKS": "INFO",
    }
    assert sorted(row["position"] for row in found) == list(range(1, len(found) + 1))


def test_each_defect_is_counted_among_the_rows_that_were_looked_at(analyses: Analyses) -> None:
    analyses.add(
        "caption_bandit_stats",
        [
            statistic(1),
            statistic(2, confidence_lower_bound=-0.1),
            statistic(3, confidence_lower_bound=0.9, confidence_upper_bound=0.8),
            statistic(4, confidence_upper_bound=None),
            statistic(5, successes=0),
            statistic(6, total_revenue=-1.0, total_observations=30, confidence_lower_bound=0.29),
            statistic(7, confidence_lower_bound=0.71, total_observations=31),
            statistic(8, confidence_lower_bound=0.2),
        ],
    )
    analyses.add(
        "caption_bank", [caption("a"), caption("  "), caption("b", total_sends=0), caption("c", total_sends=None)]
    )
    analyses.add(
        "active_caption_assignments",
        [
            lock("alice", 1, 0),
            lock(" ALICE", 1, 9),
            lock("bella", 1, 3),
            lock("alice", 2, -1),
            lock("alice", 2, 3),
            lock("alice", 3, 3, active=False, text=" "),
            lock("alice", 3, 3),
        ],
    )
    analyses.add(
        "mass_messages",
        [
            message("alice", NOW),
            message("alice", NOW - timedelta(days=1), purchased_count=401),
            message("alice", NOW - timedelta(days=1), viewed_count=1001),
            message("alice", NOW - timedelta(days=1), earnings=-0.01),
            message("alice", NOW - timedelta(days=30), earnings=-0.01),
            message("alice", NOW + TICK, earnings=-0.01),
        ],
    )

    found = by(analyses.call("monitoring_integrity_health_at", NOW), "measure")

    assert {measure: (row["value"], row["examined"], row["state"]) for measure, row in found.items()} == {
        "captions in the bank": (4, 4, "OK"),
        "captions with statistics, by page": (8, 8, "OK"),
        "assignments": (7, 7, "OK"),
        "messages of 30 days": (4, 4, "OK"),
        "confidence bounds outside 0 to 1 or crossed": (3, 8, "CRITICAL"),
        "statistics with negative or missing counts": (2, 8, "CRITICAL"),
        "captions with a blank text": (1, 4, "CRITICAL"),
        "assignments with a blank text": (1, 7, "CRITICAL"),
        "captions that a page holds more than once": (1, 4, "CRITICAL"),
        "messages with negative figures": (1, 4, "CRITICAL"),
        "messages with more buyers than viewers or more viewers than recipients": (2, 4, "CRITICAL"),
        "captions never sent": (2, 4, "INFO"),
        "lower confidence bound above 0.7": (2, 8, "INFO"),
        "lower confidence bound below 0.3 after 30 messages or more": (1, 8, "INFO"),
        "fewer than 30 messages": (6, 8, "INFO"),
        "active locks": (5, 7, "INFO"),
        "active locks past their send date": (1, 7, "INFO"),
    }


def test_figures_without_a_defect_are_ok(analyses: Analyses) -> None:
    analyses.add("caption_bandit_stats", [statistic(1)])
    analyses.add("caption_bank", [caption("a")])
    analyses.add("active_caption_assignments", [lock("alice", 1, 0), lock("alice", 1, 8, active=False)])
    analyses.add("mass_messages", [message("alice", NOW)])

    found = analyses.call("monitoring_integrity_health_at", NOW, where="section IN ('ROWS', 'DEFECT')")

    assert len(found) == 11
    assert {(row["section"], row["state"]) for row in found} == {("ROWS", "OK"), ("DEFECT", "OK")}


def sent_over_weeks() -> list[Row]:
    """One to four messages a day over 60 days, none in a week and on a day, around midnight in Los Angeles."""
    rows = []
    for days_ago in range(61):
        if 36 <= days_ago <= 42 or days_ago == 10:
            continue
        day = TODAY - timedelta(days=days_ago)
        for number in range(1 + days_ago % 4):
            rows.append(
                message(
                    ("alice", "bella", "carol")[(days_ago + number) % 3],
                    la(f"{day} {'00:00' if number % 2 else '23:59:59'}"),
                    caption_id=(None, 7, -(2**62) - 1, *range(30, 60))[(days_ago * 3 + number) % 33],
                    purchased_count=10 + days_ago,
                    earnings=100.0 + 7 * number + days_ago,
                )
            )
    return rows


def figures(rows: Iterable[Row]) -> dict[str, Any]:
    found = list(rows)
    return {
        "messages": len(found),
        "avg_emv": fmean(map(emv, found)) if found else None,
        "total_emv": float(sum(map(emv, found))),
        "revenue": float(sum(row["earnings"] for row in found)),
    }


def grouped(rows: Iterable[Row], key: Any) -> dict[str, dict[str, Any]]:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: figures(members) for name, members in groups.items()}


@pytest.fixture
def sent(analyses: Analyses) -> list[Row]:
    rows = sent_over_weeks()
    uncounted = [
        message("alice", NOW - timedelta(hours=30), message_type="Bump", price=0.0, caption_id=7),
        message("alice", NOW - timedelta(hours=30), sent_count=0, caption_id=7),
    ]
    analyses.add("mass_messages", rows + uncounted)
    analyses.add("caption_bank", [caption("a", caption_id=7, content_category="Solo"), caption("b", caption_id=30)])
    return rows


def report(page: str, days_ago: int, tier: str | None) -> Row:
    text = json.dumps({"account_classification": {"size_tier": tier}})
    day = TODAY - timedelta(days=days_ago)
    return {"report_date": day, "page_name": page, "performance_report": text, "created_at": NOW}


def test_emv_by_day_week_caption_category_and_size_is_what_python_computes(analyses: Analyses, sent: list[Row]) -> None:
    analyses.add(
        "creator_reports",
        [
            report("alice", 0, "LARGE"),
            report("alice", 1, "SMALL"),
            report("bella", 6, "SMALL"),
            report("carol", 7, "MEGA"),
        ],
    )
    sizes = {"alice": "LARGE", "bella": "SMALL", "carol": "(unknown)"}
    categories = {7: "Solo", 30: "General"}

    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(analyses.call("monitoring_emv_at", NOW), key=lambda row: (row["section"], row["position"])):
        found[row["section"]].append(row)

    assert {section: [row["position"] for row in rows] for section, rows in found.items()} == {
        section: list(range(1, count + 1))
        for section, count in {"ACCOUNT_SIZE": 3, "CAPTION": 20, "CATEGORY": 3, "DAY": 30, "WEEK": 8}.items()
    }
    named = {
        section: {row["subject"]: {k: row[k] for k in figures([])} for row in rows} for section, rows in found.items()
    }
    month = [row for row in sent if 1 <= (TODAY - la_day(row)).days <= 30]
    days = {str(TODAY - timedelta(days=n)): figures([]) for n in range(1, 31)}
    assert named["DAY"] == close(days | grouped(month, lambda row: str(la_day(row))))
    assert list(named["DAY"]) == list(days)
    assert named["ACCOUNT_SIZE"] == close(grouped(month, lambda row: sizes[row["page_name"]]))
    assert named["CATEGORY"] == close(grouped(month, lambda row: categories.get(row["caption_id"], "(none)")))
    captions = grouped((row for row in month if row["caption_id"]), lambda row: str(row["caption_id"]))
    best = sorted(captions, key=lambda key: (-captions[key]["total_emv"], key))[:20]
    assert [row["subject"] for row in found["CAPTION"]] == best
    assert named["CAPTION"] == close({key: captions[key] for key in best})


def test_a_week_is_compared_with_the_week_before_and_with_nothing_where_there_is_none(
    analyses: Analyses, sent: list[Row]
) -> None:
    found = {row["subject"]: row for row in analyses.call("monitoring_emv_at", NOW, where="section = 'WEEK'")}

    weeks = [[row for row in sent if 7 * n < (TODAY - la_day(row)).days <= 7 * n + 7] for n in range(9)]
    starts = [str(TODAY - timedelta(days=7 * n + 7)) for n in range(8)]
    expected = {}
    for n, start in enumerate(starts):
        own, before = (figures(week)["avg_emv"] for week in weeks[n : n + 2])
        known = own is not None and before is not None and n < 7
        expected[start] = figures(weeks[n]) | {"change_pct": 100 * (own - before) / before if known else None}
    assert {key: {name: row[name] for name in expected[key]} for key, row in found.items()} == close(expected)
    unknown = [expected[start]["change_pct"] is None for start in starts]
    assert unknown == [False, False, False, False, True, True, False, True]


def test_days_and_weeks_without_messages_are_rows(analyses: Analyses) -> None:
    found = analyses.call("monitoring_emv_at", NOW)
    assert sorted((row["section"], row["position"]) for row in found) == [
        *(("DAY", n) for n in range(1, 31)),
        *(("WEEK", n) for n in range(1, 9)),
    ]
    assert {(row["messages"], row["avg_emv"], row["change_pct"]) for row in found} == {(0, None, None)}


def test_growth_is_what_the_ninety_days_before_each_day_held(analyses: Analyses, sent: list[Row]) -> None:
    old = [
        message(page, la(f"{TODAY - timedelta(days=days_ago)} 12:00"), caption_id=number, earnings=50.0 + days_ago)
        for page, number, days_ago in (("alice", 1, 90), ("alice", 1, 91), ("bella", 1, 119), ("dora", 2, 120))
    ]
    analyses.add("mass_messages", old)

    found = by(analyses.call("monitoring_table_growth_at", NOW), "day")

    expected, before = {}, None
    for day in (TODAY - timedelta(days=n) for n in range(29, -1, -1)):
        groups = defaultdict(list)
        for row in sent + old:
            if row["caption_id"] and 1 <= (day - la_day(row)).days <= 90:
                groups[row["page_name"], row["caption_id"]].append(emv(row))
        expected[day] = {
            "day": day,
            "captions": len(groups),
            "captions_added": None if before is None else len(groups) - before,
            "creators": len({page for page, _ in groups}),
            "avg_observations": fmean(map(len, groups.values())),
            "avg_emv": fmean(map(fmean, groups.values())),
        }
        before = len(groups)
    assert found == close(expected)


def test_growth_of_nothing_is_thirty_rows_without_captions(analyses: Analyses) -> None:
    found = analyses.call("monitoring_table_growth_at", NOW)
    assert sorted(row["day"] for row in found) == [TODAY - timedelta(days=n) for n in range(29, -1, -1)]
    assert {(row["captions"], row["creators"], row["avg_observations"], row["avg_emv"]) for row in found} == {
        (0, 0, None, None)
    }
