"""Backups: the bucket that takes the exports of the dataset.

Scope: the bucket, its lifecycle and its protection. Not here: the exports themselves and restores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    settings: Settings
    """What the operator states."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Backups(pulumi.ComponentResource):
    """One private bucket in the dataset's location (an export cannot leave it) whose objects go by age."""

    bucket: gcp.storage.Bucket

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Backups", name, None, opts)
        settings = args.settings
        self.bucket = gcp.storage.Bucket(
            f"{name}-bucket",
            project=settings.project,
            name=settings.backup_bucket_name,
            location=settings.location,
            storage_class="STANDARD",
            labels={**settings.labels, "component": "backup"},
            force_destroy=not settings.protect,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            lifecycle_rules=[
                gcp.storage.BucketLifecycleRuleArgs(
                    action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                    condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=settings.backup_retention_days),
                )
            ],
            # The default of 7 days would keep and bill every backup a week longer than the lifecycle says.
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=0),
            versioning=gcp.storage.BucketVersioningArgs(enabled=False),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect, depends_on=list(args.after)),
        )
        self.register_outputs({"bucket": self.bucket.name})
