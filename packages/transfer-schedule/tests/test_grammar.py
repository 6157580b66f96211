"""Schedule strings: which are taken, how they are spelled, and when they run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from transfer_schedule import ScheduleSyntaxError, parse


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("every 15 minutes", "every 15 minutes"),
        ("Every  15 mins", "every 15 minutes"),
        ("every 1 hours", "every 1 hours"),
        ("every 6 hours", "every 6 hours"),
        ("every 60 minutes", "every 60 minutes"),
        ("every 24 hours", "every 24 hours"),
        ("every 15 minutes from 00:07 to 23:52", "every 15 minutes from 00:07 to 23:52"),
        ("every 2 hours from 9:05 to 17:05", "every 2 hours from 09:05 to 17:05"),
        ("every 8 hours synchronized", "every 8 hours synchronized"),
        ("every day 09:20", "every day 09:20"),
        ("every mon,Wednesday 00:00", "every monday,wednesday 00:00"),
        ("every wed, fri of jan,jun 13:15", "every wednesday,friday of january,june 13:15"),
        ("1st,third monday of month 15:30", "1st,3rd monday of month 15:30"),
        ("first sunday of quarter 00:00", "1st sunday of quarter 00:00"),
        ("2nd,third mon,wed,thu of march 17:00", "2nd,3rd monday,wednesday,thursday of march 17:00"),
        ("1,15 of month 04:05", "1,15 of month 04:05"),
        ("1 of jan,apr,jul,oct 04:05", "1 of quarter 04:05"),
        ("every monday of month 04:05", "every monday 04:05"),
    ],
)
def test_each_documented_form_has_one_canonical_spelling(written: str, canonical: str) -> None:
    assert parse(written).canonical() == canonical
    assert parse(canonical) == parse(written)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "days and a time of day are needed"),
        ("every 4 minutes", "at least 5 minutes"),
        ("every 0 hours", "at least 5 minutes"),
        ("every 25 hours", "at most 24 hours"),
        ("every 99999999999999999999 hours", "at most 24 hours"),
        ("every 5 seconds", "neither minutes nor hours"),
        ("every 7 hours synchronized", "must divide 24 hours"),
        ("every 15 minutes from 00:07", "unexpected 'from 00:07'"),
        ("every 15 minutes from 00:07 to 24:00", "no time of day"),
        ("every day 9", "no time of day"),
        ("every day 09:20 PST", "no time of day"),
        ("every day", "days and a time of day are needed"),
        ("every moonday 09:20", "'moonday' is no weekday"),
        ("6th monday of month 09:20", "'6th' is no ordinal"),
        ("1st monday of smarch 09:20", "'smarch' is no month"),
        ("31 of february,april 09:20", "no such day exists"),
        ("0 of month 09:20", "no days of a month"),
        ("32 of month 09:20", "no days of a month"),
        ("*/15 * * * *", "no time of day"),
    ],
)
def test_a_text_outside_the_grammar_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ScheduleSyntaxError, match=reason) as refusal:
        parse(text)
    assert "every 6 hours" in refusal.value.fix


@pytest.mark.parametrize(
    ("text", "instant", "start", "expected"),
    [
        ("every 6 hours", "2025-11-04 20:00", "2025-01-01 00:23", "2025-11-05 00:23"),
        ("every 6 hours", "2025-11-05 00:23", "2025-01-01 00:23", "2025-11-05 06:23"),
        ("every 6 hours", "2025-11-05 00:22:59", "2025-01-01 00:23", "2025-11-05 00:23"),
        ("every 6 hours", "2024-12-31 00:00", "2025-01-01 00:23", "2025-01-01 00:23"),
        ("every 6 hours", "2025-11-04 20:00", None, "2025-11-05 02:00"),
        ("every 8 hours synchronized", "2025-11-04 20:00", None, "2025-11-05 00:00"),
        ("every 8 hours synchronized", "2025-11-04 15:59", None, "2025-11-04 16:00"),
        ("every 15 minutes from 00:07 to 23:52", "2025-11-04 20:07", None, "2025-11-04 20:22"),
        ("every 15 minutes from 00:07 to 23:52", "2025-11-04 23:52", None, "2025-11-05 00:07"),
        ("every 1 hours from 22:10 to 02:10", "2025-11-04 23:30", None, "2025-11-05 00:10"),
        ("every 1 hours from 22:10 to 02:10", "2025-11-05 00:30", None, "2025-11-05 01:10"),
        ("every 1 hours from 22:10 to 02:10", "2025-11-05 02:10", None, "2025-11-05 22:10"),
        ("every day 09:20", "2025-11-04 09:19", None, "2025-11-04 09:20"),
        ("every day 09:20", "2025-11-04 09:20", None, "2025-11-05 09:20"),
        ("every day 09:20", "2025-11-04 09:19", "2025-12-01 09:20", "2025-12-01 09:20"),
        ("every monday 00:00", "2025-11-04 00:00", None, "2025-11-10 00:00"),
        ("every wed,fri of jan,jun 13:15", "2025-11-04 00:00", None, "2026-01-02 13:15"),
        ("1st,third monday of month 15:30", "2025-11-04 00:00", None, "2025-11-17 15:30"),
        ("1st,third monday of month 15:30", "2025-11-17 15:30", None, "2025-12-01 15:30"),
        ("first sunday of quarter 00:00", "2025-11-04 00:00", None, "2026-01-04 00:00"),
        ("31 of month 04:05", "2025-11-04 00:00", None, "2025-12-31 04:05"),
        ("29 of february 04:05", "2025-11-04 00:00", None, "2028-02-29 04:05"),
        ("5th monday of february 04:05", "2025-11-04 00:00", None, "2044-02-29 04:05"),
    ],
)
def test_the_next_run_is_the_first_later_than_the_instant_and_not_before_the_start(
    text: str, instant: str, start: str | None, expected: str
) -> None:
    assert parse(text).next_after(utc(instant), utc(start) if start else None) == utc(expected)


def test_an_instant_of_another_zone_gives_the_same_run_in_utc() -> None:
    los_angeles = timezone(timedelta(hours=-8))
    run = parse("every day 09:20").next_after(datetime(2025, 11, 4, 1, 30, tzinfo=los_angeles))
    assert (run, run.tzinfo) == (utc("2025-11-05 09:20"), UTC)


def test_an_instant_without_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        parse("every day 09:20").next_after(datetime(2025, 11, 4))


@pytest.mark.parametrize("text", ["every 6 hours from 00:23 to 23:59", "1st,third monday of month 15:30"])
def test_a_text_is_read_once_in_a_process_and_what_was_read_cannot_be_changed(text: str) -> None:
    spec = parse(text)
    assert parse(text) is spec
    for name in spec.__slots__:
        with pytest.raises(AttributeError):
            setattr(spec, name, None)
    assert hash(spec) == hash(parse(text.upper()))


NO_NUMBERS = {
    "superscript": "every \u00b2 hours from 00:07 to 23:59",
    "superscript day": "\u00b2,3 of month 09:00",
    "endless": f"every {'9' * 5000} hours",
    "endless day": f"{'9' * 5000} of month 09:00",
    "nothing between commas": "1,,2 of month 09:00",
    "other digits": "every day \u0660\u0669:00",
}


@pytest.mark.parametrize("text", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_only_looks_like_a_number_is_refused(text: str) -> None:
    with pytest.raises(ScheduleSyntaxError):
        parse(text)
