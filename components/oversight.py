"""Oversight: what a project writes down about who did what, how long it keeps that, and what it may cost.

Scope: which accesses are logged, the retention of the log bucket `_Default`, a budget. Applied by bootstrap/.
The budget is here, not in the stacks: it watches all that the project spends, and stacks that share a project would
each have one. Not here: alerts of the platform (`Monitoring`), what it costs (`Dashboards`, `eros cost`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import BootstrapSettings

# Who changed something is always logged, and so is who read from BigQuery (docs.cloud.google.com/logging/docs/audit/
# configure-data-access). These are not: who reads or writes the state and the backups, who uses the key, who signs in
# as an account (docs.cloud.google.com/iam/docs/audit-logging/examples-workload-identity), who looks at settings.
LOGGED: Mapping[str, Sequence[str]] = {
    "allServices": ("ADMIN_READ",),
    "cloudkms.googleapis.com": ("DATA_READ", "DATA_WRITE"),
    "iam.googleapis.com": ("DATA_READ",),
    "storage.googleapis.com": ("DATA_READ", "DATA_WRITE"),
    "sts.googleapis.com": ("DATA_READ", "DATA_WRITE"),
}
# Of the budget: shares of what was spent, and one of what is foreseen.
SPENT, FORESEEN = (0.5, 0.9, 1.0), 1.0


@dataclass(frozen=True, kw_only=True)
class OversightArgs:
    settings: BootstrapSettings
    """Which project, how long logs are kept, the budget."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class Oversight(pulumi.ComponentResource):
    """Audit configuration, log retention and, with a billing account, a budget."""

    def __init__(self, name: str, args: OversightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Oversight", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        for service, kinds in LOGGED.items():
            gcp.projects.IAMAuditConfig(
                f"{name}-audit-{service.removesuffix('.googleapis.com')}",
                project=settings.project,
                service=service,
                audit_log_configs=[gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind) for kind in kinds],
                opts=child,
            )
        gcp.logging.ProjectBucketConfig(
            f"{name}-logs",
            project=settings.project,
            location="global",
            bucket_id="_Default",
            retention_days=settings.log_retention_days,
            opts=child,
        )
        if settings.billing_account:
            _budget(f"{name}-budget", settings, settings.billing_account, child)
        self.register_outputs({})


def _budget(name: str, settings: BootstrapSettings, account: str, opts: pulumi.ResourceOptions) -> None:
    # The API answers the project's number, whatever it was given: an id would be a difference for ever.
    project = gcp.organizations.get_project_output(
        project_id=settings.project, opts=pulumi.InvokeOutputOptions(parent=opts.parent)
    )
    shares = [*((share, "CURRENT_SPEND") for share in SPENT), (FORESEEN, "FORECASTED_SPEND")]
    gcp.billing.Budget(
        name,
        billing_account=account,
        display_name=f"EROS {settings.project}",
        budget_filter=gcp.billing.BudgetBudgetFilterArgs(projects=[pulumi.Output.concat("projects/", project.number)]),
        amount=gcp.billing.BudgetAmountArgs(
            specified_amount=gcp.billing.BudgetAmountSpecifiedAmountArgs(units=str(settings.monthly_budget))
        ),
        threshold_rules=[
            gcp.billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis=basis) for share, basis in shares
        ],
        opts=opts,
    )
