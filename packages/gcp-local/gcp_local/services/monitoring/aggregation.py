"""Alignment and reduction: from the points of several series to one value for each group at an instant.

docs.cloud.google.com/monitoring/api/v3/aggregation: the points of an alignment period that ends at the instant become
one value; a series without points in it has none. Then series with the same values of the group's fields become one.
A distribution is the tuple of its values: percentiles are exact here, and estimated from buckets by Google.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import fmean, quantiles
from typing import TypeAlias

from gcp_local.services.errors import Json, invalid, not_emulated
from gcp_local.services.filters import steps
from gcp_local.services.monitoring.selection import label_at
from gcp_local.services.monitoring.series import DISTRIBUTION, Series

Distribution: TypeAlias = tuple[float, ...]
Value: TypeAlias = float | Distribution

SHARES = ("99", "95", "50", "05")


def percentile(share: str) -> Callable[[Sequence[float]], float]:
    """The value below which so many percent of the values lie."""
    return lambda values: quantiles(values, n=100, method="inclusive")[int(share) - 1] if len(values) > 1 else values[0]


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
    **{f"REDUCE_PERCENTILE_{share}": percentile(share) for share in SHARES},
}
# What a distribution can be aligned to, and reduced by: the mean and percentiles are over all of its values.
# github.com/googleapis/googleapis, google/monitoring/v3/common.proto: Aligner, Reducer.
DISTRIBUTION_ALIGNERS: dict[str, Callable[[Distribution], Value]] = {
    "ALIGN_NONE": lambda values: values,
    "ALIGN_DELTA": lambda values: values,
    "ALIGN_SUM": lambda values: values,
    **{f"ALIGN_PERCENTILE_{share}": percentile(share) for share in SHARES},
}
DISTRIBUTION_REDUCERS: dict[str, Callable[[Distribution], Value]] = {
    "REDUCE_SUM": lambda values: values,
    "REDUCE_MEAN": fmean,
    **{f"REDUCE_PERCENTILE_{share}": percentile(share) for share in SHARES},
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
        if aligner not in ALIGNERS and aligner not in DISTRIBUTION_ALIGNERS:
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


def value_at(group: Group, aggregation: Json, instant: datetime) -> Value | None:
    """The value of a group; None where none of its series has points in the period. Errors: ApiError."""
    period = float(aggregation.get("alignmentPeriod", "0s")[:-1]) or UNALIGNED_PERIOD
    aligner = aggregation.get("perSeriesAligner", "ALIGN_NONE")
    aligned: list[Value] = []
    for series in group.members:
        times = [point.time for point in series.points]
        first, last = bisect_right(times, instant - timedelta(seconds=period)), bisect_right(times, instant)
        if first < last:
            values = tuple(point.value for point in series.points[first:last])
            aligned.append(_align(series, aligner, values, period))
    if not aligned:
        return None
    # A group that is not reduced has one member.
    reducer = aggregation.get("crossSeriesReducer", "REDUCE_NONE")
    return aligned[0] if reducer == "REDUCE_NONE" else _reduce(reducer, aligned)


def _align(series: Series, aligner: str, values: Distribution, period: float) -> Value:
    is_distribution = series.value_type == DISTRIBUTION
    if aligner not in (DISTRIBUTION_ALIGNERS if is_distribution else ALIGNERS):
        said = f"The aligner cannot be applied to metrics with kind DELTA and value type {series.value_type}."
        raise invalid(f'Field aggregation.perSeriesAligner had an invalid value of "{aligner}": {said}')
    return DISTRIBUTION_ALIGNERS[aligner](values) if is_distribution else ALIGNERS[aligner](values, period)


def _reduce(reducer: str, aligned: Sequence[Value]) -> Value:
    values = tuple(value for one in aligned for value in (one if isinstance(one, tuple) else (one,)))
    if not isinstance(aligned[0], tuple):
        return REDUCERS[reducer](values)
    if reducer not in DISTRIBUTION_REDUCERS:
        raise not_emulated(f"the reducer {reducer} of distributions")
    return DISTRIBUTION_REDUCERS[reducer](values)


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
