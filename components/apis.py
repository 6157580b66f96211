"""The APIs that the platform calls, enabled in bootstrap/ and named again by each stack that needs them.

A stack never takes one away: other things in the project use it too.
"""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

TRANSFER_API = "bigquerydatatransfer.googleapis.com"
APIS = (
    "bigquery.googleapis.com",
    TRANSFER_API,
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "monitoring.googleapis.com",
    "storage.googleapis.com",
)


def enabled(prefix: str, project: str, opts: pulumi.ResourceOptions) -> list[gcp.projects.Service]:
    """All of them, as resources that go without disabling anything."""
    return [
        gcp.projects.Service(
            f"{prefix}-{api.removesuffix('.googleapis.com')}",
            project=project,
            service=api,
            # Unset leaves them enabled only by accident of the default.
            disable_on_destroy=False,
            opts=opts,
        )
        for api in APIS
    ]
