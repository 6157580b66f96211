"""The CSV of a schedule, read back as a spreadsheet or program reads it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.weeks.csv_file import COLUMNS, Counted, write

ROW: dict[str, Any] = {
    "schedule_id": "sched_20251103_101500_alice",
    "page_name": "alice",
    "scheduled_send_time": datetime(2025, 11, 10, 17, 3, tzinfo=UTC),
    "message_type": "PPV",
    "caption_id": -9007199254740995,
    "caption_text": "Hello",
    "price_tier": "low",
    "content_category": "Solo",
    "has_urgency": True,
    "performance_score": 0.1274,
}


def written(*rows: dict[str, Any]) -> tuple[list[list[str]], Counted]:
    file, counted = io.StringIO(newline=""), Counted()
    write(file, [ROW | row for row in rows], counted)
    return list(csv.reader(io.StringIO(file.getvalue(), newline=""), strict=True)), counted


def test_columns_names_and_forms_are_those_of_the_old_exporter() -> None:
    (head, line), counted = written({})
    assert head == [
        *("schedule_id", "page_name", "day_of_week", "scheduled_send_time", "message_type", "caption_id"),
        *("caption_text", "price_tier", "content_category", "has_urgency", "performance_score"),
    ]
    assert line == [
        *("sched_20251103_101500_alice", "alice", "Monday", "2025-11-10 09:03:00", "PPV", "-9007199254740995"),
        *("Hello", "Budget", "Solo", "True", "0.13"),
    ]
    assert counted == Counted(messages=1)


@pytest.mark.parametrize(
    ("instant", "day", "local"),
    [
        (datetime(2025, 11, 2, 8, 30, tzinfo=UTC), "Sunday", "2025-11-02 01:30:00"),
        (datetime(2025, 11, 2, 9, 30, tzinfo=UTC), "Sunday", "2025-11-02 01:30:00"),
        (datetime(2026, 3, 8, 16, 0, tzinfo=UTC), "Sunday", "2026-03-08 09:00:00"),
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), "Wednesday", "2025-12-31 21:00:00"),
        (datetime(2028, 3, 1, 5, 0, tzinfo=UTC), "Tuesday", "2028-02-29 21:00:00"),
    ],
)
def test_times_are_los_angeles_wall_time_and_the_day_is_theirs(instant: datetime, day: str, local: str) -> None:
    (_, line), _ = written({"scheduled_send_time": instant})
    assert line[2:4] == [day, local]


@pytest.mark.parametrize(
    ("tier", "said"),
    [("LOW", "Budget"), ("standard", "Mid"), ("High", "Premium"), ("vip", "Luxury"), ("bump", "Free"), ("odd", "odd")],
)
def test_tiers_are_named_as_in_the_old_file(tier: str, said: str) -> None:
    (_, line), _ = written({"price_tier": tier})
    assert line[7] == said


def test_what_nobody_knows_is_empty() -> None:
    unknown = ("caption_id", "caption_text", "price_tier", "content_category", "has_urgency", "performance_score")
    (_, line), _ = written(dict.fromkeys(unknown))
    assert line[5:] == [""] * 6


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠1"]
)
def test_no_text_is_a_formula(text: str) -> None:
    (_, line), _ = written({"caption_text": text, "content_category": text})
    assert line[6] == line[8] == "'" + text


@pytest.mark.parametrize("text", ['He said "hi", then\nleft', "a,b;c\r\nd", "😈🔥 é 中", "x" * 100_000, "5 > 3 = true"])
def test_hostile_texts_come_back_whole(text: str) -> None:
    (_, line), counted = written({"caption_text": text})
    assert line[6] == text
    assert counted.too_long == (len(text) > 50_000)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_text_comes_back_and_none_begins_as_a_formula(text: str) -> None:
    (_, line), _ = written({"caption_text": text})
    assert line[6].removeprefix("'") == text.removeprefix("'")
    assert not line[6].lstrip().startswith(("=", "+", "-", "@"))


def test_follow_ups_are_counted_and_left_out() -> None:
    lines, counted = written({}, {"message_type": "Follow up", "caption_id": None}, {"message_type": "Bump"})
    assert [line[4] for line in lines[1:]] == ["PPV", "Bump"]
    assert (counted.messages, counted.follow_ups) == (2, 1)
    assert lines[0] == list(COLUMNS)


def test_rows_are_written_as_they_come() -> None:
    """A row is in the file before the next is asked for: 500 messages need the room of one."""
    file = io.StringIO(newline="")
    seen = []

    def rows() -> Any:
        for number in range(500):
            seen.append(file.getvalue().count("\r\n"))
            yield ROW | {"caption_id": number}

    write(file, rows(), Counted())
    assert seen == [number + 1 for number in range(500)]
