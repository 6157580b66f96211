"""Channels: where alerts go. E-mail always; Slack, PagerDuty, Google Chat, Pub/Sub and a webhook where they are set.

Scope: the notification channels, the topic and who may publish to it. Not here: which alert goes where (`Monitoring`).
A channel without its token or address is left out with a warning that says how to set it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_gcp as gcp

from catalog.alerts import LEVELS
from settings.load import command
from settings.model import Settings

PUBSUB_API = "pubsub.googleapis.com"
# The key of each channel's token or address, and whether it is a secret.
KEYS = {
    "slack": ("slackToken", True),
    "pagerduty": ("pagerdutyKey", True),
    "google_chat": ("googleChatSpace", False),
    "pubsub": ("alertTopic", False),
    "webhook": ("webhookUrl", True),
}


@dataclass(kw_only=True)
class Channels:
    """Makes the channels as children of `parent`; `email` is by address, `of` answers by name of CHANNELS and level."""

    name: str
    settings: Settings
    secrets: Mapping[str, Any]
    transfer_agent: str
    parent: pulumi.Resource
    after: Sequence[pulumi.Resource]
    email: dict[str, gcp.monitoring.NotificationChannel] = field(default_factory=dict)
    others: dict[str, gcp.monitoring.NotificationChannel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.settings
        for address in [settings.alert_email, *sorted({*settings.alert_recipients.values()} - {settings.alert_email})]:
            self.email[address] = self._email(address)
        if "slackToken" in self.secrets:
            self.others |= {f"slack {level}": self._slack(level) for level in LEVELS}
        if "pagerdutyKey" in self.secrets:
            self.others["pagerduty"] = self._channel(
                "pagerduty", {}, gcp.monitoring.NotificationChannelSensitiveLabelsArgs(
                    service_key=self.secrets["pagerdutyKey"]
                )
            )  # fmt: skip
        if settings.google_chat_space:
            self.others["google_chat"] = self._channel("google_chat", {"space": settings.google_chat_space})
        if settings.alert_topic:
            self.others["pubsub"] = self._pubsub(settings.alert_topic)
        if "webhookUrl" in self.secrets:
            self.others["webhook"] = self._channel("webhook", {"url": self.secrets["webhookUrl"]})

    def of(self, names: Sequence[str], level: str) -> list[pulumi.Output[str]]:
        """Names of the resources, each once; the stack's own address where none of the channels is set."""
        found = [self.email[self.settings.alert_email]] if "email" in names else []
        keys = [f"slack {level}" if name == "slack" else name for name in names]
        found += [self.others[key] for key in keys if key in self.others]
        return [channel.name for channel in found or [self.email[self.settings.alert_email]]]

    def missing(self) -> list[str]:
        """A line for each kind of channel that is not set: what it is, and how to set it."""
        there = {key.split(" ")[0] for key in self.others}
        flags = {True: "--secret ", False: ""}
        return [
            f"no alert goes to {kind}: {key} is not set\n  fix: {command(Settings, 'set')} {flags[is_secret]}{key}"
            f"{'' if is_secret else ' VALUE'} -s {self.settings.stack}"
            for kind, (key, is_secret) in KEYS.items()
            if kind not in there
        ]

    def _email(self, address: str) -> gcp.monitoring.NotificationChannel:
        own = address == self.settings.alert_email
        return self._made(
            f"{self.name}-email" if own else f"{self.name}-email-{address}",
            "email",
            f"data platform{'' if own else f', {address}'}",
            {"email_address": address},
        )

    def _slack(self, level: str) -> gcp.monitoring.NotificationChannel:
        labels = {"channel_name": self.settings.slack_channels[level]}
        if self.settings.slack_team:
            labels["team"] = self.settings.slack_team
        token = gcp.monitoring.NotificationChannelSensitiveLabelsArgs(auth_token=self.secrets["slackToken"])
        title = f"Slack, {level}"
        return self._made(f"{self.name}-slack-{level.lower()}", "slack", title, labels, token)

    def _pubsub(self, topic_name: str) -> gcp.monitoring.NotificationChannel:
        """The topic, the channel, and then the grant: Monitoring's account exists from the first such channel on."""
        project = self.settings.project
        api = gcp.projects.Service(
            f"{self.name}-pubsub-api",
            project=project,
            service=PUBSUB_API,
            disable_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=list(self.after)),
        )
        topic = gcp.pubsub.Topic(
            f"{self.name}-topic",
            project=project,
            name=topic_name,
            labels=self.settings.labels,
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[api]),
        )
        channel = self._channel("pubsub", {"topic": topic.id})
        # https://cloud.google.com/monitoring/support/notification-options#pubsub
        number = self.transfer_agent.split("service-", 1)[1].split("@", 1)[0]
        gcp.pubsub.TopicIAMMember(
            f"{self.name}-topic-publisher",
            project=project,
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=f"serviceAccount:service-{number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[channel]),
        )
        return channel

    def _channel(
        self,
        kind: str,
        labels: Mapping[str, pulumi.Input[str]],
        secret: gcp.monitoring.NotificationChannelSensitiveLabelsArgs | None = None,
    ) -> gcp.monitoring.NotificationChannel:
        types = {"webhook": "webhook_tokenauth"}
        return self._made(f"{self.name}-{kind}", types.get(kind, kind), kind.replace("_", " "), labels, secret)

    def _made(
        self,
        name: str,
        kind: str,
        title: str,
        labels: Mapping[str, pulumi.Input[str]],
        secret: gcp.monitoring.NotificationChannelSensitiveLabelsArgs | None = None,
    ) -> gcp.monitoring.NotificationChannel:
        return gcp.monitoring.NotificationChannel(
            name,
            project=self.settings.project,
            type=kind,
            # Adoption tells channels apart by their names.
            display_name=f"EROS ({self.settings.stack}): {title}",
            labels=dict(labels),
            sensitive_labels=secret,
            user_labels=self.settings.labels,
            enabled=True,
            # False keeps a channel that a policy still uses.
            force_delete=not self.settings.protect,
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=list(self.after)),
        )
