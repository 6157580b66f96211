"""`gcp:bigquery/datasetIamMember:DatasetIamMember`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bigquery.dataset import access_lock, full_role
from gcp_local.provider.cloud import BIGQUERY, ApiError, Cloud, retried
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.identities import member_parts
from gcp_local.provider.policies import CONDITION_PATHS, normalized
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

#: Kinds of member and the field of an access entry that holds each.
FIELDS: Final = {
    "user": "userByEmail", "serviceAccount": "userByEmail", "group": "groupByEmail", "domain": "domain",
    "specialGroup": "specialGroup", "iamMember": "iamMember",
}  # fmt: skip
SPECIAL_GROUPS: Final = frozenset({"projectOwners", "projectReaders", "projectWriters", "allAuthenticatedUsers"})


class DatasetIamMember(Resource):
    """One member with one role in a dataset's access list."""

    facts = Facts(
        "gcp:bigquery/datasetIamMember:DatasetIamMember",
        force_new=paths(f"datasetId project role member {CONDITION_PATHS}"),
        computed=paths("project"),
        checks={"member": rules.member},
        same={"member": rules.same_member},
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Add the entry to the dataset's access list."""
        dataset = self._dataset(cloud, inputs)
        entry = _entry(inputs["role"], normalized(inputs["member"]), inputs.get("condition"))
        self._change(cloud, dataset, lambda access: access if _holds(access, entry) else [*access, entry])
        return f"{dataset}/{inputs['role']}/{normalized(inputs['member'])}"

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The member, if the access list still has it."""
        dataset, role, member = member_parts(identity)
        found = cloud.get(BIGQUERY, dataset)
        entry = _entry(role, member, known.get("condition"))
        if found is None or not _holds(found.get("access") or [], entry):
            return None
        _, project, _, dataset_id = dataset.split("/")
        return {
            "project": project,
            "datasetId": dataset_id,
            "role": role,
            "member": member,
            "condition": known.get("condition"),
        }

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Take the entry out of the access list."""
        dataset, role, member = member_parts(identity)
        entry = _entry(role, member, former.get("condition"))
        try:
            self._change(cloud, dataset, lambda access: [each for each in access if not _holds([each], entry)])
        except ApiError as error:
            if error.status != 404:
                raise

    @override
    def canonical(self, identity: str, project: str) -> str:
        """An import names the dataset in full or by its id."""
        dataset, role, member = member_parts(identity)
        full = dataset if "/" in dataset else f"projects/{project}/datasets/{dataset}"
        return f"{full}/{role}/{normalized(member)}"

    def _dataset(self, cloud: Cloud, inputs: Bag) -> str:
        dataset = str(inputs["datasetId"])
        if "/" in dataset:
            return dataset
        return f"projects/{inputs.get('project') or cloud.project}/datasets/{dataset}"

    def _change(self, cloud: Cloud, dataset: str, change: Callable[[list[Bag]], list[Bag]]) -> None:
        def attempt() -> Bag:
            access = cloud.call(BIGQUERY, "GET", dataset).get("access") or []
            changed = change(access)
            return cloud.call(BIGQUERY, "PATCH", dataset, {"access": changed}) if changed != access else {}

        with cloud.locked(access_lock(dataset)):
            retried(attempt)


def _entry(role: str, member: str, condition: Bag | None) -> Bag:
    """The access entry of a member with a role."""
    kind, _, name = member.partition(":")
    if member in SPECIAL_GROUPS:
        kind, name = "specialGroup", member
    if kind not in FIELDS:
        kind, name = "iamMember", member
    entry: Bag = {"role": role, FIELDS[kind]: name}
    return {**entry, "condition": condition} if condition else entry


def _holds(access: list[Bag], wanted: Bag) -> bool:
    """Whether an access list has the entry; roles may be spelled in the short form."""
    return any(_comparable(entry) == _comparable(wanted) for entry in access)


def _comparable(entry: Bag) -> Bag:
    kept = {name: str(value).lower() for name, value in entry.items() if value and name in FIELDS.values()}
    return {**kept, "role": full_role(entry.get("role")), "title": (entry.get("condition") or {}).get("title") or ""}
