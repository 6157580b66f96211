"""What a selection says of each caption's score."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from operations.weeks.selecting import score_parts


@given(st.floats(0, 1), st.sampled_from([-0.2, -0.05, 0.25]), st.integers(0, 100), st.sampled_from([0.0, -0.5, -0.3]))
def test_the_parts_that_are_said_are_those_that_the_score_was_made_of(
    draw: float, diversity: float, percentile: int, penalty: float
) -> None:
    score = round(0.70 * draw + 0.15 * diversity + 0.15 * percentile / 100 + penalty, 6)
    counts = {"successes": 3, "failures": 4}
    said = score_parts(
        score, {"thompson_score": draw, "diversity_bonus": diversity, "budget_penalty": penalty, **counts}
    )
    found = re.fullmatch(r"draw (.+) after 3 successes in 7, diversity (.+), percentile (.+), penalty (.+)", said)
    assert found
    assert abs(float(found[1]) - draw) <= 0.0005 + 1e-9
    assert [float(found[place]) for place in (2, 3, 4)] == [diversity, percentile, penalty]
