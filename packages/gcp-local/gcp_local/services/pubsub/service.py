"""The service object that the modules of Pub/Sub register with, and what of the API no document says."""

from __future__ import annotations

import re

from gcp_local.services.discovery.overlay import Overlay, Words, fields
from gcp_local.services.errors import ApiError, Json, already_exists, invalid, not_emulated, not_found
from gcp_local.services.registry import Service

# Words and numbers: github.com/googleapis/googleapis, google/pubsub/v1/pubsub.proto and schema.proto.
OVERLAY = Overlay(
    output_only=fields("Topic", "satisfiesPzs"),
    enums={
        "SchemaSettings.encoding": Words("google.pubsub.v1.Encoding"),
        "Compression.compressionAlgorithm": Words("google.pubsub.v1.Compression.CompressionAlgorithm"),
        "Compression.compressionMode": Words("google.pubsub.v1.Compression.CompressionMode"),
        "PlatformLogsSettings.severity": Words("google.pubsub.v1.PlatformLogsSettings.Severity"),
    },
    immutable={
        "Subscription.topic": "The topic of a subscription cannot be changed.",
        "Subscription.enableMessageOrdering": "The ordering of a subscription cannot be changed.",
    },
    # So the gcp provider sends it, and Google takes it (terraform-provider-google-beta, google-beta/services/pubsub/
    # resource_pubsub_topic.go:1065).
    also_in_query={"projects.topics.patch": ("updateMask",), "projects.subscriptions.patch": ("updateMask",)},
    # The resource is the whole request.
    body_names={"projects.topics.create": "", "projects.subscriptions.create": ""},
)
SERVICE = Service(
    name="pubsub",
    documents=("v1",),
    overlay=OVERLAY,
    notes=(
        "Subscriptions are pulled from. Push, BigQuery and Cloud Storage subscriptions, filters, dead letters, "
        "transforms, schemas, snapshots and ingestion are refused by name; a retry policy and an expiration policy are "
        "kept and do nothing.",
        "REST only: clients that speak gRPC (google-cloud-pubsub) do not reach it.",
        "A pull answers at once, also when there is no message. Messages wait as long as the subscription keeps them.",
    ),
)
# docs.cloud.google.com/pubsub/docs/pubsub-basics#resource_names
ID = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}")


def check_id(kind: str, identity: str) -> None:
    """Raise 400 for a name that no topic or subscription can have."""
    if not ID.fullmatch(identity):
        raise invalid(f"Invalid resource name given (name={identity}). {kind} ids begin with a letter.", field="name")


def missing(identity: str) -> ApiError:
    """404 in the words of Pub/Sub."""
    return not_found(f"Resource not found (resource={identity}).")


def taken(identity: str) -> ApiError:
    """409 in the words of Pub/Sub."""
    return already_exists(f"Resource already exists in the project (resource={identity}).")


def refuse(resource: Json, names: str, what: str) -> None:
    """Raise 501 for a field that this cloud does nothing with."""
    for name in names.split():
        if resource.get(name):
            raise not_emulated(f"the field {name} of a {what}")


def check_span(resource: Json, name: str, least: float, most: float) -> None:
    """Raise 400 for a duration outside its limits."""
    text = resource.get(name)
    if text and not least <= float(text[:-1]) <= most:
        raise invalid(f"Invalid {name} ({text}): it must be between {least:.0f}s and {most:.0f}s.", field=name)
