"""`gcp:storage/bucketIAMMember:BucketIAMMember`.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/storage/iam_storage_bucket.go:30-45, the rest as
for every member (`policies`), and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import STORAGE, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, VERSION, PolicyMember
from gcp_local.provider.values import Bag


class BucketIAMMember(PolicyMember):
    """One member with one role on a bucket."""

    facts = Facts(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        force_new=paths(f"bucket role member {CONDITION_PATHS}"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "bucket": rules.same_last_name},
    )
    target = "bucket"

    @override
    def address(self, inputs: Bag, project: str) -> str:
        """Ids and outputs name a bucket `b/NAME`."""
        return f"b/{str(inputs[self.target]).removeprefix('b/')}"

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The bucket's policy."""
        return cloud.call(STORAGE, "GET", f"{target}/iam", params={"optionsRequestedPolicyVersion": VERSION})

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(STORAGE, "PUT", f"{target}/iam", policy)
