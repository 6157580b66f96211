"""Caption selection in plain Python, written from its rules: the oracle of the SQL."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
BUCKETS = {
    "premium": ("high", "premium", "luxury", "vip"),
    "mid": ("mid", "standard"),
    "budget": ("low", "budget"),
    "bump": ("bump", "free"),
}
SENT = ("PAST_SEND_DATE", "STALE_7DAY")


@dataclass
class World:
    """The rows that a selection reads, by table; at most one restriction, profile and inventory a page."""

    caption_bank: list[Row] = field(default_factory=list)
    caption_bandit_stats: list[Row] = field(default_factory=list)
    active_caption_assignments: list[Row] = field(default_factory=list)
    creator_caption_restrictions: list[Row] = field(default_factory=list)
    creator_allowed_profile: list[Row] = field(default_factory=list)
    creator_content_inventory: list[Row] = field(default_factory=list)
    feature_flags: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """What became of one caption; `score` is None for what was excluded before scoring."""

    caption_id: int
    bucket: str
    category: str
    urgent: bool
    explore: bool
    excluded_by: str | None
    score: float | None = None
    picked: bool = False


def lower(text: str | None) -> str:
    return (text or "").strip().lower()


def half_up(value: float, digits: int) -> float:
    """Rounding away from zero, as the warehouse does it."""
    shifted = abs(value) * 10**digits
    return math.copysign(math.floor(shifted + 0.5 + 1e-9) / 10**digits, value)


def mean_of(successes: int, failures: int) -> float:
    return successes / (successes + failures)


def select(
    world: World,
    page: str,
    quotas: Mapping[str, int],
    today: date,
    theta: Callable[[int, int], float] = mean_of,
) -> dict[int, Decision]:
    """The decision on every caption of the page's pool."""
    scored = score_all(world, page, today, theta)
    if pool_is_low(world, page, scored):
        return {decision.caption_id: decision for decision in scored}
    planned = planned_week(world, page, today)
    return pick_all(scored, quotas, planned)


def available(world: World) -> list[Row]:
    first: dict[Any, Any] = {}
    for row in sorted(world.caption_bank, key=lambda row: row["caption_id"]):
        first.setdefault(lower(row["caption_text"]), row)
    return [row for row in first.values() if bucket_of(row) and is_in_use(row)]


def is_in_use(row: Row) -> bool:
    proven = (row["overall_performance_score"] or 0) > 0
    chance = bucket_of(row) == "bump" or not row["total_sends"]
    return lower(row["usage_status"]) in ("available", "moderate_recency") and (proven or chance)


def bucket_of(row: Row) -> str | None:
    return next((name for name, tiers in BUCKETS.items() if lower(row["price_tier"]) in tiers), None)


def score_all(world: World, page: str, today: date, theta: Callable[[int, int], float]) -> list[Decision]:
    decisions = []
    for row in available(world):
        bucket = bucket_of(row) or ""
        stats = next(
            (s for s in world.caption_bandit_stats if (s["page_name"], s["caption_id"]) == (page, row["caption_id"])),
            None,
        )
        rule = standing_rule(world, page, row) or passing_rule(world, page, row, today)
        score = None if rule else score_of(world, page, row, stats, today, theta)
        decisions.append(
            Decision(
                row["caption_id"],
                bucket,
                lower(row["content_category"]),
                bool(row["has_urgency"]),
                explores(stats),
                rule,
                score,
            )
        )
    return decisions


def explores(stats: Row | None) -> bool:
    if stats is None:
        return True
    width = half_up(stats["confidence_upper_bound"] - stats["confidence_lower_bound"], 6)
    return stats["total_observations"] < 10 or width > 0.3


def restriction_of(world: World, page: str) -> Row | None:
    flags = sorted(world.feature_flags, key=lambda row: row["updated_at"])
    if flags and not flags[-1]["is_enabled"]:
        return None
    return next(
        (row for row in world.creator_caption_restrictions if row["page_name"] == page and row["is_active"]), None
    )


def reaches(rules: Row, row: Row) -> bool:
    scope = rules.get("applies_to_scope") or "ALL"
    return scope not in ("PPV_ONLY", "BUMP_ONLY") or (scope == "BUMP_ONLY") == (bucket_of(row) == "bump")


def standing_rule(world: World, page: str, row: Row) -> str | None:
    category, tier = lower(row["content_category"]), lower(row["price_tier"])
    for allowed in (item for item in world.creator_allowed_profile if item["page_name"] == page):
        scope = "bump" if bucket_of(row) == "bump" else "ppv"
        for value, kind in ((category, "categories"), (tier, "price_tiers")):
            listed = [lower(item) for item in allowed.get(f"{scope}_allowed_{kind}") or []]
            if listed and value not in listed:
                return "ALLOWED_PROFILE"
    rules = restriction_of(world, page)
    if rules and reaches(rules, row):
        if category in [lower(item) for item in rules.get("restricted_categories") or []]:
            return "CATEGORY"
        if tier in [lower(item) for item in rules.get("restricted_price_tiers") or []]:
            return "PRICE_TIER"
        if matches(rules.get("hard_patterns"), row, invalid=True):
            return "PATTERN_HARD"
    for stock in (item for item in world.creator_content_inventory if item["page_name"] == page):
        listed = [lower(item) for item in stock["available_categories"]]
        if listed and category != "general" and category not in listed:
            return "INVENTORY"
    return None


def matches(patterns: Sequence[str] | None, row: Row, *, invalid: bool) -> int:
    """How many patterns match; one that is no regular expression counts when `invalid`."""
    count = 0
    for pattern in patterns or []:
        try:
            count += bool(re.search(pattern, row["caption_text"], re.IGNORECASE))
        except re.error:
            count += invalid
    return count


def is_usage(row: Row) -> bool:
    return bool(row["is_active"]) or row.get("deactivation_reason") in SENT


def passing_rule(world: World, page: str, row: Row, today: date) -> str | None:
    same = [
        a for a in world.active_caption_assignments if a["caption_id"] == row["caption_id"] and a["scheduled_send_date"]
    ]
    near = [a for a in same if -6 <= (a["scheduled_send_date"] - today).days <= 14]
    if any(a["page_name"] == page and is_usage(a) for a in near):
        return "COOLDOWN"
    if any(a["is_active"] and a["scheduled_send_date"] >= today for a in near):
        return "AGENCY_LOCK"
    return None


def history(world: World, page: str, today: date) -> list[Row]:
    """The page's sends of the last seven days with their captions, newest first."""
    bank = {row["caption_id"]: row for row in world.caption_bank}
    rows = [
        a | {"caption": bank[a["caption_id"]]}
        for a in world.active_caption_assignments
        if a["page_name"] == page and is_usage(a) and a["scheduled_send_date"]
        if timedelta(days=-6) <= a["scheduled_send_date"] - today <= timedelta(0)
    ]
    key = lambda a: (a["scheduled_send_date"], a["scheduled_send_hour"], a["caption_id"])  # noqa: E731
    return sorted(rows, key=key, reverse=True)


def latest(values: Iterable[str], count: int) -> list[str]:
    return list(dict.fromkeys(values))[:count]


def planned_week(world: World, page: str, today: date) -> tuple[int, Counter[str]]:
    """Urgent sends and sends by category of the seven days from tomorrow."""
    bank = {row["caption_id"]: row for row in world.caption_bank}
    rows = [
        bank[a["caption_id"]]
        for a in world.active_caption_assignments
        if a["page_name"] == page and is_usage(a) and a["scheduled_send_date"]
        if 1 <= (a["scheduled_send_date"] - today).days <= 7
    ]
    return sum(bool(row["has_urgency"]) for row in rows), Counter(lower(row["content_category"]) for row in rows)


def score_of(
    world: World, page: str, row: Row, stats: Row | None, today: date, theta: Callable[[int, int], float]
) -> float:
    past = history(world, page, today)
    categories = latest((lower(a["caption"]["content_category"]) for a in past), 5)
    tiers = latest((lower(a["caption"]["price_tier"]) for a in past), 7)
    urgency = any(a["caption"]["has_urgency"] for a in past[:3])
    diversity = -0.2 if lower(row["content_category"]) in categories else 0.1
    diversity += -0.2 if lower(row["price_tier"]) in tiers else 0.1
    diversity += -0.1 if row["has_urgency"] and urgency else 0.05
    urgent, by_category = planned_week(world, page, today)
    used = by_category[lower(row["content_category"])]
    penalty = -0.5 if row["has_urgency"] and urgent >= 4 else 0.0
    penalty += -0.3 if used >= 16 else -0.15 if used >= 12 else 0.0
    rules = restriction_of(world, page)
    if rules and reaches(rules, row):
        penalty -= 0.3 * matches(rules.get("soft_patterns"), row, invalid=False)
    draw = theta(stats["successes"], stats["failures"]) if stats else theta(1, 1)
    percentile = (
        0.5 if stats is None or stats["performance_percentile"] is None else stats["performance_percentile"] / 100
    )
    return half_up(0.7 * draw + 0.15 * diversity + 0.15 * percentile + penalty, 6)


def pool_is_low(world: World, page: str, scored: Sequence[Decision]) -> bool:
    rules = restriction_of(world, page)
    if rules is None:
        return False
    scope = rules.get("applies_to_scope") or "ALL"
    left = [d for d in scored if d.excluded_by not in ("ALLOWED_PROFILE", "CATEGORY", "PRICE_TIER", "PATTERN_HARD")]
    bumps = sum(d.bucket == "bump" for d in left)
    low_ppv = scope != "BUMP_ONLY" and len(left) - bumps < rules["min_ppv_pool"]
    return low_ppv or (scope != "PPV_ONLY" and bumps < rules["min_bump_pool"])


def pick_all(
    scored: Iterable[Decision], quotas: Mapping[str, int], planned: tuple[int, Counter[str]]
) -> dict[int, Decision]:
    """Fill the buckets in turn with the best by score, within quota and weekly budgets."""
    found = {decision.caption_id: decision for decision in scored}
    urgent, by_category = planned[0], Counter(planned[1])
    for bucket in BUCKETS:
        line = [d for d in found.values() if d.bucket == bucket and d.excluded_by is None]
        line.sort(key=lambda d: (-(d.score or 0), d.caption_id))
        kept, urgent_seen, seen = [], 0, Counter[str]()
        for d in line:
            urgent_seen += d.urgent
            if not (d.urgent and urgent + urgent_seen > 5):
                seen[d.category] += 1
                if by_category[d.category] + seen[d.category] <= 20:
                    kept.append(d)
                    continue
            found[d.caption_id] = replace(d, excluded_by="BUDGET")
        quota = max(0, quotas.get(bucket, 0))
        first = [d for d in kept if d.explore][: math.ceil(quota / 5)]
        chosen = [*first, *(d for d in kept if d not in first)][:quota]
        for d in chosen:
            found[d.caption_id] = replace(d, picked=True)
            urgent += d.urgent
            by_category[d.category] += 1
    return found
