"""`gcp:pubsub/topicIAMMember:TopicIAMMember`: one member with one role on a topic.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/pubsub/iam_pubsub_topic.go:69-82 (schema), :91-134
(the topic in full), :163 (read: GET without a version, so conditions are not seen), :199 (write), the rest as for every
member (`policies`).
"""

from __future__ import annotations

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import PUBSUB, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, PolicyMember
from gcp_local.provider.values import Bag


class TopicIAMMember(PolicyMember):
    """One member with one role in the policy of a topic; the policy goes with the topic."""

    facts = Facts(
        "gcp:pubsub/topicIAMMember:TopicIAMMember",
        force_new=paths(f"topic project role member {CONDITION_PATHS}"),
        computed=paths("project"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "topic": rules.same_last_name},
    )
    target = "topic"

    @override
    def address(self, inputs: Bag, project: str) -> str:
        """Ids and outputs name the topic in full; the program may."""
        topic = str(inputs["topic"])
        return topic if "/" in topic else f"projects/{inputs.get('project') or project}/topics/{topic}"

    @override
    def place(self, address: str) -> Bag:
        """The project stands beside the full name."""
        return {"project": address.split("/")[1], "topic": address}

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The topic's policy."""
        return cloud.call(PUBSUB, "GET", f"{target}:getIamPolicy")

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(PUBSUB, "POST", f"{target}:setIamPolicy", {"policy": policy})
