"""Foundation: what a Google project needs once, for all stacks in it.

Scope: API enablement, the transfer service's own account and its role in the project. Applied by bootstrap/.
Not here: the state and its key (`StateStore`), who deploys from GitHub (`Federation`), audit, retention and budget
(`Oversight`); anything that carries a stack's name (`Access`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.apis import APIS, TRANSFER_API, WEEK_APIS, enabled
from settings.model import BootstrapSettings

AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent"
# What the other components of bootstrap/ call, and what signs GitHub's workflows in.
GROUND_APIS = (
    "cloudkms.googleapis.com",
    "iamcredentials.googleapis.com",
    "sts.googleapis.com",
    *WEEK_APIS,
)
BUDGET_API = "billingbudgets.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class FoundationArgs:
    settings: BootstrapSettings
    """Which project."""


class Foundation(pulumi.ComponentResource):
    """`apis` are enabled; the transfer service's account is `transfer_agent`, an IAM member that may start jobs."""

    transfer_agent: pulumi.Output[str]
    apis: Sequence[gcp.projects.Service]

    def __init__(self, name: str, args: FoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Foundation", name, None, opts)
        project = args.settings.project
        wanted = (*APIS, *GROUND_APIS, *([BUDGET_API] if args.settings.billing_account else []))
        self.apis = apis = enabled(name, project, pulumi.ResourceOptions(parent=self), wanted)
        identity = gcp.projects.ServiceIdentity(
            f"{name}-transfer-agent",
            project=project,
            service=TRANSFER_API,
            opts=pulumi.ResourceOptions(parent=self, depends_on=apis),
        )
        # Google gives an identity that is made explicitly no role; without it no scheduled query can run.
        gcp.projects.IAMMember(
            f"{name}-transfer-agent-role",
            project=project,
            role=AGENT_ROLE,
            member=identity.member,
            opts=pulumi.ResourceOptions(parent=self, depends_on=apis),
        )
        self.transfer_agent = identity.member
        self.register_outputs({"transferAgent": self.transfer_agent})
