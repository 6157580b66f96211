"""`gcp:pubsub/subscription:Subscription`.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/pubsub/resource_pubsub_subscription.go:132-785
(schema), :57 (spellings of an expiration), :787 (create: PUT), :1011 (read), :1094-1316 (update: PATCH with
`updateMask` in the query and the subscription below `subscription`), :1372 (import), :1392 (the name is the last part),
:1597 (an empty push config is none), :1884 (a short topic is one of the project), and the answers of the real plugin
in `tests/data`.
"""

from __future__ import annotations

from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import labels, rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import PUBSUB, Cloud
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.pubsub.topic import mask_of
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

CHANGEABLE: Final = (
    "bigqueryConfig cloudStorageConfig pushConfig ackDeadlineSeconds messageRetentionDuration retainAckedMessages "
    "expirationPolicy deadLetterPolicy retryPolicy enableExactlyOnceDelivery messageTransforms"
)
EXPIRATION: Final = "expirationPolicy"
SAME_NAME: Final = f"{CHANGEABLE} filter enableMessageOrdering"


def _seconds(duration: Any) -> float | None:
    try:
        return float(str(duration).removesuffix("s"))
    except ValueError:
        return None


def _same_duration(old: Any, new: Any) -> bool:
    return new is not None and _seconds(old) is not None and _seconds(old) == _seconds(new)


class Subscription(Resource):
    """A subscription; it delivers in one way only."""

    id_template = "projects/{project}/subscriptions/{name}"
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
        local=paths("tags deletionPolicy"),
        autoname=AutoName(),
        labelled=True,
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the subscription."""
        wanted = self.wanted(cloud, inputs)
        identity, topic = self.identity(wanted), str(wanted["topic"])
        full = topic if "/" in topic else f"projects/{wanted['project']}/topics/{topic}"
        cloud.call(PUBSUB, "PUT", identity, {**_body(wanted), "topic": full, **pruned(given(wanted, "tags"))})
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The subscription as Pub/Sub has it."""
        found = cloud.get(PUBSUB, identity)
        if found is None:
            return None
        return {
            **given(found, f"{SAME_NAME} topic"),
            EXPIRATION: found.get(EXPIRATION),
            **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
            **self.parts(identity, cloud.project),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        mask = mask_of(set(self.diff(former, inputs).properties), CHANGEABLE)
        if mask:
            body = {"subscription": _body(self.wanted(cloud, inputs, former))}
            cloud.call(PUBSUB, "PATCH", identity, body, {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the subscription with what waits in it."""
        cloud.remove(PUBSUB, identity)


def _body(wanted: Bag) -> Bag:
    body = {**pruned(given(wanted, SAME_NAME)), "labels": wanted["effectiveLabels"]}
    if wanted.get(EXPIRATION):
        # One without a time to live is sent empty: such a subscription never expires (expandPubsubSubscription-
        # ExpirationPolicy, and docs.cloud.google.com/pubsub/docs/subscription-properties#expiration_period).
        body[EXPIRATION] = pruned(wanted[EXPIRATION])
    return body
