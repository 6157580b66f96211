"""The gate held against what is deployed: once, or until a window of time is over. Can be left and taken up again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from operations.deploying.gate import INTEGRITY, GateVerdict, judge
from operations.deploying.state import State
from operations.releases.figures import Figures
from operations.releases.stack_hands import Hands
from operations.stack import Stack

EVERY_SECONDS = 60.0
Say = Callable[[str], None]


class Watch:
    """The window after one deployment."""

    def __init__(self, stack: Stack, hands: Hands, say: Say, sleep: Callable[[float], None] = time.sleep) -> None:
        self._stack, self._hands, self._say, self._sleep = stack, hands, say, sleep

    def until_over(self, state: State, failed_now: tuple[str, ...] | None) -> tuple[GateVerdict, Figures]:
        """The first verdict that fails, or the last one. `failed_now` are checks that were run a moment ago."""
        while True:
            verdict, figures = self.look(state, failed_now)
            left = _left(state.watch_until)
            if not verdict.passed or left <= 0:
                return verdict, figures
            score = "not known" if figures.health_score is None else figures.health_score
            self._say(f"watching, {left / 60:.0f} min left: health {score}, {figures.statements} statements")
            self._sleep(min(EVERY_SECONDS, left))
            failed_now = None

    def look(self, state: State, failed_now: tuple[str, ...] | None) -> tuple[GateVerdict, Figures]:
        """The verdict of now."""
        if failed_now is None:
            failed_now = self._hands.verify(self._stack.root, INTEGRITY).failed
        broken = [one for one in failed_now if one.startswith(INTEGRITY) and one not in state.failed_before]
        since = datetime.fromisoformat(state.updated_at or state.started_at)
        figures = self._hands.figures(since, datetime.now(UTC))
        return judge(state.figures_before, figures, broken), figures


def _left(until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds() if until else 0.0
