"""Captions for pages, selected by the platform's own procedure: one call for all pages, because a statement is billed
for the whole bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.weeks.week_statements import Statements, Structs
from scheduling.model import PageReport, SelectedCaption
from scheduling.profile_values import BUCKETS, Profile
from scheduling.quantities import BUMP, captions_to_ask, week_volume

FIELDS = {"page_name": "STRING", "segment": "STRING", **dict.fromkeys((*BUCKETS, BUMP), "INT64")}
SELECT = "CALL {select_captions_for_creators_at}(@requests, @now, 'RANDOM')"
# Writes nothing: no audit, no alerts.
PREVIEW = """
SELECT @page AS page_name, s.caption_id, s.price_tier, s.content_category, s.psychological_trigger, s.final_score,
  s.debug_info
FROM {caption_selection_at}(@page, @segment, @budget, @mid, @premium, @bump, @now, 'RANDOM') AS s
ORDER BY s.bucket, s.final_score DESC, s.caption_id
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page needs of a selection."""

    report: PageReport
    target: int

    def quotas(self, profile: Profile) -> dict[str, int]:
        """How many of each bucket."""
        return captions_to_ask(week_volume(self.report, profile), self.target)


class Selection:
    """Selects for pages by one profile of volumes."""

    def __init__(self, warehouse: Statements, profile: Profile) -> None:
        self._warehouse, self._profile = warehouse, profile

    def select(self, wishes: Sequence[Wish], now: datetime) -> dict[str, tuple[SelectedCaption, ...]]:
        """For every page, in one call. It is audited and raises alerts of small pools."""
        rows: list[Mapping[str, Any]] = [
            {"page_name": wish.report.page_name, "segment": wish.report.segment, **wish.quotas(self._profile)}
            for wish in wishes
        ]
        found = self._warehouse.rows(SELECT, requests=Structs(FIELDS, rows), now=now)
        return {
            wish.report.page_name: tuple(_caption(row) for row in found if row.page_name == wish.report.page_name)
            for wish in wishes
        }

    def preview(self, wish: Wish, now: datetime) -> tuple[SelectedCaption, ...]:
        """What a selection could give the page; nothing is written."""
        report = wish.report
        asked = {"page": report.page_name, "segment": report.segment, "now": now, **wish.quotas(self._profile)}
        return tuple(_caption(row) for row in self._warehouse.rows(PREVIEW, **asked))


def _caption(row: Any) -> SelectedCaption:
    return SelectedCaption(
        row.caption_id,
        row.price_tier or "",
        row.content_category or "",
        row.psychological_trigger or "",
        float(row.final_score),
        score_parts(float(row.final_score), row.debug_info),
    )


def score_parts(score: float, parts: Mapping[str, Any]) -> str:
    """What the score is the sum of: 0.70 draw + 0.15 diversity + 0.15 percentile + penalty.

    Source: scored_captions_of_pages_at.
    """
    draw, diversity, penalty = (float(parts[name]) for name in ("thompson_score", "diversity_bonus", "budget_penalty"))
    percentile = (score - 0.70 * draw - 0.15 * diversity - penalty) / 0.15
    sent = parts["successes"] + parts["failures"]
    return (
        f"draw {draw:.3f} after {parts['successes']} successes in {sent}, diversity {diversity:+.2f}, "
        f"percentile {100 * percentile:.0f}, penalty {penalty:+.2f}"
    )
