"""`gcp:bigquery/dataset:Dataset`."""

from __future__ import annotations

from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import labels, rules
from gcp_local.provider.bodies import given, pruned, texts
from gcp_local.provider.cloud import BIGQUERY, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

SITE: Final = "https://bigquery.googleapis.com/bigquery/v2/"
SAME_NAME: Final = (
    "location description friendlyName defaultCollation storageBillingModel isCaseInsensitive maxTimeTravelHours "
    "defaultEncryptionConfiguration externalDatasetReference externalCatalogDatasetOptions resourceTags"
)
NUMBERS: Final = "defaultTableExpirationMs defaultPartitionExpirationMs"

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

    id_template = "projects/{project}/datasets/{datasetId}"
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

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the dataset."""
        wanted = self.wanted(cloud, inputs)
        body = self._body(wanted)
        if inputs.get("accesses"):
            body["access"] = pruned(inputs["accesses"])
        cloud.call(BIGQUERY, "POST", f"projects/{wanted['project']}/datasets", body)
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The dataset as BigQuery has it."""
        found = cloud.get(BIGQUERY, identity)
        if found is None:
            return None
        return {
            **given(found, f"{SAME_NAME} {NUMBERS} creationTime lastModifiedTime etag"),
            **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
            **self.parts(identity, cloud.project),
            "accesses": access_outputs(found.get("access") or []),
            "selfLink": SITE + identity,
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Write the whole dataset, with the access list as it is now unless the program sets it."""
        body = self._body(self.wanted(cloud, inputs, former))
        with cloud.locked(access_lock(identity)):
            now = cloud.call(BIGQUERY, "GET", identity)
            body["access"] = pruned(inputs["accesses"]) if inputs.get("accesses") else now.get("access", [])
            cloud.call(BIGQUERY, "PUT", identity, body)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the dataset, with its tables only if the program said so."""
        contents = "true" if former.get("deleteContentsOnDestroy") else "false"
        cloud.remove(BIGQUERY, identity, {"deleteContents": contents})

    def _body(self, wanted: Bag) -> Bag:
        return {
            "datasetReference": {"projectId": wanted["project"], "datasetId": wanted["datasetId"]},
            **pruned(given(wanted, SAME_NAME)),
            **texts(wanted, NUMBERS),
            "labels": wanted["effectiveLabels"],
        }


def access_outputs(access: list[Bag]) -> list[Bag]:
    """The access list with full role names, in a fixed order."""
    entries = [{**entry, "role": full_role(entry.get("role"))} for entry in access]
    return sorted(entries, key=lambda entry: (str(entry["role"]), str(entry.get("specialGroup") or ""), repr(entry)))


def access_lock(identity: str) -> str:
    """Name of the lock for changes of a dataset's access list."""
    return f"access:{identity}"
