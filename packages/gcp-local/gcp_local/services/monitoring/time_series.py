"""Time series as the API lists them: raw, or aligned and reduced."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import fmean

from gcp_local.services.errors import Json, invalid, not_emulated
from gcp_local.services.filters import parse_filter, restricts
from gcp_local.services.monitoring import aggregation, selection, series
from gcp_local.services.monitoring.aggregation import Group, Value
from gcp_local.services.monitoring.series import DISTRIBUTION
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp

MOST = 100_000
REAL = ("ALIGN_RATE", "ALIGN_MEAN", *(f"ALIGN_PERCENTILE_{share}" for share in aggregation.SHARES))
REAL_REDUCED = ("REDUCE_MEAN", *(f"REDUCE_PERCENTILE_{share}" for share in aggregation.SHARES))
KEEPS_KIND = ("ALIGN_NONE", "ALIGN_DELTA", "ALIGN_SUM")


@SERVICE.handles("projects.timeSeries.list")
def list_series(call: Call) -> Json:
    """The series that a filter selects, in an interval; points newest first."""
    text = call.parameter("filter")
    wanted = selection.read(text) if text.strip() else None
    if wanted is None or not restricts(parse_filter(text), "metric.type"):
        raise invalid('The filter must specify a restriction on "metric.type".', field="filter")
    for name in ("orderBy", "secondaryAggregation.perSeriesAligner", "secondaryAggregation.crossSeriesReducer"):
        if call.parameter(name):
            raise not_emulated(f"{name} of monitoring.projects.timeSeries.list")
    start, end = _interval(call)
    asked = _aggregation(call)
    since = start - timedelta(seconds=float(asked.get("alignmentPeriod", "0s")[:-1]))
    selected = [one for one in series.read(call.cloud, since) if wanted(one)]
    found = [_answer(group, asked, start, end) for group in aggregation.groups(selected, asked)]
    if call.parameter("view") == "HEADERS":
        found = [{name: value for name, value in one.items() if name != "points"} for one in found if one["points"]]
    return page(call, "timeSeries", [one for one in found if one.get("points", True)], default=MOST, largest=MOST)


def _interval(call: Call) -> tuple[datetime, datetime]:
    end = call.parameter("interval.endTime")
    if not end:
        raise invalid("The interval must have an end_time.", field="interval.end_time")
    start = call.parameter("interval.startTime") or end
    if datetime.fromisoformat(start) > datetime.fromisoformat(end):
        raise invalid("The start time of the interval must not be later than its end time.", field="interval")
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


def _aggregation(call: Call) -> Json:
    names = ("alignmentPeriod", "perSeriesAligner", "crossSeriesReducer")
    asked: Json = {name: call.parameter(f"aggregation.{name}") for name in names}
    asked = {name: value for name, value in asked.items() if value}
    if fields := call.query.get("aggregation.groupByFields"):
        asked["groupByFields"] = fields
    aggregation.check([asked])
    aligned = asked.get("perSeriesAligner", "ALIGN_NONE") != "ALIGN_NONE"
    if aligned and float(asked.get("alignmentPeriod", "0s")[:-1]) < 60:
        raise invalid("The alignment period must be at least 60 seconds.", field="aggregation.alignment_period")
    if not aligned and asked.get("crossSeriesReducer", "REDUCE_NONE") != "REDUCE_NONE":
        raise invalid("A reducer needs an aligner other than ALIGN_NONE.", field="aggregation.per_series_aligner")
    return asked


def _answer(group: Group, asked: Json, start: datetime, end: datetime) -> Json:
    aligner = asked.get("perSeriesAligner", "ALIGN_NONE")
    is_real = aligner in REAL or asked.get("crossSeriesReducer") in REAL_REDUCED
    value_type = "DOUBLE" if is_real else group.members[0].value_type
    points = _raw(group, start, end) if aligner == "ALIGN_NONE" else _aligned(group, asked, start, end)
    return {
        "metric": group.metric,
        "resource": group.resource,
        "metricKind": "DELTA" if aligner in KEEPS_KIND else "GAUGE",
        "valueType": value_type,
        "points": [_point(at, since, value, value_type) for at, since, value in points],
    }


def _raw(group: Group, start: datetime, end: datetime) -> list[tuple[datetime, datetime, Value]]:
    minute = timedelta(minutes=1)
    return [
        (point.time, point.time - minute, (point.value,) if one.value_type == DISTRIBUTION else point.value)
        for one in group.members
        for point in reversed(one.points)
        if start <= point.time <= end
    ]


def _aligned(group: Group, asked: Json, start: datetime, end: datetime) -> list[tuple[datetime, datetime, Value]]:
    period = timedelta(seconds=float(asked["alignmentPeriod"][:-1]))
    found, at = [], end
    while at > start or at == end:
        value = aggregation.value_at(group, asked, at)
        if value is not None:
            found.append((at, at - period, value))
        at -= period
    return found


def _point(at: datetime, since: datetime, value: Value, value_type: str) -> Json:
    return {
        "interval": {"startTime": timestamp(since), "endTime": timestamp(at)},
        "value": _typed(value, value_type),
    }


def _typed(value: Value, value_type: str) -> Json:
    if isinstance(value, tuple):
        # Without buckets, as Google answers where nobody wants them.
        spread = sum((one - fmean(value)) ** 2 for one in value)
        return {
            "distributionValue": {
                "count": str(len(value)),
                "mean": fmean(value),
                "sumOfSquaredDeviation": spread,
                "range": {"min": min(value), "max": max(value)},
            }
        }
    return {"doubleValue": value} if value_type == "DOUBLE" else {"int64Value": str(int(value))}
