"""Which rule gives way when a week cannot hold all of them: the one place that says it.

Rules give way in the order of GivesWay, the first first: what only makes a week less varied goes before what moves a
message, and that before what takes one out. What stands in NEVER does not give way at all: a message that would break
it is moved or left out instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class GivesWay(StrEnum):
    """Rules from the weakest to the strongest."""

    TRIGGERS_APART = "no trigger again within three messages"
    CATEGORIES_TURN = "no category twice running"
    TIERS_TURN = "no price tier three times in a row"
    BUMP_PLACES = "free messages at their places"
    BEST_HOURS = "messages that sell at the page's hours"
    DAY_WEIGHTS = "messages over days by the days' weights"
    TIER_SPLIT = "share of each price tier"
    BUMP_VOLUME = "number of free messages"
    PPV_VOLUME = "number of messages that sell"


NEVER = (
    "minutes between two messages that sell",
    "minutes between a free message and any other",
    "messages a day at most",
    "hours of the day in which messages are sent",
    "days without messages that sell",
    "a caption once a week",
)


@dataclass(frozen=True, slots=True)
class GaveWay:
    """A rule that does not hold everywhere in a week, and why."""

    rule: GivesWay
    reason: str


def in_order(given: Iterable[GaveWay]) -> tuple[GaveWay, ...]:
    """The weakest first; those of one rule as they came."""
    order = list(GivesWay)
    return tuple(sorted(given, key=lambda one: order.index(one.rule)))
