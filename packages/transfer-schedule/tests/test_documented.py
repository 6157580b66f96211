"""What Google's documentation and public configurations say of schedules: they judge the grammar, not the reverse.

Each case names its source; the runs are worked out from the calendar by hand. November 2025 begins on a Saturday.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from transfer_schedule import ScheduleSyntaxError, parse

QUERIES = "docs.cloud.google.com/bigquery/docs/scheduling-queries"
API = "docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs"
CRON = "cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml#the_schedule_format"
PROVIDER = "hashicorp/terraform-provider-google-beta: resource_bigquery_data_transfer_config_test.go"

# Source, schedule, the instant (also the start), and the runs after it.
RUNS = [
    (QUERIES, "every mon 23:30", "2025-11-04 20:00", ["2025-11-10 23:30", "2025-11-17 23:30"]),
    (QUERIES, "every 6 hours", "2025-11-04 20:00", ["2025-11-05 02:00", "2025-11-05 08:00"]),
    (QUERIES, "every hour on mon,tue,wed,thu,fri", "2025-11-07 22:00", ["2025-11-07 23:00", "2025-11-10 00:00"]),
    (QUERIES, "every 24 hours", "2025-11-04 20:00", ["2025-11-05 20:00", "2025-11-06 20:00"]),
    (QUERIES, "every monday 09:00", "2025-11-04 20:00", ["2025-11-10 09:00", "2025-11-17 09:00"]),
    (
        API,
        "1st,3rd monday of month 15:30",
        "2025-11-04 20:00",
        ["2025-11-17 15:30", "2025-12-01 15:30", "2025-12-15 15:30"],
    ),
    (
        API,
        "every wed,fri of jan,jun 13:15",
        "2026-01-28 13:15",
        ["2026-01-30 13:15", "2026-06-03 13:15", "2026-06-05 13:15"],
    ),
    (API, "first sunday of quarter 00:00", "2025-11-04 20:00", ["2026-01-04 00:00", "2026-04-05 00:00"]),
    (CRON, "every 12 hours", "2025-11-04 20:00", ["2025-11-05 08:00", "2025-11-05 20:00"]),
    (
        CRON,
        "every 5 minutes from 10:00 to 14:00",
        "2025-11-05 13:50",
        ["2025-11-05 13:55", "2025-11-05 14:00", "2025-11-06 10:00", "2025-11-06 10:05"],
    ),
    (CRON, "every day 00:00", "2025-11-04 20:00", ["2025-11-05 00:00", "2025-11-06 00:00"]),
    (
        CRON,
        "2nd,third mon,wed,thu of march 17:00",
        "2007-12-03 10:15",
        [
            *("2008-03-10 17:00", "2008-03-12 17:00", "2008-03-13 17:00"),
            *("2008-03-17 17:00", "2008-03-19 17:00", "2008-03-20 17:00", "2009-03-09 17:00"),
        ],
    ),
    (
        CRON,
        "1st monday of sep,oct,nov 17:00",
        "2026-09-23 10:00",
        ["2026-10-05 17:00", "2026-11-02 17:00", "2027-09-06 17:00"],
    ),
    (CRON, "1 of jan,april,july,oct 00:00", "2025-11-04 20:00", ["2026-01-01 00:00", "2026-04-01 00:00"]),
    (
        CRON,
        "every 2 hours from 10:00 to 14:00",
        "2025-11-04 20:00",
        ["2025-11-05 10:00", "2025-11-05 12:00", "2025-11-05 14:00", "2025-11-06 10:00"],
    ),
    (CRON, "every 2 hours synchronized", "2025-11-04 21:30", ["2025-11-04 22:00", "2025-11-05 00:00"]),
    (
        CRON,
        "1,8,15,22 of month 09:00",
        "2025-11-04 20:00",
        ["2025-11-08 09:00", "2025-11-15 09:00", "2025-11-22 09:00", "2025-12-01 09:00"],
    ),
    (CRON, "every 10 mins", "2025-11-04 20:00", ["2025-11-04 20:10", "2025-11-04 20:20"]),
    (PROVIDER, "every 15 minutes", "2025-11-04 20:00", ["2025-11-04 20:15", "2025-11-04 20:30"]),
    (PROVIDER, "second sunday of quarter 00:00", "2025-11-04 20:00", ["2026-01-11 00:00", "2026-04-12 00:00"]),
]


@pytest.mark.parametrize(
    ("source", "text", "start", "runs"), RUNS, ids=[f"{text}; {source}" for source, text, *_ in RUNS]
)
def test_a_documented_schedule_runs_when_its_words_say(source: str, text: str, start: str, runs: list[str]) -> None:
    schedule, began = parse(text), utc(start)
    for before, after in pairwise([began, *map(utc, runs)]):
        assert schedule.next_after(before, began) == after
    assert parse(schedule.canonical()) == schedule


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("every day 12:00", "every mon,tue,wed,thu,fri,sat,sun 12:00", id=f"day; {CRON}"),
        pytest.param("1st,3rd monday of month 15:30", "first,third mon of month 15:30", id=f"ordinals; {CRON}"),
        pytest.param("every 10 mins", "every 10 minutes", id=f"units; {CRON}"),
    ],
)
def test_what_the_documentation_calls_the_same_is_the_same(one: str, other: str) -> None:
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("every 4 minutes", id=f"5 minutes at least; {QUERIES}"),
        pytest.param("every 1 mins", id=f"5 minutes at least, in its short form; {QUERIES}"),
        pytest.param("every 2 hours monday 09:00", id=f"an interval and a time of day; {CRON}"),
        pytest.param("every 12 hours 09:00", id=f"an interval that starts at a time; {CRON}"),
        pytest.param("every 30 seconds", id=f"hours, mins or minutes; {CRON}"),
        pytest.param("every monday 9am", id=f"HH:MM in 24 hour time; {CRON}"),
        pytest.param("every monday 24:00", id=f"HH:MM of a day; {CRON}"),
        pytest.param("every monday", id=f"the time of day is no option; {CRON}"),
        pytest.param("monday 09:00", id=f"every or an ordinal; {CRON}"),
        pytest.param("every hour on noday", id=f"days of the week; {QUERIES}"),
        pytest.param("0 9 * * 1", id=f"English-like, no crontab; {CRON}"),
    ],
)
def test_what_the_documentation_excludes_is_refused(text: str) -> None:
    with pytest.raises(ScheduleSyntaxError):
        parse(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
