"""`gcp:bigquery/dataset:Dataset`."""

from __future__ import annotations

from typing import Any

from local_cloud.provider import rules
from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource

LEGACY_ROLES = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}


def full_role(role: Any) -> Any:
    """The full name of a dataset role; the API spells three of them in a short form."""
    return LEGACY_ROLES.get(role, role)


class Dataset(Resource):
    """A dataset; its access list is kept by dataset members unless the program sets `accesses`."""

    facts = Facts(
        "gcp:bigquery/dataset:Dataset",
        force_new=paths(
            "datasetId location project externalDatasetReference externalDatasetReference.connection "
            "externalDatasetReference.externalSource"
        ),
        computed=paths("accesses isCaseInsensitive maxTimeTravelHours storageBillingModel project deletionPolicy"),
        defaults={"location": "US", "deleteContentsOnDestroy": False},
        checks={
            "datasetId": rules.matches("[0-9A-Za-z_]+", "must contain only letters, digits and underscores"),
            "defaultTableExpirationMs": rules.at_least(3_600_000),
        },
        sets=paths("accesses"),
        normalize={"accesses.role": full_role},
        same={"location": rules.ignoring_case},
        local=paths("deleteContentsOnDestroy deletionPolicy"),
        labelled=True,
    )
