"""`gcp:storage/bucketObject:BucketObject`; checked and compared only.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/storage/resource_storage_bucket_object.go:60-370,
and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import UNKNOWN, Bag


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

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """Other content has other checksums and makes a new generation."""
        content = expected.get("content")
        if not former or not isinstance(content, str):
            return
        digest = base64.b64encode(hashlib.md5(content.encode(), usedforsecurity=False).digest()).decode()
        if digest != former.get("md5hash"):
            expected.update(md5hash=UNKNOWN, crc32c=UNKNOWN, generation=UNKNOWN)
