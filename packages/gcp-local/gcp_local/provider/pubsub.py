"""Pub/Sub: topics and subscriptions; checked and compared only.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/pubsub, resource_pubsub_topic.go:138-670 and
resource_pubsub_subscription.go:172-785, and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

from typing import Any

from gcp_local.provider import rules
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource

SEVERITIES = ("SEVERITY_UNSPECIFIED", "DISABLED", "DEBUG", "INFO", "WARNING", "ERROR", "")


def _seconds(duration: Any) -> float | None:
    try:
        return float(str(duration).removesuffix("s"))
    except ValueError:
        return None


def _same_duration(old: Any, new: Any) -> bool:
    return new is not None and _seconds(old) is not None and _seconds(old) == _seconds(new)


class Topic(Resource):
    """A topic."""

    facts = Facts(
        "gcp:pubsub/topic:Topic",
        force_new=paths("name project tags"),
        computed=paths("project messageStoragePolicy deletionPolicy"),
        defaults={
            "schemaSettings.encoding": "ENCODING_UNSPECIFIED",
            "messageTransforms.disabled": False,
            "ingestionDataSourceSettings.platformLogsSettings.severity": "SEVERITY_UNSPECIFIED",
            "ingestionDataSourceSettings.cloudStorage.textFormat.delimiter": "\n",
        },
        enums={
            "schemaSettings.encoding": ("ENCODING_UNSPECIFIED", "JSON", "BINARY", ""),
            "ingestionDataSourceSettings.platformLogsSettings.severity": SEVERITIES,
        },
        sets=paths("messageStoragePolicy.allowedPersistenceRegions"),
        same={"name": rules.same_last_name},
        nullable=paths("tags"),
        autoname=AutoName(),
        labelled=True,
    )


class Subscription(Resource):
    """A subscription; it delivers in one way only."""

    facts = Facts(
        "gcp:pubsub/subscription:Subscription",
        force_new=paths("name topic project enableMessageOrdering filter tags"),
        computed=paths(
            "project ackDeadlineSeconds expirationPolicy cloudStorageConfig.textConfig retryPolicy.maximumBackoff "
            "retryPolicy.minimumBackoff deletionPolicy"
        ),
        defaults={
            "messageRetentionDuration": "604800s",
            "messageTransforms.disabled": False,
            "cloudStorageConfig.maxDuration": "300s",
        },
        checks={"filter": rules.no_longer_than(256)},
        same={
            "topic": rules.same_last_name,
            "expirationPolicy.ttl": _same_duration,
            "retryPolicy.maximumBackoff": _same_duration,
            "retryPolicy.minimumBackoff": _same_duration,
        },
        conflicts=(("bigqueryConfig", "cloudStorageConfig", "pushConfig"),),
        read_only=paths("cloudStorageConfig.state cloudStorageConfig.textConfig.state"),
        nullable=paths("tags"),
        autoname=AutoName(),
        labelled=True,
    )
