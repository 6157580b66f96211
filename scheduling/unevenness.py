"""Where a week does not take turns: looked for in the finished week, so that nothing is broken in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scheduling.giving_way import GaveWay, GivesWay
from scheduling.model import MessageType, PlannedMessage
from scheduling.variety import breaks_category, breaks_trigger, tier_breaks, traits_of

WHY = "no exchange with another selected caption mends it"


def uneven_places(messages: Sequence[PlannedMessage]) -> Iterator[GaveWay]:
    """One finding a rule and message, in the order of time."""
    row = [traits_of(one.caption) for one in messages if one.caption]
    for place, message in enumerate(messages):
        when = f"{message.local:%A %H:%M}"
        if breaks_category(row, place):
            yield GaveWay(GivesWay.CATEGORIES_TURN, f"{when}: {row[place].category} again; {WHY}")
        if breaks_trigger(row, place):
            yield GaveWay(GivesWay.TRIGGERS_APART, f"{when}: {row[place].trigger} again; {WHY}")
    selling = [one for one in messages if one.message_type is MessageType.PPV]
    tiers = [traits_of(one.caption).bucket for one in selling if one.caption]
    for place in tier_breaks(tiers):
        when = f"{selling[place].local:%A %H:%M}"
        yield GaveWay(GivesWay.TIERS_TURN, f"{when}: {tiers[place]} again; too few captions of other tiers")
