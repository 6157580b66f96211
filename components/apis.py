"""The APIs that the platform calls, enabled in bootstrap/ and named again by each stack that needs them.

bootstrap/ also enables those that it alone calls. A stack never takes one away: other things in the project use it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

TRANSFER_API = "bigquerydatatransfer.googleapis.com"
# Of stacks that state a spreadsheet for exports.
SHEETS_API = "sheets.googleapis.com"
WEEK_APIS = ("run.googleapis.com", "cloudscheduler.googleapis.com")
APIS = (
    "bigquery.googleapis.com",
    TRANSFER_API,
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "storage.googleapis.com",
)


def enabled(
    prefix: str, project: str, opts: pulumi.ResourceOptions, apis: Sequence[str] = APIS
) -> list[gcp.projects.Service]:
    """Those APIs as resources, which go without disabling anything."""
    return [
        gcp.projects.Service(
            f"{prefix}-{api.removesuffix('.googleapis.com')}",
            project=project,
            service=api,
            # Unset leaves them enabled only by accident of the default.
            disable_on_destroy=False,
            opts=opts,
        )
        for api in apis
    ]
