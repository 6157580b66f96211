"""Foundation: what a Google project needs once, for all stacks in it.

Scope: API enablement, the transfer service's own account and its role in the project. Applied by bootstrap/.
Not here: anything that carries a stack's name (`Access`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.apis import TRANSFER_API, enabled
from settings.model import ProjectSettings

AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent"


@dataclass(frozen=True, kw_only=True)
class FoundationArgs:
    settings: ProjectSettings
    """Which project."""


class Foundation(pulumi.ComponentResource):
    """The transfer service's account is `transfer_agent`, an IAM member that may start jobs in the project."""

    transfer_agent: pulumi.Output[str]

    def __init__(self, name: str, args: FoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Foundation", name, None, opts)
        project = args.settings.project
        apis = enabled(name, project, pulumi.ResourceOptions(parent=self))
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
