"""Prices to the cent, follow-ups, and wall times."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from scheduling.model import MessageType, PlannedMessage, SelectedCaption
from scheduling.pricing import follow_ups, in_cents, price_of
from scheduling.wall_time import instant, later, out_of_the_night
from tests.unit.scheduling.pages import profile

THURSDAY, FRIDAY, SATURDAY, SUNDAY = (datetime(2026, 11, day) for day in (26, 27, 28, 29))


def at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day.replace(hour=hour, minute=minute)


def sold(local: datetime, tier: str) -> PlannedMessage:
    price, _ = price_of(tier, local, profile().prices)
    caption = SelectedCaption(1, tier)
    return PlannedMessage(MessageType.PPV, local, instant(local), ("x",), caption, price)


@pytest.mark.parametrize(
    ("tier", "local", "price"),
    [
        ("low", at(THURSDAY, 9), "15.00"),
        ("Budget", at(THURSDAY, 18, 59), "15.00"),
        ("budget", at(THURSDAY, 19), "16.50"),
        ("mid", at(THURSDAY, 21, 59), "27.50"),
        ("mid", at(THURSDAY, 22), "25.00"),
        ("standard", at(FRIDAY, 9), "27.50"),
        ("low", at(SATURDAY, 20), "18.15"),
        ("high", at(FRIDAY, 19), "48.40"),
        ("premium", at(SUNDAY, 11), "40.00"),
        ("luxury", at(SATURDAY, 21), "72.60"),
        ("vip", at(SATURDAY, 12), "110.00"),
    ],
)
def test_a_price_is_the_tiers_times_the_factors_of_hour_and_day(tier: str, local: datetime, price: str) -> None:
    found, why = price_of(tier, local, profile().prices)
    assert str(found) == price
    assert why.startswith(f"price {price}: ")


def test_every_factor_of_a_price_is_told() -> None:
    assert price_of("low", at(SATURDAY, 20), profile().prices)[1] == (
        "price 18.15: budget 15, x1.1 at 20 h, x1.1 on Saturday"
    )


def test_half_a_cent_is_one() -> None:
    assert [str(in_cents(Decimal(one))) for one in ("12.375", "12.385", "12.3749")] == ["12.38", "12.39", "12.37"]


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("low", [("Thu 13:05", "15.00", ""), ("Fri 09:05", "15.00", ""), ("Sun 09:05", "11.25", "")]),
        ("standard", [("Thu 17:05", "25.00", ""), ("Sat 09:05", "25.00", "")]),
        ("high", [("Fri 09:05", "40.00", "unopened")]),
        ("luxury", [("Fri 09:05", "60.00", "unopened")]),
        ("vip", []),
    ],
)
def test_follow_ups_come_by_tier_at_the_price_of_their_message(tier: str, expected: list[tuple[str, str, str]]) -> None:
    found = follow_ups([sold(at(THURSDAY, 9, 5), tier)], profile())
    assert [(f"{one.local:%a %H:%M}", str(one.price), one.only) for one in found] == expected
    assert all(one.message_type is MessageType.FOLLOW_UP and one.caption is None for one in found)


def test_a_follow_up_of_the_night_goes_out_at_eight_and_no_two_at_one_time() -> None:
    # 22:00 and four hours, 18:30 and eight: both in the night
    found = follow_ups([sold(at(THURSDAY, 22), "budget"), sold(at(THURSDAY, 18, 30), "mid")], profile())
    eight = [one for one in found if one.local.hour == 8]
    assert [one.local for one in eight] == [at(FRIDAY, 8), at(FRIDAY, 8, 1)]
    assert "02:00 lies in the night" in eight[0].why
    assert "another follow-up stands at 08:00" in eight[1].why


def test_a_free_message_has_no_follow_up() -> None:
    local = at(THURSDAY, 9)
    free = PlannedMessage(MessageType.BUMP, local, instant(local), ("x",), SelectedCaption(1, "bump"))
    assert follow_ups([free], profile()) == []


@pytest.mark.parametrize(
    ("hour", "minute", "moved"),
    [(1, 59, (1, 59)), (2, 0, (8, 0)), (5, 59, (8, 0)), (6, 0, (6, 0)), (23, 0, (23, 0))],
)
def test_the_night_is_from_two_to_before_six(hour: int, minute: int, moved: tuple[int, int]) -> None:
    assert out_of_the_night(at(THURSDAY, hour, minute), profile().night).time() == time(*moved)


def test_hours_later_are_hours_on_the_clock_also_when_it_is_changed() -> None:
    autumn, spring = datetime(2026, 10, 31, 20), datetime(2026, 3, 7, 20)
    assert later(autumn, 24) == datetime(2026, 11, 1, 20)
    assert instant(later(autumn, 24)) == datetime(2026, 11, 2, 4, tzinfo=UTC)
    assert instant(later(spring, 24)) == datetime(2026, 3, 9, 3, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first_and_one_that_is_left_out_is_night() -> None:
    assert instant(datetime(2026, 11, 1, 1, 30)) == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    left_out = datetime(2026, 3, 8, 2, 30)
    assert instant(out_of_the_night(left_out, profile().night)) == datetime(2026, 3, 8, 15, tzinfo=UTC)


def test_follow_ups_cross_29_february_and_the_end_of_the_year() -> None:
    found = follow_ups([sold(datetime(2028, 2, 28, 9), "mid"), sold(datetime(2026, 12, 30, 9), "mid")], profile())
    assert [one.local for one in found] == [
        datetime(2028, 2, 28, 17),
        datetime(2028, 3, 1, 9),
        datetime(2026, 12, 30, 17),
        datetime(2027, 1, 1, 9),
    ]
