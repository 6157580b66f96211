"""Access: the accounts that run scheduled queries, one a purpose, their roles, and what Google needs so that they can.

Scope: the APIs once more, these accounts and their roles, who may act as them, and their grants in the project.
Not here: what the project has once for all stacks (`Foundation`), grants on data (`Warehouse`), on buckets (`Backups`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Grant
from components.apis import APIS, SHEETS_API, WEEK_APIS, enabled
from components.grants import FORMER, Runners, custom_role
from settings.model import Settings
from settings.roles import ACCOUNTS, CUSTOM, READ_JOBS, START_JOBS


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    settings: Settings
    """What the operator states."""
    transfer_agent: str
    """IAM member of the account that the transfer service acts with in the project."""
    granted: Mapping[str, Sequence[Grant]]
    """What the accounts are granted, by purpose."""


@dataclass(frozen=True, kw_only=True)
class WeekAccounts:
    """Of the Cloud Run job: as `builder` it runs, `starter` starts it and may do nothing else."""

    builder: gcp.serviceaccount.Account
    starter: gcp.serviceaccount.Account


class Access(pulumi.ComponentResource):
    """APIs and identities. Whatever uses an account or an API depends on the whole component."""

    transfer_agent: str
    runners: Runners
    apis: Sequence[gcp.projects.Service]
    grants: list[pulumi.Resource]
    weeks: WeekAccounts | None
    week_grants: list[pulumi.Resource]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Access", name, None, opts)
        settings = args.settings
        self._settings = settings
        self.transfer_agent = args.transfer_agent
        exports = bool(settings.export_spreadsheet or settings.control_panel)
        weekly = WEEK_APIS if settings.week_image else ()
        self.apis = enabled(name, settings.project, self._options(), [*APIS, *[SHEETS_API] * exports, *weekly])
        self.week_grants = []
        self.weeks = self._week_accounts(name, settings) if settings.week_image else None
        accounts = {purpose: self._account(f"{name}-{FORMER.get(purpose, purpose)}", purpose) for purpose in ACCOUNTS}
        roles = {key: custom_role(name, key, settings, self._options(self.apis)) for key in CUSTOM}
        self.runners = Runners(accounts=accounts, grants=args.granted, roles=roles)
        self.grants = [grant for purpose in ACCOUNTS for grant in self._allow_runs(name, purpose)]
        self._allow_people(name)
        for member in settings.week_members:
            self.week_grants.append(self._allow_in_project(f"{name}-weeks-{member}", START_JOBS, member))
        self.register_outputs({"runAccount": accounts["automation"].email})

    def _options(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _account(self, name: str, purpose: str) -> gcp.serviceaccount.Account:
        settings = self._settings
        return gcp.serviceaccount.Account(
            name,
            project=settings.project,
            account_id=settings.account_id(purpose),
            display_name=f"EROS {purpose} ({settings.stack})",
            description=f"Runs the scheduled queries of the EROS platform, {purpose}.",
            opts=self._options(self.apis),
        )

    def _allow_runs(self, name: str, purpose: str) -> list[pulumi.Resource]:
        """The account's roles in the project, and that the transfer service and the deployers may act as it."""
        account, former = self.runners.accounts[purpose], FORMER.get(purpose, "")
        own = f"{name}-{former or purpose}"
        names = {START_JOBS: f"{own}-jobs", READ_JOBS: f"{own}-job-history"}
        roles = [grant.role for grant in self.runners.grants[purpose] if grant.kind == "project"]
        token, act_as = (f"{name}-transfer-token", f"{name}-act-as") if former else (f"{own}-token", f"{own}-act-as")
        return [
            *(self._allow_in_project(names[role], role, account.member) for role in roles),
            self._allow_transfers(token, account),
            *(self._allow_deployer(f"{act_as}-{member}", account, member) for member in self._settings.deployers),
        ]

    def _allow_people(self, name: str) -> None:
        """What the role lists give in the project; what they give on data is in the access lists of the datasets."""
        for role, member in dict.fromkeys((may.project, member) for may, member in self._settings.people):
            self._allow_in_project(f"{name}-{role.rpartition('.')[2]}-{member}", role, member)

    def _allow_in_project(self, name: str, role: str, member: pulumi.Input[str]) -> gcp.projects.IAMMember:
        return gcp.projects.IAMMember(
            name,
            project=self._settings.project,
            role=role,
            member=member,
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

    def _allow_transfers(self, name: str, account: gcp.serviceaccount.Account) -> gcp.serviceaccount.IAMMember:
        """The transfer service signs in as the account: without this, "P4 service account needs getAccessToken"."""
        return gcp.serviceaccount.IAMMember(
            name,
            service_account_id=account.name,
            role="roles/iam.serviceAccountTokenCreator",
            member=self.transfer_agent,
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
