"""`gcp:bigquery/job:Job`: a job that runs when the resource is created."""

from __future__ import annotations

from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource

CREATE = ("CREATE_IF_NEEDED", "CREATE_NEVER", "")
WRITE = ("WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_EMPTY", "")
OPTIONS = "query.scriptOptions"
PARQUET = "load.parquetOptions"


class Job(Resource):
    """A job is never changed: another id is another run, and deleting the resource forgets it."""

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
