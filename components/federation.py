"""Federation: GitHub's workflows as accounts of the project, without a key.

Scope: a workload identity pool that takes the tokens of one repository, an account for each environment that deploys,
one for previews, and what they may do in the project. Applied by bootstrap/. Not here: the state
(`StateStore.admit`), and the dataset of a stack, which names its deployers itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from settings.model import BootstrapSettings
from settings.roles import DEPLOYER

# docs.github.com/en/actions/reference/security/oidc: the issuer, its claims, and the form of `sub`.
ISSUER = "https://token.actions.githubusercontent.com"
CLAIMS = {
    "google.subject": "assertion.sub",
    "attribute.repository": "assertion.repository",
    "attribute.ref": "assertion.ref",
}
# Whoever opens a pull request decides what a preview runs: it may see how things are made, and no row of data.
PREVIEWER_ROLES = (
    *("roles/bigquery.metadataViewer", "roles/bigquery.resourceViewer", "roles/iam.securityReviewer"),
    *("roles/monitoring.viewer", "roles/pubsub.viewer", "roles/serviceusage.serviceUsageConsumer"),
    *("roles/cloudscheduler.viewer", "roles/run.viewer", "roles/storage.bucketViewer"),
)
# No predefined role that only reads has it (docs.cloud.google.com/bigquery/docs/access-control#bigquery.transfers.get).
PREVIEWER_PERMISSIONS = ("bigquery.transfers.get",)


@dataclass(frozen=True, kw_only=True)
class FederationArgs:
    settings: BootstrapSettings
    """Repository, environments and the refs they deploy from."""
    repository: str
    """OWNER/NAME."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class Federation(pulumi.ComponentResource):
    """`deployers` by environment and `previewer` are accounts; `provider` is the name that a workflow signs in with."""

    deployers: Mapping[str, gcp.serviceaccount.Account]
    previewer: gcp.serviceaccount.Account
    provider: pulumi.Output[str]

    def __init__(self, name: str, args: FederationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Federation", name, None, opts)
        settings, self._name = args.settings, name
        child = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=settings.project,
            workload_identity_pool_id=settings.identity_pool,
            display_name="GitHub",
            # A deleted pool's id is taken for 30 days.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(protect=settings.protect)),
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=settings.project,
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id="eros",
            display_name=args.repository[-32:],
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=ISSUER),
            attribute_mapping=CLAIMS,
            attribute_condition=condition(args.repository, settings),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.provider = provider.name
        accounts = {environment: f"deploy-{environment}" for environment in settings.environments}
        self.deployers = {
            environment: self._account(settings.project, account, DEPLOYER, child)
            for environment, account in accounts.items()
        }
        for environment, account in accounts.items():
            subject = f"subject/repo:{args.repository}:environment:{environment}"
            member = pulumi.Output.concat("principal://iam.googleapis.com/", pool.name, "/", subject)
            self._let_act(account, self.deployers[environment], member)
        self.previewer = self._account(settings.project, "preview", PREVIEWER_ROLES, child)
        anyone = pulumi.Output.concat(
            "principalSet://iam.googleapis.com/", pool.name, f"/attribute.repository/{args.repository}"
        )
        self._let_act("preview", self.previewer, anyone)
        self._reading_transfers(settings, child)
        self.register_outputs({"provider": self.provider})

    def _account(
        self, project: str, account: str, roles: Sequence[str], opts: pulumi.ResourceOptions
    ) -> gcp.serviceaccount.Account:
        made = gcp.serviceaccount.Account(
            f"{self._name}-{account}",
            project=project,
            account_id=f"eros-{account}",
            display_name=f"GitHub: {account}",
            opts=opts,
        )
        for role in roles:
            gcp.projects.IAMMember(
                f"{self._name}-{account}-{role.removeprefix('roles/')}",
                project=project,
                role=role,
                member=made.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return made

    def _let_act(self, account: str, made: gcp.serviceaccount.Account, member: pulumi.Output[str]) -> None:
        gcp.serviceaccount.IAMMember(
            f"{self._name}-{account}-user",
            service_account_id=made.name,
            role="roles/iam.workloadIdentityUser",
            member=member,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _reading_transfers(self, settings: BootstrapSettings, opts: pulumi.ResourceOptions) -> None:
        role = gcp.projects.IAMCustomRole(
            f"{self._name}-preview-role",
            project=settings.project,
            role_id="eros_preview",
            title="EROS: reads scheduled queries",
            permissions=list(PREVIEWER_PERMISSIONS),
            opts=opts,
        )
        gcp.projects.IAMMember(
            f"{self._name}-preview-transfers",
            project=settings.project,
            role=role.name,
            member=self.previewer.member,
            opts=pulumi.ResourceOptions(parent=self),
        )


def condition(repository: str, settings: BootstrapSettings) -> str:
    """Which tokens are taken: those of the repository, and in the name of an environment only from its ref.

    An approval is GitHub's business; that approved code is the code of the branch is looked at here once more.
    """
    wanted = [f"assertion.repository == '{repository}'"]
    if settings.repository_id:
        wanted.append(f"assertion.repository_id == '{settings.repository_id}'")
    for environment, ref in settings.environments.items():
        from_there = f"startsWith('{ref[:-1]}')" if ref.endswith("*") else ""
        named = f"assertion.ref.{from_there}" if from_there else f"assertion.ref == '{ref}'"
        wanted.append(f"(!assertion.sub.endsWith(':environment:{environment}') || {named})")
    return " && ".join(wanted)
