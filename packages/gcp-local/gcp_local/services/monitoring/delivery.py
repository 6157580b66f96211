"""Sends what is pending to the channels and keeps each notification in the outbox, delivered or not.

Nothing leaves this machine by itself: mails go to a stated SMTP server and requests to a stated base URL, which gets
the vendor's host as first part of the path (BASE/slack.com/api/chat.postMessage). Without them a notification is only
kept. A receiver that fails is said in the outbox and keeps nothing else from being sent.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx

from gcp_local.services import receivers
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json
from gcp_local.services.monitoring import channels, messages, notifications, outbox
from gcp_local.services.pubsub import agent_publish

PATIENCE = 10.0
SENDER = "alerting-noreply@google.com"
KEPT, DELIVERED = "kept", "delivered"


def deliver(cloud: Cloud) -> int:
    """Send all that is pending; how many notifications went to the outbox."""
    count = 0
    for key, notification in cloud.store.items(notifications.PENDING):
        for name in notification["policy"].get("notificationChannels", []):
            channel = cloud.store.get(channels.COLLECTION, name.rpartition("/")[2])
            if channel and channel.get("enabled", True):
                outbox.append(cloud, _sent(cloud, channel, notification))
                count += 1
        cloud.store.delete(notifications.PENDING, key)
    return count


def _sent(cloud: Cloud, channel: Json, notification: Json) -> Json:
    """The outbox's record of one notification to one channel, after trying to send it."""
    policy, incident = notification["policy"], notification["incident"]
    record: Json = {
        "time": notification["time"],
        "policy": policy["displayName"],
        "policyName": policy["name"],
        "userLabels": policy.get("userLabels", {}),
        "severity": policy.get("severity", ""),
        "state": incident["alert"]["state"].lower(),
        "incident": incident["alert"]["name"],
        "channelType": channel["type"],
        "channel": channel.get("displayName", ""),
        "channelName": channel["name"],
        "subject": notifications.subject(cloud, notification),
        "text": notifications.text(cloud, notification),
    }
    try:
        payload, result = _send(cloud, channel, notification, record)
    except Exception as error:
        # Whatever a receiver does: said, and the next one is tried.
        payload, result = {}, f"failed: {_reason(error)}"
    return {**record, "payload": payload, "delivery": result}


def _send(cloud: Cloud, channel: Json, notification: Json, record: Json) -> tuple[Json, str]:
    if channel["type"] == "email":
        return _mail(cloud, channel["labels"]["email_address"], record)
    if channel["type"] == "pubsub":
        payload = notifications.incident_payload(cloud, notification)
        agent_publish.publish(cloud, channels.AGENT_DOMAIN, channel["labels"]["topic"], payload, {})
        return payload, DELIVERED
    if channel["type"] not in messages.FORMS:
        return {}, KEPT
    request = messages.request(cloud, channel, channels.secrets_of(cloud, channel), notification)
    try:
        return request.shown, _post(cloud, request)
    except Exception as error:
        return request.shown, f"failed: {_reason(error)}"


def _mail(cloud: Cloud, address: str, record: Json) -> tuple[Json, str]:
    payload = {"from": SENDER, "to": address, "subject": record["subject"]}
    server = receivers.read(cloud).smtp
    if not server:
        return payload, KEPT
    message = EmailMessage()
    # A subject is one line, whatever a variable brought.
    message["From"], message["To"] = SENDER, address
    message["Subject"] = " ".join(record["subject"].split())
    message.set_content(record["text"])
    host, _, port = server.rpartition(":")
    try:
        with smtplib.SMTP(host, int(port), timeout=PATIENCE) as smtp:
            smtp.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        return payload, f"failed: {_reason(error)}"
    return payload, DELIVERED


def _post(cloud: Cloud, request: messages.Request) -> str:
    base = receivers.read(cloud).http
    if not base:
        return KEPT
    place = urlsplit(request.url)
    query = f"?{place.query}" if place.query else ""
    url = f"{base.rstrip('/')}/{place.netloc}{place.path}{query}"
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        answer = client.post(url, json=request.body, headers=request.headers)
    if not answer.is_success:
        return f"failed: HTTP {answer.status_code}"
    return _refused_by_slack(answer, place.netloc) or DELIVERED


def _refused_by_slack(answer: httpx.Response, host: str) -> str:
    """Slack says in the body of a 200 what it refuses (docs.slack.dev/apis/web-api/#responses)."""
    if host != "slack.com":
        return ""
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    return f"failed: {body.get('error', 'not ok')}" if isinstance(body, dict) and body.get("ok") is False else ""


def _reason(error: Exception) -> str:
    # The type alone: a message may hold the address with what is secret in it.
    return error.message if isinstance(error, ApiError) else type(error).__name__
