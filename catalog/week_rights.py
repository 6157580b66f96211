"""What the statements of `eros week` and `eros export` name, so that the stack can grant it.

The statements are in `operations`, which the program does not import; a test holds this list to them.
"""

from __future__ import annotations

from catalog.catalog import Catalog
from catalog.rights import Rights, through

NAMED = Rights(
    reads=frozenset(
        {
            *("active_caption_assignments", "active_creators", "audit_log", "caption_filter_audit_log"),
            *("caption_lock_conflicts_at", "caption_selection_at", "caption_target", "caption_usage"),
            *("creator_reports", "feature_flags", "holiday_calendar", "schedule_export_log"),
            *("schedule_generation_queue", "schedule_recommendations", "schedule_recommendations_messages"),
        }
    ),
    writes=frozenset(
        {
            *("active_caption_assignments", "audit_log", "schedule_export_log", "schedule_generation_queue"),
            "schedule_recommendations",
        }
    ),
    calls=frozenset({"lock_caption_assignments_at", "select_captions_for_creators_at"}),
)


def rights_of_weeks(catalog: Catalog) -> Rights:
    """What whoever builds, cancels and exports weeks needs, through everything that is called and read."""
    return through(catalog, NAMED)
