"""Query quota: how much the project, and each account in it, may read a day. Off unless bootstrap/ is told otherwise.

Scope: custom quotas of BigQuery's on-demand queries (docs.cloud.google.com/bigquery/docs/custom-quotas), which are the
project's. Not here: the budget, which stops nothing (`Oversight`), what a statement may cost at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pulumi
import pulumi_gcp as gcp

from settings.model import BootstrapSettings

SERVICE, METRIC = "bigquery.googleapis.com", "bigquery.googleapis.com/quota/query/usage"
# Google counts these in MiB; a person thinks in GiB.
MEBIBYTES = 1024


@dataclass(frozen=True, kw_only=True)
class QueryQuotaArgs:
    settings: BootstrapSettings
    """How many GiB a day, 0 for the default."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class QueryQuota(pulumi.ComponentResource):
    """A limit for the project as a whole and one for each account. Without either, Google's own: 200 TiB and none."""

    def __init__(self, name: str, args: QueryQuotaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:QueryQuota", name, None, opts)
        settings = args.settings
        limits = {
            "project": ("/d/project", settings.daily_query_gibibytes),
            "user": ("/d/project/user", settings.daily_user_gibibytes),
        }
        for key, (limit, gibibytes) in limits.items():
            if gibibytes:
                gcp.serviceusage.ConsumerQuotaOverride(
                    f"{name}-{key}",
                    project=settings.project,
                    service=SERVICE,
                    # Both stand in an address, and the provider encodes nothing.
                    metric=quote(METRIC, safe=""),
                    limit=quote(limit, safe=""),
                    override_value=str(gibibytes * MEBIBYTES),
                    # A quota is refused that falls by more than a tenth at once, as the first one always does.
                    force=True,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
                )
        self.register_outputs({})
