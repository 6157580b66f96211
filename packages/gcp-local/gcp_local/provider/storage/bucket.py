"""`gcp:storage/bucket:Bucket`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import STORAGE, Cloud
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.storage import bucket_body
from gcp_local.provider.values import Bag

LIFECYCLE = "lifecycleRules.condition"
WEBSITE = ("website.mainPageSuffix", "website.notFoundPage")


def _any_state(old: Any, new: Any) -> bool:
    return {old, new} <= {"ANY", "", None}


def _flat_namespace(old: Any, new: Any) -> bool:
    return new is None and not (old or {}).get("enabled")


def _kept(old: Any, new: Any) -> bool:
    return bool(old) and new == ""


class Bucket(Resource):
    """A bucket with its lifecycle, access and protection settings."""

    id_template = "{name}"
    facts = Facts(
        "gcp:storage/bucket:Bucket",
        force_new=paths(
            "name location project enableObjectRetention customPlacementConfig.dataLocations hierarchicalNamespace "
            "hierarchicalNamespace.enabled"
        ),
        computed=paths(
            "project versioning website uniformBucketLevelAccess rpo publicAccessPrevention softDeletePolicy "
            f"autoclass.terminalStorageClass logging.logObjectPrefix {LIFECYCLE}.withState deletionPolicy"
        ),
        defaults={
            "forceDestroy": False,
            "storageClass": "STANDARD",
            "retentionPolicy.isLocked": False,
            "softDeletePolicy.retentionDurationSeconds": 604_800,
        },
        enums={
            f"{LIFECYCLE}.withState": ("LIVE", "ARCHIVED", "ANY", ""),
            "ipFilter.mode": ("Enabled", "Disabled"),
            "*.restrictionMode": ("NotRestricted", "FullyRestricted"),
        },
        checks={"labels": rules.label_keys},
        max_items={"lifecycleRules": 100},
        sets=paths(f"lifecycleRules.action {LIFECYCLE} customPlacementConfig.dataLocations"),
        normalize={"location": rules.upper},
        same={
            f"{LIFECYCLE}.withState": _any_state,
            "hierarchicalNamespace": _flat_namespace,
            "website.mainPageSuffix": _kept,
            "website.notFoundPage": _kept,
        },
        at_least_one=(WEBSITE,),
        together=(("ipFilter.allowCrossOrgVpcs", "ipFilter.vpcNetworkSources"),),
        # Of each setting that has one (resource_storage_bucket.go:59,616).
        read_only=paths("*.effectiveTime"),
        local=paths("forceDestroy deletionPolicy"),
        autoname=AutoName(longest=222),
        labelled=True,
    )

    @override
    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """A locked retention policy stays locked."""
        locked = [(bag.get("retentionPolicy") or {}).get("isLocked") for bag in (former, expected)]
        return locked == [True, False]

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the bucket."""
        wanted = self.wanted(cloud, inputs)
        cloud.call(STORAGE, "POST", "b", bucket_body.build(wanted), {"project": wanted["project"]})
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The bucket as Cloud Storage has it."""
        found = cloud.get(STORAGE, f"b/{identity}")
        if found is None:
            return None
        return {**bucket_body.outputs(found, known), "project": known.get("project") or cloud.project}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        body = bucket_body.changes(self.wanted(cloud, inputs, former), former, changed)
        if body:
            cloud.call(STORAGE, "PATCH", f"b/{identity}", body)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the bucket; its objects only if the program said so."""
        if former.get("forceDestroy"):
            self._empty(cloud, identity)
        cloud.remove(STORAGE, f"b/{identity}")

    def _empty(self, cloud: Cloud, identity: str) -> None:
        while True:
            page = cloud.get(STORAGE, f"b/{identity}/o", {"versions": "true"}) or {}
            items = page.get("items") or []
            for item in items:
                generation = {"generation": item["generation"]} if item.get("generation") else None
                cloud.remove(STORAGE, f"b/{identity}/o/{quote(item['name'], safe='')}", generation)
            if not items:
                return
