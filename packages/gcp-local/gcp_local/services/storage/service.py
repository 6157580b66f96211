"""The service object that the modules of Cloud Storage register with, and what of the API no document says."""

from __future__ import annotations

from gcp_local.services.discovery.overlay import Overlay, fields
from gcp_local.services.registry import Service
from gcp_local.services.storage.effective import TIMED

# docs.cloud.google.com/storage/docs/json_api/v1/buckets, column "Mutable" and the notes on each field.
FIXED = ("name", "location", "hierarchicalNamespace", "customPlacementConfig")
OVERLAY = Overlay(
    output_only=fields(
        "Bucket",
        "etag generation hardDeleteTime id kind locationType metageneration objectRetention owner projectNumber "
        "satisfiesPZI satisfiesPZS selfLink softDeleteTime timeCreated updated "
        + " ".join(f"{outer}.{inner}.effectiveTime" for outer, inner in TIMED),
    ),
    immutable={f"Bucket.{name}": f"The field {name} of a bucket cannot be changed." for name in FIXED},
    merged=frozenset({"Bucket"}),
    body_names={f"buckets.{verb}": "" for verb in ("insert", "patch", "update", "setIamPolicy")},
    elsewhere=("objects.", "objectAccessControls."),
)
SERVICE = Service(
    name="storage",
    documents=("v1",),
    overlay=OVERLAY,
    needs_enabling=False,
    strict_query=False,
    notes=(
        "Objects, uploads and downloads (`storage.objects.*`, below `/storage/v1/b/BUCKET/o`, `/upload/storage/v1` "
        "and `/download/storage/v1`) are passed on to the object emulator: of buckets that exist here, only.",
        "Lifecycle rules, retention, versioning, soft delete, encryption and IP filters are kept and answered; they do "
        "nothing to objects.",
    ),
)
