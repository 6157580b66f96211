"""Whatever is locked and swept, in whatever order: the warehouse does what a few lines of Python do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from google.api_core.exceptions import GoogleAPICallError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
WEEK = timedelta(days=7)
ASSIGNMENTS = "SELECT * FROM eros_scheduling_brain.active_caption_assignments"
SWEEPS = "SELECT * FROM eros_scheduling_brain.lock_sweep_log"
CAPTIONS = (2**53 + 1, -(2**63))
# Every example talks to the emulator: few, the same in every run, each with many rows or steps.
few = settings(
    max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True
)


class Lock(NamedTuple):
    """An assignment and who holds it."""

    page: str
    caption_id: int
    send_date: date
    hour: int
    schedule: str

    @property
    def key(self) -> tuple[str, int, date, int]:
        """What tells assignments apart."""
        return self[:4]


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


# Days around the edges of a week, so that requests meet each other and retries of their own.
WANTED = st.tuples(st.sampled_from(CAPTIONS), st.sampled_from([0, 1, 7, 8, 9, 16]).map(day), st.just(9))
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bella"]), st.sampled_from(["S1", "S2"]), st.lists(WANTED, min_size=1, max_size=2)
    ),
    min_size=6,
    max_size=6,
)


def outcome(held: set[Lock], page: str, schedule: str, batch: list[Lock]) -> str:
    """What becomes of a request: `invalid`, `conflict` or `locked`."""
    for caption_id in CAPTIONS:
        dates = sorted(lock.send_date for lock in batch if lock.caption_id == caption_id)
        if any(later - earlier <= WEEK for earlier, later in pairwise(dates)):
            return "invalid"
    asked = {lock.key for lock in batch}
    for other in held:
        is_own = (other.page, other.schedule) == (page, schedule) and other.key in asked
        near = (lock for lock in batch if lock.caption_id == other.caption_id)
        if not is_own and any(abs(lock.send_date - other.send_date) <= WEEK for lock in near):
            return "conflict"
    return "locked"


def lock(warehouse: Warehouse, page: str, schedule: str, batch: list[Lock]) -> str:
    """The same by the procedure."""
    rows = [
        {"caption_id": one.caption_id, "scheduled_send_date": one.send_date, "scheduled_send_hour": one.hour}
        for one in batch
    ]
    try:
        warehouse.call("lock_caption_assignments_at", schedule, page, rows, NOW)
    except GoogleAPICallError as error:
        return "invalid" if "EROS_INVALID|caption twice" in str(error) else "conflict" if held_by(error) else str(error)
    return "locked"


def held_by(error: GoogleAPICallError) -> bool:
    return "EROS_LOCK_CONFLICT|" in str(error)


@few
@given(requests=REQUESTS)
def test_requests_in_any_order_lock_all_or_nothing_and_never_a_caption_twice_in_a_week(
    deployed_warehouse: Warehouse, requests: list[tuple[str, str, list[tuple[int, date, int]]]]
) -> None:
    warehouse = deployed_warehouse
    warehouse.clean()
    warehouse.insert(
        "caption_bank", [{"caption_id": id_, "caption_text": f"Caption {id_}", "price_tier": "mid"} for id_ in CAPTIONS]
    )
    held: set[Lock] = set()
    for page, schedule, wanted in requests:
        batch = [Lock(page, *one, schedule) for one in wanted]
        expected = outcome(held, page, schedule, batch)
        assert lock(warehouse, page, schedule, batch) == expected, (held, batch)
        if expected == "locked":
            held |= set(batch)
    found = [
        Lock(
            row["page_name"],
            row["caption_id"],
            row["scheduled_send_date"],
            row["scheduled_send_hour"],
            row["schedule_id"],
        )
        for row in warehouse.rows(ASSIGNMENTS)
    ]
    assert sorted(found) == sorted(held)
    for one, other in combinations(found, 2):
        assert one.caption_id != other.caption_id or abs(one.send_date - other.send_date) > WEEK


OFFSETS = st.one_of(st.none(), st.integers(-12, 3))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "send": OFFSETS,
            "age": st.integers(-3, 3).map(lambda seconds: WEEK + timedelta(seconds=seconds)),
            "is_active": st.booleans(),
        }
    ),
    min_size=40,
    max_size=40,
)


def assignment(number: int, drawn: dict[str, Any]) -> dict[str, Any]:
    row = {
        "page_name": f"page{number % 3}",
        "caption_id": number,
        "caption_text": "text",
        "assigned_date": day(-9),
        "assigned_at": NOW - drawn["age"],
        "scheduled_send_date": None if drawn["send"] is None else day(drawn["send"]),
        "is_active": drawn["is_active"],
    }
    return row if drawn["is_active"] else row | {"deactivated_at": NOW - WEEK, "deactivation_reason": "CANCELLED"}


def reason(drawn: dict[str, Any]) -> str | None:
    """Why the sweep closes the row; None for what it leaves active, and what was closed before keeps its own."""
    if not drawn["is_active"]:
        return "CANCELLED"
    if drawn["send"] is None:
        return "STALE_7DAY" if drawn["age"] > WEEK else None
    if drawn["send"] < -7:
        return "STALE_7DAY"
    return "PAST_SEND_DATE" if drawn["send"] < 0 else None


@few
@given(rows=ROWS)
def test_a_sweep_closes_what_has_expired_loses_no_row_and_again_changes_nothing(
    deployed_warehouse: Warehouse, rows: list[dict[str, Any]]
) -> None:
    warehouse = deployed_warehouse
    warehouse.clean()
    before = [assignment(number, drawn) for number, drawn in enumerate(rows)]
    warehouse.insert("active_caption_assignments", before)
    warehouse.call("sweep_expired_caption_locks_at", NOW)
    swept = sorted(warehouse.rows(ASSIGNMENTS), key=lambda row: row["caption_id"])
    expected = [reason(drawn) for drawn in rows]
    assert [row["deactivation_reason"] for row in swept] == expected
    assert [row["is_active"] for row in swept] == [why is None for why in expected]
    kept = ("page_name", "caption_id", "caption_text", "assigned_date", "assigned_at", "scheduled_send_date")
    assert [{name: row[name] for name in kept} for row in swept] == [
        {name: row[name] for name in kept} for row in before
    ]
    closed = [why for drawn, why in zip(rows, expected, strict=True) if drawn["is_active"] and why]
    (logged,) = warehouse.rows(SWEEPS)
    assert (logged["locks_expired_stale"], logged["locks_expired_past_date"]) == (
        closed.count("STALE_7DAY"),
        closed.count("PAST_SEND_DATE"),
    )
    warehouse.call("sweep_expired_caption_locks_at", NOW)
    assert sorted(warehouse.rows(ASSIGNMENTS), key=lambda row: row["caption_id"]) == swept
