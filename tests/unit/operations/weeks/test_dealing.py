"""Captions dealt among pages that are built together."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.weeks.dealing import deal
from scheduling import profiles
from scheduling.model import PageReport, SelectedCaption, WeekRequest
from scheduling.week import build_week

PROFILE = profiles.load(Path(__file__).parents[4])
TIERS = ("low", "mid", "premium", "bump")


def request(page: str, size: str = "MICRO") -> WeekRequest:
    return WeekRequest(PageReport(page, size, "STANDARD", "LOW"), date(2025, 11, 10), ())


def captions(numbers: range, tier: str | None = None) -> tuple[SelectedCaption, ...]:
    return tuple(SelectedCaption(n, tier or TIERS[n % 4], f"C{n % 5}", "", 1 - n / 1000) for n in numbers)


def sent(dealt: WeekRequest) -> list[int]:
    messages = build_week(dealt, PROFILE).messages
    return [message.caption.caption_id for message in messages if message.caption]


@given(st.integers(1, 6), st.integers(1, 120), st.booleans())
def test_no_caption_is_sent_by_two_pages_and_every_page_is_ready_or_short(pages: int, bank: int, last: bool) -> None:
    requests = [request(f"page{n}") for n in range(pages)]
    selected = {one.report.page_name: captions(range(bank)) for one in requests}
    dealt = deal(requests, selected, PROFILE, last=last)
    names = [one.report.page_name for one in dealt.ready]
    assert sorted([*names, *dealt.short]) == sorted(selected)
    assert not (last and dealt.short)
    counted = Counter(n for one in dealt.ready if one.captions for n in sent(one))
    assert max(counted.values(), default=1) == 1


def test_who_loses_too_many_to_the_others_is_short_and_who_never_had_them_is_not() -> None:
    requests = [request("alice"), request("bella"), request("cleo")]
    selected = {"alice": captions(range(16)), "bella": captions(range(16)), "cleo": captions(range(500, 502), "mid")}
    dealt = deal(requests, selected, PROFILE)
    assert [one.report.page_name for one in dealt.ready] == ["alice", "cleo"]
    assert dealt.short == ("bella",)


def test_a_page_leaves_to_the_next_what_it_does_not_send() -> None:
    first, second = deal(
        [request("alice"), request("bella")], dict.fromkeys(("alice", "bella"), captions(range(80))), PROFILE
    ).ready
    assert len(first.captions) == 80
    assert {one.caption_id for one in second.captions} == set(range(80)) - set(sent(first))


@pytest.mark.parametrize("found", [(), captions(range(3), "unheard of")])
def test_a_page_whose_week_cannot_be_built_is_left_to_say_so_itself(found: tuple[SelectedCaption, ...]) -> None:
    dealt = deal([request("alice"), request("bella")], {"alice": found, "bella": captions(range(80))}, PROFILE)
    assert [one.report.page_name for one in dealt.ready] == ["alice", "bella"]
    assert len(sent(dealt.ready[1])) == 10
