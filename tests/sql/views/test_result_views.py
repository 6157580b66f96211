"""Views of results: per creator, per page, per weekday, per used caption, per kind of text."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import Row, caption, la, message, utc

NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)
TICK = timedelta(microseconds=1)


def _ago(days: float) -> Any:
    return NOW - timedelta(days=days)


def test_what_a_caption_brought_a_creator(analyses: Analyses) -> None:  # defect: L21
    """The text stands in the bank twice and the message counts once; conversion leaves bumps out."""
    bank = [caption("Same", caption_id=11, content_category="Solo", price_tier="high"), caption("same!", caption_id=12)]
    analyses.add("caption_bank", bank)
    analyses.add(
        "mass_messages",
        [
            message("alice", _ago(1), caption_id=11, earnings=100.0, purchased_count=10, viewed_count=100),
            message("alice", _ago(2), caption_id=11, earnings=50.0, purchased_count=20, viewed_count=500),
            message("alice", _ago(3), caption_id=11, price=0, message_type="Bump", earnings=5.0, viewed_count=900),
            message("alice", _ago(90), caption_id=11, earnings=9_999.0),
            message("alice", NOW + TICK, caption_id=11, earnings=9_999.0),
            message("alice", _ago(1), earnings=9_999.0),
            message("bella", _ago(1), caption_id=-(2**62) - 1, viewed_count=0, purchased_count=0, earnings=0.0),
        ],
    )

    found = by(analyses.call("caption_performance_by_creator_at", NOW), "page_name", "caption_id")

    assert found == close(
        {
            ("alice", 11): {
                "page_name": "alice",
                "caption_id": 11,
                "caption_text": "Same",
                "content_category": "Solo",
                "price_tier": "high",
                "times_used": 3,
                "creator_conversion_rate": 0.05,
                "creator_total_revenue": 155.0,
                "last_used_by_creator": _ago(1),
            },
            ("bella", -(2**62) - 1): {
                "page_name": "bella",
                "caption_id": -(2**62) - 1,
                "caption_text": None,
                "content_category": None,
                "price_tier": None,
                "times_used": 1,
                "creator_conversion_rate": None,
                "creator_total_revenue": 0.0,
                "last_used_by_creator": _ago(1),
            },
        }
    )


def test_the_last_seven_days_of_a_page(analyses: Analyses) -> None:
    audiences = {
        9_999: "small",
        10_000: "medium",
        49_999: "medium",
        50_000: "large",
        99_999: "large",
        100_000: "very_large",
    }
    analyses.add(
        "mass_messages",
        [
            message("week", _ago(7) + TICK, earnings=100.0, sent_count=1000, viewed_count=300, purchased_count=30),
            message("week", NOW, earnings=20.0, sent_count=2000, viewed_count=100, purchased_count=10),
            message("week", la("2025-11-02 23:59"), price=None, message_type="x", earnings=None, sent_count=1000),
            message("week", _ago(7), earnings=9_999.0),
            message("week", NOW + TICK, earnings=9_999.0),
            *(message(f"audience_{n}", NOW, sent_count=n) for n in audiences),
        ],
    )

    found = by(analyses.call("performance_summary_7d_at", NOW), "page_name")

    assert found.pop("week") == close(
        {
            "page_name": "week",
            "message_count": 3,
            "ppv_count": 2,
            "bump_count": 1,
            "conversion_rate": 0.1,
            "unlock_rate": 800 / 4000,
            "total_revenue": 120.0,
            "avg_revenue_per_ppv": 60.0,
            "max_sent_count": 2000,
            "account_size_tier": "small",
            "first_date": date(2025, 10, 28),
            "last_date": TODAY,
        }
    )
    assert {row["max_sent_count"]: row["account_size_tier"] for row in found.values()} == audiences


def _weekdays(page: str, conversions: dict[int, float], count: int = 3) -> list[Row]:
    """`count` messages with 100 views on weekdays 1 (Sunday) ... 7 with these conversions."""
    sundays = [date(2025, 10, 12) + timedelta(days=7 * n) for n in range(count)]
    return [
        message(
            page,
            la(f"{sunday + timedelta(days=day - 1)} 23:30"),
            viewed_count=10_000,
            purchased_count=round(rate * 10_000),
        )
        for day, rate in conversions.items()
        for sunday in sundays
    ]


def test_a_weekday_is_measured_against_its_page(analyses: Analyses) -> None:
    """The page converts at .10 on average; indexes just beyond and on each limit."""
    high = {1: 0.1401, 2: 0.14, 3: 0.1201, 4: 0.12, 5: 0.09, 6: 0.0, 7: 0.0898}
    low = {1: 0.08, 2: 0.0799, 3: 0.07, 4: 0.0699, 5: 0.2, 6: 0.1, 7: 0.1002}
    analyses.add("mass_messages", _weekdays("high", high) + _weekdays("low", low))
    # Two messages are too few for a row but count for the page; free messages and old ones count for nothing.
    analyses.add("mass_messages", _weekdays("thin", {2: 0.1}) + _weekdays("thin", {3: 0.4}, count=2))
    analyses.add("mass_messages", _weekdays("unseen", {2: 0.0}))
    analyses.add(
        "mass_messages",
        [
            message("thin", la(f"2025-10-{day} 12:00"), price=0, message_type="Bump", viewed_count=90_000)
            for day in (13, 20)
        ]
        + [message("thin", _ago(30), viewed_count=10_000, purchased_count=10_000)]
        + [message("thin", NOW + TICK, viewed_count=10_000, purchased_count=10_000)],
    )

    found = by(analyses.call("day_of_week_performance_at", NOW), "page_name", "day_of_week_la")

    judged = {key: (row["performance_label"], row["volume_multiplier"]) for key, row in found.items()}
    assert {day: judged["high", day] for day in high} == {
        1: ("HIGH_PERFORMER", 1.3),
        2: ("HIGH_PERFORMER", 1.2),
        3: ("HIGH_PERFORMER", 1.2),
        4: ("NORMAL", 1.0),
        5: ("NORMAL", 1.0),
        6: ("LOW", 0.7),
        7: ("NORMAL", 0.85),
    }
    assert {day: judged["low", day] for day in low} == {
        1: ("NORMAL", 0.85),
        2: ("LOW", 0.85),
        3: ("LOW", 0.85),
        4: ("LOW", 0.7),
        5: ("HIGH_PERFORMER", 1.3),
        6: ("NORMAL", 1.0),
        7: ("NORMAL", 1.0),
    }
    assert [key for key in found if key[0] == "thin"] == [("thin", 2)]
    assert found["thin", 2]["overall_conversion"] == pytest.approx((3 * 0.1 + 2 * 0.4) / 5)
    assert found["thin", 2]["message_count"] == 3
    assert (found["unseen", 2]["conversion_index"], *judged["unseen", 2]) == (None, "NORMAL", 1.0)


def _used(page: str, caption_id: int, day: date, reason: str = "PAST_SEND_DATE", hour: int = 9) -> Row:
    row = {"page_name": page, "caption_id": caption_id, "caption_text": "x", "assigned_date": day}
    return row | {
        "scheduled_send_date": day,
        "scheduled_send_hour": hour,
        "is_active": False,
        "deactivation_reason": reason,
    }


def test_what_became_of_each_used_caption(analyses: Analyses) -> None:  # defect: T2
    """A message belongs to the Los Angeles day of its send; the median of the page is over its tracked sends."""
    days = {n: TODAY - timedelta(days=n) for n in (0, 1, 2, 89, 90)}
    analyses.add(
        "active_caption_assignments",
        [
            _used("alice", 1, days[1]),
            _used("alice", 1, days[1], hour=21),
            _used("alice", 2, days[2]),
            _used("alice", 3, days[2]),
            _used("alice", 4, days[2]),
            _used("alice", 5, days[2], reason="CANCELLED"),
            _used("alice", 6, days[89]),
            _used("alice", 7, days[90]),
            _used("alice", 8, days[0] + timedelta(days=1)),
        ],
    )
    analyses.add("caption_bandit_stats", [{"page_name": "alice", "caption_id": 1, "avg_conversion_rate": 0.25}])
    late, early = la("2025-11-03 23:30"), la("2025-11-03 00:30")
    analyses.add(
        "mass_messages",
        [
            message("alice", late, caption_id=1, earnings=300.0, viewed_count=100, purchased_count=10),
            message("alice", early, caption_id=1, earnings=100.0, viewed_count=300, purchased_count=10),
            message("bella", late, caption_id=1, earnings=9_999.0),
            message("alice", la("2025-11-02 12:00"), caption_id=2, earnings=100.0),
            message("alice", la("2025-11-02 12:00"), caption_id=3, earnings=200.0),
            message("alice", early, caption_id=4, earnings=9_999.0),
            message("alice", la("2025-08-07 00:00"), caption_id=6, earnings=150.0),
        ],
    )

    found = by(analyses.call("caption_tracking_view_at", NOW), "page_name", "caption_id", "scheduled_send_date")

    columns = (
        "predicted_score",
        "actual_messages",
        "actual_conversion_rate",
        "actual_revenue",
        "revenue_vs_page_median",
    )
    # Revenues 400, 100, 200, 150: median 175.
    assert {(key[1], key[2]): [row[name] for name in columns] for key, row in found.items()} == close(
        {
            (1, days[1]): [0.25, 2, 0.05, 400.0, 400 / 175],
            (2, days[2]): [None, 1, 0.05, 100.0, 100 / 175],
            (3, days[2]): [None, 1, 0.05, 200.0, 200 / 175],
            (4, days[2]): [None, 0, None, None, None],
            (6, days[89]): [None, 1, 0.05, 150.0, 150 / 175],
        }
    )


def test_kinds_of_text_are_counted_by_text_and_measured_by_their_ppv_messages(analyses: Analyses) -> None:
    # defect: L21
    bank = [
        caption("a" * 79, price_tier="Mid"),
        caption("A" * 79 + "!", caption_id=5, price_tier="mid"),
        caption("b" * 80),
        caption("c" * 200),
        caption("d" * 201),
        caption("really?", question_count=0),
        caption("fire 🔥", emoji_count=0),
        caption("why 💦?", content_category="Feet"),
    ]
    bank[1] |= {"caption_text": "A" * 78 + "a"}
    ids = {row["caption_text"][0]: row["caption_id"] for row in bank}
    analyses.add("caption_bank", bank)
    analyses.add(
        "mass_messages",
        [
            message("alice", _ago(1), caption_id=5, earnings=100.0, viewed_count=100, purchased_count=10),
            message("bella", _ago(1), caption_id=ids["a"], earnings=300.0, viewed_count=300, purchased_count=10),
            message("alice", _ago(1), caption_id=5, price=0, message_type="Bump"),
            message("alice", _ago(1), caption_id=5, sent_count=0),
            message("alice", _ago(90), caption_id=5),
            message("alice", NOW + TICK, caption_id=5),
        ],
    )

    found = by(
        analyses.call("caption_pattern_analysis_at", NOW),
        "price_tier", "content_category", "length_bucket", "has_question", "has_emoji",
    )  # fmt: skip

    columns = ("caption_count", "times_used", "conversion_rate", "rpr", "avg_emv")
    unused = [1, 0, None, None, None]
    assert {key[1:]: [row[name] for name in columns] for key, row in found.items()} == close(
        {
            ("General", "<80", False, False): [1, 2, 0.05, 0.2, (10.0 + 10.0) / 2],
            ("General", "80-200", False, False): [2, 0, None, None, None],
            ("General", ">200", False, False): unused,
            ("General", "<80", True, False): unused,
            ("General", "<80", False, True): unused,
            ("Feet", "<80", True, True): unused,
        }
    )
    assert {key[0] for key in found} == {"mid"}
