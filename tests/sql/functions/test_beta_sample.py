"""Draws of beta_sample against the exact Beta distribution.

Each Kolmogorov-Smirnov test alarms falsely once in a million runs (p < 1e-6); six of them: once in 160,000.
With 3,000 draws it sees any deviation of the distribution function of about 0.05 or more.
"""

from __future__ import annotations

import pytest
from scipy import stats

from tests.sql.warehouse import Warehouse

DRAWS = 3000
SHAPES = {
    (1, 1): (1, 1),
    (3, 2): (3, 2),
    (1, 40): (1, 40),
    (250, 150): (250, 150),
    # Above 400 in sum the shape shrinks to 400 and keeps its mean.
    (3000, 1000): (300, 100),
    (2**62, 1): (399, 1),
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_draws_follow_the_beta_distribution(warehouse: Warehouse, shape: tuple[int, int]) -> None:
    query = """
    SELECT eros_scheduling_brain.beta_sample(@a, @b, row_key) AS draw
    FROM UNNEST(GENERATE_ARRAY(1, @draws)) AS row_key
    """
    a, b = shape
    draws = [row["draw"] for row in warehouse.rows(query, a=a, b=b, draws=DRAWS)]
    assert len(set(draws)) == DRAWS, "rows with equal counts must not share a draw"
    assert stats.kstest(draws, stats.beta(*SHAPES[shape]).cdf).pvalue > 1e-6


def test_draws_of_a_row_differ_from_query_to_query(warehouse: Warehouse) -> None:
    query = "SELECT eros_scheduling_brain.beta_sample(5, 5, 1)"
    assert warehouse.value(query) != warehouse.value(query)


def test_counts_below_one_and_null_are_one_and_any_row_key_serves(warehouse: Warehouse) -> None:
    query = """
    SELECT eros_scheduling_brain.beta_sample(a, b, row_key) AS draw
    FROM (
      SELECT NULL AS a, -5 AS b, CAST(NULL AS INT64) AS row_key
      UNION ALL SELECT 0, NULL, -9223372036854775808
      UNION ALL SELECT 9223372036854775807, 9223372036854775807, 9223372036854775807
    )
    """
    draws = [row["draw"] for row in warehouse.rows(query)]
    assert len(draws) == 3
    assert all(0 < draw < 1 for draw in draws)
