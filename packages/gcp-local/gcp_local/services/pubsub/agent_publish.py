"""Messages that Google's own services publish, with the account that each of them acts with."""

from __future__ import annotations

import base64
import json
import re

from gcp_local.services import enablement, identities, policies, resourcemanager, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json
from gcp_local.services.pubsub import backlog, topics

PUBLISH, PUBLISHER = "pubsub.topics.publish", "roles/pubsub.publisher"


def publish(cloud: Cloud, domain: str, topic: str, payload: Json, attributes: dict[str, str]) -> None:
    """Publish JSON as the agent of a service. Raises ApiError where Pub/Sub refuses it."""
    enablement.require_enabled(cloud, "pubsub.googleapis.com")
    found = find(cloud, topic)
    member = f"serviceAccount:{identities.agent_email(cloud, domain)}"
    keys = (topics.policy_key(backlog.id_of(found)), resourcemanager.POLICY_KEY)
    if not any(policies.is_allowed(cloud, key, member, PUBLISH) for key in keys):
        raise ApiError(403, f"User not authorized to perform this action: {member} needs {PUBLISHER} on {topic}.")
    data = base64.b64encode(json.dumps(payload, ensure_ascii=False).encode()).decode()
    backlog.publish(cloud, found["name"], [{"data": data, **({"attributes": attributes} if attributes else {})}])


def find(cloud: Cloud, topic: str) -> Json:
    """The topic with this full name. Raises ApiError."""
    match = re.fullmatch(r"projects/([^/]+)/topics/([^/]+)", topic)
    if match is None:
        raise ApiError(400, f"Invalid resource name given (name={topic}).")
    cloud.require_project(match[1])
    return topics.find(cloud, match[2])


def grant(cloud: Cloud, domain: str, topic: str) -> None:
    """Let the agent of a service publish to a topic, as that service does by itself."""
    identities.create_agent(cloud, domain)
    member = f"serviceAccount:{identities.agent_email(cloud, domain)}"
    with cloud.store.transaction():
        place = policies.Place(topics.policy_key(backlog.id_of(find(cloud, topic))), roles.fits_pubsub)
        policy = policies.read_policy(cloud, place)
        if not policies.allows(cloud, policy, member, PUBLISH):
            bindings = [*policy.get("bindings", []), {"role": PUBLISHER, "members": [member]}]
            policies.write_policy(cloud, place, {**policy, "bindings": bindings})
