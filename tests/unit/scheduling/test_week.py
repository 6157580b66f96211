"""Whole weeks of drawn pages: what every one of them keeps, computed from the messages alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.errors import SchedulingError
from scheduling.giving_way import GivesWay
from scheduling.model import (
    AnalysedHour,
    BuiltWeek,
    MessageType,
    PageReport,
    PlannedMessage,
    SelectedCaption,
    SpecialDay,
    WeekRequest,
)
from scheduling.profile_values import Profile
from scheduling.quantities import captions_to_ask, week_volume
from scheduling.week import build_week
from tests.unit.scheduling.pages import MONDAYS, PROFILES, REQUESTS, profile, request

BUCKET = {"low": "budget", "budget": "budget", "mid": "mid", "high": "premium", "premium": "premium"}
BUCKET |= {"luxury": "premium", "vip": "premium", "bump": "bump", "free": "bump", "standard": "mid"}
LA = ZoneInfo("America/Los_Angeles")
Property = Callable[[WeekRequest, Profile, BuiltWeek], None]


def every_week(examples: int = 50) -> Callable[[Property], Callable[[], None]]:
    """A property of the week of every drawn page, under both profiles."""

    def decorate(holds: Property) -> Callable[[], None]:
        @settings(max_examples=examples, deadline=None)
        @given(asked=REQUESTS, rules=PROFILES)
        def test(asked: WeekRequest, rules: Profile) -> None:
            holds(asked, rules, build_week(asked, rules))

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate


def of(week: BuiltWeek, *types: MessageType) -> list[PlannedMessage]:
    return [one for one in week.messages if one.message_type in types]


def selling(week: BuiltWeek) -> list[PlannedMessage]:
    return of(week, MessageType.PPV)


def in_volume(week: BuiltWeek) -> list[PlannedMessage]:
    return of(week, MessageType.PPV, MessageType.BUMP)


def captioned(messages: list[PlannedMessage]) -> list[SelectedCaption]:
    found = [one.caption for one in messages if one.caption]
    assert len(found) == len(messages)
    return found


def broke(week: BuiltWeek, rule: GivesWay) -> list[str]:
    return [one.reason for one in week.gave_way if one.rule is rule]


def minute(message: PlannedMessage) -> int:
    return message.local.hour * 60 + message.local.minute


def by_day(messages: list[PlannedMessage]) -> dict[date, list[PlannedMessage]]:
    days: dict[date, list[PlannedMessage]] = defaultdict(list)
    for one in messages:
        days[one.local.date()].append(one)
    return days


@every_week()
def test_volumes_are_sent_or_the_week_says_that_they_are_not(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    sold, free = selling(week), of(week, MessageType.BUMP)
    assert week.volume.ppv > 0
    assert week.volume.bump > 0
    assert sum(week.volume.split.values()) == week.volume.ppv
    assert len(sold) <= week.volume.ppv
    assert len(free) <= week.volume.bump
    assert bool(broke(week, GivesWay.PPV_VOLUME)) == (len(sold) < week.volume.ppv)
    assert bool(broke(week, GivesWay.BUMP_VOLUME)) == (len(free) < week.volume.bump)


@every_week()
def test_nothing_is_left_out_that_has_caption_and_room(asked: WeekRequest, rules: Profile, week: BuiltWeek) -> None:
    there = Counter(
        BUCKET[one.price_tier.lower()] == "bump" for one in {c.caption_id: c for c in asked.captions}.values()
    )
    most = 840 // week.volume.gap_minutes + 1
    days = 5 if week.volume.zone == "RED" else 7
    assert len(selling(week)) == min(week.volume.ppv, most * days, there[False])
    assert len(of(week, MessageType.BUMP)) == min(week.volume.bump, there[True])


@every_week()
def test_each_tier_has_its_share_unless_the_week_says_otherwise(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    sent = Counter(BUCKET[one.price_tier.lower()] for one in captioned(selling(week)))
    if not broke(week, GivesWay.TIER_SPLIT) and not broke(week, GivesWay.PPV_VOLUME):
        assert sent == Counter(week.volume.split)


@every_week()
def test_messages_that_sell_keep_their_gap_and_free_ones_theirs(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    for day in by_day(in_volume(week)).values():
        for one in day:
            for other in day:
                if one is not other:
                    both = {one.message_type, other.message_type} == {MessageType.PPV}
                    least = week.volume.gap_minutes if both else 20
                    assert abs(minute(one) - minute(other)) >= least
    assert in_volume(week)


@every_week()
def test_the_days_maximum_and_hours_are_kept_within_the_seven_days(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    days = by_day(in_volume(week))
    assert set(days) <= {asked.monday + timedelta(days=day) for day in range(7)}
    assert max(map(len, days.values())) <= week.volume.most_a_day
    assert all(time(8) <= one.local.time() <= time(22) for one in in_volume(week))


@every_week()
def test_in_the_red_zone_nothing_sells_on_the_first_two_days(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    red = asked.report.risk_level.upper() == "HIGH"
    assert (week.volume.zone == "RED") is red
    if red:
        assert all(one.local.date() >= asked.monday + timedelta(days=2) for one in selling(week))


@every_week()
def test_a_caption_is_sent_once_and_is_one_of_those_selected(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    sent = captioned(in_volume(week))
    assert len({one.caption_id for one in sent}) == len(sent)
    assert set(sent) <= set(asked.captions)
    kinds = {
        (one.message_type, BUCKET[one.caption.price_tier.lower()] == "bump") for one in in_volume(week) if one.caption
    }
    assert kinds <= {(MessageType.PPV, False), (MessageType.BUMP, True)}


def traits(caption: SelectedCaption) -> tuple[str, str, str]:
    trigger = caption.psychological_trigger
    return BUCKET[caption.price_tier.lower()], caption.content_category, "" if trigger == "General" else trigger


@every_week()
def test_of_captions_with_the_same_traits_the_better_ones_go_and_go_first(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    sent = captioned(in_volume(week))
    assert sent
    groups = {traits(one) for one in asked.captions}
    for group in groups:
        ranked = sorted((c for c in asked.captions if traits(c) == group), key=lambda c: (-c.final_score, c.caption_id))
        there = [one for one in sent if traits(one) == group]
        assert there == ranked[: len(there)]


@every_week()
def test_no_price_tier_stands_three_times_in_a_row_unless_the_week_says_so(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    tiers = [BUCKET[one.price_tier.lower()] for one in captioned(selling(week))]
    threes = sum(len(set(tiers[place : place + 3])) == 1 for place in range(len(tiers) - 2))
    assert len(broke(week, GivesWay.TIERS_TURN)) == threes
    most = max(Counter(tiers).values(), default=0)
    # Two of one tier can stand before, between and after the others.
    if most <= 2 * (len(tiers) - most + 1):
        assert threes == 0


@every_week()
def test_no_category_stands_twice_running_unless_the_week_says_so(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    row = [one.content_category for one in captioned(in_volume(week))]
    twice = sum(one == other for one, other in pairwise(row))
    assert len(broke(week, GivesWay.CATEGORIES_TURN)) == twice


@every_week()
def test_no_trigger_stands_again_within_three_unless_the_week_says_so(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    row = [traits(one)[2] for one in captioned(in_volume(week))]
    near = sum(bool(one) and one in row[max(0, place - 3) : place] for place, one in enumerate(row))
    assert len(broke(week, GivesWay.TRIGGERS_APART)) == near


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    tier=st.sampled_from(("MICRO", "SMALL", "MEDIUM", "LARGE", "MEGA")),
    risk=st.sampled_from(("LOW", "MEDIUM", "HIGH")),
    monday=st.sampled_from(MONDAYS),
)
def test_a_page_with_enough_captions_has_turns_of_category_and_tier(
    seed: int, tier: str, risk: str, monday: date
) -> None:
    week = build_week(request(seed, tier, risk, "STANDARD", monday, 400, 10, 20), profile())
    firm = {GivesWay.CATEGORIES_TURN, GivesWay.TIERS_TURN, GivesWay.TIER_SPLIT, GivesWay.DAY_WEIGHTS}
    firm |= {GivesWay.BUMP_VOLUME, GivesWay.PPV_VOLUME}
    assert {one.rule for one in week.gave_way} & firm == set()


@every_week()
def test_rules_that_gave_way_come_weakest_first(asked: WeekRequest, rules: Profile, week: BuiltWeek) -> None:
    order = [list(GivesWay).index(one.rule) for one in week.gave_way]
    assert order == sorted(order)
    assert all(one.reason for one in week.gave_way)


@every_week()
def test_messages_stand_in_the_order_of_time_at_los_angeles_instants_and_say_why(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    instants = [one.instant for one in week.messages]
    assert instants == sorted(instants)
    for one in week.messages:
        assert one.instant.tzinfo is UTC
        assert one.instant.astimezone(LA).replace(tzinfo=None) == one.local
        assert one.why
        assert all(one.why)
    keys = {(one.local, one.message_type) for one in week.messages}
    assert len(keys) == len(week.messages), "the key of schedule_recommendations"


@every_week()
def test_follow_ups_have_no_caption_and_none_goes_out_in_the_night(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    after = {"budget": 3, "low": 3, "mid": 2, "high": 1, "premium": 1, "luxury": 1, "vip": 0}
    found = of(week, MessageType.FOLLOW_UP)
    assert len(found) == sum(after[one.price_tier.lower()] for one in captioned(selling(week)))
    assert all(one.caption is None for one in found)
    assert not any(time(2) <= one.local.time() < time(6) for one in found)
    assert all("the day's maximum" in " ".join(one.why) for one in found)


@every_week(25)
def test_the_same_page_and_seed_give_the_same_week_in_whatever_order_captions_come(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    assert build_week(replace(asked, captions=tuple(reversed(asked.captions))), rules) == week


@every_week(25)
def test_free_messages_stand_at_their_places_unless_the_week_says_so(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    if broke(week, GivesWay.BUMP_PLACES):
        return
    for number in range(7):
        day = asked.monday + timedelta(days=number)
        free = [one.local.time() for one in of(week, MessageType.BUMP) if one.local.date() == day]
        cooling = week.volume.zone == "RED" and number < 2
        places = (time(9), time(14, 30), time(20)) if cooling else (time(8, 30), time(21))
        assert set(places[: len(free)]) <= set(free)
    assert week.messages


@every_week(25)
def test_messages_that_sell_stand_around_an_hour_of_the_page_unless_the_week_says_so(
    asked: WeekRequest, rules: Profile, week: BuiltWeek
) -> None:
    elsewhere = 0
    for one in selling(week):
        weekend = one.local.weekday() >= 5
        named = {h.hour for h in asked.report.hours if (h.day_type.lower() == "weekend") is weekend}
        named |= {11, 14, 18, 21} if weekend else {9, 13, 17, 19, 20}
        elsewhere += not any(abs(minute(one) - hour * 60) <= 7 for hour in named if 8 <= hour <= 22)
    assert elsewhere <= sum(int(reason.split()[0]) for reason in broke(week, GivesWay.BEST_HOURS))


def worked(report: PageReport, *, seed: int = 0, holidays: tuple[SpecialDay, ...] = ()) -> BuiltWeek:
    """The week of 2026-11-23 with captions of which every one has a category and no trigger of its own."""
    tiers = ["budget"] * 20 + ["mid"] * 20 + ["premium"] * 20 + ["bump"] * 40
    captions = tuple(
        SelectedCaption(number, tier, f"category {number}", "General", 1 - number / 1000)
        for number, tier in enumerate(tiers)
    )
    return build_week(WeekRequest(report, date(2026, 11, 23), captions, holidays, seed), profile())


def test_a_small_page_without_analysis_gets_the_week_that_the_rules_give_by_hand() -> None:
    """MICRO, GREEN: 6 and 4.

    Shares of 6: .740 .822 .822 .904 .986 .904 .822, so Monday gets none. Of 4: .493 .548 .548 .603 .658 .603 .548, so
    Friday, Thursday, Saturday and the first of equals, Tuesday, get one.
    """
    week = worked(PageReport("p", "MICRO", "BUDGET", "LOW"))
    sold = selling(week)
    assert [f"{one.local:%a}" for one in sold] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][1:]
    hours = [round(minute(one) / 60) for one in sold]
    assert hours == [9, 9, 9, 9, 11, 11], "the best usual hour of the day type"
    assert [f"{one.local:%a %H:%M}" for one in of(week, MessageType.BUMP)] == [
        "Tue 08:30",
        "Thu 08:30",
        "Fri 08:30",
        "Sat 08:30",
    ]
    # 60, 30, 10 % of 6: 3.6, 1.8, .6; the remainders .8 and (first of .6 and .6) budget's get one more.
    assert [one.caption_id for one in captioned(sold)] == [0, 1, 20, 2, 3, 21]
    assert [str(one.price) for one in sold] == ["15.00", "15.00", "25.00", "16.50", "16.50", "25.00"]
    assert week.gave_way == ()


def test_a_holiday_takes_messages_from_its_day_and_the_weeks_number_stays() -> None:
    thanksgiving = (SpecialDay(date(2026, 11, 26), "Thanksgiving Day", 0.7),)
    usual, holiday = (worked(PageReport("p", "MEGA", "", "LOW"), holidays=one) for one in ((), thanksgiving))
    thursday = date(2026, 11, 26)
    assert len(selling(usual)) == len(selling(holiday)) == 21
    # 21 * 1.1 / 7.3 = 3.16; 21 * .77 / 6.97 = 2.32
    assert [len(by_day(selling(week))[thursday]) for week in (usual, holiday)] == [3, 2]
    assert any("Thanksgiving Day" in line for one in by_day(selling(holiday))[thursday] for line in one.why)


def test_days_after_those_without_messages_that_sell_have_more_from_day_to_day() -> None:
    """MEGA, RED: 10 by 1, 1.1*1.1, 1.2*1.2, 1.3*1.1, 1.4*1: 1.54, 1.87, 2.22, 2.21, 2.16."""
    week = worked(PageReport("p", "MEGA", "", "HIGH"))
    counts = Counter(one.local.weekday() for one in selling(week))
    assert [counts[day] for day in range(7)] == [0, 0, 2, 2, 2, 2, 2]
    # LARGE: 8 by the same: 1.23, 1.49, 1.78, 1.77, 1.73
    counts = Counter(one.local.weekday() for one in selling(worked(PageReport("p", "LARGE", "", "HIGH"))))
    assert [counts[day] for day in range(7)] == [0, 0, 1, 1, 2, 2, 2]


def test_analysed_hours_win_by_their_rank_in_whatever_case_and_the_seed_draws_the_minute() -> None:
    analysed = (
        AnalysedHour("weekend", 12, 0.9),
        AnalysedHour("WEEKDAY", 16, 0.8),
        AnalysedHour("Weekday", 23, 0.7),
    )
    weeks = [worked(PageReport("p", "MICRO", "", "LOW", analysed), seed=seed) for seed in range(30)]
    around = {(one.local.weekday() >= 5, round(minute(one) / 60)) for week in weeks for one in selling(week)}
    assert around == {(False, 16), (True, 12)}
    assert {minute(one) % 60 for week in weeks for one in selling(week)} == {*range(53, 60), *range(8)}
    assert {one.time_slot_rank for one in selling(weeks[0])} == {1}


@pytest.mark.parametrize(
    ("monday", "before", "after"),
    [(date(2026, 3, 2), -8, -7), (date(2026, 10, 26), -7, -8)],
)
def test_a_week_in_which_the_clock_is_changed_keeps_its_wall_times(monday: date, before: int, after: int) -> None:
    week = build_week(request(1, "MEGA", "LOW", "", monday, 300, 10, 0), profile())
    sunday = monday + timedelta(days=6)
    shifts = {
        one.local.date() == sunday: (one.local - one.instant.replace(tzinfo=None)) // timedelta(hours=1)
        for one in in_volume(week)
    }
    assert shifts == {False: before, True: after}


def test_twelve_messages_a_day_three_hours_apart_become_five_and_the_week_says_so() -> None:
    tier = replace(profile().tiers["MEDIUM"], ppv=(84, 84), gap_minutes=180, most_a_day=30)
    rules = replace(profile(), tiers={"MEDIUM": tier})
    week = build_week(request(3, "MEDIUM", "LOW", "", date(2026, 11, 23), 400, 10, 0), rules)
    assert len(selling(week)) == 35
    assert broke(week, GivesWay.PPV_VOLUME) == ["49 of 84: no more than 5 fit into a day"]
    assert broke(week, GivesWay.BEST_HOURS)


def test_a_days_maximum_moves_free_messages_and_then_leaves_them_out() -> None:
    tier = replace(profile().tiers["MEDIUM"], ppv=(7, 7), bump=(10, 10), most_a_day=2)
    rules = replace(profile(), tiers={"MEDIUM": tier})
    week = build_week(request(3, "MEDIUM", "LOW", "", date(2026, 11, 23), 400, 10, 0), rules)
    assert {len(day) for day in by_day(in_volume(week)).values()} == {2}
    assert broke(week, GivesWay.BUMP_VOLUME) == ["3 of 10: days have 2 messages at most"]


def test_a_tier_without_captions_is_sent_as_another_and_the_week_says_so() -> None:
    captions = tuple(SelectedCaption(number, "low", f"category {number}") for number in range(30))
    week = build_week(WeekRequest(PageReport("p", "MICRO"), date(2026, 11, 23), captions), profile())
    assert len(selling(week)) == 6
    assert broke(week, GivesWay.TIER_SPLIT)
    assert len(broke(week, GivesWay.TIERS_TURN)) == 4
    assert broke(week, GivesWay.BUMP_VOLUME) == ["4 of 4: too few free captions were selected"]


def test_what_is_no_week_is_refused_with_a_fix() -> None:
    asked = request(1, "", "", "", date(2026, 11, 23), 20, 4, 0)
    with pytest.raises(SchedulingError, match=r"2026-11-25 is a Wednesday") as refused:
        build_week(replace(asked, monday=date(2026, 11, 25)), profile())
    assert "2026-11-23 or 2026-11-30" in str(refused.value.fix)
    with pytest.raises(SchedulingError, match=r"page_1: no caption was selected for the week of 2026-11-23"):
        build_week(replace(asked, captions=()), profile())
    with pytest.raises(SchedulingError, match=r"caption 5: nobody knows the price tier 'gold'"):
        build_week(replace(asked, captions=(SelectedCaption(5, "gold"),)), profile())


def test_as_many_captions_as_are_asked_for_make_a_whole_week() -> None:
    report = PageReport("p", "MEGA", "LUXURY", "HIGH")
    asked = captions_to_ask(week_volume(report, profile()), 30)
    names = {"budget": "low", "mid": "mid", "premium": "high", "bump": "Bump"}
    drawn = [name for bucket, name in names.items() for _ in range(asked[bucket])]
    captions = tuple(SelectedCaption(number, name, f"c{number}") for number, name in enumerate(drawn))
    week = build_week(WeekRequest(report, date(2026, 11, 23), captions), profile())
    assert (len(selling(week)), len(of(week, MessageType.BUMP))) == (10, 32)


def test_an_instant_is_that_of_the_wall_clock() -> None:
    week = worked(PageReport("p", "MICRO", "", "LOW"))
    first = of(week, MessageType.BUMP)[0]
    assert (first.local, first.instant) == (
        datetime(2026, 11, 24, 8, 30),
        datetime(2026, 11, 24, 16, 30, tzinfo=UTC),
    )
