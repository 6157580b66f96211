"""The health gate: what the figures after a deployment say beside those before it.

A limit that was broken before counts only where it got worse: the deployment did not do it. Figures of fewer than
ENOUGH statements are no ground to take anything back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.releases.figures import Figures

LEAST_HEALTH, MOST_COST, MOST_ERRORS, SLOWER = 70, 100.0, 0.10, 1.5
ENOUGH = 10
INTEGRITY = ("i1", "i2", "i3", "i4", "v2", "v6")
"""Checks that say whether data are whole: duplicates, keys, bounds from 0 to 1, reference data."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """`rollback` says why it must be taken back, `investigate` what somebody should look at, `better` what improved."""

    rollback: tuple[str, ...] = ()
    investigate: tuple[str, ...] = ()
    better: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.rollback


def judge(before: Figures | None, after: Figures, broken: Sequence[str] = ()) -> GateVerdict:
    """The decision matrix; `broken` are checks of INTEGRITY that fail now and did not before."""
    was = before or Figures()
    rollback = [f"integrity: {name}" for name in broken]
    investigate: list[str] = []
    for text, is_caused in _broken(was, after):
        (rollback if is_caused else investigate).append(text)
    if _grew(was.p95_seconds, after.p95_seconds, SLOWER) and after.statements >= ENOUGH:
        investigate.append(f"p95 is {after.p95_seconds:.2f} s, it was {was.p95_seconds:.2f} s: more than 50 % slower")
    return GateVerdict(tuple(rollback), tuple(investigate), tuple(_better(was, after)))


def _broken(was: Figures, now: Figures) -> Iterator[tuple[str, bool]]:
    """Each limit that is broken, and whether the deployment may be held to have done it."""
    if now.health_score is not None and now.health_score < LEAST_HEALTH:
        worse = was.health_score is not None and now.health_score < was.health_score
        yield f"health score {now.health_score}, below {LEAST_HEALTH}{_said(was.health_score)}", worse
    if now.cost_usd_per_day is not None and now.cost_usd_per_day > MOST_COST:
        worse = was.cost_usd_per_day is None or now.cost_usd_per_day > was.cost_usd_per_day
        text = f"${now.cost_usd_per_day:.2f} a day at the rate of now, above ${MOST_COST:.0f}"
        yield f"{text}{_said(was.cost_usd_per_day)}", worse and now.statements >= ENOUGH
    if now.error_rate is not None and now.error_rate > MOST_ERRORS:
        worse = was.error_rate is None or now.error_rate > was.error_rate
        text = f"{now.error_rate:.0%} of {now.statements} statements failed, above {MOST_ERRORS:.0%}"
        yield f"{text}{_said(was.error_rate)}", worse and now.statements >= ENOUGH


def _better(was: Figures, now: Figures) -> Iterator[str]:
    if was.p95_seconds and now.p95_seconds is not None and now.p95_seconds < 0.9 * was.p95_seconds:
        yield "more than 10 % faster"
    if now.error_rate is not None and now.error_rate < 0.01:
        yield "fewer than 1 % of statements fail"
    if was.cost_usd_per_day and now.cost_usd_per_day is not None and not _grew(
        was.cost_usd_per_day, now.cost_usd_per_day, 1.05
    ):  # fmt: skip
        yield "cost grew by less than 5 %"


def _grew(was: float | None, now: float | None, by: float) -> bool:
    return bool(was) and now is not None and now > by * (was or 0)


def _said(before: float | None) -> str:
    return "" if before is None else f" ({before:.4g} before)"
