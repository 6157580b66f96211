"""Alignment and reduction: from the points of several series to one value for each group at an instant.

docs.cloud.google.com/monitoring/api/v3/aggregation: the points of an alignment period that ends at the instant become
one value; a series without points in it has none. Then series with the same values of the group's fields become one.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import fmean

from gcp_local.services.errors import Json, not_emulated
from gcp_local.services.filters import steps
from gcp_local.services.monitoring.selection import label_at
from gcp_local.services.monitoring.series import Series

ALIGNERS: dict[str, Callable[[Sequence[float], float], float]] = {
    "ALIGN_NONE": lambda values, _: values[-1],
    "ALIGN_NEXT_OLDER": lambda values, _: values[-1],
    "ALIGN_DELTA": lambda values, _: sum(values),
    "ALIGN_SUM": lambda values, _: sum(values),
    "ALIGN_COUNT": lambda values, _: float(len(values)),
    "ALIGN_RATE": lambda values, period: sum(values) / period,
    "ALIGN_MAX": lambda values, _: max(values),
    "ALIGN_MIN": lambda values, _: min(values),
    "ALIGN_MEAN": lambda values, _: fmean(values),
}
REDUCERS: dict[str, Callable[[Sequence[float]], float]] = {
    "REDUCE_SUM": sum,
    "REDUCE_MAX": max,
    "REDUCE_MIN": min,
    "REDUCE_MEAN": fmean,
    "REDUCE_COUNT": lambda values: float(len(values)),
}
UNALIGNED_PERIOD = 60.0


@dataclass(frozen=True)
class Group:
    """Series that are reduced to one; the labels are those that all of them share."""

    metric: Json
    resource: Json
    members: tuple[Series, ...]

    @property
    def key(self) -> str:
        """The same for the same labels."""
        return json.dumps([self.metric, self.resource], sort_keys=True)

    @cached_property
    def times(self) -> list[datetime]:
        """When its points end, oldest first."""
        return sorted(point.time for series in self.members for point in series.points)


def check(aggregations: Sequence[Json]) -> None:
    """Raise 501 for what is not computed here."""
    if len(aggregations) > 1:
        raise not_emulated("more than one aggregation of a time series")
    for aggregation in aggregations:
        aligner = aggregation.get("perSeriesAligner", "ALIGN_NONE")
        reducer = aggregation.get("crossSeriesReducer", "REDUCE_NONE")
        if aligner not in ALIGNERS:
            raise not_emulated(f"the aligner {aligner}")
        if reducer not in (*REDUCERS, "REDUCE_NONE"):
            raise not_emulated(f"the reducer {reducer}")


def groups(selected: Sequence[Series], aggregation: Json) -> list[Group]:
    """The series, each alone or reduced by the fields of the aggregation."""
    if aggregation.get("crossSeriesReducer", "REDUCE_NONE") == "REDUCE_NONE":
        return [Group(series.metric, series.resource, (series,)) for series in selected]
    fields = aggregation.get("groupByFields", [])
    found: dict[tuple[str, ...], list[Series]] = defaultdict(list)
    for series in selected:
        found[(series.resource["type"], *(label_at(series, field) for field in fields))].append(series)
    return [_reduced(members, fields) for members in found.values()]


def value_at(group: Group, aggregation: Json, instant: datetime) -> float | None:
    """The value of a group; None where none of its series has points in the period."""
    period = float(aggregation.get("alignmentPeriod", "0s")[:-1]) or UNALIGNED_PERIOD
    align = ALIGNERS[aggregation.get("perSeriesAligner", "ALIGN_NONE")]
    aligned = []
    for series in group.members:
        times = [point.time for point in series.points]
        first, last = bisect_right(times, instant - timedelta(seconds=period)), bisect_right(times, instant)
        if first < last:
            aligned.append(align([point.value for point in series.points[first:last]], period))
    if not aligned:
        return None
    # A group that is not reduced has one member.
    reduce = REDUCERS.get(aggregation.get("crossSeriesReducer", "REDUCE_NONE"))
    return reduce(aligned) if reduce else aligned[0]


def _reduced(members: Sequence[Series], fields: Sequence[str]) -> Group:
    first = members[0]
    kept = [(steps(field)[0], steps(field)[-1]) for field in fields]
    metric = {name: first.metric["labels"].get(name, "") for side, name in kept if side == "metric"}
    resource = {name: first.resource["labels"].get(name, "") for side, name in kept if side == "resource"}
    shown = {"project_id": first.resource["labels"]["project_id"], **resource}
    return Group(
        {"type": first.metric["type"], "labels": metric},
        {"type": first.resource["type"], "labels": shown},
        tuple(members),
    )
