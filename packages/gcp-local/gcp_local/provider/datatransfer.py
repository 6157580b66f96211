"""Data Transfer: `gcp:bigquery/dataTransferConfig:DataTransferConfig`, the scheduled queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import TRANSFER, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag, at

OPTIONS = "scheduleOptions"
SECRETS = "sensitiveParams"
SAME_NAME: Final = (
    "displayName dataSourceId destinationDatasetId schedule scheduleOptions emailPreferences params disabled "
    "notificationPubsubTopic dataRefreshWindowDays encryptionConfiguration"
)
#: Parameters that a transfer cannot change later, by data source.
FIXED_PARAMS = {
    "google_cloud_storage": ("data_path_template", "destination_table_name_template"),
    "amazon_s3": ("data_path", "destination_table_name_template"),
}


class DataTransferConfig(Resource):
    """A transfer configuration."""

    facts = Facts(
        "gcp:bigquery/dataTransferConfig:DataTransferConfig",
        force_new=paths("dataSourceId location project"),
        computed=paths("project deletionPolicy"),
        # google-beta/services/bigquerydatatransfer/resource_bigquery_data_transfer_config.go:400: the one text of the
        # types here whose default is "", so that leaving it out is an UPDATE and no DELETE.
        defaults={"location": "US", "serviceAccountName": ""},
        exactly_one=((f"{SECRETS}.secretAccessKey", f"{SECRETS}.secretAccessKeyWo"),),
        at_least_one=((f"{OPTIONS}.disableAutoScheduling", f"{OPTIONS}.endTime", f"{OPTIONS}.startTime"),),
        together=(
            (f"{SECRETS}.secretAccessKeyWo", f"{SECRETS}.secretAccessKeyWoVersion"),
            (f"{SECRETS}.secretAccessKeyWoVersion", f"{SECRETS}.secretAccessKeyWo"),
        ),
        secret=paths("sensitiveParams"),
        nullable=paths("serviceAccountName"),
        local=paths("serviceAccountName sensitiveParams location deletionPolicy"),
    )

    @override
    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """A secret parameter is given once."""
        hidden = at(inputs, "sensitiveParams.secretAccessKey") or at(inputs, "sensitiveParams.secretAccessKeyWo")
        if hidden and at(inputs, "params.secret_access_key"):
            return 'The parameter "secret_access_key" is set both in "params" and in "sensitiveParams".'
        return None

    @override
    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """Some data sources fix where they read from and write to."""
        old, new = former.get("params") or {}, expected.get("params") or {}
        fixed = FIXED_PARAMS.get(str(expected.get("dataSourceId")), ())
        return any(name in old and name in new and old[name] != new[name] for name in fixed)

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the configuration; the cloud names it."""
        wanted = self.wanted(cloud, inputs)
        parent = f"projects/{wanted['project']}/locations/{wanted['location']}"
        found = cloud.call(TRANSFER, "POST", f"{parent}/transferConfigs", self._body(wanted), _account(wanted))
        return str(found["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The configuration as the service has it."""
        found = cloud.get(TRANSFER, identity)
        if found is None:
            return None
        hidden = set(known.get("sensitiveParams") or {})
        params = {name: value for name, value in (found.get("params") or {}).items() if name not in hidden}
        return {
            **given(found, SAME_NAME),
            "params": params,
            "name": found["name"],
            "project": known.get("project") or cloud.project,
            # An import takes it from the id, in the service's spelling (`us`): to the provider another place than `US`
            # (resource_bigquery_data_transfer_config.go, resourceBigqueryDataTransferConfigImport; ForceNew).
            "location": known.get("location") or identity.split("/")[3],
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs. An account that is taken out stays in force: the plugin sends none (line 804)."""
        changed = set(self.diff(former, inputs).properties)
        wanted = self.wanted(cloud, inputs, former)
        if not wanted.get("serviceAccountName"):
            changed.discard("serviceAccountName")
        mask = sorted({"params" if name == SECRETS else name for name in changed} - {"deletionPolicy"})
        if mask:
            query = {"updateMask": ",".join(mask), **_account(wanted)}
            cloud.call(TRANSFER, "PATCH", identity, {"name": identity, **self._body(wanted)}, query)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the configuration."""
        cloud.remove(TRANSFER, identity)

    def _body(self, wanted: Bag) -> Bag:
        secret = at(wanted, "sensitiveParams.secretAccessKey")
        params = {**wanted["params"], **({"secret_access_key": secret} if secret else {})}
        return {**pruned(given(wanted, SAME_NAME)), "params": params}


def _account(wanted: Bag) -> Bag:
    account = wanted.get("serviceAccountName")
    return {"serviceAccountName": account} if account else {}
