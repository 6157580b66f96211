"""Views that depend on time are their table function at the present moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sql.analyses import DATASET, Analyses
from tests.sql.messages import LA, caption, message

VIEWS = [
    "recent_caption_usage_v",
    "active_assignments_7day",
    "caption_performance_by_creator",
    "performance_summary_7d",
    "day_of_week_performance",
    "caption_tracking_view",
    "caption_pattern_analysis",
    "recommendation_analytics",
]


def _fill(analyses: Analyses) -> None:
    """Messages every two days, and yesterday's caption in a lock and a schedule."""
    now = datetime.now(UTC)
    today = now.astimezone(LA).date()
    used = caption("now and then")
    analyses.add("caption_bank", [used])
    identity = used["caption_id"]
    sends = [now - timedelta(days=n, minutes=-30) for n in range(1, 40, 2)]
    analyses.add("mass_messages", [message("alice", at, caption_id=identity) for at in sends])
    lock: dict[str, Any] = {"page_name": "alice", "caption_id": identity, "caption_text": "x", "is_active": True}
    days = [today - timedelta(days=1), today + timedelta(days=2)]
    analyses.add(
        "active_caption_assignments",
        [lock | {"assigned_date": today, "scheduled_send_date": day, "scheduled_send_hour": 9} for day in days],
    )
    analyses.add(
        "schedule_recommendations",
        [
            {
                "schedule_id": "S1",
                "page_name": "alice",
                "scheduled_send_time": sends[0],
                "message_type": "Unlock",
                "caption_id": identity,
                "created_at": now - timedelta(days=3),
                "is_active": True,
                "scheduled_send_date": sends[0].astimezone(LA).date(),
                "scheduled_send_hour": 9,
            }
        ],
    )


def test_each_view_is_its_table_function_at_the_present_moment(analyses: Analyses) -> None:
    _fill(analyses)

    for view in VIEWS:
        both = [
            f"SELECT '{kind}' AS kind, TO_JSON_STRING(v) AS content FROM {source} AS v"
            for kind, source in {
                "view": f"`{DATASET}.{view}`",
                "function": f"`{DATASET}.{view}_at`(CURRENT_TIMESTAMP())",
            }.items()
        ]
        rows = analyses.rows(" UNION ALL ".join(both))

        contents = {
            kind: sorted(row["content"] for row in rows if row["kind"] == kind) for kind in ("view", "function")
        }
        assert contents["view"], view
        assert contents["view"] == contents["function"], view
