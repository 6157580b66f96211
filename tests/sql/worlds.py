"""Drawn worlds of a selection: few categories and many urgent captions, so that budgets bite."""

from __future__ import annotations

import random
from typing import Any

from tests.sql.captions import caption, days, inventory, profile, restriction, statistics, usage
from tests.sql.reference_selection import BUCKETS, World
from tests.sql.warehouse import Warehouse


def fill(warehouse: Warehouse, world: World, shuffled: random.Random | None = None) -> None:
    for table, rows in vars(world).items():
        if rows:
            warehouse.insert(table, shuffled.sample(rows, len(rows)) if shuffled else rows)


def world_of(seed: int) -> World:
    draw = random.Random(seed)
    ids = list({draw.randint(-(2**63), 2**63 - 1) for _ in range(150)})
    tiers = ["low", "budget", "mid", "standard", "high", "luxury", "bump", "odd", None]
    words = ["Leak", "soft", "today", "plain", "silk"]
    bank = [
        caption(
            n,
            draw.choice(tiers),
            draw.choice(["Solo", "solo", "Feet", "General", "Couple", None]),
            has_urgency=draw.choice([True, False, None]),
            caption_text=f"{draw.choice(words)} {draw.choice(words)} {position if draw.random() < 0.9 else 'again'}",
            usage_status=draw.choice(["available", "Moderate_Recency", "available", "overused"]),
            overall_performance_score=draw.choice([0.5, 0.9, 0.0, None]),
            total_sends=draw.choice([3, 0, None]),
        )
        for position, n in enumerate(ids)
    ]
    reasons = ["PAST_SEND_DATE", "STALE_7DAY", "CANCELLED", None]
    rows = []
    for _ in range(draw.choice([10, 40, 70])):
        reason = draw.choice(reasons)
        send_date = draw.choice([days(draw.randint(-9, 16)), days(draw.randint(-6, 7)), None])
        page = draw.choice(["alice", "alice", "bella"])
        values = {
            "is_active": reason is None,
            "deactivation_reason": reason,
            "scheduled_send_hour": draw.randint(0, 23),
        }
        rows.append(usage(draw.choice(ids), send_date, page, **values))
    stats = [
        statistics(
            n,
            draw.randint(1, 12),
            draw.randint(1, 12),
            draw.choice([None, 0, 40, 100]),
            total_observations=draw.choice([3, 9, 10, 50]),
            confidence_upper_bound=draw.choice([0.6, 0.7, 0.71]),
            page_name=draw.choice(["alice", "alice", "bella"]),
        )
        for n in draw.sample(ids, 90)
    ]
    limits: dict[str, Any] = {
        "hard_patterns": draw.choice([["plain (7|8)"], ["leak", "again$"], [r"\bsilk plain"]]),
        "soft_patterns": draw.choice([[], ["soft", "tod[ae]y"], ["plain", "(broken"]]),
        "restricted_categories": draw.choice([[], ["FEET"]]),
        "restricted_price_tiers": draw.choice([["standard"], ["Luxury", "budget"]]),
        "applies_to_scope": draw.choice([None, "ALL", "PPV_ONLY", "BUMP_ONLY"]),
        "min_ppv_pool": draw.choice([0, 5]),
    }
    lists: dict[str, Any] = {
        "ppv_allowed_categories": draw.choice([[], ["solo", "Feet", "general"]]),
        "bump_allowed_price_tiers": draw.choice([[], ["bump"]]),
    }
    return World(
        bank,
        stats,
        rows,
        [restriction(**limits)] if draw.random() < 0.8 else [],
        [profile(**lists)] if draw.random() < 0.4 else [],
        [inventory(["solo", "Couple"])] if draw.random() < 0.4 else [],
    )


def quotas_of(seed: int) -> dict[str, int]:
    draw = random.Random(-seed)
    return {bucket: draw.choice([0, 1, 4, 7, 25]) for bucket in BUCKETS}
