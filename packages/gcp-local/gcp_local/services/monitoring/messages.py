"""What each type of channel is sent: the request or the mail, in the form of the vendor's own API.

- slack: chat.postMessage with the channel's bot token (docs.slack.dev/reference/methods/chat.postMessage)
- pagerduty: Events API v2 (developer.pagerduty.com/docs/events-api-v2/trigger-events)
- google_chat: a message to the space; it carries no documentation (docs.cloud.google.com/monitoring/alerts/
  doc-variables, "Content" names the types that do)
- webhook_basicauth, webhook_tokenauth, pubsub: the incident (docs.cloud.google.com/monitoring/support/
  notification-options)
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.monitoring import notifications

COLOURS = {"CRITICAL": "#d32f2f", "ERROR": "#d32f2f", "WARNING": "#ffa726"}
NO_SEVERITY, RESOLVED = "#29b6f6", "#66bb6a"
PAGERDUTY_SEVERITIES = {"CRITICAL": "critical", "ERROR": "error", "WARNING": "warning"}


@dataclass(frozen=True)
class Request:
    """An HTTP request: `shown` is its body without secrets, `body` what is sent."""

    url: str
    body: Json
    shown: Json
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def request(cloud: Cloud, channel: Json, secrets: dict[str, str], notification: Json) -> Request:
    """The request for a channel that is reached over HTTP."""
    return FORMS[channel["type"]](cloud, {**channel["labels"], **secrets}, notification)


def _slack(cloud: Cloud, labels: dict[str, str], notification: Json) -> Request:
    severity = notification["policy"].get("severity", "")
    colour = COLOURS.get(severity, NO_SEVERITY) if notifications.is_open(notification) else RESOLVED
    attachment = {
        "color": colour,
        "title": notification["policy"]["displayName"],
        "title_link": notifications.url(cloud, notification),
        "text": notifications.text(cloud, notification),
        "fields": [{"title": "Severity", "value": severity or "No severity", "short": True}],
        "mrkdwn_in": ["text"],
    }
    subject = notifications.subject(cloud, notification)
    body = {"channel": labels["channel_name"], "text": subject, "attachments": [attachment]}
    headers = {"Authorization": f"Bearer {labels.get('auth_token', '')}"}
    return Request("https://slack.com/api/chat.postMessage", body, body, headers)


def _pagerduty(cloud: Cloud, labels: dict[str, str], notification: Json) -> Request:
    incident, policy = notification["incident"], notification["policy"]
    shown: Json = {
        "event_action": "trigger" if notifications.is_open(notification) else "resolve",
        "dedup_key": incident["id"],
        "client": "Google Cloud Monitoring",
        "client_url": notifications.url(cloud, notification),
        "payload": {
            "summary": notifications.subject(cloud, notification)[:1024],
            "source": incident["finding"]["resource"]["type"],
            "severity": PAGERDUTY_SEVERITIES.get(policy.get("severity", ""), "info"),
            "timestamp": notification["time"],
            "component": incident["condition"],
            "custom_details": notifications.incident_payload(cloud, notification)["incident"],
        },
    }
    body = {"routing_key": labels.get("service_key", ""), **shown}
    return Request("https://events.pagerduty.com/v2/enqueue", body, shown)


def _google_chat(cloud: Cloud, labels: dict[str, str], notification: Json) -> Request:
    summary = notification["incident"]["finding"]["summary"]
    link = notifications.url(cloud, notification)
    body = {"text": f"*{notifications.subject(cloud, notification)}*\n{summary}\n{link}"}
    return Request(f"https://chat.googleapis.com/v1/{labels['space']}/messages", body, body)


def _webhook(cloud: Cloud, labels: dict[str, str], notification: Json) -> Request:
    body = notifications.incident_payload(cloud, notification)
    headers = {}
    if "username" in labels:
        pair = f"{labels['username']}:{labels.get('password', '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Request(labels["url"], body, body, headers)


FORMS: dict[str, Callable[[Cloud, dict[str, str], Json], Request]] = {
    "slack": _slack,
    "pagerduty": _pagerduty,
    "google_chat": _google_chat,
    "webhook_basicauth": _webhook,
    "webhook_tokenauth": _webhook,
}
