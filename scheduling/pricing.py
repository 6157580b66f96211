"""Prices of messages, and the follow-ups of those that sell. Money is decimal and ends in whole cents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from scheduling.model import MessageType, PlannedMessage
from scheduling.profile_values import Prices, Profile
from scheduling.wall_time import instant, later, out_of_the_night
from transfer_schedule import WEEKDAYS

CENT = Decimal("0.01")


def price_name(price_tier: str, prices: Prices) -> str:
    """The tier that has the price: low is budget, mid standard, high premium, others are their own name.

    Source: decision 29, rule 22.
    """
    tier = price_tier.strip().lower()
    return prices.names.get(tier, tier)


def price_of(price_tier: str, local: datetime, prices: Prices) -> tuple[Decimal, str]:
    """The price at a time, and how it comes about; saturation never changes it.

    Source: decision 29, rule 23.
    """
    name = price_name(price_tier, prices)
    price = prices.tiers[name]
    why = f"{name} {price}"
    if factor := prices.hours.get(local.hour):
        price, why = price * factor, f"{why}, x{factor} at {local.hour} h"
    if factor := prices.days.get(local.weekday()):
        price, why = price * factor, f"{why}, x{factor} on {WEEKDAYS[local.weekday()].title()}"
    return in_cents(price), f"price {in_cents(price)}: {why}"


def in_cents(price: Decimal) -> Decimal:
    """Half a cent is one. Only the end of a sum is rounded."""
    return price.quantize(CENT, ROUND_HALF_UP)


def follow_ups(messages: Iterable[PlannedMessage], profile: Profile) -> list[PlannedMessage]:
    """What follows each message that sells, no two at one time.

    Source: decision 29, rule 24.
    """
    taken: set[datetime] = set()
    found = []
    for message in messages:
        if message.message_type is not MessageType.PPV:
            continue
        for one in _of_message(message, profile):
            local = one.local
            while local in taken:
                local += timedelta(minutes=1)
            taken.add(local)
            found.append(one if local == one.local else _moved(one, local))
    return found


def _of_message(message: PlannedMessage, profile: Profile) -> list[PlannedMessage]:
    assert message.caption is not None
    assert message.price is not None
    name = price_name(message.caption.price_tier, profile.prices)
    found = []
    for rule in profile.follow_ups[name]:
        wished = later(message.local, rule.after_hours)
        local = out_of_the_night(wished, profile.night)
        why = [
            f"{rule.after_hours} hours after {message.local:%A %H:%M} ({name})",
            "has no caption and locks none; outside the volumes and the day's maximum",
        ]
        if local != wished:
            why.append(f"{wished:%H:%M} lies in the night")
        if rule.price_share != 1:
            why.append(f"{rule.price_share} of the price")
        if rule.only:
            why.append(f"only if {rule.only}")
        price = in_cents(message.price * rule.price_share)
        found.append(
            PlannedMessage(MessageType.FOLLOW_UP, local, instant(local), tuple(why), price=price, only=rule.only)
        )
    return found


def _moved(message: PlannedMessage, local: datetime) -> PlannedMessage:
    why = (*message.why, f"another follow-up stands at {message.local:%H:%M}")
    return PlannedMessage(MessageType.FOLLOW_UP, local, instant(local), why, price=message.price, only=message.only)
