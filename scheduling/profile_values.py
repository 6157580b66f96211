"""What a week is built by, as `config/scheduling.yaml` states it: plain, frozen values. Reading it is `profiles`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

BUCKETS = ("budget", "mid", "premium")


@dataclass(frozen=True, slots=True)
class TierVolume:
    """What a page of one size sends; ppv and bump as (least, most)."""

    ppv: tuple[int, int]
    bump: tuple[int, int]
    gap_minutes: int
    most_a_day: int


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """What a risk of saturation changes."""

    risk: str
    ppv: Fraction
    bump: Fraction
    gap_minutes: int
    days_without_ppv: int
    growth_a_day: Fraction


@dataclass(frozen=True, slots=True)
class SendingHours:
    """When messages are sent; minutes since midnight, both ends included."""

    start: int
    end: int
    best: int
    jitter_minutes: int
    weekday: tuple[int, ...]
    weekend: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BumpPlaces:
    """Where free messages stand; minutes since midnight."""

    first: int
    last: int
    without_ppv: tuple[int, ...]
    apart_minutes: int


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars by tier, other names of tiers, and factors by hour and weekday (0 is Monday)."""

    tiers: Mapping[str, Decimal]
    names: Mapping[str, str]
    hours: Mapping[int, Decimal]
    days: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A message after another one."""

    after_hours: int
    price_share: Decimal
    only: str


@dataclass(frozen=True, slots=True)
class Night:
    """Hours in which no follow-up goes out (the end not included), and when it goes instead; minutes since midnight."""

    start: int
    end: int
    moves_to: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a week is built by."""

    name: str
    days_counted: int  # what the volumes count is sent so often a week: 7 for a day, 1 for a week
    tiers: Mapping[str, TierVolume]
    zones: Mapping[str, ZoneRule]
    splits: Mapping[str, Mapping[str, int]]
    hours: SendingHours
    bumps: BumpPlaces
    days: tuple[Fraction, ...]  # Monday first
    prices: Prices
    follow_ups: Mapping[str, tuple[FollowUp, ...]]
    night: Night
