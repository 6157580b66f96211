"""Grants: who may do what with the data, as plain constructors that `Access` and `Warehouse` use.

Scope: the run account's custom roles, the dataset's access list, grants on single tables and views.
Not here: which tables (`catalog.rights`), grants in the project and on accounts (`Access`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Rights
from components.live.lost_access import stated
from settings.model import DatasetGrant, Settings

READ = ("bigquery.tables.get", "bigquery.tables.getData")
# No role can delete, create or redefine a table or routine: the account that runs a procedure cannot change what it
# does. An export needs the two rights on objects, also where it replaces none:
# https://cloud.google.com/bigquery/docs/exporting-data#required_permissions
# A load reads objects, and lists them where a URI has a wildcard:
# https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#required_permissions
ROLES: Mapping[str, tuple[str, Sequence[str]]] = {
    "reader": ("reads tables and views", READ),
    "writer": ("changes the rows of tables", (*READ, "bigquery.tables.updateData")),
    "caller": ("calls functions and procedures", ("bigquery.routines.get",)),
    "exporter": ("writes exports into a bucket", ("storage.objects.create", "storage.objects.delete")),
    "loader": ("loads backups again, to prove them", ("storage.objects.get", "storage.objects.list")),
}


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The account that runs the scheduled queries, and the custom roles by key of ROLES."""

    email: pulumi.Output[str]
    member: pulumi.Output[str]
    roles: Mapping[str, gcp.projects.IAMCustomRole]


def keys_of(rights: Rights) -> dict[str, str]:
    """The role on each table and view: a written table is granted with the role that also reads it."""
    return {**dict.fromkeys(rights.reads, "reader"), **dict.fromkeys(rights.writes, "writer")}


def custom_role(name: str, key: str, settings: Settings, opts: pulumi.ResourceOptions) -> gcp.projects.IAMCustomRole:
    """One of ROLES."""
    does, permissions = ROLES[key]
    return gcp.projects.IAMCustomRole(
        f"{name}-{key}",
        project=settings.project,
        role_id=settings.run_role(key),
        title=f"EROS {settings.stack}: {key}",
        description=f"The run account of stack {settings.stack} {does}.",
        permissions=list(permissions),
        stage="GA",
        opts=opts,
    )


def access_list(settings: Settings, run_email: pulumi.Input[str]) -> list[gcp.bigquery.DatasetAccessArgs]:
    """All who may do something with the whole dataset; whoever is not here was taken out.

    An unset list would give every reader and writer of the project the dataset.
    """
    caller = f"projects/{settings.project}/roles/{settings.run_role('caller')}"
    return [*map(_entry, stated(settings)), gcp.bigquery.DatasetAccessArgs(role=caller, user_by_email=run_email)]


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
