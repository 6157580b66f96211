"""Selected captions dealt among pages that are built together: only locks look at the other pages, selections do not.

All these weeks lie in one week, so that a caption can stand in one of them only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.errors import SchedulingError
from scheduling.model import SelectedCaption, WeekRequest
from scheduling.profile_values import Profile
from scheduling.quantities import BUMP, bucket_of, week_volume
from scheduling.week import build_week


@dataclass(frozen=True, slots=True)
class Dealt:
    """Requests that have their captions, and pages that lost too many to the others: they need a new selection."""

    ready: tuple[WeekRequest, ...]
    short: tuple[str, ...]


def deal(
    requests: Sequence[WeekRequest],
    selected: Mapping[str, Sequence[SelectedCaption]],
    profile: Profile,
    *,
    last: bool = False,
) -> Dealt:
    """Page by page: each leaves to the next what its week does not send. `last`: nobody is short any more."""
    taken: set[int] = set()
    ready, short = [], []
    for request in requests:
        all_of_it = selected.get(request.report.page_name, ())
        left = tuple(one for one in all_of_it if one.caption_id not in taken)
        mine = replace(request, captions=left)
        try:
            if not last and _lacks(mine, all_of_it, left, profile):
                short.append(request.report.page_name)
                continue
            sent = build_week(mine, profile).messages
        except SchedulingError:  # it is said of the page alone, when its week is built
            sent = ()
        taken |= {message.caption.caption_id for message in sent if message.caption}
        ready.append(mine)
    return Dealt(tuple(ready), tuple(short))


def _lacks(
    request: WeekRequest, before: Iterable[SelectedCaption], after: Iterable[SelectedCaption], profile: Profile
) -> bool:
    """Whether what others took leaves a bucket below what the week sends, where the selection had given more."""
    volume = week_volume(request.report, profile)
    had, has = Counter(map(bucket_of, before)), Counter(map(bucket_of, after))
    return any(has[bucket] < min(had[bucket], count) for bucket, count in {**volume.split, BUMP: volume.bump}.items())
