"""Incidents: opened and closed by the evaluation of policies, read as the API's alerts."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TypedDict

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid, not_emulated, not_found
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp

COLLECTION = "monitoring.incidents"
# The keys of the open ones, POLICY/INCIDENT: they are asked for at every evaluation, and few among many.
OPEN_ONES = "monitoring.openIncidents"
ORDERS = {"open_time": "openTime", "close_time": "closeTime"}
OPEN, CLOSED = "OPEN", "CLOSED"


class Finding(TypedDict):
    """What met a condition: the labels of a series or of a log entry. `key` tells incidents of a condition apart."""

    key: str
    resource: Json
    metric: Json
    extracted: dict[str, str]
    summary: str
    value: str


class Incident(TypedDict):
    """An incident as it is kept; `data` is when its series or log last spoke."""

    id: str
    policy: str
    condition: str
    finding: Finding
    alert: Json
    data: str


@SERVICE.handles("projects.alerts.get")
def get(call: Call) -> Json:
    """One incident."""
    incident = call.cloud.store.get(COLLECTION, call.path["alertsId"])
    if incident is None:
        raise not_found(f"Cannot find alert projects/{call.path['projectsId']}/alerts/{call.path['alertsId']}.")
    alert: Json = incident["alert"]
    return alert


@SERVICE.handles("projects.alerts.list")
def list_alerts(call: Call) -> Json:
    """The incidents, the latest first unless `orderBy` says otherwise; `filter` takes `state="OPEN"` or `"CLOSED"`."""
    wanted = call.parameter("filter").replace(" ", "").replace('"', "").replace("'", "")
    if wanted and wanted not in (f"state={OPEN}", f"state={CLOSED}"):
        raise not_emulated(f"the filter {call.parameter('filter')} of monitoring.projects.alerts.list")
    found = [incident["alert"] for incident in call.cloud.store.list(COLLECTION)]
    found = [alert for alert in found if wanted in ("", f"state={alert['state']}")]
    for text in reversed((call.parameter("orderBy") or "open_time desc").split(",")):
        name, _, direction = text.strip().partition(" ")
        if name not in ORDERS or direction.strip() not in ("", "asc", "desc"):
            raise invalid(f"Invalid order_by: '{text.strip()}'.", field="order_by")
        found.sort(key=lambda alert: str(alert.get(ORDERS[name], "")), reverse=direction.strip() == "desc")
    return {**page(call, "alerts", found, default=50), "totalSize": len(found)}


def open_ones(cloud: Cloud, policy_id: str = "") -> list[Incident]:
    """The open incidents, of one policy or of all."""
    prefix = f"{policy_id}/" if policy_id else ""
    keys = (key.rpartition("/")[2] for key, _ in cloud.store.items(OPEN_ONES, prefix))
    kept = (cloud.store.get(COLLECTION, key) for key in keys)
    return [one for one in kept if one]  # type: ignore[misc]


def open_incident(cloud: Cloud, policy: Json, condition: Json, finding: Finding, at: datetime) -> Incident:
    """A new incident."""
    identity = f"0.{secrets.token_hex(6)}"
    policy_part = {name: policy[name] for name in ("name", "displayName", "severity", "userLabels") if policy.get(name)}
    alert: Json = {
        "name": f"projects/{cloud.project}/alerts/{identity}",
        "state": OPEN,
        "openTime": timestamp(at),
        "policy": policy_part,
        "resource": finding["resource"],
    }
    if finding["metric"]:
        alert["metric"] = finding["metric"]
    if finding["extracted"]:
        alert["log"] = {"extractedLabels": finding["extracted"]}
    return save(
        cloud,
        {
            "id": identity,
            "policy": str(policy["name"]).rpartition("/")[2],
            "condition": condition["name"],
            "finding": finding,
            "alert": alert,
            "data": timestamp(at),
        },
    )


def close(cloud: Cloud, incident: Incident, at: datetime) -> Incident:
    """The incident, closed."""
    alert = {**incident["alert"], "state": CLOSED, "closeTime": timestamp(at)}
    return save(cloud, {**incident, "alert": alert})


def save(cloud: Cloud, incident: Incident) -> Incident:
    """Keep an incident."""
    key = f"{incident['policy']}/{incident['id']}"
    with cloud.store.transaction():
        cloud.store.put(COLLECTION, incident["id"], dict(incident))
        if incident["alert"]["state"] == OPEN:
            cloud.store.put(OPEN_ONES, key, {})
        else:
            cloud.store.delete(OPEN_ONES, key)
    return incident
