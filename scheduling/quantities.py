"""How many messages a page's week has, and of which price: rules of size, zone and segment. Nothing here knows days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from scheduling.errors import SchedulingError
from scheduling.model import PageReport, SelectedCaption, WeekVolume
from scheduling.profile_values import BUCKETS, Profile, TierVolume, ZoneRule

BUMP = "bump"
# Like the function price_bucket, in whatever case.
BUCKET_OF = {
    "bump": BUMP,
    "free": BUMP,
    "low": "budget",
    "budget": "budget",
    "mid": "mid",
    "standard": "mid",
    "high": "premium",
    "premium": "premium",
    "luxury": "premium",
    "vip": "premium",
}


def week_volume(report: PageReport, profile: Profile) -> WeekVolume:
    """Volumes by size and zone, and their split by segment; volume_adjustment_factor is not applied besides."""
    tier, volume = volume_of_tier(report.size_tier, profile)
    zone, rule = zone_of_risk(report.risk_level, profile)
    ppv, bump = (
        scaled(base_volume(counted, profile.days_counted), factor)
        for counted, factor in ((volume.ppv, rule.ppv), (volume.bump, rule.bump))
    )
    gap = volume.gap_minutes + rule.gap_minutes
    return WeekVolume(tier, zone, ppv, bump, gap, volume.most_a_day, split_by_segment(ppv, report.segment, profile))


def volume_of_tier(size_tier: str, profile: Profile) -> tuple[str, TierVolume]:
    """The size's volumes; unknown: MEDIUM. Source: decision 29, rule 1."""
    tier = size_tier.strip().upper()
    tier = tier if tier in profile.tiers else "MEDIUM"
    return tier, profile.tiers[tier]


def zone_of_risk(risk_level: str, profile: Profile) -> tuple[str, ZoneRule]:
    """LOW is GREEN, MEDIUM YELLOW, HIGH RED; unknown: as LOW. Source: decision 29, rule 3."""
    risk = risk_level.strip().upper()
    known = {zone.risk: (name, zone) for name, zone in profile.zones.items()}
    return known.get(risk, known["LOW"])


def base_volume(counted: tuple[int, int], times: int) -> int:
    """The floor of the mean of least and most. Source: decision 29, rule 2."""
    return sum(counted) // 2 * times


def scaled(base: int, factor: Fraction) -> int:
    """Floored after scaling, and never 0 by that. Source: decision 29, rule 4."""
    exact = base * factor
    return max(1, math.floor(exact)) if exact else 0


def split_by_segment(ppv: int, segment: str, profile: Profile) -> dict[str, int]:
    """Budget, mid and premium by largest remainder; unknown: as STANDARD. Source: decision 29, rule 5."""
    name = segment.strip().upper()
    shares = profile.splits.get(name, profile.splits["STANDARD"])
    counts = largest_remainder(ppv, [Fraction(shares[bucket]) for bucket in BUCKETS])
    return dict(zip(BUCKETS, counts, strict=True))


def largest_remainder(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Whole numbers by weight that make `total`; equal remainders in their order. Source: decision 29, rule 6."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [math.floor(one) for one in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: (counts[place] - exact[place], place))
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts


def captions_to_ask(volume: WeekVolume, target: int) -> dict[str, int]:
    """How many captions of each bucket to select: `target` in the week's proportions, never fewer than it sends.

    What is not sent is choice for the rules of variety. Source: decision 29, rule 7; the target is that of the function
    caption_target.
    """
    needed = {**volume.split, BUMP: volume.bump}
    asked = largest_remainder(max(target, sum(needed.values())), [Fraction(count) for count in needed.values()])
    return {bucket: max(count, needed[bucket]) for bucket, count in zip(needed, asked, strict=True)}


def bucket_of(caption: SelectedCaption) -> str:
    """The bucket of a caption's tier, in whatever case. Source: decision 29, rule 8."""
    try:
        return BUCKET_OF[caption.price_tier.strip().lower()]
    except KeyError:
        message = f"caption {caption.caption_id}: nobody knows the price tier {caption.price_tier!r}"
        raise SchedulingError(message, fix=f"use one of {', '.join(BUCKET_OF)} in caption_bank") from None


def fitted_split(wanted: Mapping[str, int], there: Mapping[str, int]) -> tuple[dict[str, int], int, int]:
    """The split that the captions allow, how many were taken of another bucket, and how many are missing.

    What a bucket lacks comes from the one with most left over: a message of another price is better than none.
    """
    counts = {bucket: min(count, there.get(bucket, 0)) for bucket, count in wanted.items()}
    lacking = replaced = sum(wanted.values()) - sum(counts.values())
    while lacking:
        bucket = max(counts, key=lambda one: there.get(one, 0) - counts[one])
        if there.get(bucket, 0) <= counts[bucket]:
            break
        counts[bucket] += 1
        lacking -= 1
    return counts, replaced - lacking, lacking
