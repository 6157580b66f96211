"""The gate takes back what a deployment made bad, and nothing that was bad before it."""

from __future__ import annotations

import pytest

from operations.deploying.gate import judge
from operations.releases.figures import Figures

WELL = Figures(
    cost_usd_per_day=1, p50_seconds=1, p95_seconds=2, error_rate=0.0, health_score=95, avg_emv=1, statements=50
)


def with_(**values: float) -> Figures:
    return Figures(**{**{name: getattr(WELL, name) for name in Figures.__dataclass_fields__}, **values})


def test_a_platform_that_stays_well_passes_and_hears_what_improved() -> None:
    found = judge(WELL, with_(p95_seconds=1.7))
    assert (found.passed, found.investigate) == (True, ())
    assert found.better == ("more than 10 % faster", "fewer than 1 % of statements fail", "cost grew by less than 5 %")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (with_(health_score=69), "health score 69, below 70 (95 before)"),
        (with_(cost_usd_per_day=100.01), "$100.01 a day at the rate of now, above $100 (1 before)"),
        (with_(error_rate=0.11), "11% of 50 statements failed, above 10% (0 before)"),
    ],
)
def test_each_limit_takes_it_back(after: Figures, said: str) -> None:
    assert judge(WELL, after).rollback == (said,)


@pytest.mark.parametrize("after", [with_(health_score=70), with_(cost_usd_per_day=100), with_(error_rate=0.10)])
def test_a_limit_that_is_just_kept_passes(after: Figures) -> None:
    assert judge(WELL, after).passed


@pytest.mark.parametrize(
    "after", [with_(health_score=40), with_(cost_usd_per_day=200), with_(error_rate=0.5), with_(p95_seconds=3.1)]
)
def test_what_was_as_bad_before_and_what_got_slower_is_looked_at_and_not_taken_back(after: Figures) -> None:
    before = with_(health_score=40, cost_usd_per_day=200, error_rate=0.5)
    found = judge(before, after)
    assert found.passed
    assert found.investigate


def test_a_few_statements_prove_nothing() -> None:
    found = judge(WELL, with_(error_rate=0.5, statements=2, p95_seconds=9))
    assert (found.rollback, len(found.investigate)) == ((), 1)


def test_integrity_needs_no_figures_and_unknown_figures_are_no_ground() -> None:
    assert judge(None, Figures(), ["i1 assignment keys are unique"]).rollback == (
        "integrity: i1 assignment keys are unique",
    )
    assert judge(None, Figures()).passed
    assert judge(None, with_(health_score=10)).passed, "a first deployment has nothing to go back to"
