"""Whether the account of a transfer may do what its query does: derived from the live objects, before the run.

BigQuery's rules (cloud.google.com/bigquery/docs/: routines, views, authorized-views, access-control):
- a table is read with tables.getData, changed with tables.updateData (all but INSERT and TRUNCATE read it too);
- a view needs getData on itself *and* on what it reads, unless it is authorised on the dataset of what it reads: then
  "queries executed against that view will have read access to views/tables/routines in this dataset"
  (reference/rest/v2/datasets, access[].view; authorized-datasets), so also to what those read there;
- a routine needs routines.get on itself, and runs with the caller's rights, unless it is authorised;
- INFORMATION_SCHEMA.JOBS needs jobs.listAll in the project, which no dataset can give
  (information-schema-jobs#required_role);
- EXPORT DATA needs storage.objects.create and storage.objects.delete on the bucket (exporting-data); which bucket, a
  script may compute, so here they must be given on one bucket, whichever it is;
- a permission comes with a role in the project's policy, in the dataset's access list, or in the object's own policy.

Google decides statement by statement while a script runs; here all that a script could do is asked for beforehand, so
a branch that is not taken counts too. Dynamic SQL is not seen, nor who is in a group.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gcp_local.services import policies, resourcemanager, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.storage import buckets
from gcp_local.services.transfer.references import Reference, exports, loads, references
from gcp_local.services.transfer.warehouse import ROUTINE, TABLE, VIEW, Item, Warehouse

READ, WRITE, CALL = "bigquery.tables.getData", "bigquery.tables.updateData", "bigquery.routines.get"
OBJECTS = ("storage.objects.create", "storage.objects.delete")
LOADED = ("storage.objects.get", "storage.objects.list")
BUCKETS, JOBS = "buckets", "jobs"
ALL_JOBS = "bigquery.jobs.listAll"
_JOB_VIEWS = ("JOBS", "JOBS_BY_PROJECT", "JOBS_TIMELINE", "JOBS_TIMELINE_BY_PROJECT")
_OF_TARGET = {
    "INSERT": (WRITE,),
    "TRUNCATE": (WRITE,),
    "UPDATE": (READ, WRITE),
    "DELETE": (READ, WRITE),
    "MERGE": (READ, WRITE),
    "DROP": ("bigquery.tables.delete",),
    "ALTER": ("bigquery.tables.update",),
    "CREATE": ("bigquery.tables.create", "bigquery.tables.updateData"),
}
_OF_ROUTINE = {
    "DROP": ("bigquery.routines.delete",),
    "CREATE": ("bigquery.routines.create", "bigquery.routines.update"),
}
# What the short words of a dataset's access list stand for, and which basic role its special groups mean.
_LEGACY = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}
_GROUPS = {"projectOwners": "roles/owner", "projectWriters": "roles/editor", "projectReaders": "roles/viewer"}


@dataclass(frozen=True, order=True)
class Need:
    """One permission on one object."""

    item: Item
    permission: str

    def refusal(self) -> str:
        """As BigQuery says that it is missing."""
        if self.item.kind == BUCKETS:
            doing = "globbing file pattern" if self.permission in LOADED else "writing data"
            return (
                f"Access Denied: BigQuery BigQuery: Permission denied while {doing}. The account does not have "
                f"{self.permission} access to a Google Cloud Storage bucket."
            )
        kind = "Routine" if self.item.kind == ROUTINE else "Table"
        if self.permission in (READ, ALL_JOBS):
            return (
                f"Access Denied: {kind} {self.item.label}: User does not have permission to query {kind.lower()} "
                f"{self.item.label}, or perhaps it does not exist."
            )
        return (
            f"Access Denied: {kind} {self.item.label}: Permission {self.permission} denied on {kind.lower()} "
            f"{self.item.label} (or it may not exist)."
        )


Datasets = frozenset[tuple[str, str]]
"""(project, dataset) of those that an authorised view or routine on the way has opened."""


def needs(warehouse: Warehouse, sql: str) -> frozenset[Need]:
    """All that a statement needs, through the views it reads and the routines it calls."""
    found: set[Need] = set()
    seen: set[tuple[Item, Datasets]] = set()
    waiting: list[tuple[str, Item | None, Datasets]] = [(sql, None, frozenset())]
    while waiting:
        text, reader, opened = waiting.pop()
        files = (*(OBJECTS if exports(text) else ()), *(LOADED if loads(text) else ()))
        found |= {Need(Item(BUCKETS, warehouse.cloud.project, "", ""), permission) for permission in files}
        for reference in references(text):
            if jobs := _jobs(warehouse.cloud, reference):
                found.add(Need(jobs, ALL_JOBS))
            item = warehouse.find(reference)
            if item is None:
                continue
            place = (item.project, item.dataset)
            is_open = place in opened or (reader is not None and _is_authorised(warehouse, reader, item))
            if not is_open:
                found |= _for(item, reference)
            inside = opened | {place} if is_open else opened
            if (item, inside) not in seen:
                seen.add((item, inside))
                waiting.append((warehouse.definition(item), item, inside))
    return frozenset(found)


def of_destination(fields: Json) -> frozenset[Need]:
    """What writing a job's result to its destination table needs."""
    if not (table := fields.get("destinationTable")):
        return frozenset()
    item = Item(TABLE, table["projectId"], table["datasetId"], table["tableId"])
    return frozenset(Need(item, permission) for permission in _OF_TARGET["CREATE"])


def missing(warehouse: Warehouse, who: str, wanted: Iterable[Need]) -> list[Need]:
    """Those that an account, by its address, or an IAM member such as group:a@example.com lacks, in order."""
    member = who if ":" in who else f"serviceAccount:{who}"
    return sorted(need for need in wanted if not _has(warehouse, member, need))


def _jobs(cloud: Cloud, reference: Reference) -> Item | None:
    *place, schema, view = ("", *reference.parts)
    if schema.upper() != "INFORMATION_SCHEMA" or view.upper() not in _JOB_VIEWS:
        return None
    return Item(JOBS, cloud.project, f"{place[-1]}.INFORMATION_SCHEMA", view.upper())


def _for(item: Item, reference: Reference) -> set[Need]:
    if item.kind == ROUTINE:
        return {Need(item, permission) for permission in _OF_ROUTINE.get(reference.verb, (CALL,))}
    return {Need(item, permission) for permission in _OF_TARGET.get(reference.verb, (READ,))}


def _has(warehouse: Warehouse, member: str, need: Need) -> bool:
    cloud, item = warehouse.cloud, need.item
    if policies.is_allowed(cloud, resourcemanager.POLICY_KEY, member, need.permission):
        return True
    if item.kind == BUCKETS:
        names = (bucket["name"] for bucket in cloud.store.list(buckets.COLLECTION))
        return any(policies.is_allowed(cloud, buckets.policy_key(name), member, need.permission) for name in names)
    if item.kind == JOBS:
        return False
    entries = (warehouse.dataset(item.project, item.dataset) or {}).get("access") or []
    if any(_is_meant(cloud, entry, member) and _gives(cloud, entry, need.permission) for entry in entries):
        return True
    return policies.allows(cloud, warehouse.policy(item), member, need.permission)


def _gives(cloud: Cloud, entry: Json, permission: str) -> bool:
    role = str(entry.get("role", ""))
    return permission in roles.allowed_by(cloud, _LEGACY.get(role, role))


def _is_meant(cloud: Cloud, entry: Json, member: str) -> bool:
    """Whether an access entry means the member; who is in a group or domain cannot be looked into."""
    if group := entry.get("specialGroup"):
        basic = _GROUPS.get(group)
        return basic is None or policies.has_role(cloud, resourcemanager.POLICY_KEY, member, basic)
    kind, _, name = member.lower().partition(":")
    if kind == "group":
        return str(entry.get("groupByEmail", "")).lower() == name
    return name in (
        str(entry.get("userByEmail", "")).lower(),
        str(entry.get("iamMember", "")).lower().partition(":")[2],
    )


def _is_authorised(warehouse: Warehouse, reader: Item, item: Item) -> bool:
    """Whether the dataset of `item` lets the view or routine `reader` read it on anybody's behalf."""
    entries = (warehouse.dataset(item.project, item.dataset) or {}).get("access") or []
    return any(_names(entry, reader) for entry in entries)


def _names(entry: Json, reader: Item) -> bool:
    place = {"projectId": reader.project, "datasetId": reader.dataset}
    if shared := entry.get("dataset"):
        return bool(shared.get("dataset") == place and "VIEWS" in shared.get("targetTypes", ()) and reader.kind == VIEW)
    key, name = ("routine", "routineId") if reader.kind == ROUTINE else ("view", "tableId")
    return bool(entry.get(key) == {**place, name: reader.name})
