"""Access: the account that runs scheduled queries, its custom roles, and what Google needs so that it can.

Scope: the APIs once more, the run account and its roles, who may act as it, and its grants in the project.
Not here: what the project has once for all stacks (`Foundation`), grants on data (`Warehouse`), on buckets (`Backups`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.apis import APIS, SHEETS_API, WEEK_APIS, enabled
from components.grants import ROLES, Runner, custom_role
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    settings: Settings
    """What the operator states."""
    transfer_agent: str
    """IAM member of the account that the transfer service acts with in the project."""


@dataclass(frozen=True, kw_only=True)
class WeekAccounts:
    """Of the Cloud Run job: as `builder` it runs, `starter` starts it and may do nothing else."""

    builder: gcp.serviceaccount.Account
    starter: gcp.serviceaccount.Account


class Access(pulumi.ComponentResource):
    """APIs and identities. Whatever uses an account or an API depends on the whole component."""

    run_account: gcp.serviceaccount.Account
    transfer_agent: str
    runner: Runner
    apis: Sequence[gcp.projects.Service]
    grants: list[pulumi.Resource]
    weeks: WeekAccounts | None
    week_grants: list[pulumi.Resource]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Access", name, None, opts)
        settings = args.settings
        self._project = settings.project
        self.transfer_agent = args.transfer_agent
        exports = bool(settings.export_spreadsheet or settings.control_panel)
        weekly = WEEK_APIS if settings.week_image else ()
        self.apis = enabled(name, settings.project, self._options(), [*APIS, *[SHEETS_API] * exports, *weekly])
        self.run_account = gcp.serviceaccount.Account(
            f"{name}-run",
            project=settings.project,
            account_id=settings.run_account_id,
            display_name=f"EROS scheduled queries ({settings.stack})",
            description="Runs the scheduled queries of the EROS platform.",
            opts=self._options(self.apis),
        )
        self.week_grants = []
        self.weeks = self._week_accounts(name, settings) if settings.week_image else None
        roles = {key: custom_role(name, key, settings, self._options(self.apis)) for key in ROLES}
        self.runner = Runner(email=self.run_account.email, member=self.run_account.member, roles=roles)
        # To run queries; to read the history of the project's jobs, for cost and health: INFORMATION_SCHEMA.JOBS takes
        # bigquery.jobs.listAll, https://cloud.google.com/bigquery/docs/information-schema-jobs#required_role
        self.grants = [
            self._allow_in_project(f"{name}-run-jobs", "roles/bigquery.jobUser"),
            self._allow_in_project(f"{name}-run-job-history", "roles/bigquery.resourceViewer"),
            self._allow_transfers(name, args.transfer_agent),
        ]
        for member in settings.deployers:
            self.grants.append(self._allow_deployer(f"{name}-act-as-{member}", self.run_account, member))
        for member in settings.week_members:
            self.week_grants.append(self._allow_in_project(f"{name}-weeks-{member}", "roles/bigquery.jobUser", member))
        self.register_outputs({"runAccount": self.run_account.email})

    def _options(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _allow_in_project(self, name: str, role: str, member: str = "") -> gcp.projects.IAMMember:
        """The run account, or the member."""
        return gcp.projects.IAMMember(
            name,
            project=self._project,
            role=role,
            member=member or self.run_account.member,
            opts=self._options([*self.apis, *self.accounts_of_weeks]),
        )

    def _week_accounts(self, name: str, settings: Settings) -> WeekAccounts:
        """One that builds weeks and one that starts it; who deploys gives them to the job and to its schedule."""
        named = {"builder": settings.week_job_id, "starter": settings.week_starter_id}
        made = {
            key: gcp.serviceaccount.Account(
                f"{name}-week-{key}",
                project=settings.project,
                account_id=account_id,
                display_name=f"EROS weeks, {key} ({settings.stack})",
                description="Of the job that builds weeks of messages.",
                opts=self._options(self.apis),
            )
            for key, account_id in named.items()
        }
        for key, account in made.items():
            for member in settings.deployers:
                self.week_grants.append(self._allow_deployer(f"{name}-week-{key}-act-as-{member}", account, member))
        return WeekAccounts(**made)

    @property
    def accounts_of_weeks(self) -> list[pulumi.Resource]:
        """What has to be there before anybody who runs weeks is granted anything."""
        return [self.weeks.builder, self.weeks.starter] if self.weeks else []

    def _allow_transfers(self, name: str, agent: str) -> gcp.serviceaccount.IAMMember:
        """The transfer service signs in as the run account: without this, "P4 service account needs getAccessToken"."""
        return gcp.serviceaccount.IAMMember(
            f"{name}-transfer-token",
            service_account_id=self.run_account.name,
            role="roles/iam.serviceAccountTokenCreator",
            member=agent,
            opts=self._options(),
        )

    def _allow_deployer(
        self, name: str, account: gcp.serviceaccount.Account, member: str
    ) -> gcp.serviceaccount.IAMMember:
        """Who deploys what runs as an account must be allowed to act as it."""
        return gcp.serviceaccount.IAMMember(
            name,
            service_account_id=account.name,
            role="roles/iam.serviceAccountUser",
            member=member,
            opts=self._options(),
        )
