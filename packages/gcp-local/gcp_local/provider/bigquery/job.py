"""`gcp:bigquery/job:Job`: a job that runs when the resource is created."""

from __future__ import annotations

from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import labels
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import BIGQUERY, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

KINDS: Final = ("query", "load", "copy", "extract")

CREATE = ("CREATE_IF_NEEDED", "CREATE_NEVER", "")
WRITE = ("WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_EMPTY", "")
OPTIONS = "query.scriptOptions"
PARQUET = "load.parquetOptions"


class Job(Resource):
    """A job is never changed: another id is another run, and deleting the resource forgets it."""

    id_template = "projects/{project}/jobs/{jobId}"
    facts = Facts(
        "gcp:bigquery/job:Job",
        force_new=paths(
            "copy *.sourceTables extract load query *.destinationTable *.destinationUris *.sourceUris *.query "
            "*.createDisposition *.writeDisposition *.tableId *.datasetId *.projectId *.defaultDataset jobTimeoutMs "
            "jobId location project reservation *.priority *.useLegacySql *.useQueryCache *.allowLargeResults "
            "*.flattenResults *.maximumBillingTier *.maximumBytesBilled *.parameterMode *.schemaUpdateOptions "
            "*.scriptOptions *.userDefinedFunctionResources *.sourceFormat *.fieldDelimiter *.quote *.encoding "
            "*.skipLeadingRows *.nullMarker *.allowJaggedRows *.allowQuotedNewlines *.autodetect *.jsonExtension "
            "*.ignoreUnknownValues *.maxBadRecords *.projectionFields *.timePartitioning *.compression "
            "*.destinationFormat *.printHeader *.useAvroLogicalTypes *.keyResultStatement *.statementByteBudget "
            "*.statementTimeoutMs *.continuous *.connectionProperties effectiveLabels"
        ),
        computed=paths(
            "project *.projectId *.datasetId query.destinationTable extract.destinationFormat "
            "extract.fieldDelimiter load.fieldDelimiter load.quote"
        ),
        defaults={
            "location": "US",
            "*.createDisposition": "CREATE_IF_NEEDED",
            "*.writeDisposition": "WRITE_EMPTY",
            "query.priority": "INTERACTIVE",
            "query.useQueryCache": True,
            "extract.compression": "NONE",
            "extract.printHeader": True,
            "load.allowJaggedRows": False,
            "load.allowQuotedNewlines": False,
            "load.encoding": "UTF-8",
            "load.ignoreUnknownValues": False,
            "load.maxBadRecords": 0,
            "load.nullMarker": "",
            "load.skipLeadingRows": 0,
            "load.sourceFormat": "CSV",
        },
        enums={
            "*.createDisposition": CREATE,
            "*.writeDisposition": WRITE,
            "query.priority": ("INTERACTIVE", "BATCH", ""),
            f"{OPTIONS}.keyResultStatement": ("LAST", "FIRST_SELECT", ""),
        },
        exactly_one=(
            ("copy", "extract", "load", "query"),
            ("extract.sourceModel", "extract.sourceTable"),
        ),
        at_least_one=(
            (f"{OPTIONS}.keyResultStatement", f"{OPTIONS}.statementByteBudget", f"{OPTIONS}.statementTimeoutMs"),
            (f"{PARQUET}.enableListInference", f"{PARQUET}.enumAsString"),
        ),
        read_only=paths("*.kmsKeyVersion"),
        labelled=True,
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Start the job. That it exists is enough: how it ends is looked at by nobody, as in the real provider.

        google-beta/services/bigquery/resource_bigquery_job.go of terraform-provider-google-beta (93c65b2): line 1184
        polls with PollCheckForExistence, 1174 passes on a 409 for a taken id, 1292 deletes by forgetting.
        """
        wanted = self.wanted(cloud, inputs)
        configuration = {name: _configuration(wanted, name) for name in KINDS if wanted.get(name)}
        body: Bag = {
            "jobReference": {
                "projectId": wanted["project"], "jobId": wanted["jobId"], "location": wanted["location"],
            },
            "configuration": {
                **configuration, **given(wanted, "jobTimeoutMs reservation"), "labels": wanted["effectiveLabels"],
            },
        }  # fmt: skip
        cloud.call(BIGQUERY, "POST", f"projects/{wanted['project']}/jobs", body)
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The job's state; its configuration is as it was given."""
        found = cloud.get(BIGQUERY, identity, {"location": known.get("location") or "US"})
        if found is None:
            return None
        configuration = found.get("configuration") or {}
        status = found.get("status") or {}
        failure = status.get("errorResult")
        return {
            **given(self.wanted(cloud, known), (*KINDS, "jobTimeoutMs", "reservation")),
            **self.parts(identity, cloud.project),
            **labels.flatten(
                configuration.get("labels") or known.get("effectiveLabels") or {}, known.get("labels") or {}
            ),
            "location": known.get("location") or found.get("jobReference", {}).get("location"),
            "jobType": configuration.get("jobType") or next((kind.upper() for kind in KINDS if known.get(kind)), None),
            "userEmail": found.get("user_email"),
            "statuses": [
                {
                    "state": status.get("state"),
                    "errorResults": [failure] if failure else [],
                    "errors": status.get("errors") or [],
                }
            ],
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Nothing of a job can change but what only the program keeps."""

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """A job that has run is forgotten, not undone."""


def _configuration(wanted: Bag, name: str) -> Bag:
    """The part of one kind of job; empty dispositions are left out, as statements need it."""
    block: Any = pruned(wanted[name])
    if name == "query":
        block.setdefault("useLegacySql", False)
    return dict(block)
