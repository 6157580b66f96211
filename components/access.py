"""Access: the APIs, the account that runs scheduled queries, and what Google needs so that it can.

Scope: API enablement, the transfer service's own identity, the run account, and the project-level grants.
Not here: grants on the dataset (`Warehouse`), on buckets (`Backups`), and people's access.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import Settings

TRANSFER_API = "bigquerydatatransfer.googleapis.com"
APIS = (
    "bigquery.googleapis.com",
    TRANSFER_API,
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "monitoring.googleapis.com",
    "storage.googleapis.com",
)


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    settings: Settings
    """What the operator states."""


class Access(pulumi.ComponentResource):
    """APIs and identities. Whatever uses an account or an API depends on the whole component."""

    run_account: gcp.serviceaccount.Account
    run_member: pulumi.Output[str]
    apis: Sequence[gcp.projects.Service]
    grants: list[pulumi.Resource]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Access", name, None, opts)
        settings = args.settings
        self._project = settings.project
        self.apis = [self._enable(name, api) for api in APIS]
        self.run_account = gcp.serviceaccount.Account(
            f"{name}-run",
            project=settings.project,
            account_id=settings.run_account_id,
            display_name=f"EROS scheduled queries ({settings.stack})",
            description="Runs the scheduled queries of the EROS platform.",
            opts=self._options(self.apis),
        )
        self.run_member = self.run_account.member
        self.grants = [self._allow_jobs(name), *self._allow_transfers(name)]
        self.grants += [self._allow_deployer(name, member) for member in settings.deployers]
        self.register_outputs({"runAccount": self.run_account.email})

    def _enable(self, name: str, api: str) -> gcp.projects.Service:
        return gcp.projects.Service(
            f"{name}-{api.removesuffix('.googleapis.com')}",
            project=self._project,
            service=api,
            # Other things in the project use these APIs; unset leaves them enabled only by accident of the default.
            disable_on_destroy=False,
            opts=self._options(),
        )

    def _options(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _allow_jobs(self, name: str) -> gcp.projects.IAMMember:
        return gcp.projects.IAMMember(
            f"{name}-run-jobs",
            project=self._project,
            role="roles/bigquery.jobUser",
            member=self.run_member,
            opts=self._options(self.apis),
        )

    def _allow_transfers(self, name: str) -> list[pulumi.Resource]:
        """The transfer service starts jobs in the project and signs in as the run account.

        Google gives the agent neither right: an identity that is made explicitly comes without its role.
        """
        identity = gcp.projects.ServiceIdentity(
            f"{name}-transfer-agent", project=self._project, service=TRANSFER_API, opts=self._options(self.apis)
        )
        agent = gcp.projects.IAMMember(
            f"{name}-transfer-agent-role",
            project=self._project,
            role="roles/bigquerydatatransfer.serviceAgent",
            member=identity.member,
            opts=self._options(),
        )
        token = gcp.serviceaccount.IAMMember(
            f"{name}-transfer-token",
            service_account_id=self.run_account.name,
            role="roles/iam.serviceAccountTokenCreator",
            member=identity.member,
            opts=self._options(),
        )
        return [agent, token]

    def _allow_deployer(self, name: str, member: str) -> gcp.serviceaccount.IAMMember:
        """Who deploys a transfer config that runs as an account must be allowed to act as it."""
        return gcp.serviceaccount.IAMMember(
            f"{name}-act-as-{member}",
            service_account_id=self.run_account.name,
            role="roles/iam.serviceAccountUser",
            member=member,
            opts=self._options(),
        )
