"""Evaluates the alert policies: opens and closes incidents, and decides which notifications go out.

Log conditions see each new entry, metric conditions each minute since the last evaluation, so that a clock that was
moved misses nothing. Limits of log conditions (docs.cloud.google.com/logging/docs/alerting/log-based-alerts#limits):
one notification in the policy's period, at most 20 in 24 hours. Who is notified and how is `notifications`' part.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json
from gcp_local.services.logs import history
from gcp_local.services.monitoring import incidents, matched_logs, metric_conditions, notifications, series, snoozes
from gcp_local.services.monitoring.channels import POLICIES
from gcp_local.services.monitoring.incidents import Finding, Incident
from gcp_local.services.monitoring.metric_conditions import Watch
from gcp_local.services.scalars import timestamp

LOG = logging.getLogger(__name__)
STATE, MARK = "monitoring.state", "mark"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MOST_A_DAY = 20
# No absence is longer than 23 h 30 min; the rest is for alignment.
LOOK_BACK = timedelta(hours=25)


def evaluate(cloud: Cloud) -> dict[str, str]:
    """Bring all policies up to now. Returns those that are not evaluated here, by name, with the reason."""
    problems: dict[str, str] = {}
    with cloud.store.transaction():
        now = cloud.now()
        mark = cloud.store.get(STATE, MARK) or {"at": timestamp(now - DAY), "entry": ""}
        since = max(datetime.fromisoformat(mark["at"]), now - DAY)
        entries = [entry for _, entry in history.entries(cloud, after=mark["entry"])]
        everything = series.read(cloud, since - LOOK_BACK)
        policies = cloud.store.list(POLICIES)
        snoozed = snoozes.intervals(cloud)
        for policy in policies:
            turn = Turn(cloud, policy, now, snoozed.get(policy["name"], []))
            try:
                turn.take(entries, everything, _minutes(since, now))
            except ApiError as error:
                problems[policy["name"]] = error.message
            except Exception as error:
                # One broken policy must not end all alerts.
                LOG.exception("evaluation of %s", policy["name"])
                problems[policy["name"]] = f"INTERNAL: {type(error).__name__}"
            turn.save()
        _close_orphans(cloud, {_id(policy) for policy in policies}, now)
        cloud.store.put(STATE, MARK, {"at": timestamp(now), "entry": cloud.store.last_key(history.COLLECTION)})
    return problems


def is_due(cloud: Cloud) -> bool:
    """Whether an evaluation could find anything: an entry has come, a minute has begun, something is to be sent."""
    mark = cloud.store.get(STATE, MARK)
    if mark is None or mark["entry"] != cloud.store.last_key(history.COLLECTION):
        return True
    begun = cloud.now().replace(second=0, microsecond=0) > datetime.fromisoformat(mark["at"])
    return begun or bool(cloud.store.last_key(notifications.PENDING))


def delete_old(cloud: Cloud) -> None:
    """Forget what is shown no longer."""
    history.delete_old(cloud)
    points.delete_old(cloud)


@dataclass
class Turn:
    """One policy in one evaluation."""

    cloud: Cloud
    policy: Json
    now: datetime
    snoozes: list[tuple[datetime, datetime]]

    def __post_init__(self) -> None:
        self.strategy: Json = self.policy["alertStrategy"]
        self.auto_close = timedelta(seconds=float(self.strategy["autoClose"][:-1]))
        self.installed = datetime.fromisoformat(self.policy["mutationRecord"]["mutateTime"])
        self.known = self.cloud.store.get(STATE, _id(self.policy)) or {}
        # A changed policy begins anew; what it sent still counts.
        fresh = self.known.get("installed") != timestamp(self.installed)
        self.memory: Json = {} if fresh else copy.deepcopy(self.known["memory"])
        self.sent: list[str] = self.known.get("sent", [])
        self.open: list[Incident] = incidents.open_ones(self.cloud, _id(self.policy))

    def save(self) -> None:
        """Keep what the next evaluation needs."""
        state = {"installed": timestamp(self.installed), "memory": self.memory, "sent": self.sent}
        if state != self.known:
            self.cloud.store.put(STATE, _id(self.policy), state)

    def take(self, entries: list[Json], everything: list[series.Series], minutes: list[datetime]) -> None:
        """Evaluate. Raises ApiError 501 for what is not evaluated here."""
        names = {condition["name"] for condition in self.policy["conditions"]}
        for incident in [one for one in self.open if one["condition"] not in names]:
            self._close(incident, self.now, silently=True)
        if not self.policy.get("enabled", True):
            self._close_all(self.now)
        elif "conditionMatchedLog" in self.policy["conditions"][0]:
            self._match(entries)
        else:
            self._watch(everything, minutes)

    def _match(self, entries: list[Json]) -> None:
        condition = self.policy["conditions"][0]
        for entry in entries:
            at = datetime.fromisoformat(entry["receiveTimestamp"])
            found = matched_logs.finding(condition, entry) if at >= self.installed else None
            self._expire(at)
            if found and not self._snoozed(at):
                incident = self._open_one(condition["name"], found["key"])
                if incident:
                    incident["data"] = timestamp(at)
                    incidents.save(self.cloud, incident)
                else:
                    incident = self._open(condition, found, at)
                if self._may_send(at):
                    self.sent = [*self.sent, timestamp(at)]
                    self._notify({**incident, "finding": found}, at)
        self._snoozed(self.now)
        self._expire(self.now)

    def _watch(self, everything: list[series.Series], minutes: list[datetime]) -> None:
        for condition in self.policy["conditions"]:
            metric_conditions.check(condition)
        watches = [
            Watch(condition, self.installed, self.memory.setdefault(condition["name"], {}))
            for condition in self.policy["conditions"]
        ]
        groups = [watch.groups(everything) for watch in watches]
        for at in (minute for minute in minutes if minute >= self.installed):
            met = [watch.met(group, at) for watch, group in zip(watches, groups, strict=True)]
            if not self._snoozed(at):
                self._compare(watches, self._combined(met), at)

    def _combined(self, met: list[list[Finding]]) -> list[list[Finding]]:
        combiner = self.policy["combiner"]
        if combiner == "OR" or all(met):
            if combiner != "AND_WITH_MATCHING_RESOURCE":
                return met
            resources = [[finding["resource"] for finding in findings] for findings in met]
            return [[one for one in findings if all(one["resource"] in r for r in resources)] for findings in met]
        return [[] for _ in met]

    def _compare(self, watches: list[Watch], met: list[list[Finding]], at: datetime) -> None:
        """Open incidents for what is met now, close those of what is met no longer or silent for too long."""
        for watch, findings in zip(watches, met, strict=True):
            keys = {finding["key"] for finding in findings}
            for finding in findings:
                if not self._open_one(watch.condition["name"], finding["key"]):
                    self._notify(self._open(watch.condition, finding, at), at)
            for incident in [one for one in self.open if one["condition"] == watch.condition["name"]]:
                key = incident["finding"]["key"]
                begun = datetime.fromisoformat(incident["alert"]["openTime"])
                spoken = max(begun, watch.last_data(key) or begun)
                expired = at - spoken >= self.auto_close
                if expired:
                    watch.forget(key)
                if expired or key not in keys:
                    self._close(incident, at)

    def _open_one(self, condition: str, key: str) -> Incident | None:
        same = (one for one in self.open if one["condition"] == condition and one["finding"]["key"] == key)
        return next(same, None)

    def _open(self, condition: Json, finding: Finding, at: datetime) -> Incident:
        incident = incidents.open_incident(self.cloud, self.policy, condition, finding, at)
        self.open.append(incident)
        return incident

    def _close(self, incident: Incident, at: datetime, *, silently: bool = False) -> None:
        self.open.remove(incident)
        closed = incidents.close(self.cloud, incident, at)
        if "CLOSED" in self.strategy["notificationPrompts"] and not silently:
            self._notify(closed, at)

    def _close_all(self, at: datetime) -> None:
        for incident in list(self.open):
            self._close(incident, at, silently=True)

    def _snoozed(self, at: datetime) -> bool:
        if not any(start <= at < end for start, end in self.snoozes):
            return False
        self._close_all(at)
        return True

    def _expire(self, at: datetime) -> None:
        for incident in list(self.open):
            if at - datetime.fromisoformat(incident["data"]) >= self.auto_close:
                self._close(incident, at)

    def _may_send(self, at: datetime) -> bool:
        self.sent = [text for text in self.sent if at - datetime.fromisoformat(text) < DAY]
        period = timedelta(seconds=float(self.strategy["notificationRateLimit"]["period"][:-1]))
        waited = not self.sent or at - datetime.fromisoformat(self.sent[-1]) >= period
        return waited and len(self.sent) < MOST_A_DAY

    def _notify(self, incident: Any, at: datetime) -> None:
        notifications.queue(self.cloud, self.policy, incident, at)


def _close_orphans(cloud: Cloud, living: set[str], at: datetime) -> None:
    """The incidents of policies that were deleted."""
    for incident in incidents.open_ones(cloud):
        if incident["policy"] not in living:
            incidents.close(cloud, incident, at)
            cloud.store.delete(STATE, incident["policy"])


def _minutes(since: datetime, now: datetime) -> list[datetime]:
    """The whole minutes after `since`, and now."""
    first = since.replace(second=0, microsecond=0) + MINUTE
    count = max(0, int((now - first) / MINUTE) + 1) if first <= now else 0
    minutes = [first + MINUTE * index for index in range(count)]
    return minutes if minutes and minutes[-1] == now else [*minutes, now]


def _id(policy: Json) -> str:
    return str(policy["name"]).rpartition("/")[2]
