"""Which live object is meant by a declared resource, and the id under which the provider imports it.

Ids are the provider's canonical ones: under another the engine would take the object for two (terraform-provider-
google-beta, the Import function of each resource: `bigquery/resource_bigquery_{dataset,table,routine}.go`,
`bigquerydatatransfer/resource_bigquery_data_transfer_config.go`, `storage/resource_storage_bucket.go`,
`resourcemanager/resource_google_service_account.go`, `monitoring/resource_monitoring_*.go`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.adopt.declared import Declared
from operations.adopt.inventory import ACCOUNT, CHANNEL, CONFIG, POLICY, TABLE, Inventory
from operations.google_api import Body

DATASET = "gcp:bigquery/dataset:Dataset"
ROUTINE = "gcp:bigquery/routine:Routine"
BUCKET = "gcp:storage/bucket:Bucket"
# Members, services and identities are made where they exist already.
LISTED = {CONFIG: "scheduled_queries", CHANNEL: "channels", POLICY: "policies"}
KINDS = {
    DATASET: "dataset",
    ROUTINE: "routine",
    CONFIG: "transfer_config",
    BUCKET: "bucket",
    ACCOUNT: "account",
    CHANNEL: "channel",
    POLICY: "policy",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A declared resource and the live objects that could be it: one, or several of the same display name."""

    declared: Declared
    kind: str
    name: str
    id: str
    bodies: Sequence[Body]


def matches(declared: Sequence[Declared], live: Inventory) -> list[Match]:
    """The declared objects that the project already holds something for."""
    found = (_match(resource, live) for resource in declared if resource.type in KINDS or resource.type == TABLE)
    return [match for match in found if match is not None]


def _match(resource: Declared, live: Inventory) -> Match | None:
    inputs = resource.inputs
    if resource.type in LISTED:
        name = str(inputs["displayName"])
        bodies: Sequence[Body] = [b for b in getattr(live, LISTED[resource.type]) if b.get("displayName") == name]
        id_ = str(bodies[0]["name"]) if bodies else ""
    else:
        name, id_, body = _named(resource, live)
        bodies = [] if body is None else [body]
    if not bodies and not (resource.type == BUCKET and name in live.buckets):
        return None
    return Match(resource, kind(resource), name, id_, bodies)


def _named(resource: Declared, live: Inventory) -> tuple[str, str, Body | None]:
    """Name, canonical id and live body of an object that its inputs identify."""
    inputs = resource.inputs
    project = f"projects/{resource.inputs['project']}"
    if resource.type == BUCKET:
        return inputs["name"], inputs["name"], live.buckets.get(inputs["name"])
    if resource.type == ACCOUNT:
        email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
        return inputs["accountId"], f"{project}/serviceAccounts/{email}", live.accounts.get(inputs["accountId"])
    dataset = f"{project}/datasets/{inputs['datasetId']}"
    if resource.type == DATASET:
        return inputs["datasetId"], dataset, _there(inputs, "datasetReference", live.dataset, live.reports)
    if resource.type == TABLE:
        table, id_ = inputs["tableId"], f"{dataset}/tables/{inputs['tableId']}"
        original, shown = (
            _there(inputs, "tableReference", there.get(table)) for there in (live.tables, live.report_views)
        )
        return (f"{inputs['datasetId']}.{table}" if shown else table), id_, original or shown
    return inputs["routineId"], f"{dataset}/routines/{inputs['routineId']}", live.routines.get(inputs["routineId"])


def _there(inputs: Mapping[str, Any], reference: str, *bodies: Body | None) -> Body | None:
    """The one that lies in the dataset of the inputs: what readers see is called there as its original."""
    return next((body for body in bodies if body and body[reference]["datasetId"] == inputs["datasetId"]), None)


def kind(resource: Declared) -> str:
    """What people call the type."""
    if resource.type != TABLE:
        return KINDS[resource.type]
    if resource.inputs.get("materializedView"):
        return "materialized_view"
    return "view" if resource.inputs.get("view") else "table"
