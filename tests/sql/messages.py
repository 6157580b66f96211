"""Rows of mass_messages and caption_bank for tests, with ids that never repeat."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LA = ZoneInfo("America/Los_Angeles")
Row = dict[str, Any]
_row_ids = itertools.count(1_000_000)
_caption_ids = itertools.count(-9_007_199_254_800_000)


def la(text: str) -> datetime:
    """The instant of a Los Angeles wall-clock time, `2025-10-06 12:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=LA).astimezone(UTC)


def utc(text: str) -> datetime:
    """The instant of a UTC time, `2025-10-06 12:00` or with seconds and microseconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def la_noon(day: date) -> datetime:
    """Noon of a Los Angeles day."""
    return datetime.combine(day, time(12), LA).astimezone(UTC)


def days_before(day: date, count: int) -> date:
    """The calendar day `count` days earlier."""
    return day - timedelta(days=count)


def message(page: str, at: datetime, **values: Any) -> Row:
    """A PPV message at $10 to 1,000 recipients, 400 views, 20 purchases, $200, unless stated otherwise."""
    row: Row = {
        "row_id": next(_row_ids),
        "page_name": page,
        "message": "text",
        "sending_time": at,
        "price": 10.0,
        "sent_count": 1000,
        "viewed_count": 400,
        "purchased_count": 20,
        "earnings": 200.0,
        "message_type": "PPV",
        "caption_id": None,
    }
    return row | values


def caption(text: str, **values: Any) -> Row:
    """A caption of the bank: mid tier, General, available, sent before with a score of 0.5."""
    row: Row = {
        "caption_id": next(_caption_ids),
        "caption_text": text,
        "content_category": "General",
        "price_tier": "mid",
        "has_urgency": False,
        "overall_performance_score": 0.5,
        "total_sends": 3,
        "usage_status": "available",
    }
    return row | values


def timestamp(at: datetime) -> str:
    """A GoogleSQL literal."""
    return f"TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'"


def text(value: str | None) -> str:
    """A GoogleSQL literal, whatever stands in the value."""
    if value is None:
        return "CAST(NULL AS STRING)"
    escaped = "".join(f"\\U{ord(character):08x}" if not character.isalnum() else character for character in value)
    return f"'{escaped}'"
