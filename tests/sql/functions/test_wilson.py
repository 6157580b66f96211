"""The Wilson interval against the recorded table and its closed form; the point and the draw inside it."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from tests.sql.warehouse import Warehouse

BOUNDS = """
SELECT eros_scheduling_brain.wilson_score_bounds(s, @failures[OFFSET(o)]) AS bounds
FROM UNNEST(@successes) AS s WITH OFFSET AS o
ORDER BY o
"""
RECORDED = [
    (0, 0, 0, 1, 1),
    (1, 0, 0.206543, 1, 0.707107),
    (1, 1, 0.094529, 0.905471, 0.577350),
    (1, 3, 0.045586, 0.699364, 0.447214),
    (10, 5, 0.417131, 0.848239, 0.25),
    (50, 50, 0.403830, 0.596170, 0.099504),
    (90, 10, 0.825633, 0.944771, 0.099504),
    (100, 0, 0.963005, 1, 0.099504),
    (0, 100, 0, 0.036995, 0.099504),
    (100, 100, 0.431360, 0.568640, 0.070535),
]
Bounds = tuple[float, float, float]


def closed_form(successes: int, failures: int) -> Bounds:
    """The interval as the two roots of (p - x)^2 = z^2 x (1 - x) / n, which is what defines it."""
    n = successes + failures
    if n == 0:
        return 0.0, 1.0, 1.0
    p, z = successes / n, 1.96
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a), 1 / math.sqrt(n + 1)


def bounds(warehouse: Warehouse, counts: list[tuple[int, int]]) -> list[Bounds]:
    successes, failures = (list(column) for column in zip(*counts, strict=True))
    found = [row["bounds"] for row in warehouse.rows(BOUNDS, successes=successes, failures=failures)]
    return [(b["lower_bound"], b["upper_bound"], b["exploration_bonus"]) for b in found]


def test_recorded_counts_have_their_recorded_bounds(warehouse: Warehouse) -> None:
    found = bounds(warehouse, [(s, f) for s, f, *_ in RECORDED])
    assert found == [pytest.approx(tuple(expected), abs=5e-7) for _, _, *expected in RECORDED]


def test_bounds_follow_the_closed_form_and_stay_ordered_within_0_and_1(warehouse: Warehouse) -> None:
    counts = [(s, f) for s in (0, 1, 2, 7, 33, 500, 10**6) for f in (0, 1, 3, 20, 499, 10**6)]
    found = bounds(warehouse, counts)
    assert found == [pytest.approx(closed_form(s, f), abs=1e-9) for s, f in counts]
    assert all(0 <= lower <= upper <= 1 for lower, upper, _ in found)


def test_null_and_negative_counts_are_zero_and_huge_counts_do_not_overflow(warehouse: Warehouse) -> None:
    query = """
    SELECT
      eros_scheduling_brain.wilson_score_bounds(NULL, 3) AS null_successes,
      eros_scheduling_brain.wilson_score_bounds(0, 3) AS no_successes,
      eros_scheduling_brain.wilson_score_bounds(4, -9) AS negative_failures,
      eros_scheduling_brain.wilson_score_bounds(4, 0) AS no_failures
    """
    (row,) = warehouse.rows(query)
    assert row["null_successes"] == row["no_successes"]
    assert row["negative_failures"] == row["no_failures"]
    (found,) = bounds(warehouse, [(2**63 - 1, 2**63 - 1)])
    assert found == pytest.approx((0.5, 0.5, 0), abs=1e-8)


def test_wilson_point_runs_from_the_lower_to_the_upper_end(warehouse: Warehouse) -> None:
    query = """
    SELECT eros_scheduling_brain.wilson_point(10, 5, u) AS point
    FROM UNNEST(@fractions) AS u WITH OFFSET AS o ORDER BY o
    """
    lower, upper, _ = closed_form(10, 5)
    fractions = [-1.0, 0.0, 0.25, 0.5, 1.0, 7.0]
    expected = [lower, lower, lower + (upper - lower) / 4, (lower + upper) / 2, upper, upper]
    assert [row["point"] for row in warehouse.rows(query, fractions=fractions)] == pytest.approx(expected)


def test_wilson_sample_is_uniform_in_the_interval_and_new_in_each_row(warehouse: Warehouse) -> None:
    """Kolmogorov-Smirnov at 1e-6: one false alarm in a million runs."""
    query = """
    SELECT eros_scheduling_brain.wilson_sample(50, 50) AS draw FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS i
    """
    draws = [row["draw"] for row in warehouse.rows(query)]
    lower, upper, _ = closed_form(50, 50)
    assert len(set(draws)) == 2000
    assert stats.kstest(draws, stats.uniform(lower, upper - lower).cdf).pvalue > 1e-6
