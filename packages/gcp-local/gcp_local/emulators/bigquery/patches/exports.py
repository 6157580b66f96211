"""Exports are one file each, of DuckDB's own types, without the rules of EXPORT DATA.

Fault: a wildcard makes one file; Avro has DuckDB's types (NUMERIC as a double, DATE never as text, no REQUIRED), an
empty table has no columns there; INT64 in JSON is a number; a time decorator is taken for a table's name; `overwrite`
and URIs without a wildcard are accepted; a table of any size goes into one file.
Why it matters: a backup is read by others than its writer, and by programs that know BigQuery's files only.
The rules: https://cloud.google.com/bigquery/docs/exporting-data and
https://cloud.google.com/bigquery/docs/reference/standard-sql/export-statements#gcs_s3_export_option. How many rows go
into a file of several is not documented ("the size of the files will vary"); here it is `ROWS_PER_FILE`.
Drop it when upstream writes these files.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import fastavro
from local_bigquery.catalog import names, tables
from local_bigquery.engine import types
from local_bigquery.errors import BigQueryError, not_implemented
from local_bigquery.jobs import copy, extract, query, runner
from local_bigquery.models import (
    JobConfigurationExtract,
    JobStatistics2,
    JobStatistics4,
    Table,
    TableFieldSchema,
)
from local_bigquery.sql.rules.tables import DECORATOR
from local_bigquery.sql.translate import translate
from sqlglot import exp

from gcp_local.emulators.bigquery import avro_files, json_lines
from gcp_local.emulators.bigquery.patches import storage_jobs

ROWS_PER_FILE = 50_000
BATCH = 10_000
ONE_FILE_BYTES = 10**9
WILDCARD = "*"
OURS = ("AVRO", "JSON", "NEWLINE_DELIMITED_JSON")
COMPRESSIONS = {
    "AVRO": ("NONE", "DEFLATE", "SNAPPY"),
    "JSON": ("NONE", "GZIP"),
    "NEWLINE_DELIMITED_JSON": ("NONE", "GZIP"),
    "CSV": ("NONE", "GZIP"),
    "PARQUET": ("NONE", "SNAPPY", "GZIP", "ZSTD"),
}
CODECS = {"NONE": "null", "DEFLATE": "deflate", "SNAPPY": "snappy"}

EXPORTED = ("TABLE", "SNAPSHOT")
OPTIONS = {
    "uri": "destinationUri",
    "format": "destinationFormat",
    "header": "printHeader",
    "field_delimiter": "fieldDelimiter",
    "compression": "compression",
    "overwrite": "",
    "use_avro_logical_types": "",
}
TOO_LARGE = (
    "Table {} too large to be exported to a single file. Specify a uri including a * to shard export. See "
    "'Exporting data into one or more files' in https://cloud.google.com/bigquery/docs/exporting-data."
)


def apply() -> None:
    """Write Avro and JSON ourselves, and hold every export to the rules."""
    write, run_statement = extract.write, query._run

    def run(cur: Any, config: JobConfigurationExtract, _: str | None) -> JobStatistics4:
        source, table = _source(config)
        uri = _checked(config, "invalid")
        if WILDCARD not in uri and int(table.numBytes or 0) > ONE_FILE_BYTES:
            raise BigQueryError("invalid", TOO_LARGE.format(names.label(*tables.reference(config.sourceTable))))
        written = 1
        if _kind(config) in OURS:
            rows = _rows(cur, f"SELECT * FROM {source}", {}, tables.fields(table))
            written = _write(rows, uri, config, logical=config.useAvroLogicalTypes is True)
        else:
            write(cur, f"SELECT * FROM {source}", {}, config)
        return JobStatistics4(destinationUriFileCounts=[str(written)], inputBytes=str(table.numBytes or 0))

    def run_and_export(cur: Any, tree: exp.Expression, context: Any, *arguments: Any) -> JobStatistics2:
        if not isinstance(tree, exp.Export):
            return run_statement(cur, tree, context, *arguments)
        options = _options(cur, tree, context)
        sql, bound = translate(tree.this, context)
        is_dry_run = arguments[2]
        rows, files = (0, 0) if is_dry_run else _export(cur, sql, bound, _config(options), options, write)
        return JobStatistics2(
            statementType="EXPORT_DATA",
            exportDataStatistics={"fileCount": str(files), "rowCount": str(rows)},
            transferredBytes="0",
            totalPartitionsProcessed="0",
        )

    extract.run = runner.HANDLERS["extract"] = run
    query._run = run_and_export


def _source(config: JobConfigurationExtract) -> tuple[str, Table]:
    """What an extract job reads, at the time that a decorator states, and the table's resource."""
    project_id, dataset_id, table_id = tables.reference(config.sourceTable)
    decorated = DECORATOR.match(table_id)
    table = tables.load(project_id, dataset_id, decorated[1] if decorated else table_id)
    if table.type not in EXPORTED:
        label, kind = names.label(project_id, dataset_id, table_id), table.type
        raise BigQueryError("invalid", f"{label} is not allowed for this operation because it is currently a {kind}.")
    return copy._source((project_id, dataset_id, table_id)), table


def _export(
    cur: Any, sql: str, bound: dict[str, Any], config: JobConfigurationExtract, options: Mapping[str, Any], write: Any
) -> tuple[int, int]:
    """Runs an EXPORT DATA; how many rows and files it wrote."""
    uri = _checked(config, "invalidQuery")
    if WILDCARD not in uri:
        raise BigQueryError("invalidQuery", "Option 'uri' value must be a wildcard URI.")
    if not options.get("overwrite") and storage_jobs.existing(uri):
        raise BigQueryError("invalidQuery", f"Invalid value: files matching {uri} exist; use overwrite=true.")
    if _kind(config) not in OURS:
        return int(write(cur, sql, bound, config)), 1
    rows = _rows(cur, sql, bound, None)
    files = _write(rows, uri, config, logical=options.get("use_avro_logical_types") is not False)
    return rows.count(), files


def _options(cur: Any, tree: exp.Export, context: Any) -> dict[str, Any]:
    """The options' values, which may be expressions over variables of the script."""
    found: dict[str, Any] = {}
    for option in tree.args["options"].expressions:
        is_format = isinstance(option, exp.FileFormatProperty)
        name = "format" if is_format else option.name.lower()
        if name not in OPTIONS:
            raise BigQueryError("invalidQuery", f"Unknown option: {name}")
        value = option.this if is_format else option.args["value"]
        value = exp.column(value.name) if isinstance(value, exp.Var) else value
        sql, bound = translate(exp.select(exp.alias_(value.copy(), "v")), context)
        found[name] = cur.execute(sql, bound).fetchone()[0]
    return found


def _config(options: Mapping[str, Any]) -> JobConfigurationExtract:
    for name in ("uri", "format"):
        if not options.get(name):
            raise BigQueryError("invalidQuery", f"Option '{name}' is missing or empty.")
    kind = str(options["format"]).upper()
    if kind not in ("AVRO", "CSV", "JSON", "PARQUET"):
        message = f"'{options['format']}' is not a valid value; failed to set 'format' in EXPORT DATA OPTIONS"
        raise BigQueryError("invalidQuery", message)
    named = {OPTIONS[name]: value for name, value in options.items() if OPTIONS[name]}
    return JobConfigurationExtract.model_validate({"printHeader": False} | named)


def _kind(config: JobConfigurationExtract) -> str:
    return (config.destinationFormat or "CSV").upper()


def _checked(config: JobConfigurationExtract, reason: str) -> str:
    """The URI. Raises for one that BigQuery refuses, and for compressions that the format does not have."""
    uris: list[str] = config.destinationUris or [config.destinationUri or ""]
    if len(uris) != 1:
        raise not_implemented("An export to several URIs")
    kind, compression = _kind(config), (config.compression or "NONE").upper()
    if compression not in COMPRESSIONS.get(kind, (compression,)):
        raise BigQueryError(reason, f"{compression} compression is not supported for {kind} exports.")
    bucket, name = storage_jobs.split(uris[0])
    if WILDCARD in bucket or name.count(WILDCARD) > 1:
        message = f"Invalid URI {uris[0]}: one wildcard (*) is allowed, after the bucket's name."
        raise BigQueryError(reason, message)
    return uris[0]


class Rows:
    """What is exported: read once, in batches."""

    def __init__(self, fields: Sequence[TableFieldSchema], batches: Iterator[list[dict[str, Any]]]) -> None:
        self.fields, self._batches, self._count = fields, batches, 0

    def files(self) -> Iterator[Iterator[dict[str, Any]]]:
        """The rows of each file; one without rows when there is none at all."""
        for number in itertools.count():
            first = next(self._batches, None)
            if first is None and number:
                return
            more = itertools.islice(self._batches, ROWS_PER_FILE // BATCH - 1)
            yield self._counted(itertools.chain(first or (), itertools.chain.from_iterable(more)))

    def count(self) -> int:
        """How many were read."""
        return self._count

    def _counted(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            self._count += 1
            yield row


def _rows(cur: Any, sql: str, bound: dict[str, Any], fields: list[TableFieldSchema] | None) -> Rows:
    relation = cur.sql(sql, params=bound)
    found = [types.field(name, kind) for name, kind in zip(relation.columns, relation.types, strict=True)]
    reader = relation.to_arrow_reader(BATCH)
    batches = (_records(batch) for batch in reader)
    known = {name.casefold() for name in relation.columns}
    # At a time in the past the table may have had fewer columns.
    return Rows([field for field in fields or found if field.name.casefold() in known], batches)


def _records(batch: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = batch.to_pylist()
    return records


def _write(rows: Rows, uri: str, config: JobConfigurationExtract, *, logical: bool) -> int:
    """Writes the files of an export; returns how many. Without a wildcard all rows go into one."""
    parts = rows.files() if WILDCARD in uri else iter([itertools.chain.from_iterable(rows.files())])
    for number, part in enumerate(parts):
        with extract.written(uri.replace(WILDCARD, f"{number:012d}")) as target, open(target, "wb") as file:
            if _kind(config) == "AVRO":
                schema = avro_files.schema_of(rows.fields, logical=logical)
                values = avro_files.rows_of(rows.fields, part, logical=logical)
                fastavro.writer(file, schema, values, codec=CODECS[(config.compression or "NONE").upper()])
            else:
                _write_lines(file, json_lines.lines(rows.fields, part), config)
    return number + 1


def _write_lines(file: IO[bytes], lines: Iterator[str], config: JobConfigurationExtract) -> None:
    is_packed = (config.compression or "").upper() == "GZIP"
    with gzip.GzipFile(fileobj=file, mode="wb") if is_packed else contextlib.nullcontext(file) as target:
        for line in lines:
            target.write(line.encode())
