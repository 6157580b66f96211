"""Data Transfer: `gcp:bigquery/dataTransferConfig:DataTransferConfig`, the scheduled queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource
from local_cloud.provider.values import at

OPTIONS = "scheduleOptions"
SECRETS = "sensitiveParams"
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
        defaults={"location": "US"},
        exactly_one=((f"{SECRETS}.secretAccessKey", f"{SECRETS}.secretAccessKeyWo"),),
        at_least_one=((f"{OPTIONS}.disableAutoScheduling", f"{OPTIONS}.endTime", f"{OPTIONS}.startTime"),),
        together=(
            (f"{SECRETS}.secretAccessKeyWo", f"{SECRETS}.secretAccessKeyWoVersion"),
            (f"{SECRETS}.secretAccessKeyWoVersion", f"{SECRETS}.secretAccessKeyWo"),
        ),
        secret=paths("sensitiveParams"),
        nullable=paths("serviceAccountName"),
    )

    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """A secret parameter is given once."""
        hidden = at(inputs, "sensitiveParams.secretAccessKey") or at(inputs, "sensitiveParams.secretAccessKeyWo")
        if hidden and at(inputs, "params.secret_access_key"):
            return 'The parameter "secret_access_key" is set both in "params" and in "sensitiveParams".'
        return None

    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """Some data sources fix where they read from and write to."""
        old, new = former.get("params") or {}, expected.get("params") or {}
        fixed = FIXED_PARAMS.get(str(expected.get("dataSourceId")), ())
        return any(name in old and name in new and old[name] != new[name] for name in fixed)
