"""`gcp:bigquery/datasetIamMember:DatasetIamMember`."""

from __future__ import annotations

from local_cloud.provider import rules
from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource

CONDITION = "condition condition.expression condition.title condition.description"


class DatasetIamMember(Resource):
    """One member with one role in a dataset's access list."""

    facts = Facts(
        "gcp:bigquery/datasetIamMember:DatasetIamMember",
        force_new=paths(f"datasetId project role member {CONDITION}"),
        computed=paths("project"),
        checks={"member": rules.member},
        same={"member": rules.same_member},
    )
