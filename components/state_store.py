"""State store: where the state of all stacks is kept, and the key that encrypts the secrets in it.

Scope: a private bucket that keeps former versions (`pulumi login gs://NAME`), a KMS key (`gcpkms://KEY` as secrets
provider), and who may use both. Applied by bootstrap/. Not here: the backups of the data (`Backups`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import BootstrapSettings

# The state is a file of some megabytes that each update writes anew.
FORMER_VERSIONS, FORMER_DAYS = 50, 90
ROTATION = "7776000s"  # 90 days: https://cloud.google.com/kms/docs/key-rotation#how_often_to_rotate_keys


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs:
    settings: BootstrapSettings
    """Which project, and the names of bucket and ring."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class StateStore(pulumi.ComponentResource):
    """`bucket` keeps the state, `key` encrypts the secrets in it."""

    bucket: gcp.storage.Bucket
    key: gcp.kms.CryptoKey

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:StateStore", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self, protect=settings.protect, depends_on=list(args.after))
        self.bucket = _bucket(f"{name}-bucket", settings, child)
        ring = gcp.kms.KeyRing(
            f"{name}-ring",
            project=settings.project,
            name=settings.key_ring,
            location=settings.key_location,
            opts=child,
        )
        self.key = gcp.kms.CryptoKey(
            f"{name}-key",
            name="secrets",
            key_ring=ring.id,
            rotation_period=ROTATION,
            labels=settings.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self.register_outputs({"bucket": self.bucket.name, "key": self.key.id})

    def admit(self, members: Mapping[str, pulumi.Input[str]], *, writes: bool) -> None:
        """Let accounts read the state and its secrets, or change both; by the names that their resources get.

        A preview takes no lock and writes nothing (pulumi pkg/backend/diy/backend.go, `Preview`).
        """
        objects = "roles/storage.objectUser" if writes else "roles/storage.objectViewer"
        secrets = "roles/cloudkms.cryptoKeyEncrypterDecrypter" if writes else "roles/cloudkms.cryptoKeyDecrypter"
        for name, member in members.items():
            child = pulumi.ResourceOptions(parent=self)
            gcp.storage.BucketIAMMember(
                f"{name}-state", bucket=self.bucket.name, role=objects, member=member, opts=child
            )
            gcp.kms.CryptoKeyIAMMember(
                f"{name}-secrets", crypto_key_id=self.key.id, role=secrets, member=member, opts=child
            )


def _bucket(name: str, settings: BootstrapSettings, opts: pulumi.ResourceOptions) -> gcp.storage.Bucket:
    return gcp.storage.Bucket(
        name,
        project=settings.project,
        name=settings.state_bucket_name,
        location=settings.location,
        labels={**settings.labels, "component": "state"},
        force_destroy=False,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning=gcp.storage.BucketVersioningArgs(enabled=True),
        lifecycle_rules=[
            gcp.storage.BucketLifecycleRuleArgs(
                action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                condition=gcp.storage.BucketLifecycleRuleConditionArgs(
                    num_newer_versions=FORMER_VERSIONS, days_since_noncurrent_time=FORMER_DAYS
                ),
            )
        ],
        opts=opts,
    )
