"""Which caption stands where: tiers, categories and triggers take turns; in a tier the better caption goes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from scheduling.model import SelectedCaption
from scheduling.quantities import bucket_of

TRIGGER_DISTANCE = 3
NO_TRIGGER = ("", "general")  # what caption_bank_enriched calls a text that meets no trigger's rule

Pool: TypeAlias = Mapping[str, Sequence[SelectedCaption]]


@dataclass(frozen=True, slots=True)
class Traits:
    """What the rules of variety see of a caption; names in lower case, empty for none."""

    bucket: str
    category: str
    trigger: str


def traits_of(caption: SelectedCaption) -> Traits:
    """Names are compared in whatever case; General is no trigger."""
    trigger = caption.psychological_trigger.strip().lower()
    category = caption.content_category.strip().lower()
    return Traits(bucket_of(caption), category, "" if trigger in NO_TRIGGER else trigger)


def pool_of(captions: Iterable[SelectedCaption]) -> dict[str, list[SelectedCaption]]:
    """Captions by bucket, best first, each once. Source: decision 29, rule 18."""
    pool: dict[str, list[SelectedCaption]] = defaultdict(list)
    once = {one.caption_id: one for one in reversed(list(captions))}
    for caption in sorted(once.values(), key=lambda one: (-one.final_score, one.caption_id)):
        pool[bucket_of(caption)].append(caption)
    return pool


def tiers_in_turn(counts: Mapping[str, int]) -> list[str]:
    """An order of tiers with none three times in a row, if there is one: that with most left, unless it stood twice.

    Free messages have no price and do not count. Source: decision 29, rule 19.
    """
    left, order = dict(counts), list[str]()
    while any(left.values()):
        twice = order[-1] if len(order) > 1 and order[-2] == order[-1] else ""
        usable = [one for one in left if left[one] and one != twice] or [one for one in left if left[one]]
        order.append(max(usable, key=lambda one: left[one]))
        left[order[-1]] -= 1
    return order


def tier_breaks(tiers: Sequence[str]) -> list[int]:
    """The places of a tier that stands there the third time in a row."""
    return [place for place in range(2, len(tiers)) if len(set(tiers[place - 2 : place + 1])) == 1]


def breaks_category(row: Sequence[Traits], place: int) -> bool:
    """The category of the message before. Source: decision 29, rule 20."""
    category = row[place].category
    return bool(category) and place > 0 and row[place - 1].category == category


def breaks_trigger(row: Sequence[Traits], place: int) -> bool:
    """A trigger of one of the three messages before. Source: decision 29, rule 21."""
    trigger = row[place].trigger
    near = row[max(0, place - TRIGGER_DISTANCE) : place]
    return bool(trigger) and any(one.trigger == trigger for one in near)


def arranged(buckets: Sequence[str], pool: Pool) -> list[SelectedCaption]:
    """A caption for each place of its bucket: the best that breaks least, then exchanged while that mends something.

    A broken category weighs more than any number of broken triggers. `pool` has enough of each bucket.
    """
    groups: dict[Traits, list[SelectedCaption]] = defaultdict(list)
    for bucket in dict.fromkeys(buckets):
        for caption in pool[bucket]:
            groups[traits_of(caption)].append(caption)
    left = {traits: len(found) for traits, found in groups.items()}
    row: list[Traits] = []
    for bucket in buckets:
        row.append(_least_breaking(bucket, row, groups, left))
        left[row[-1]] -= 1
    while _mended(row, left):
        pass
    in_order = {traits: iter(found) for traits, found in groups.items()}
    return [next(in_order[traits]) for traits in row]


def _least_breaking(
    bucket: str, row: list[Traits], groups: Mapping[Traits, Sequence[SelectedCaption]], left: Mapping[Traits, int]
) -> Traits:
    place = len(row)

    def cost(traits: Traits) -> tuple[bool, bool, float, int]:
        tried = [*row[max(0, place - TRIGGER_DISTANCE) :], traits]
        at = len(tried) - 1
        best = groups[traits][len(groups[traits]) - left[traits]]
        return breaks_category(tried, at), breaks_trigger(tried, at), -best.final_score, best.caption_id

    return min((one for one in groups if one.bucket == bucket and left[one]), key=cost)


def breaks(row: Sequence[Traits], places: Iterable[int]) -> tuple[int, int]:
    """How many of these places break the rule of categories, and of triggers."""
    found = list(places)
    return sum(breaks_category(row, one) for one in found), sum(breaks_trigger(row, one) for one in found)


def _mended(row: list[Traits], left: dict[Traits, int]) -> bool:
    """Make the one exchange, of two places or with a caption that is not used, that mends most; False: none does."""
    best, choice = (0, 0), None
    for place in range(len(row)):
        if not (breaks_category(row, place) or breaks_trigger(row, place)):
            continue
        for near in {max(0, place - 1), place}:  # what breaks a rule are two neighbours
            for other, traits in _exchanges(row, near, left):
                gain = _gain(row, near, other, traits)
                if gain > best:
                    best, choice = gain, (near, other, traits)
    if choice is None:
        return False
    place, other, traits = choice
    if other is None:
        left[row[place]] += 1
        left[traits] -= 1
    else:
        row[other] = row[place]
    row[place] = traits
    return True


def _exchanges(row: Sequence[Traits], place: int, left: Mapping[Traits, int]) -> Iterator[tuple[int | None, Traits]]:
    bucket = row[place].bucket
    for other, traits in enumerate(row):
        if traits.bucket == bucket and traits != row[place]:
            yield other, traits
    for traits, count in left.items():
        if count and traits.bucket == bucket and traits != row[place]:
            yield None, traits


def _gain(row: list[Traits], place: int, other: int | None, traits: Traits) -> tuple[int, int]:
    """How many fewer places break a rule after an exchange: categories first."""
    touched = {
        at
        for start in (place, other)
        if start is not None
        for at in range(start, min(len(row), start + TRIGGER_DISTANCE + 1))
    }
    before = breaks(row, touched)
    tried = list(row)
    if other is not None:
        tried[other] = row[place]
    tried[place] = traits
    after = breaks(tried, touched)
    return before[0] - after[0], before[1] - after[1]
