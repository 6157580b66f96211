"""Grants: who may do what with the data, as plain constructors that `Access` and `Warehouse` use.

Scope: the custom roles of the accounts, the dataset's access list, grants on single tables and views.
Not here: which tables (`catalog.accounts`), grants in the project and on accounts (`Access`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Grant
from components.live.lost_access import stated
from settings.model import DatasetGrant, Settings
from settings.roles import CUSTOM

# Of earlier releases, whose one account ran every schedule: a resource that stays keeps its name.
FORMER = {"automation": "run"}


@dataclass(frozen=True, kw_only=True)
class Runners:
    """The accounts that run scheduled queries by purpose, what each is granted, the custom roles by their keys."""

    accounts: Mapping[str, gcp.serviceaccount.Account]
    grants: Mapping[str, Sequence[Grant]]
    roles: Mapping[str, gcp.projects.IAMCustomRole]


def custom_role(name: str, key: str, settings: Settings, opts: pulumi.ResourceOptions) -> gcp.projects.IAMCustomRole:
    """One of `settings.roles.CUSTOM`."""
    does, permissions = CUSTOM[key]
    return gcp.projects.IAMCustomRole(
        f"{name}-{key}",
        project=settings.project,
        role_id=settings.run_role(key),
        title=f"EROS {settings.stack}: {key}",
        description=f"An account of stack {settings.stack} {does}.",
        permissions=list(permissions),
        stage="GA",
        opts=opts,
    )


def access_list(settings: Settings, runners: Runners) -> list[gcp.bigquery.DatasetAccessArgs]:
    """All who may do something with the whole dataset; whoever is not here was taken out.

    An unset list would give every reader and writer of the project the dataset.
    """
    caller = f"projects/{settings.project}/roles/{settings.run_role('caller')}"
    callers = [account for purpose, account in runners.accounts.items() if _calls(runners.grants[purpose])]
    called = [gcp.bigquery.DatasetAccessArgs(role=caller, user_by_email=account.email) for account in callers]
    return [*entries(stated(settings)), *called]


def entries(grants: Sequence[DatasetGrant]) -> list[gcp.bigquery.DatasetAccessArgs]:
    """Of an access list."""
    return [_entry(grant) for grant in grants]


def table_grant(
    name: str,
    member: pulumi.Input[str],
    role: gcp.projects.IAMCustomRole,
    table: tuple[str, pulumi.Input[str], pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> gcp.bigquery.IamMember:
    """A member with one of the roles on one table or view: (project, dataset, name)."""
    project, dataset, table_id = table
    return gcp.bigquery.IamMember(
        name,
        project=project,
        dataset_id=dataset,
        table_id=table_id,
        role=role.name,
        member=member,
        opts=opts,
    )


def _calls(grants: Sequence[Grant]) -> bool:
    return any((grant.kind, grant.role) == ("dataset", "caller") for grant in grants)


def _entry(grant: DatasetGrant) -> gcp.bigquery.DatasetAccessArgs:
    """An access list has fields of its own for most kinds of member."""
    if not grant.member:
        return _authorised(grant)
    kind, colon, name = grant.member.partition(":")
    if not colon:
        return gcp.bigquery.DatasetAccessArgs(role=grant.role, special_group=grant.member)
    match kind:
        case "user" | "serviceAccount":
            return gcp.bigquery.DatasetAccessArgs(role=grant.role, user_by_email=name)
        case "group":
            return gcp.bigquery.DatasetAccessArgs(role=grant.role, group_by_email=name)
        case "domain":
            return gcp.bigquery.DatasetAccessArgs(role=grant.role, domain=name)
    return gcp.bigquery.DatasetAccessArgs(role=grant.role, iam_member=grant.member)


def _authorised(grant: DatasetGrant) -> gcp.bigquery.DatasetAccessArgs:
    """What reads the dataset whoever calls it; it has no role."""
    if grant.dataset:
        project, dataset = grant.dataset.rsplit(".", 1)
        whole = gcp.bigquery.DatasetAccessDatasetDatasetArgs(project_id=project, dataset_id=dataset)
        # BigQuery knows no other target type.
        return gcp.bigquery.DatasetAccessArgs(
            dataset=gcp.bigquery.DatasetAccessDatasetArgs(dataset=whole, target_types=["VIEWS"])
        )
    project, dataset, name = str(grant.view or grant.routine).rsplit(".", 2)
    if grant.view:
        view = gcp.bigquery.DatasetAccessViewArgs(project_id=project, dataset_id=dataset, table_id=name)
        return gcp.bigquery.DatasetAccessArgs(view=view)
    routine = gcp.bigquery.DatasetAccessRoutineArgs(project_id=project, dataset_id=dataset, routine_id=name)
    return gcp.bigquery.DatasetAccessArgs(routine=routine)
