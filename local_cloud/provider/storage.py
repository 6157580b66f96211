"""Cloud Storage: buckets, bucket members, objects (compared only)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from local_cloud.provider import rules
from local_cloud.provider.facts import AutoName, Facts, paths
from local_cloud.provider.resource import Resource
from local_cloud.provider.values import UNKNOWN, Bag

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
        read_only=paths("softDeletePolicy.effectiveTime"),
        local=paths("forceDestroy deletionPolicy"),
        autoname=AutoName(longest=222),
        labelled=True,
    )

    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """A locked retention policy stays locked."""
        locked = [(bag.get("retentionPolicy") or {}).get("isLocked") for bag in (former, expected)]
        return locked == [True, False]


class BucketIAMMember(Resource):
    """One member with one role on a bucket."""

    facts = Facts(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        force_new=paths("bucket role member condition condition.expression condition.title condition.description"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "bucket": rules.same_last_name},
    )


class BucketObject(Resource):
    """An object; checked and compared only."""

    facts = Facts(
        "gcp:storage/bucketObject:BucketObject",
        force_new=paths(
            "bucket name cacheControl contentDisposition contentEncoding contentLanguage contentType "
            "forceEmptyContentType source storageClass kmsKeyName metadata customerEncryption.encryptionAlgorithm "
            "customerEncryption.encryptionKey"
        ),
        computed=paths("contentType content storageClass kmsKeyName detectMd5hash deletionPolicy"),
        defaults={"customerEncryption.encryptionAlgorithm": "AES256"},
        conflicts=(
            ("contentType", "forceEmptyContentType"),
            ("kmsKeyName", "customerEncryption"),
            ("retention", "eventBasedHold"),
        ),
        exactly_one=(("content", "source"),),
        autoname=AutoName(),
    )

    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """Other content has other checksums and makes a new generation."""
        content = expected.get("content")
        if not former or not isinstance(content, str):
            return
        digest = base64.b64encode(hashlib.md5(content.encode(), usedforsecurity=False).digest()).decode()
        if digest != former.get("md5hash"):
            expected.update(md5hash=UNKNOWN, crc32c=UNKNOWN, generation=UNKNOWN)
