"""Rows that a selection reads, as tests state them: only what matters, the rest plain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
BIG = -9007199254740995


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


def caption(caption_id: int, tier: str | None = "mid", category: str | None = "Solo", **values: Any) -> Row:
    """A caption of the bank in use and proven, not urgent, with a text of its own."""
    row: Row = {
        "caption_id": caption_id,
        "caption_text": f"Caption number {caption_id if caption_id >= 0 else f'minus {-caption_id}'}",
        "price_tier": tier,
        "content_category": category,
        "has_urgency": False,
        "usage_status": "available",
        "overall_performance_score": 0.5,
        "total_sends": 3,
    }
    return row | values


def usage(caption_id: int, send_date: date | None, page: str = "alice", **values: Any) -> Row:
    """An active assignment at 9 h."""
    row: Row = {
        "page_name": page,
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": TODAY,
        "scheduled_send_date": send_date,
        "scheduled_send_hour": 9,
        "is_active": True,
        "schedule_id": f"{page}-1",
    }
    return row | values


def statistics(caption_id: int, successes: int, failures: int, percentile: int | None = 50, **values: Any) -> Row:
    """Well-known statistics: 50 observations, a narrow interval."""
    row: Row = {
        "caption_id": caption_id,
        "page_name": "alice",
        "successes": successes,
        "failures": failures,
        "total_observations": 50,
        "performance_percentile": percentile,
        "confidence_lower_bound": 0.4,
        "confidence_upper_bound": 0.6,
        "last_updated": NOW,
    }
    return row | values


def restriction(page: str = "alice", **values: Any) -> Row:
    """A restriction in force that restricts nothing and asks for no minimum pool."""
    row: Row = {
        "page_name": page,
        "min_ppv_pool": 0,
        "min_bump_pool": 0,
        "is_active": True,
        "updated_at": NOW,
        "version": 1,
    }
    return row | values


def profile(page: str = "alice", **values: Any) -> Row:
    row: Row = {"page_name": page, "is_active": True, "feature_enabled": True, "created_at": NOW, "updated_at": NOW}
    return row | values


def inventory(categories: list[str], inventory_date: date = TODAY, page: str = "alice", **values: Any) -> Row:
    row: Row = {
        "page_name": page,
        "inventory_date": inventory_date,
        "available_categories": categories,
        "total_content_pieces": 1,
        "inventory_quality_score": 1.0,
        "vault_audit_date": inventory_date,
        "created_at": NOW,
    }
    return row | values


def flag(*, is_enabled: bool, updated_at: datetime = NOW) -> Row:
    return {"flag": "caption_restrictions_enabled", "is_enabled": is_enabled, "updated_at": updated_at}
