"""What a notification says: subject, text and the incident as webhooks and Pub/Sub get it. How it is sent is
`delivery`'s part.

docs.cloud.google.com/monitoring/alerts/doc-variables (variables) and
docs.cloud.google.com/monitoring/support/notification-options (the schema of webhooks, version 1.2).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.monitoring import series
from gcp_local.services.scalars import timestamp

PENDING = "monitoring.pending"
VARIABLE = re.compile(r"\$\{([^}]+)\}")
LONGEST_SUBJECT = 255
NO_VALUE = "null"


def queue(cloud: Cloud, policy: Json, incident: Any, at: datetime) -> None:
    """Keep a notification until it is delivered: an interrupted process sends it when it is back."""
    if not policy.get("notificationChannels"):
        return
    number = int(cloud.store.last_key(PENDING) or 0) + 1
    document = {"policy": policy, "incident": dict(incident), "time": timestamp(at)}
    cloud.store.put(PENDING, f"{number:012d}", document)


def is_open(notification: Json) -> bool:
    """Whether it tells of an incident that is open."""
    return bool(notification["incident"]["alert"]["state"] == "OPEN")


def subject(cloud: Cloud, notification: Json) -> str:
    """The line above the text: the policy's own, with its variables, or one like Google's."""
    policy = notification["policy"]
    own = expand(cloud, policy.get("documentation", {}).get("subject", ""), notification)
    severity = f" - {policy['severity'].capitalize()}" if policy.get("severity") else ""
    word = f"ALERT{severity}" if is_open(notification) else "RESOLVED"
    text = own or f"[{word}] {policy['displayName']}"
    return text.encode()[:LONGEST_SUBJECT].decode(errors="ignore")


def text(cloud: Cloud, notification: Json) -> str:
    """What happened, the policy's documentation and its links, with their variables."""
    documentation = expand(cloud, notification["policy"].get("documentation", {}).get("content", ""), notification)
    summary: str = notification["incident"]["finding"]["summary"]
    links = (notification["policy"].get("documentation", {}).get("links") and _links(cloud, notification)) or []
    shown = "\n".join(f"{link.get('displayName') or 'Link'}: {link['url']}" for link in links)
    return "\n\n".join(part for part in (summary, documentation, shown) if part)


def expand(cloud: Cloud, template: str, notification: Json) -> str:
    """The text with its variables filled in; those that have no value read `null`, unknown ones stay."""

    def fill(match: re.Match[str]) -> str:
        found = _variable(cloud, match[1].strip(), notification)
        return match[0] if found is None else found

    return VARIABLE.sub(fill, template)


def incident_payload(cloud: Cloud, notification: Json) -> Json:
    """The incident as webhooks and Pub/Sub topics get it."""
    policy, incident = notification["policy"], notification["incident"]
    alert, finding, condition = incident["alert"], incident["finding"], _condition(notification)
    documentation = policy.get("documentation", {})
    body: Json = {
        "incident_id": incident["id"],
        "scoping_project_id": cloud.project,
        "scoping_project_number": int(cloud.number),
        "url": url(cloud, notification),
        "started_at": _seconds(alert["openTime"]),
        "ended_at": _seconds(alert["closeTime"]) if "closeTime" in alert else None,
        "state": alert["state"].lower(),
        "severity": policy["severity"].capitalize() if policy.get("severity") else "No severity",
        "summary": finding["summary"],
        "resource": finding["resource"],
        "resource_id": "",
        "resource_name": f"{cloud.project} {finding['resource']['type']}",
        "resource_type_display_name": finding["resource"]["type"],
        "metadata": {"system_labels": {}, "user_labels": {}},
        "policy_name": policy["displayName"],
        "policy_user_labels": policy.get("userLabels", {}),
        "condition_name": condition["displayName"],
        "condition": condition,
        "documentation": {
            "content": expand(cloud, documentation.get("content", ""), notification),
            "mime_type": documentation.get("mimeType", "text/markdown"),
            "subject": subject(cloud, notification),
            **({"links": _links(cloud, notification)} if documentation.get("links") else {}),
        },
    }
    if finding["metric"]:
        body |= {
            "metric": {**finding["metric"], "displayName": _title(finding["metric"])},
            "observed_value": finding["value"],
            "threshold_value": _bound(condition),
        }
    return {"version": "1.2", "incident": body}


def url(cloud: Cloud, notification: Json) -> str:
    """Where the console shows the incident."""
    place = "https://console.cloud.google.com/monitoring/alerting/alerts"
    return f"{place}/{notification['incident']['id']}?project={cloud.project}"


def _variable(cloud: Cloud, name: str, notification: Json) -> str | None:
    """The value of a variable, None for a name that is none."""
    policy, finding, condition = notification["policy"], notification["incident"]["finding"], _condition(notification)
    metric, resource = finding["metric"] or {}, finding["resource"]
    plain = {
        "project": cloud.project,
        "policy.name": policy["name"],
        "policy.display_name": policy["displayName"],
        "condition.name": condition["name"],
        "condition.display_name": condition["displayName"],
        "metric.type": metric.get("type", NO_VALUE),
        "metric.display_name": _title(metric),
        "resource.type": resource["type"],
        "resource.project": resource["labels"].get("project_id", NO_VALUE),
    }
    if name in plain:
        return str(plain[name])
    prefix, _, key = name.rpartition(".")
    labels = {
        "log.extracted_label": finding["extracted"],
        "metric.label": metric.get("labels", {}),
        "metric.labels": metric.get("labels", {}),
        "resource.label": resource["labels"],
        "resource.labels": resource["labels"],
        "policy.user_label": policy.get("userLabels", {}),
        "metadata.system_label": {},
        "metadata.user_label": {},
    }
    return str(labels[prefix].get(key, NO_VALUE)) if prefix in labels else None


def _condition(notification: Json) -> Json:
    name = notification["incident"]["condition"]
    found: Json = next(one for one in notification["policy"]["conditions"] if one["name"] == name)
    return found


def _links(cloud: Cloud, notification: Json) -> list[Json]:
    links = notification["policy"]["documentation"]["links"]
    return [{**link, "url": expand(cloud, link.get("url", ""), notification)} for link in links]


def _title(metric: Json) -> str:
    return series.title(metric["type"]) if metric.get("type") else NO_VALUE


def _bound(condition: Json) -> str:
    bound = condition.get("conditionThreshold", {}).get("thresholdValue")
    return "" if bound is None else str(bound)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
