"""The feedback: the worked example value by value, then one test a rule."""

from __future__ import annotations

import math
import statistics
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
BIG = -9007199254740995
Row = dict[str, Any]
STATISTICS = "SELECT * FROM eros_scheduling_brain.caption_bandit_stats ORDER BY page_name, caption_id"
RUNS = "SELECT * FROM eros_scheduling_brain.etl_job_runs ORDER BY job_start_time, job_id"

# row id, page, caption, type, price, sent, viewed, purchased, earnings, month-day hour:minute in UTC
EXAMPLE = [
    (1, "alice", 101, "PPV", 10, 1000, 400, 20, 200, "10-20 18:00"),
    (2, "alice", 101, "ppv", 10, 1000, 500, 10, 100, "10-27 18:00"),
    (3, "alice", 102, "PPV", 20, 500, 200, 30, 600, "10-21 18:00"),
    (4, "alice", 102, "PPV", 20, 500, 0, 0, 0, "10-28 18:00"),
    (5, "alice", BIG, "PPV", 15, 2000, 800, None, None, "10-22 18:00"),
    (6, "alice", 101, "Bump", None, 1000, 900, None, None, "10-23 18:00"),
    (7, "alice", 102, "PPV", 20, 500, 200, 50, 1000, "11-03 21:00"),
    (8, "alice", 101, "PPV", 10, 1000, 400, 90, 900, "08-01 18:00"),
    (9, "alice", None, "PPV", 10, 1000, 300, 40, 400, "10-24 18:00"),
    (10, "bella", 101, "Bump", 5, 100, 50, 5, 25, "10-25 18:00"),
    (11, "bella", 101, "PPV", 5, 0, 0, 0, 0, "10-26 18:00"),
    (12, "bella", 103, "PPV", 5, 100, 40, 10, 50, "11-05 18:00"),
]
COLUMNS = (
    "row_id", "page_name", "caption_id", "message_type", "price", "sent_count", "viewed_count", "purchased_count",
    "earnings",
)  # fmt: skip

# page, caption, successes, failures, observations, revenue, conversion, mean emv, last emv, lower, upper,
# exploration, percentile, last used
EXPECTED = [
    ("alice", BIG, 1, 2, 1, 0, 0, 0, 0, 0.061490, 0.792345, 0.5, 0, "10-22 18:00"),
    ("alice", 101, 1, 3, 2, 300, 0.033333, 6, 2, 0.045586, 0.699364, 0.447214, 50, "10-27 18:00"),
    ("alice", 102, 2, 2, 2, 600, 0.15, 45, 0, 0.150036, 0.849964, 0.447214, 100, "10-28 18:00"),
    ("bella", 101, 2, 1, 1, 25, 0.1, 2.5, 2.5, 0.207655, 0.938510, 0.5, 50, "10-25 18:00"),
]
FIGURES = (
    "successes", "failures", "total_observations", "total_revenue", "avg_conversion_rate", "avg_emv",
    "last_emv_observed", "confidence_lower_bound", "confidence_upper_bound", "exploration_score",
    "performance_percentile",
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def example() -> list[Row]:
    return [dict(zip(COLUMNS, values, strict=True)) | {"sending_time": at(sent)} for *values, sent in EXAMPLE]


def message(row_id: int, *, earnings: float = 100, caption_id: int | None = 1, **values: Any) -> Row:
    """A matured paid message of 1,000 recipients, 400 views and 10 buyers."""
    message: Row = {
        "row_id": row_id,
        "page_name": "alice",
        "message_type": "PPV",
        "price": 10,
        "sent_count": 1000,
        "viewed_count": 400,
        "purchased_count": 10,
        "earnings": earnings,
        "caption_id": caption_id,
        "sending_time": NOW - timedelta(days=10, minutes=row_id),
    }
    return message | values


def feedback(warehouse: Warehouse, now: datetime = NOW) -> None:
    warehouse.call("update_caption_performance_at", now)


def learnt(warehouse: Warehouse) -> dict[tuple[str, int], Row]:
    """The statistics by key; fails when a key is there twice."""
    rows = warehouse.rows(STATISTICS)
    found = {(row["page_name"], row["caption_id"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def counts(warehouse: Warehouse) -> dict[int, tuple[int, int]]:
    """Successes and failures by caption, without the prior."""
    return {caption: (row["successes"] - 1, row["failures"] - 1) for (_, caption), row in learnt(warehouse).items()}


def statuses(warehouse: Warehouse) -> list[str]:
    return [row["job_status"] for row in warehouse.rows(RUNS)]


EDGES = {
    1: NOW - timedelta(days=90),
    2: NOW - timedelta(days=90) + timedelta(microseconds=1),
    3: NOW - timedelta(hours=24),
    4: NOW - timedelta(hours=24) + timedelta(microseconds=1),
    5: NOW + timedelta(days=1),
}
KINDS: dict[int, Row] = {
    1: {"message_type": "Bump", "price": None},
    2: {"message_type": "Bump", "price": 0},
    3: {"sent_count": 0},
    4: {"sent_count": None},
    5: {"message_type": "Photo bump", "price": 3},
    6: {"message_type": " UNLOCK ", "price": None},
}
LATEST = NOW - timedelta(days=3)
IDS = [BIG, BIG - 1, 2**63 - 1, -(2**63), 2**53 + 1]
SPELLINGS = ["spelling", "Spelling", " SPELLING "]
EARNINGS = [50, 80, 80, 20, 300, 0, 40, 81]


def page_for_each_rule() -> list[Row]:
    """Rules that do not touch each other, each on a page of its own, so that one run serves them all."""
    latest = [(1, 100, 0), (9, 900, 0), (5, 500, 0), (20, 2000, 1)]
    return [
        *(message(10 + n, page_name="window", caption_id=n, sending_time=sent) for n, sent in EDGES.items()),
        *(message(20 + n, page_name="kinds", caption_id=n, **values) for n, values in KINDS.items()),
        *(
            message(300 + n, page_name="latest", earnings=e, sending_time=LATEST - timedelta(seconds=earlier))
            for n, e, earlier in latest
        ),
        *(message(40 + n, page_name="ids", caption_id=caption) for n, caption in enumerate(IDS)),
        *(message(50 + n, page_name=name) for n, name in enumerate(SPELLINGS)),
        message(60, page_name="  "),
        message(61, page_name=None),
        *(message(70 + n, page_name="ranks", caption_id=n, earnings=e) for n, e in enumerate(EARNINGS)),
    ]


@pytest.fixture(scope="module")
def rules(deployed_warehouse: Warehouse) -> dict[tuple[str, int], Row]:
    """What one run has learnt from `page_for_each_rule`."""
    deployed_warehouse.clean()
    deployed_warehouse.insert("mass_messages", page_for_each_rule())
    feedback(deployed_warehouse)
    found = learnt(deployed_warehouse)
    deployed_warehouse.clean()
    return found


def captions(rules: dict[tuple[str, int], Row], page: str) -> set[int]:
    return {caption for name, caption in rules if name == page}


def test_the_window_is_open_at_90_days_and_closed_at_24_hours(rules: dict[tuple[str, int], Row]) -> None:
    assert captions(rules, "window") == {2, 3}


def test_free_messages_and_messages_to_nobody_teach_nothing(rules: dict[tuple[str, int], Row]) -> None:
    assert captions(rules, "kinds") == {5, 6}


def test_ids_beyond_2_to_the_53_stay_exact(rules: dict[tuple[str, int], Row]) -> None:
    assert captions(rules, "ids") == set(IDS)


def test_the_same_page_in_any_spelling_is_one_page_and_no_name_is_none(rules: dict[tuple[str, int], Row]) -> None:
    assert rules["spelling", 1]["total_observations"] == 3
    assert {page for page, _ in rules} == {"window", "kinds", "latest", "ids", "spelling", "ranks"}


def test_the_last_emv_is_of_the_latest_message_and_at_equal_times_of_the_higher_row(
    rules: dict[tuple[str, int], Row],
) -> None:
    assert rules["latest", 1]["last_emv_observed"] == pytest.approx(10 / 400 * 900)
    assert rules["latest", 1]["last_used"] == LATEST


def percentiles(values: list[int]) -> list[int]:
    """Rank of each value: the share of the others that is smaller, in percent."""
    others = len(values) - 1
    return [math.floor(100 * sum(other < value for other in values) / others + 0.5) for value in values]


def test_percentiles_rank_the_captions_of_a_page_and_ties_share_theirs(rules: dict[tuple[str, int], Row]) -> None:
    ranks = [rules["ranks", n]["performance_percentile"] for n in range(len(EARNINGS))]
    assert ranks == percentiles(EARNINGS)
    assert rules["latest", 1]["performance_percentile"] == 50


def test_the_worked_example_gives_its_rows_value_by_value(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", example())
    feedback(warehouse)
    rows = warehouse.rows(STATISTICS)
    assert [(row["page_name"], row["caption_id"]) for row in rows] == [expected[:2] for expected in EXPECTED]
    for row, (_, _, *figures, last_used) in zip(rows, EXPECTED, strict=True):
        assert [row[name] for name in FIGURES] == pytest.approx(figures, abs=5e-7), row
        assert row["last_used"] == at(last_used)
        assert row["last_updated"] == NOW


def test_the_run_is_recorded_with_its_figures(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", example())
    feedback(warehouse)
    (run,) = warehouse.rows(RUNS)
    assert run["job_id"].startswith("update_caption_performance_20251104_")
    assert (run["job_name"], run["job_status"]) == ("update_caption_performance", "SUCCESS")
    assert (run["job_start_time"], str(run["execution_date"])) == (NOW, "2025-11-04")
    assert (run["creators_processed"], run["creators_failed"], run["records_processed"]) == (2, 0, 4)
    assert run["latest_data_timestamp"] == at("10-28 18:00")
    assert run["error_message"] is None
    assert 0 < run["job_duration_seconds"] < 60
    measured = (run["job_end_time"] - NOW).total_seconds()
    assert run["job_duration_seconds"] == pytest.approx(measured)


def test_running_twice_changes_nothing_but_last_updated(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", [*example(), *(message(100 + n, earnings=0.1 * n) for n in range(40))])
    feedback(warehouse)
    first = warehouse.rows(STATISTICS)
    later = NOW + timedelta(minutes=1)
    feedback(warehouse, later)
    second = warehouse.rows(STATISTICS)
    assert [row.pop("last_updated") for row in first] == [NOW] * len(first)
    assert [row.pop("last_updated") for row in second] == [later] * len(first)
    assert second == first


def test_what_was_stored_before_is_replaced_not_added_to(warehouse: Warehouse) -> None:
    warehouse.insert("mass_messages", [message(1), message(2, earnings=300)])
    stale = {"page_name": "alice", "caption_id": 1, "successes": 700, "failures": 900, "total_observations": 1598}
    warehouse.insert("caption_bandit_stats", [stale | {"total_revenue": 9.9e6, "last_updated": NOW}])
    feedback(warehouse)
    row = learnt(warehouse)["alice", 1]
    assert (row["successes"], row["failures"], row["total_observations"], row["total_revenue"]) == (2, 2, 2, 400)


def test_captions_that_left_the_window_are_removed_and_other_pages_stay_their_own(warehouse: Warehouse) -> None:
    messages = [message(1, caption_id=1), message(2, caption_id=2), message(3, caption_id=1, page_name="bella")]
    messages[0]["sending_time"] = NOW - timedelta(days=89)
    warehouse.insert("mass_messages", messages)
    feedback(warehouse)
    assert learnt(warehouse).keys() == {("alice", 1), ("alice", 2), ("bella", 1)}
    feedback(warehouse, NOW + timedelta(days=1))
    assert learnt(warehouse).keys() == {("alice", 2), ("bella", 1)}


def test_a_page_of_ten_messages_is_judged_by_its_own_median(warehouse: Warehouse) -> None:
    own = [message(n, caption_id=n, earnings=10 * n) for n in range(1, 11)]
    rich = [message(100 + n, caption_id=500, earnings=5000, page_name="bella") for n in range(30)]
    warehouse.insert("mass_messages", own + rich)
    feedback(warehouse)
    median = statistics.median(10 * n for n in range(1, 11))
    found = counts(warehouse)
    assert {n: found[n] for n in range(1, 11)} == {n: (1, 0) if 10 * n > median else (0, 1) for n in range(1, 11)}
    assert found[500] == (0, 30), "a message that equals the median is no success"


def test_a_page_of_nine_messages_is_judged_by_the_median_of_all(warehouse: Warehouse) -> None:
    own = [message(n, caption_id=n, earnings=10 * n) for n in range(1, 10)]
    rich = [message(100 + n, caption_id=500, earnings=5000, page_name="bella") for n in range(30)]
    warehouse.insert("mass_messages", own + rich)
    feedback(warehouse)
    found = counts(warehouse)
    assert {found[n] for n in range(1, 10)} == {(0, 1)}


def test_messages_without_a_caption_still_count_for_the_median(warehouse: Warehouse) -> None:
    anonymous = [message(100 + n, caption_id=None, earnings=1000) for n in range(10)]
    warehouse.insert("mass_messages", [message(1, caption_id=1, earnings=900), *anonymous])
    feedback(warehouse)
    assert counts(warehouse) == {1: (0, 1)}


def test_rates_that_differ_only_in_the_last_digits_are_equal(warehouse: Warehouse) -> None:
    """0.1 + 0.2 is not 0.3 in binary; such a hair must not make a success."""
    earnings = [0.3] * 9 + [0.1 + 0.2]
    warehouse.insert(
        "mass_messages", [message(n, caption_id=n, earnings=e, sent_count=1) for n, e in enumerate(earnings)]
    )
    feedback(warehouse)
    assert set(counts(warehouse).values()) == {(0, 1)}


def test_without_a_message_the_run_says_so_and_what_was_known_stays(warehouse: Warehouse) -> None:
    known = {"page_name": "alice", "caption_id": 1, "successes": 5, "failures": 2, "last_updated": NOW}
    warehouse.insert("caption_bandit_stats", [known])
    before = warehouse.rows(STATISTICS)
    feedback(warehouse)
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"]
    warehouse.insert("mass_messages", [message(1, caption_id=None)])
    feedback(warehouse, NOW + timedelta(minutes=1))
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"] * 2
    assert warehouse.rows(STATISTICS) == before


def test_two_runs_at_once_leave_each_key_once(warehouse: Warehouse) -> None:
    """The loser of the race tries again, or is told to; nothing is doubled, and the next run is right."""
    warehouse.insert("mass_messages", example())
    warehouse.insert("mass_messages", [message(50 + n, caption_id=None, message=f"text {n}") for n in range(20)])
    warehouse.insert("caption_bank", [{"caption_id": n, "caption_text": f"Text {n}!"} for n in range(20)])
    warehouse.deploy("update_caption_performance_at")

    def run(second: int) -> str | None:
        client = warehouse.new_client()
        try:
            warehouse.call("update_caption_performance_at", NOW + timedelta(seconds=second), client=client)
        except GoogleAPICallError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(3) as pool:
        errors = [error for error in pool.map(run, range(3)) if error]
    assert len(errors) < 3, "at least one run wins"
    assert all("EROS_BUSY|lock=update_caption_performance|" in error for error in errors), errors
    assert len(learnt(warehouse)) == 24
    assert sorted(statuses(warehouse)) == sorted(["FAILED"] * len(errors) + ["SUCCESS"] * (3 - len(errors)))
    matches = "SELECT COUNT(*) AS n, COUNT(DISTINCT row_id) AS ids FROM eros_scheduling_brain.message_caption_matches"
    assert warehouse.rows(matches) == [{"n": 20, "ids": 20}]
    feedback(warehouse, NOW + timedelta(minutes=1))
    assert learnt(warehouse)["alice", 101]["total_observations"] == 2


def test_a_run_that_fails_is_closed_as_failed_and_the_error_reaches_the_caller(warehouse: Warehouse) -> None:
    """A whole number that does not fit INT64 breaks the reading of the messages."""
    warehouse.insert("mass_messages", [message(1, purchased_count=1e300)])
    with pytest.raises(GoogleAPICallError):
        feedback(warehouse)
    (run,) = warehouse.rows(RUNS)
    assert run["job_status"] == "FAILED"
    assert run["error_message"]
    assert run["job_end_time"] >= NOW
    assert learnt(warehouse) == {}


def test_a_run_that_died_is_reaped_by_the_next(warehouse: Warehouse) -> None:
    dead = {"job_id": "dead", "job_name": "update_caption_performance", "job_status": "RUNNING"}
    warehouse.insert("etl_job_runs", [dead | {"job_start_time": NOW - timedelta(hours=3)}])
    feedback(warehouse)
    assert statuses(warehouse) == ["FAILED", "COMPLETED_NO_WORK"]


def test_the_scheduled_form_computes_as_of_now(warehouse: Warehouse) -> None:
    now = datetime.now(UTC)
    warehouse.insert("mass_messages", [message(1, sending_time=now - timedelta(days=2))])
    warehouse.call("update_caption_performance")
    assert learnt(warehouse)["alice", 1]["last_updated"] >= now
