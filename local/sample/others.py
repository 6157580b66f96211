"""The small tables: creators, what content they have, and captions that are or were locked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from local.sample.captions import Row
from local.sample.messages import pages
from local.sample.shape import ASSIGNMENTS, CATEGORIES, INVENTORIES, Sample

BUSINESS_ZONE = ZoneInfo("America/Los_Angeles")


def creators() -> Iterator[Row]:
    """Rows of active_creators."""
    return ({"page_name": page} for page in pages())


def inventories(sample: Sample) -> Iterator[Row]:
    """Rows of creator_content_inventory: two creators have none, so nothing is filtered for them."""
    random = np.random.default_rng((sample.seed, 3))
    day = sample.now.date() - timedelta(days=14)
    for page in pages()[:INVENTORIES]:
        kept = sorted(random.choice(CATEGORIES, int(random.integers(8, len(CATEGORIES) + 1)), replace=False))
        yield {
            "page_name": page,
            "inventory_date": day.isoformat(),
            "available_categories": kept,
            "total_content_pieces": int(random.integers(100, 2000)),
            "inventory_quality_score": round(float(random.random()), 3),
            "vault_audit_date": day.isoformat(),
            "created_at": sample.now.isoformat(),
            "audited_by": "sample",
        }


def assignments(sample: Sample, bank: Sequence[Row]) -> Iterator[Row]:
    """Rows of active_caption_assignments around today; those before it are for the sweep to expire."""
    random = np.random.default_rng((sample.seed, 4))
    today = sample.now.astimezone(BUSINESS_ZONE).date()
    chosen = random.choice(len(bank), min(ASSIGNMENTS, len(bank)), replace=False)
    for number, index in enumerate(chosen):
        caption = bank[int(index)]
        page = pages()[number % len(pages())]
        day, hour = today + timedelta(days=int(random.integers(-10, 8))), int(random.integers(8, 22))
        key = f"{page}|{caption['caption_id']}|{day.isoformat()}|{hour}"
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), BUSINESS_ZONE)
        yield {
            "page_name": page,
            "caption_id": caption["caption_id"],
            "caption_text": caption["caption_text"],
            "assigned_date": (day - timedelta(days=3)).isoformat(),
            "scheduled_send_date": day.isoformat(),
            "scheduled_send_hour": hour,
            "price_tier": caption["price_tier"],
            "is_active": True,
            "assigned_at": (midnight - timedelta(days=4)).isoformat(),
            "assignment_key": hashlib.sha256(key.encode()).hexdigest(),
            "schedule_id": f"sample_{page}",
            "expires_at": midnight.isoformat(),
        }


def tables(sample: Sample, bank: Sequence[Row]) -> dict[str, Iterator[Row] | Any]:
    """Rows of every small table by table name."""
    return {
        "active_creators": creators(),
        "creator_content_inventory": inventories(sample),
        "active_caption_assignments": assignments(sample, bank),
    }
