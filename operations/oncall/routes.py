"""Where notifications go when no policy sends them: a Slack incoming webhook, PagerDuty, mail by SMTP.

Addresses and keys come from the environment and appear in no text and no error. Not here: what is due (`notifier`).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests

from operations.oncall.alert_rows import Alert
from settings.errors import ErosError

SECONDS = 20
SLACK, PAGERDUTY, MAIL = "slack", "pagerduty", "email"
WEBHOOK, PAGERDUTY_KEY, PAGERDUTY_URL = "EROS_SLACK_WEBHOOK", "EROS_PAGERDUTY_KEY", "EROS_PAGERDUTY_URL"
SMTP, SENDER, RECIPIENTS = "EROS_SMTP_URL", "EROS_SMTP_FROM", "EROS_NOTIFICATION_EMAIL"
# developer.pagerduty.com: "Send an Event to PagerDuty", Events API v2.
EVENTS = "https://events.pagerduty.com/v2/enqueue"
COLOURS = {"CRITICAL": "#d32f2f", "WARNING": "#ffa726", "INFO": "#29b6f6"}
SEVERITIES = {"CRITICAL": "critical", "WARNING": "warning", "INFO": "info"}
PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


class NotDelivered(ErosError):
    """A receiver refused or did not answer."""


class Route(Protocol):
    """A receiver: `name` as it is remembered in the rows."""

    @property
    def name(self) -> str: ...

    def post(self, title: str, alerts: Sequence[Alert]) -> None:
        """One notification of all of them. Errors: NotDelivered."""


@dataclass(frozen=True)
class Slack:
    """api.slack.com/messaging/webhooks; a critical alert mentions the channel."""

    url: str
    name: str = SLACK

    def post(self, title: str, alerts: Sequence[Alert]) -> None:
        mention = "<!channel> " if any(alert.level == "CRITICAL" for alert in alerts) else ""
        attachments = [
            {
                "color": COLOURS[alert.level],
                "title": _escaped(f"{alert.level}: {alert.kind}"),
                "text": _escaped(alert.text),
                "footer": f"eros alerts ack {alert.id[:8]}",
                "ts": int(alert.time.timestamp()),
            }
            for alert in alerts
        ]
        _send(self.name, self.url, {"text": mention + _escaped(title), "attachments": attachments})


@dataclass(frozen=True)
class PagerDuty:
    """One event an alert: the key of the alert keeps a repetition from being a second incident."""

    key: str
    stack: str
    url: str = EVENTS
    name: str = PAGERDUTY

    def post(self, title: str, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            payload = {
                "summary": f"{title}: {alert.kind}: {alert.text}"[:1024],
                "severity": SEVERITIES[alert.level],
                "source": f"eros {self.stack}",
                "timestamp": alert.time.isoformat(),
            }
            event = {"routing_key": self.key, "event_action": "trigger", "dedup_key": alert.id, "payload": payload}
            _send(self.name, self.url, event)


@dataclass(frozen=True)
class Mail:
    """Plain text; smtp:// as it is, smtps:// encrypted from the start, smtp+tls:// by STARTTLS."""

    url: str
    sender: str
    recipients: tuple[str, ...]
    name: str = MAIL

    def post(self, title: str, alerts: Sequence[Alert]) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = title, self.sender, ", ".join(self.recipients)
        message.set_content("\n".join(_paragraph(alert) for alert in alerts))
        server = urlsplit(self.url)
        try:
            with _connected(server.scheme, server.hostname or "", server.port or PORTS[server.scheme]) as client:
                if server.username:
                    client.login(unquote(server.username), unquote(server.password or ""))
                client.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # Of a refusal the code alone: the text may repeat what was sent.
            said = (
                f"code {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__
            )
            raise NotDelivered(
                f"{self.name}: the mail server did not take it ({said})", fix=f"is {SMTP} right?"
            ) from None


def routes(environment: Mapping[str, str], stack: str, address: str) -> tuple[Route, ...]:
    """The receivers that the environment states. Errors: ErosError when it states none, or half of one."""
    found: list[Route] = []
    if url := environment.get(WEBHOOK):
        found.append(Slack(_checked(WEBHOOK, url, ("https", "http"))))
    if key := environment.get(PAGERDUTY_KEY):
        found.append(PagerDuty(key, stack, environment.get(PAGERDUTY_URL) or EVENTS))
    if url := environment.get(SMTP):
        recipients = tuple(part.strip() for part in (environment.get(RECIPIENTS) or address).split(",") if part.strip())
        sender = environment.get(SENDER) or recipients[0]
        found.append(Mail(_checked(SMTP, url, tuple(PORTS)), sender, recipients))
    if not found:
        raise ErosError(
            "nobody would be told: no receiver is set",
            fix=f"export {WEBHOOK}=..., {PAGERDUTY_KEY}=... or {SMTP}=smtp+tls://user:password@host:587",
        )
    return tuple(found)


def _checked(name: str, url: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    if not is_right:
        raise ErosError(f"{name} is no address", fix=f"write {schemes[0]}://HOST/...")
    return url


def _send(name: str, url: str, body: dict[str, Any]) -> None:
    try:
        answer = requests.post(url, json=body, timeout=SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        # The text of the error would name the address, which is a secret.
        raise NotDelivered(f"{name} does not answer ({type(error).__name__})", fix="is its address right?") from None
    if not 200 <= answer.status_code < 300:
        raise NotDelivered(
            f"{name} refused the notification: HTTP {answer.status_code}", fix="is its address or key right?"
        )


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    client = smtplib.SMTP(host, port, timeout=SECONDS)
    if scheme == "smtp+tls":
        client.starttls(context=ssl.create_default_context())
    return client


def _paragraph(alert: Alert) -> str:
    head = f"{alert.level}: {alert.kind} ({alert.time:%Y-%m-%d %H:%M} UTC)"
    return f"{head}\n  {alert.text}\n  eros alerts ack {alert.id[:8]}\n"


def _escaped(text: str) -> str:
    """api.slack.com/reference/surfaces/formatting: three characters have a meaning of their own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
