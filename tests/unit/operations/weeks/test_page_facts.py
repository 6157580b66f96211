"""What may be asked for: pages, weeks, reports."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from operations.weeks.errors import WeekError
from operations.weeks.page_facts import Found, next_monday, page_name, report_of, week_of
from operations.weeks.stored_weeks import schedule_id

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
TEXT = json.dumps({"creator_name": "alice", "account_classification": {"size_tier": "LARGE"}})


def test_without_a_date_it_is_the_next_monday_in_los_angeles() -> None:
    assert week_of("", NOW) == date(2025, 11, 10)
    assert next_monday(datetime(2025, 11, 10, 7, 59, tzinfo=UTC)) == date(2025, 11, 10), "there it is Sunday still"
    assert next_monday(datetime(2025, 11, 10, 8, 0, tzinfo=UTC)) == date(2025, 11, 17)


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("2025-11-12", "a week starts on a Monday, and 2025-11-12 is a Wednesday", "2025-11-10"),
        ("2025-11-03", "the week of 2025-11-03 has begun", "2025-11-10"),
        ("2024-02-26", "the week of 2024-02-26 has begun", "2025-11-10"),
        ("2026-11-23", "more than a year ahead", "2025-11-10"),
        ("next", "'next' is no date", "2025-11-10"),
        ("2025-02-29", "'2025-02-29' is no date", "2025-11-10"),
    ],
)
def test_what_is_no_week_to_plan_is_refused_with_one_that_is(text: str, said: str, fix: str) -> None:
    with pytest.raises(WeekError) as caught:
        week_of(text, NOW)
    assert said in caught.value.message
    assert fix in caught.value.fix


def test_a_week_until_a_year_ahead_can_be_planned() -> None:
    assert week_of("2025-11-10", NOW) == date(2025, 11, 10)
    assert week_of("2026-10-26", NOW) == date(2026, 10, 26)


@pytest.mark.parametrize("text", ["", "a b", "alice'; --", "x" * 101, "größe", "a.b"])
def test_what_is_no_page_or_schedule_is_refused(text: str) -> None:
    with pytest.raises(WeekError, match="is no page"):
        page_name(text)
    with pytest.raises(WeekError, match="is no schedule"):
        schedule_id(text + " ")


def test_page_names_are_lower_case() -> None:
    assert page_name(" Alice_1-b ") == "alice_1-b"


@pytest.mark.parametrize("day", [date(2025, 11, 3), TODAY])
def test_a_report_of_yesterday_or_today_is_fresh(day: date) -> None:
    assert report_of(Found("alice", True, day, TEXT), TODAY, neutral=True).size_tier == "LARGE"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found("alice", True, None, None), "alice has no report"),
        (Found("alice", True, date(2025, 11, 2), TEXT), "alice has its last report from 2025-11-02"),
    ],
)
def test_without_a_fresh_report_only_neutral_values_help(found: Found, said: str) -> None:
    with pytest.raises(WeekError, match=said) as caught:
        report_of(found, TODAY, neutral=False)
    assert "--neutral" in caught.value.fix
    assert report_of(found, TODAY, neutral=True).size_tier == ""


def test_an_unknown_page_is_refused_neutral_or_not() -> None:
    for neutral in (False, True):
        with pytest.raises(WeekError, match="nobody knows the page alice"):
            report_of(Found("alice", False, None, None), TODAY, neutral=neutral)
