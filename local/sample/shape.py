"""The figures of the audited system (2025-10-31) that the sample keeps, as counts at full size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

FIRST_MESSAGE = datetime(2024, 4, 1, tzinfo=UTC)
MESSAGES = 63_411
CAPTIONS = 44_651
REPEATED_CAPTIONS = 7_380
CREATORS = 38
INVENTORIES = 36
ASSIGNMENTS = 153
SCORE_NULL = 28_090
SCORE_OUT_OF_RANGE = 734
# Share of messages that carry a caption id of their own; the rest is matched by text or not at all.
WITH_CAPTION_ID = 1 / 3

CATEGORIES = (
    "General", "Solo", "Feet", "Lingerie", "Shower", "Gym", "Cosplay", "Travel", "Behind the scenes",
    "Roleplay", "Voice note", "Live replay", "Photo set", "Custom", "Collab",
)  # fmt: skip
# Tier of the bank, mean price (dollars), share of captions.
TIERS = (
    ("bump", 0.0, 0.24),
    ("low", 3.60, 0.12),
    ("budget", 6.60, 0.18),
    ("mid", 14.93, 0.20),
    ("high", 31.96, 0.12),
    ("premium", 35.46, 0.09),
    ("luxury", 70.37, 0.05),
)
VALIDATION_LEVELS = ("single_page_tested", "low", "medium", "high", "multi_page_success", "bump_caption")
USAGE_STATUSES = ("available", "moderate_recency", "recent", "heavy_use")


@dataclass(frozen=True, slots=True)
class Sample:
    """How much to make, up to which instant. Fewer messages mean fewer captions; more mean the same bank."""

    now: datetime
    messages: int = MESSAGES
    seed: int = 20_251_031

    def scaled(self, count: int) -> int:
        """A count of the audited system, smaller for a smaller sample; at least one."""
        return max(1, round(count * min(1.0, self.messages / MESSAGES)))

    @property
    def captions(self) -> int:
        return self.scaled(CAPTIONS)
