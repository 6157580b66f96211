"""A page's week, rule by rule: what each rule says stands in the module of its kind, their order here."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from scheduling.errors import SchedulingError
from scheduling.giving_way import GaveWay, GivesWay, in_order
from scheduling.model import BuiltWeek, MessageType, PlannedMessage, SelectedCaption, WeekRequest, WeekVolume
from scheduling.pricing import follow_ups, price_of
from scheduling.profile_values import Profile
from scheduling.quantities import BUMP, bucket_of, fitted_split, split_by_segment, week_volume, zone_of_risk
from scheduling.slots import Slot, bump_slots, hours_of_day_type, ppv_slots
from scheduling.unevenness import uneven_places
from scheduling.variety import Pool, arranged, pool_of, tiers_in_turn
from scheduling.wall_time import instant, wall_time
from scheduling.weekdays import DAYS, Spread, day_weights, most_ppv_a_day, spread, weights_after_cooling

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many messages the week really has: that sell, by bucket and by day, and free ones by day."""

    split: dict[str, int]
    ppv: Spread
    bump: Spread
    weights: tuple[Fraction, ...]  # of the days, for those that sell


@dataclass(frozen=True, slots=True)
class Placed:
    """A message that has a time and no caption yet."""

    day: date
    message_type: MessageType
    slot: Slot
    why: str


def build_week(request: WeekRequest, profile: Profile) -> BuiltWeek:
    """The week of a page. Raises SchedulingError when the week is none or nothing was selected for it."""
    page, monday = request.report.page_name, request.monday
    if monday.weekday():
        last = monday - timedelta(days=monday.weekday())
        fix = f"take the Monday {last} or {last + timedelta(days=DAYS)}"
        raise SchedulingError(f"a week starts on a Monday, and {monday} is a {monday:%A}", fix=fix)
    if not request.captions:
        fix = f"look at what left them out: SELECT * FROM caption_filter_audit_log WHERE page_name = '{page}'"
        raise SchedulingError(f"{page}: no caption was selected for the week of {monday}", fix=fix)
    volume, pool = week_volume(request.report, profile), pool_of(request.captions)
    gave_way: list[GaveWay] = []
    numbers = week_numbers(request, volume, profile, pool, gave_way)
    placed = week_places(request, volume, numbers, profile, gave_way)
    messages = with_captions(placed, numbers.split, pool, volume, profile)
    gave_way += uneven_places(messages)
    everything = [*messages, *follow_ups(messages, profile)]
    everything.sort(key=lambda one: (one.instant, one.message_type))
    return BuiltWeek(page, monday, profile.name, volume, tuple(everything), in_order(gave_way))


def week_numbers(
    request: WeekRequest, volume: WeekVolume, profile: Profile, pool: Pool, gave_way: list[GaveWay]
) -> Numbers:
    """What of the volume there is room and captions for. Free messages get the room that the others leave."""
    _, zone = zone_of_risk(request.report.risk_level, profile)
    weights = day_weights(request.monday, request.holidays, profile)
    selling = weights_after_cooling(weights, zone)
    most = most_ppv_a_day(profile.hours, volume.gap_minutes, volume.most_a_day)
    room = [most if weight else 0 for weight in selling]

    fits = min(volume.ppv, sum(room))
    _tell(gave_way, GivesWay.PPV_VOLUME, volume.ppv - fits, f"of {volume.ppv}: no more than {most} fit into a day")
    there = {bucket: len(found) for bucket, found in pool.items()}
    wanted = split_by_segment(fits, request.report.segment, profile)
    split, replaced, lacking = fitted_split(wanted, there)
    _tell(gave_way, GivesWay.TIER_SPLIT, replaced, "have another tier: too few captions of their own were selected")
    _tell(gave_way, GivesWay.PPV_VOLUME, lacking, f"of {volume.ppv}: too few captions with a price were selected")
    ppv = spread(sum(split.values()), selling, room)
    _tell(
        gave_way, GivesWay.DAY_WEIGHTS, ppv.moved, f"that sell stand on another day: no more than {most} fit into one"
    )

    selected = min(volume.bump, there.get(BUMP, 0))
    short = volume.bump - selected
    _tell(gave_way, GivesWay.BUMP_VOLUME, short, f"of {volume.bump}: too few free captions were selected")
    bump = spread(selected, weights, [volume.most_a_day - count for count in ppv.counts])
    full = f"days have {volume.most_a_day} messages at most"
    _tell(gave_way, GivesWay.DAY_WEIGHTS, bump.moved, f"free ones stand on another day: {full}")
    _tell(gave_way, GivesWay.BUMP_VOLUME, bump.dropped, f"of {volume.bump}: {full}")
    return Numbers(split, ppv, bump, tuple(selling))


def week_places(
    request: WeekRequest, volume: WeekVolume, numbers: Numbers, profile: Profile, gave_way: list[GaveWay]
) -> list[Placed]:
    """The week's times in their order. The draw depends on page, week and seed only."""
    # A draw of minutes, not of secrets.
    rng = random.Random(f"{request.report.page_name}|{request.monday}|{request.seed}")  # noqa: S311
    holidays = {one.day: f", {one.name} (x{one.factor:g})" for one in request.holidays}
    _, zone = zone_of_risk(request.report.risk_level, profile)
    placed: list[Placed] = []
    for number in range(DAYS):
        day = request.monday + timedelta(days=number)
        ranked = hours_of_day_type(request.report.hours, number >= SATURDAY, profile.hours)
        count = numbers.ppv.counts[number]
        selling = ppv_slots(count, ranked, volume.gap_minutes, profile.hours, rng)
        cooling = number < zone.days_without_ppv
        free, lost = bump_slots(
            numbers.bump.counts[number], [one.minute for one in selling], cooling, profile.bumps, profile.hours
        )
        weight = numbers.weights[number] / sum(numbers.weights) if count else 0
        why = (
            f"{count} of {sum(numbers.ppv.counts)} on {day:%A}: {float(weight):.1%} of the week{holidays.get(day, '')}"
        )
        placed += [Placed(day, MessageType.PPV, one, why) for one in selling]
        why = f"{len(free)} free on {day:%A}{', a day without messages that sell' if cooling else ''}"
        placed += [Placed(day, MessageType.BUMP, one, why) for one in free]
        elsewhere = [one for one in selling if not one.at_its_place]
        _tell(gave_way, GivesWay.BEST_HOURS, len(elsewhere), f"on {day:%A}: {elsewhere[0].why if elsewhere else ''}")
        moved = [one for one in free if not one.at_its_place]
        _tell(gave_way, GivesWay.BUMP_PLACES, len(moved), f"on {day:%A}: {moved[0].why if moved else ''}")
        _tell(gave_way, GivesWay.BUMP_VOLUME, lost, f"of {volume.bump}: no minute of {day:%A} is free")
    return sorted(placed, key=lambda one: (one.day, one.slot.minute))


def with_captions(
    placed: Sequence[Placed], split: dict[str, int], pool: Pool, volume: WeekVolume, profile: Profile
) -> list[PlannedMessage]:
    """Each place with its caption, price and reasons."""
    tiers = iter(tiers_in_turn(split))
    buckets = [next(tiers) if one.message_type is MessageType.PPV else BUMP for one in placed]
    ranks = {one.caption_id: rank for found in pool.values() for rank, one in enumerate(found, 1)}
    zone = f"{volume.tier} page, zone {volume.zone}"
    messages = []
    for one, caption in zip(placed, arranged(buckets, pool), strict=True):
        local = wall_time(one.day, one.slot.minute)
        price, priced = None, "free"
        if one.message_type is MessageType.PPV:
            price, priced = price_of(caption.price_tier, local, profile.prices)
        why = (zone, one.why, one.slot.why, chosen_because(caption, ranks[caption.caption_id]), priced)
        messages.append(PlannedMessage(one.message_type, local, instant(local), why, caption, price, one.slot.rank))
    return messages


def chosen_because(caption: SelectedCaption, rank: int) -> str:
    """Why this caption: its place among the selected ones of its bucket."""
    parts = f" ({caption.score_parts})" if caption.score_parts else ""
    score = f"score {caption.final_score:.4f}{parts}, number {rank} of those selected in {bucket_of(caption)}"
    return f"caption {caption.caption_id}: {score}; category, trigger and tier take turns"


def _tell(gave_way: list[GaveWay], rule: GivesWay, count: int, reason: str) -> None:
    if count:
        gave_way.append(GaveWay(rule, f"{count} {reason}"))
