"""The mappings of tiers, segments and sizes, and the expected monetary value."""

from __future__ import annotations

import pytest

from tests.sql.warehouse import Warehouse

BUCKETS = {
    "bump": "bump",
    "free": "bump",
    "low": "budget",
    "budget": "budget",
    "mid": "mid",
    "standard": "mid",
    "high": "premium",
    "premium": "premium",
    "luxury": "premium",
    "vip": "premium",
    " Luxury ": "premium",
    "BUMP": "bump",
    "unknown": None,
    "": None,
}
SEGMENTS = {
    "PREMIUM": "HIGH_VALUE",
    "LUXURY": "HIGH_VALUE",
    "High-Value": "HIGH_VALUE",
    "price-insensitive": "HIGH_VALUE",
    "BUDGET": "BUDGET_CONSCIOUS",
    "Budget-Conscious": "BUDGET_CONSCIOUS",
    "STANDARD": "NEUTRAL",
    "Standard": "NEUTRAL",
    "EXPLORATORY": "NEUTRAL",
    "'; DROP TABLE x": "NEUTRAL",
    "": "NEUTRAL",
}
# base of the size times factor of the risk, by hand, rounded down, at least 30
TARGETS = {
    ("SMALL", "LOW"): 60,
    ("SMALL", "HIGH"): 42,
    ("MEDIUM", "MEDIUM"): 68,
    ("LARGE", "LOW"): 100,
    ("LARGE", "HIGH"): 70,
    ("XL", "MODERATE"): 119,
    ("MEGA", "MODERATE"): 119,
    ("SMALL", "MEDIUM"): 51,
    ("NEW", "HEALTHY"): 40,
    ("MICRO", "HIGH"): 30,
    ("SMALL", "CRITICAL"): 33,
    ("MICRO", "CRITICAL"): 30,
    ("XL", "CRITICAL"): 77,
    ("large", "medium"): 85,
    ("nobody knows", "LOW"): 80,
    ("LARGE", "nobody knows"): 100,
}


def mapped(warehouse: Warehouse, function: str, values: list[str]) -> list[object]:
    query = f"""
    SELECT eros_scheduling_brain.{function}(value) AS result
    FROM UNNEST(@values) AS value WITH OFFSET AS o ORDER BY o
    """
    return [row["result"] for row in warehouse.rows(query, values=values)]


def test_each_price_tier_has_its_bucket_and_an_unknown_one_has_none(warehouse: Warehouse) -> None:
    assert mapped(warehouse, "price_bucket", list(BUCKETS)) == list(BUCKETS.values())
    assert warehouse.value("SELECT eros_scheduling_brain.price_bucket(NULL)") is None


def test_each_segment_has_its_class_and_an_unknown_one_is_neutral(warehouse: Warehouse) -> None:
    assert mapped(warehouse, "segment_class", list(SEGMENTS)) == list(SEGMENTS.values())
    assert warehouse.value("SELECT eros_scheduling_brain.segment_class(NULL)") == "NEUTRAL"


def test_caption_targets_shrink_with_the_risk_and_never_below_30(warehouse: Warehouse) -> None:
    query = """
    SELECT eros_scheduling_brain.caption_target(size, @risks[OFFSET(o)]) AS target
    FROM UNNEST(@sizes) AS size WITH OFFSET AS o ORDER BY o
    """
    sizes, risks = (list(column) for column in zip(*TARGETS, strict=True))
    assert [row["target"] for row in warehouse.rows(query, sizes=sizes, risks=risks)] == list(TARGETS.values())
    assert warehouse.value("SELECT eros_scheduling_brain.caption_target(NULL, NULL)") == 80


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ("20, 400, 200.0", 10),
        ("30, 200, 600.0", 90),
        ("5, 50, 25.0", 2.5),
        ("5, 0, 25.0", 0),
        ("NULL, 50, 25.0", 0),
        ("5, NULL, 25.0", 0),
        ("5, 50, NULL", 0),
        ("NULL, NULL, NULL", 0),
    ],
)
def test_emv_is_purchases_per_view_times_earnings(warehouse: Warehouse, arguments: str, value: float) -> None:
    assert warehouse.value(f"SELECT eros_scheduling_brain.emv({arguments})") == pytest.approx(value)
