"""Two stored weeks compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from operations.weeks.week_differences import differences

MONDAY = datetime(2025, 11, 10, 9, 3)
SELLS = StoredMessage(MONDAY, "PPV", 7, "Seven", "mid", 25.0, ("why",))
FOLLOWS = StoredMessage(MONDAY + timedelta(hours=8), "Follow up", None, "", "", 25.0, ())


def week(*messages: StoredMessage) -> StoredWeek:
    return StoredWeek("sched_20251103_101500_alice", "alice", "GREEN", True, messages, {})


def test_a_week_has_no_difference_from_itself() -> None:
    assert differences(week(SELLS, FOLLOWS), week(SELLS, FOLLOWS)) == []


def test_each_message_that_only_one_has_and_each_that_moved_or_costs_another_price_is_a_line() -> None:
    moved = replace(SELLS, local=MONDAY + timedelta(days=1), price=27.5)
    free = StoredMessage(MONDAY - timedelta(minutes=33), "Bump", -3, "Three", "bump", None, ())
    assert differences(week(SELLS, FOLLOWS), week(free, moved)) == [
        "+ Mon 2025-11-10 08:30 Bump free, caption -3",
        "- Mon 2025-11-10 17:03 Follow up $25.00",
        "~ Tue 2025-11-11 09:03 PPV $27.50, caption 7 (was Mon 2025-11-10 09:03; was $25.00)",
    ]


def test_reasons_alone_are_no_difference() -> None:
    assert differences(week(SELLS), week(replace(SELLS, why=("another",)))) == []
