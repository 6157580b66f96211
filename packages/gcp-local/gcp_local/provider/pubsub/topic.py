"""`gcp:pubsub/topic:Topic`.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/pubsub/resource_pubsub_topic.go:98-670 (schema),
:673 (create: PUT), :851 (read), :935-1098 (update: PATCH with `updateMask` in the query and the topic below `topic`),
:1155 (import), :1175 (the name is the last part), and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

from typing import Final

from typing_extensions import override

from gcp_local.provider import labels, rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import PUBSUB, Cloud
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

SEVERITIES = ("SEVERITY_UNSPECIFIED", "DISABLED", "DEBUG", "INFO", "WARNING", "ERROR", "")
SAME_NAME: Final = (
    "kmsKeyName messageStoragePolicy schemaSettings messageRetentionDuration ingestionDataSourceSettings "
    "messageTransforms"
)


class Topic(Resource):
    """A topic."""

    id_template = "projects/{project}/topics/{name}"
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
        local=paths("tags deletionPolicy"),
        autoname=AutoName(),
        labelled=True,
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the topic."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity(wanted)
        cloud.call(PUBSUB, "PUT", identity, {**_body(wanted), **pruned(given(wanted, "tags"))})
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The topic as Pub/Sub has it."""
        found = cloud.get(PUBSUB, identity)
        if found is None:
            return None
        return {
            **given(found, SAME_NAME),
            **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
            **self.parts(identity, cloud.project),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        mask = mask_of(changed, SAME_NAME)
        if mask:
            body = {"topic": _body(self.wanted(cloud, inputs, former))}
            cloud.call(PUBSUB, "PATCH", identity, body, {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the topic; its subscriptions stay."""
        cloud.remove(PUBSUB, identity)


def mask_of(changed: set[str], names: str) -> str:
    """The mask of an update: the changed properties that the API has, and its labels."""
    mask = [name for name in names.split() if name in changed]
    return ",".join([*mask, "labels"] if "effectiveLabels" in changed or "labels" in changed else mask)


def _body(wanted: Bag) -> Bag:
    return {**pruned(given(wanted, SAME_NAME)), "labels": wanted["effectiveLabels"]}
