"""caption_usage, recent_caption_usage_v, active_assignments_7day: which assignments count, and until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.sql.analyses import DATASET, Analyses, by
from tests.sql.messages import Row, la, utc

NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)


def assignment(
    caption_id: int, day: date | None, active: bool | None = True, reason: str | None = None, **values: Any
) -> Row:
    """A caption of alice's schedule S1, sent at nine."""
    row: Row = {
        "page_name": "alice",
        "caption_id": caption_id,
        "caption_text": f"text {caption_id}",
        "assigned_date": TODAY,
        "scheduled_send_date": day,
        "scheduled_send_hour": 9,
        "price_tier": "mid",
        "is_active": active,
        "assigned_at": NOW,
        "assignment_key": f"key {caption_id} {day}",
        "schedule_id": "S1",
        "deactivation_reason": reason,
    }
    return row | values


def _days(count: int) -> date:
    return TODAY + timedelta(days=count)


def test_sent_assignments_are_usage_and_cancelled_ones_are_not(analyses: Analyses) -> None:
    analyses.add(
        "active_caption_assignments",
        [
            assignment(1, _days(3)),
            assignment(2, _days(-3)),
            assignment(3, _days(-3), False, "PAST_SEND_DATE"),
            assignment(4, _days(-30), False, "STALE_7DAY"),
            assignment(5, _days(3), False, "CANCELLED"),
            assignment(6, _days(3), False, "REPLACED"),
            assignment(7, _days(3), False),
            assignment(8, _days(3), None),
            assignment(9, None),
            assignment(10, None, False, "STALE_7DAY"),
            assignment(11, _days(0), page_name=" ALICE"),
        ],
    )

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.caption_usage`"), "caption_id")

    assert {key: row["is_active"] for key, row in found.items()} == {1: True, 2: True, 3: False, 4: False, 11: True}
    assert {row["page_name"] for row in found.values()} == {"alice"}


def test_recent_usage_counts_what_was_sent_in_ninety_days(analyses: Analyses) -> None:  # defect: T3
    """The hour is a wall-clock hour: 9:00 on 11-02 is 17:00 UTC, a day before it is 16:00 UTC."""
    analyses.add(
        "active_caption_assignments",
        [
            assignment(1, date(2025, 11, 2), False, "PAST_SEND_DATE"),
            assignment(1, date(2025, 11, 1), False, "PAST_SEND_DATE"),
            assignment(1, _days(2)),
            assignment(2, date(2025, 11, 1), False, "PAST_SEND_DATE"),
            assignment(3, TODAY, scheduled_send_hour=12),
            assignment(4, TODAY, scheduled_send_hour=13),
            assignment(5, _days(-89), False, "STALE_7DAY", scheduled_send_hour=None),
            assignment(6, _days(-90), False, "STALE_7DAY"),
            assignment(7, _days(-1), False, "CANCELLED"),
            assignment(-(2**62) - 1, _days(-1), page_name="bella"),
        ],
    )

    found = by(analyses.call("recent_caption_usage_v_at", NOW), "page_name", "caption_id")

    columns = ("last_used_at", "usage_count", "days_since_last_use")
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        ("alice", 1): (utc("2025-11-02 17:00"), 2, 2),
        ("alice", 2): (utc("2025-11-01 16:00"), 1, 3),
        ("alice", 3): (NOW, 1, 0),
        ("alice", 5): (la("2025-08-07 00:00"), 1, 89),
        ("bella", -(2**62) - 1): (la("2025-11-03 09:00"), 1, 1),
    }


def test_locks_of_the_next_seven_days_are_those_of_los_angeles_days(analyses: Analyses) -> None:
    # defect: O7
    # defect: T2
    """Late on 11-03 in Los Angeles it is 11-04 in UTC: 11-03 still counts and 11-11 does not yet."""
    analyses.add(
        "active_caption_assignments",
        [assignment(n, _days(n)) for n in range(-2, 9)]
        + [assignment(50, _days(1), False, "CANCELLED"), assignment(51, None), assignment(52, _days(1), None)],
    )

    noon = by(analyses.call("active_assignments_7day_at", NOW), "caption_id")
    night = by(analyses.call("active_assignments_7day_at", la("2025-11-03 23:59")), "caption_id")

    assert set(noon) == set(range(8))
    assert set(night) == set(range(-1, 7))
    assert noon[7]["schedule_id"] == "S1"
    assert noon[7]["assignment_key"] == "key 7 2025-11-11"
