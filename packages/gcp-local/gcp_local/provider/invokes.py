"""Functions that a program may call: what exists in BigQuery, the project's number and policy, a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gcp_local.environment import ACCESS_TOKEN
from gcp_local.provider import outputs
from gcp_local.provider.cloud import BIGQUERY, RESOURCE_MANAGER, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.registry import resource
from gcp_local.provider.values import Bag

DATASET, TABLE = "gcp:bigquery/dataset:Dataset", "gcp:bigquery/table:Table"


def get_table(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """An existing table or view, with its schema as JSON text."""
    kind = resource(TABLE)
    project = args.get("project") or cloud.project
    identity = f"projects/{project}/datasets/{args['datasetId']}/tables/{args['tableId']}"
    found = kind.read(cloud, identity, {})
    if found is None:
        raise ProviderError(f"Error retrieving table: {identity} not found (googleapi: Error 404, notFound)")
    table = outputs.complete(kind, identity, found, {})
    table["labels"] = table["effectiveLabels"]
    blocks = {name: [] if value is None else [value] for name, value in table.items() if _is_block(kind, name)}
    return {**table, **blocks, "deletionPolicy": "", "deletionProtection": False}


def _is_block(kind: Any, name: str) -> bool:
    prop = kind.root.fields.get(name)
    return prop is not None and prop.kind.value == "object"


def get_datasets(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """The datasets of a project; none when there are none."""
    project = args.get("project") or cloud.project
    datasets = [
        {
            "datasetId": entry["datasetReference"]["datasetId"],
            "friendlyName": entry.get("friendlyName", ""),
            "labels": entry.get("labels") or {},
            "location": entry.get("location", ""),
        }
        for entry in _pages(cloud, f"projects/{project}/datasets", "datasets")
    ]
    return {"id": f"projects/{project}/datasets", "project": project, "datasets": datasets}


def get_tables(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """Tables and views of a dataset; raises ApiError when there is no such dataset."""
    project, dataset = args.get("project") or cloud.project, args["datasetId"]
    tables = [
        {"tableId": entry["tableReference"]["tableId"], "labels": entry.get("labels") or {}}
        for entry in _pages(cloud, f"projects/{project}/datasets/{dataset}/tables", "tables")
    ]
    identity = f"projects/{project}/datasets/{dataset}/tables"
    return {"id": identity, "project": project, "datasetId": dataset, "tables": tables}


def _pages(cloud: Cloud, path: str, field: str) -> Iterator[Bag]:
    token: str | None = ""
    while token is not None:
        page = cloud.call(BIGQUERY, "GET", path, params={"pageToken": token} if token else None)
        yield from page.get(field) or ()
        token = page.get("nextPageToken")


def get_project(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """The project with its number."""
    project = args.get("projectId") or cloud.project
    found = cloud.get(RESOURCE_MANAGER, f"projects/{project}")
    if found is None:
        raise ProviderError(f"project {project} does not exist in the local cloud")
    parent = found.get("parent") or {}
    return {
        "id": f"projects/{project}",
        "projectId": found["projectId"],
        "number": str(found["projectNumber"]),
        "name": found.get("name", project),
        "labels": {},
        "effectiveLabels": found.get("labels") or {},
        "pulumiLabels": {},
        "tags": {},
        "autoCreateNetwork": False,
        "billingAccount": "",
        "deletionPolicy": "",
        "folderId": parent.get("id", "") if parent.get("type") == "folder" else "",
        "orgId": parent.get("id", "") if parent.get("type") == "organization" else "",
    }


def get_dataset(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """An existing dataset with its access list."""
    kind = resource(DATASET)
    project = args.get("project") or cloud.project
    identity = f"projects/{project}/datasets/{args['datasetId']}"
    found = kind.read(cloud, identity, {})
    if found is None:
        raise ProviderError(f"{identity} not found")
    dataset = outputs.complete(kind, identity, found, {})
    blocks = {name: [] if value is None else [value] for name, value in dataset.items() if _is_block(kind, name)}
    blocks["accesses"] = [_listed_access(entry) for entry in dataset["accesses"]]
    return {**dataset, **blocks, "labels": dataset["effectiveLabels"], "deletionPolicy": ""}


def _listed_access(entry: Mapping[str, Any]) -> Bag:
    """An entry of the access list as functions answer it: each block as a list under its plural name."""
    authorised = entry.get("dataset")
    if authorised:
        inner = authorised.get("dataset")
        authorised = {"datasets": [inner] if inner else [], "targetTypes": authorised.get("targetTypes") or []}
    blocks = {**{name: entry.get(name) for name in ("view", "routine", "condition")}, "dataset": authorised}
    plain = {name: value for name, value in entry.items() if name not in blocks}
    return {**plain, **{f"{name}s": [value] if value else [] for name, value in blocks.items()}}


def get_project_policy(cloud: Cloud, args: Mapping[str, Any]) -> Bag:
    """The project's policy, as JSON text in `policyData`."""
    project = args["project"]
    policy = cloud.call(
        RESOURCE_MANAGER, "POST", f"projects/{project}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}}
    )
    data = json.dumps({"bindings": policy.get("bindings", [])})
    return {"id": project, "project": project, "etag": policy.get("etag", ""), "policyData": data}


def get_client_config(cloud: Cloud, _: Mapping[str, Any]) -> Bag:
    """What the provider signs its calls with."""
    place = {"project": cloud.project, "region": "", "zone": ""}
    return {"id": f"projects/{cloud.project}", **place, "accessToken": ACCESS_TOKEN, "defaultLabels": {}}


INVOKES: Mapping[str, Callable[[Cloud, Mapping[str, Any]], Bag]] = {
    "gcp:bigquery/getDataset:getDataset": get_dataset,
    "gcp:bigquery/getDatasets:getDatasets": get_datasets,
    "gcp:bigquery/getTable:getTable": get_table,
    "gcp:bigquery/getTables:getTables": get_tables,
    "gcp:organizations/getClientConfig:getClientConfig": get_client_config,
    "gcp:organizations/getProject:getProject": get_project,
    "gcp:projects/getIamPolicy:getIamPolicy": get_project_policy,
}


def invoke(cloud: Cloud, token: str, args: Mapping[str, Any]) -> Bag:
    """The function's result; raises ProviderError that names an unknown one."""
    if token not in INVOKES:
        known = ", ".join(sorted(INVOKES))
        raise ProviderError(f"the local cloud's gcp provider does not know the function {token}; it knows: {known}")
    return INVOKES[token](cloud, args)
