"""Snoozes: times in which policies open no incident; open ones are closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid, not_emulated, not_found
from gcp_local.services.filters import Comparison, Text, asked_filter, leaves
from gcp_local.services.logs.query import ORDERS
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.monitoring.channels import POLICIES
from gcp_local.services.monitoring.ids import new_id
from gcp_local.services.monitoring.rules import bad_value
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import instant_of, timestamp

COLLECTION = "monitoring.snoozes"
# Rules and numbers: github.com/googleapis/googleapis, google/monitoring/v3/snooze.proto and snooze_service.proto.
MOST_POLICIES = 16
SKEW = timedelta(seconds=15)
CHANGEABLE = ("displayName", "interval", "interval.startTime", "interval.endTime")


@SERVICE.handles("projects.snoozes.create")
def create(call: Call) -> Json:
    """Create a snooze; it begins now or later."""
    snooze = {**call.body, "name": f"projects/{call.cloud.project}/snoozes/{new_id()}"}
    start, _ = _interval(snooze)
    if start < call.cloud.now() - SKEW:
        raise bad_value("snooze.interval.start_time", timestamp(start), "must not be in the past")
    _check(call.cloud, snooze)
    return _save(call.cloud, snooze)


@SERVICE.handles("projects.snoozes.get")
def get(call: Call) -> Json:
    """One snooze."""
    return _find(call)


@SERVICE.handles("projects.snoozes.list")
def list_snoozes(call: Call) -> Json:
    """The snoozes; `filter` compares `interval.start_time` and `interval.end_time`."""
    wanted = _filter(call.parameter("filter"))
    return page(call, "snoozes", [one for one in call.cloud.store.list(COLLECTION) if wanted(one)])


@SERVICE.handles("projects.snoozes.patch")
def patch(call: Call) -> Json:
    """Change name or interval: all of one that is to come, the end of an active one, nothing of one that is over."""
    paths = read_mask(call.parameter("updateMask"))
    check_mask(paths, call.schema)
    if not paths or not set(paths) <= set(CHANGEABLE):
        raise invalid("The update mask may hold display_name, interval.start_time and interval.end_time only.")
    now = call.cloud.now()
    with call.cloud.store.transaction():
        stored = _find(call)
        start, end = _interval(stored)
        if end < now:
            raise failed_precondition("A snooze that is over cannot be changed.")
        changed = apply_mask(stored, call.body, paths)
        new_start, new_end = _interval(changed)
        if start <= now and new_start != start:
            raise failed_precondition("The start of an active snooze cannot be changed.")
        if (new_start != start and new_start < now - SKEW) or new_end < now - SKEW:
            raise bad_value("snooze.interval", timestamp(new_end), "must not be in the past")
        _check(call.cloud, changed)
        return _save(call.cloud, changed)


def intervals(cloud: Cloud) -> dict[str, list[tuple[datetime, datetime]]]:
    """When each policy is snoozed, by its name."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for snooze in cloud.store.list(COLLECTION):
        for policy in snooze["criteria"]["policies"]:
            found[policy].append(_interval(snooze))
    return found


def _check(cloud: Cloud, snooze: Json) -> None:
    if not snooze.get("displayName", "").strip() or len(snooze["displayName"]) > 512:
        reason = "must not be empty and have at most 512 characters"
        raise bad_value("snooze.display_name", snooze.get("displayName", ""), reason)
    criteria = snooze.get("criteria", {})
    if criteria.get("filter"):
        raise not_emulated("the filter of a snooze")
    names = criteria.get("policies", [])
    if not 1 <= len(names) <= MOST_POLICIES:
        raise bad_value("snooze.criteria.policies", len(names), f"must have between 1 and {MOST_POLICIES} policies")
    for name in names:
        if cloud.store.get(POLICIES, name.rpartition("/")[2]) is None:
            raise not_found(f"Cannot find alert policy {name}.")
    start, end = _interval(snooze)
    if end <= start:
        raise bad_value("snooze.interval.end_time", timestamp(end), "must be later than start_time")


def _interval(snooze: Json) -> tuple[datetime, datetime]:
    interval = snooze.get("interval", {})
    if "startTime" not in interval or "endTime" not in interval:
        raise invalid("A snooze needs an interval with start_time and end_time.", field="snooze.interval")
    return datetime.fromisoformat(interval["startTime"]), datetime.fromisoformat(interval["endTime"])


def _filter(text: str) -> Callable[[Json], bool]:
    if not text.strip():
        return lambda _: True
    compared = list(leaves(asked_filter(text)))
    tests = [_bound(leaf) for leaf in _comparisons(compared, text)]
    if " OR " in text or "NOT " in text:
        raise _unknown_filter(text)
    return lambda snooze: all(test(snooze) for test in tests)


def _comparisons(compared: Iterable[object], text: str) -> Iterable[Comparison]:
    for leaf in compared:
        if not isinstance(leaf, Comparison) or leaf.operator not in ORDERS:
            raise _unknown_filter(text)
        yield leaf


def _bound(leaf: Comparison) -> Callable[[Json], bool]:
    index = {"interval.start_time": 0, "interval.end_time": 1}.get(leaf.field)
    bound = instant_of(leaf.value.text) if isinstance(leaf.value, Text) else None
    if index is None or bound is None:
        raise _unknown_filter(f"{leaf.field}{leaf.operator}")
    return lambda snooze: ORDERS[leaf.operator](_interval(snooze)[index], bound)


def _unknown_filter(text: str) -> ApiError:
    return not_emulated(f"the filter {text} of monitoring.projects.snoozes.list")


def _find(call: Call) -> Json:
    snooze = call.cloud.store.get(COLLECTION, call.path["snoozesId"])
    if snooze is None:
        raise not_found(f"Cannot find snooze projects/{call.path['projectsId']}/snoozes/{call.path['snoozesId']}.")
    return snooze


def _save(cloud: Cloud, snooze: Json) -> Json:
    cloud.store.put(COLLECTION, str(snooze["name"]).rpartition("/")[2], snooze)
    return snooze
