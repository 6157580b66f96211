"""Backups: the buckets that take the exports of the dataset.

Scope: the bucket of the backups and that of the archive, their lifecycles, their protection, and which accounts
may write into them. Not here: the exports themselves (`sql/`) and restores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Grant
from components.grants import FORMER, Runners
from settings.model import Settings

# What a grant on a bucket is called by.
DOES = {"exporter": "export-to", "loader": "load-from"}


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    settings: Settings
    """What the operator states."""
    runners: Runners
    """The accounts whose schedules export, and load backups again."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Backups(pulumi.ComponentResource):
    """Two private buckets in the dataset's location (an export cannot leave it) whose objects go by age.

    `bucket` takes whole backups, `archive` the rows that leave the tables; `grants` let the accounts export, and
    load backups again.
    """

    bucket: gcp.storage.Bucket
    archive: gcp.storage.Bucket
    grants: Sequence[gcp.storage.BucketIAMMember]

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Backups", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self, protect=settings.protect, depends_on=list(args.after))
        self.bucket = _bucket(
            f"{name}-bucket",
            settings,
            (settings.backup_bucket_name, "STANDARD", settings.backup_retention_days, "backup"),
            child,
        )
        # Read once in years, if ever. What is deleted before it is a year old is billed for the year all the same:
        # https://cloud.google.com/storage/docs/storage-classes#archive
        self.archive = _bucket(
            f"{name}-archive",
            settings,
            (settings.archive_bucket_name, "ARCHIVE", settings.archive_retention_days, "archive"),
            child,
        )
        self.grants = [
            self._grant(name, args.runners, purpose, grant)
            for purpose, found in args.runners.grants.items()
            for grant in found
            if grant.kind == "bucket"
        ]
        self.register_outputs({"bucket": self.bucket.name, "archive": self.archive.name})

    def _grant(self, name: str, runners: Runners, purpose: str, grant: Grant) -> gcp.storage.BucketIAMMember:
        key, bucket = {"backup": ("bucket", self.bucket), "archive": ("archive", self.archive)}[grant.on]
        does = f"{DOES[grant.role]}-{key}"
        return gcp.storage.BucketIAMMember(
            f"{name}-{does}" if purpose in FORMER else f"{name}-{purpose}-{does}",
            bucket=bucket.name,
            role=runners.roles[grant.role].name,
            member=runners.accounts[purpose].member,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _bucket(
    name: str, settings: Settings, kind: tuple[str, str, int, str], opts: pulumi.ResourceOptions
) -> gcp.storage.Bucket:
    """A bucket of `kind`: its name, storage class, days until an object goes, and label `component`."""
    bucket, storage_class, days, component = kind
    return gcp.storage.Bucket(
        name,
        project=settings.project,
        name=bucket,
        location=settings.location,
        storage_class=storage_class,
        labels={**settings.labels, "component": component},
        force_destroy=not settings.protect,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        lifecycle_rules=[
            gcp.storage.BucketLifecycleRuleArgs(
                action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days),
            )
        ],
        # The default of 7 days would keep and bill every object a week longer than the lifecycle says.
        soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=0),
        versioning=gcp.storage.BucketVersioningArgs(enabled=False),
        opts=opts,
    )
