"""`gcp:bigquery/iamMember:IamMember`: one member with one role on a table or view."""

from __future__ import annotations

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import BIGQUERY, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, PolicyMember
from gcp_local.provider.values import Bag

# The API takes no other version (iam_bigquery_table.go, SetResourceIamPolicy).
VERSION = 1


class TableIamMember(PolicyMember):
    """One member with one role in the policy of a table or view; the policy goes with the table."""

    facts = Facts(
        "gcp:bigquery/iamMember:IamMember",
        force_new=paths(f"datasetId tableId project role member {CONDITION_PATHS}"),
        computed=paths("project"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "tableId": rules.same_last_name},
    )
    target = "tableId"

    @override
    def address(self, inputs: Bag, project: str) -> str:
        """Ids and outputs name the table in full; the program may."""
        table = str(inputs["tableId"])
        if "/" in table:
            return table
        return f"projects/{inputs.get('project') or project}/datasets/{inputs['datasetId']}/tables/{table}"

    @override
    def place(self, address: str) -> Bag:
        """Project and dataset stand beside the full name."""
        _, project, _, dataset, _, _ = address.split("/")
        return {"project": project, "datasetId": dataset, "tableId": address}

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The table's policy."""
        return cloud.call(BIGQUERY, "POST", f"{target}:getIamPolicy", {"options": {"requestedPolicyVersion": VERSION}})

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(BIGQUERY, "POST", f"{target}:setIamPolicy", {"policy": {**policy, "version": VERSION}})
