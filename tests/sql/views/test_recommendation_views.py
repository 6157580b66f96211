"""latest_recommendations, recommendation_analytics and the two names of the export view."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.sql.analyses import DATASET, Analyses, by
from tests.sql.messages import LA, Row, caption, la, message, utc

NOW = utc("2025-11-04 20:00")
TICK = timedelta(microseconds=1)


def recommendation(schedule: str, at: datetime, created: datetime, **values: Any) -> Row:
    """A message of alice's schedule without a caption."""
    local = at.astimezone(LA)
    row: Row = {
        "schedule_id": schedule,
        "page_name": "alice",
        "day_of_week": f"{local:%A}",
        "scheduled_send_time": at,
        "message_type": "Unlock",
        "created_at": created,
        "is_active": True,
        "scheduled_send_date": local.date(),
        "scheduled_send_hour": local.hour,
    }
    return row | values


def test_the_newest_version_of_a_schedule_counts_unless_it_is_archived(analyses: Analyses) -> None:
    # defect: C6
    at, first, second = la("2025-11-06 09:00"), NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    later = at + timedelta(hours=3)
    analyses.add(
        "schedule_recommendations",
        [
            recommendation("one", at, first, status="pending"),
            recommendation("one", later, first),
            recommendation("two", at, first, time_slot_rank=1),
            recommendation("two", later, first, time_slot_rank=2),
            recommendation("two", later, second, time_slot_rank=3),
            recommendation("gone", at, first),
            recommendation("gone", at, second, status="Archived"),
            # The same id on another page is another schedule.
            recommendation("two", at, first, page_name="bella", time_slot_rank=4),
        ],
    )

    found = analyses.rows(f"SELECT * FROM `{DATASET}.latest_recommendations`")

    kept = {(row["page_name"], row["schedule_id"], row["time_slot_rank"]) for row in found}
    assert kept == {("alice", "one", None), ("alice", "two", 3), ("bella", "two", 4)}
    assert len(found) == 4


def test_recommendations_are_held_against_what_was_sent(analyses: Analyses) -> None:
    made = NOW - timedelta(days=2)
    due, other = la("2025-11-03 23:30"), la("2025-11-04 09:00")
    analyses.add(
        "schedule_recommendations",
        [
            recommendation("S1", due, made, caption_id=1),
            recommendation("S1", other, made, caption_id=2),
            recommendation("S1", other + timedelta(hours=1), made, caption_id=1, message_type="Photo bump"),
            recommendation("S1", other + timedelta(hours=2), made, message_type="Follow up", recommended_price=9),
            recommendation("S1", NOW, made, message_type="ppv", caption_id=3),
            recommendation("S2", NOW + TICK, made, message_type="Free content", caption_id=2),
            recommendation("S2", NOW + timedelta(days=1), made, caption_id=9, is_active=False),
            recommendation("S1", due, made - timedelta(days=1), caption_id=9),
            recommendation("old", due, NOW - timedelta(days=30), caption_id=9),
            recommendation("new", due, NOW + TICK, caption_id=9),
            recommendation("edge", due, NOW, page_name=" Bella"),
        ],
    )
    analyses.add(
        "caption_bandit_stats",
        [
            {"page_name": "alice", "caption_id": 1, "avg_conversion_rate": 0.1},
            {"page_name": "alice", "caption_id": 3, "avg_conversion_rate": 0.4},
            {"page_name": "bella", "caption_id": 2, "avg_conversion_rate": 0.9},
        ],
    )
    analyses.add(
        "mass_messages",
        [
            message("alice", la("2025-11-03 00:10"), caption_id=1),
            message("alice", la("2025-11-03 12:00"), caption_id=1),
            message("bella", other, caption_id=2),
            message("alice", la("2025-11-03 23:59"), caption_id=2),
            message("alice", NOW, caption_id=3),
        ],
    )

    found = by(analyses.call("recommendation_analytics_at", NOW), "page_name")

    assert found["alice"].pop("avg_performance_score") - (0.1 + 0.1 + 0.4) / 3 < 1e-9
    assert found["alice"] == {
        "page_name": "alice",
        "schedules": 2,
        "messages": 6,
        "ppv_count": 4,
        "bump_count": 2,
        "distinct_captions": 3,
        "repeats": 2,
        "scheduled_count": 5,
        "sent_count": 2,
    }
    assert set(found) == {"alice", "bella"}


def test_both_names_of_the_export_view_give_the_same_rows(analyses: Analyses) -> None:
    used = caption("text", has_urgency=True)
    analyses.add("caption_bank", [used])
    analyses.add(
        "schedule_recommendations",
        [
            recommendation("S1", NOW, NOW, caption_id=used["caption_id"], time_slot_rank=1),
            recommendation("S1", NOW + timedelta(hours=1), NOW, time_slot_rank=2),
            recommendation("S1", NOW + timedelta(hours=2), NOW, is_active=False),
        ],
    )

    first, second = (
        analyses.rows(f"SELECT * FROM `{DATASET}.{name}` AS v ORDER BY v.time_slot_rank")
        for name in ("schedule_recommendations_messages", "schedule_recommendations_with_messages")
    )

    assert first == second
    assert len(first) == 2
    assert list(first[0]) == list(second[0])
    assert len(first[0]) == 18
