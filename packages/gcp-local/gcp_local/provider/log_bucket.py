"""`gcp:logging/projectBucketConfig:ProjectBucketConfig`: how long a log bucket of the project keeps entries.

Rules: terraform-provider-google-beta (93c65b2),
google-beta/services/logging/resource_logging_project_bucket_config.go:32-151 (schema), :153-165 (id), :182-222 (a
bucket that is there is taken over), :347-456 (analytics, then what the mask names, then the lock), :458-464
(analytics stay on); resource_logging_bucket_config.go:417-452 (`_Default` and `_Required` are forgotten, never
deleted).
"""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given
from gcp_local.provider.cloud import LOGGING, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

OURS = ("_Default", "_Required")
MASKED = "retentionDays description cmekSettings indexConfigs"


def _stays_on(old: Any, _: Any) -> bool:
    return bool(old)


class ProjectBucketConfig(Resource):
    """A log bucket."""

    id_template = "projects/{project}/locations/{location}/buckets/{bucketId}"
    facts = Facts(
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        force_new=paths("project location bucketId"),
        computed=paths("description deletionPolicy"),
        defaults={"retentionDays": 30},
        max_items={"indexConfigs": 20},
        sets=paths("indexConfigs"),
        same={"enableAnalytics": _stays_on, "project": rules.same_project},
        read_only=paths("cmekSettings.kmsKeyVersionName cmekSettings.name cmekSettings.serviceAccountId"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Take the bucket over and make it what the program says."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity({**wanted, "project": wanted["project"].removeprefix("projects/")})
        if cloud.get(LOGGING, identity) is None:
            raise ProviderError(f"{identity}: the local cloud has the log buckets {' and '.join(OURS)} alone")
        mask = ",".join(name for name in MASKED.split() if wanted.get(name))
        cloud.call(LOGGING, "PATCH", identity, given(wanted, MASKED), {"updateMask": mask})
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The bucket as Logging has it."""
        found = cloud.get(LOGGING, identity)
        if found is None:
            return None
        shown = {**given(found, f"{MASKED} name lifecycleState locked"), **self.parts(identity, cloud.project)}
        return {**shown, "enableAnalytics": found.get("analyticsEnabled")}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        wanted = self.wanted(cloud, inputs, former)
        for names, sent in ((MASKED, {}), ("locked", {"locked": wanted.get("locked")})):
            if mask := ",".join(name for name in names.split() if name in changed):
                cloud.call(LOGGING, "PATCH", identity, sent or given(wanted, MASKED), {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """`_Default` and `_Required` cannot be deleted; they are forgotten, and keep their retention."""
        if former.get("bucketId") not in OURS:
            cloud.remove(LOGGING, identity)
