"""A load of Avro files takes every type for every column, and no BIGNUMERIC as BigQuery writes it.

Fault: values are cast to the columns of the table, whatever the file says; a decimal of 77 digits fails; a repeated
field that a line of JSON lacks becomes NULL, which no array in a table is.
Why it matters: BigQuery refuses a file whose types or modes are not the table's, a DATETIME that it has exported itself
among them: it is a string to a load ("you cannot load the Avro file directly back into the same table schema",
https://cloud.google.com/bigquery/docs/exporting-data#avro_export_details). JSON columns take strings, and decimals go
by the column (https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions).
Drop it when upstream compares the schemas and reads such decimals.
"""

from __future__ import annotations

import io
from typing import Any

import fastavro
from local_bigquery.catalog import names, tables
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import load, runner
from local_bigquery.models import JobConfigurationLoad, TableFieldSchema

from gcp_local.table_rules import API_SPELLINGS

ARROW_DIGITS = 38
Avro = Any
TYPES = {"int": "INTEGER", "long": "INTEGER", "float": "FLOAT", "double": "FLOAT", "boolean": "BOOLEAN"}
BYTES = ("bytes", "fixed")
LOGICAL = {
    "date": "DATE",
    "time-millis": "TIME",
    "time-micros": "TIME",
    "timestamp-millis": "TIMESTAMP",
    "timestamp-micros": "TIMESTAMP",
    "local-timestamp-millis": "DATETIME",
    "local-timestamp-micros": "DATETIME",
}
DECIMALS = ("NUMERIC", "BIGNUMERIC", "STRING", "BYTES")


def apply() -> None:
    """Compare a file's schema with the table's before anything is read."""
    run_load, read = runner.HANDLERS["load"], load._avro
    arrow_type, decoded = load._arrow_type, load._decoded
    expected: dict[int, tuple[str, list[TableFieldSchema]]] = {}

    def run(cur: Any, config: JobConfigurationLoad, upload: str | None) -> Any:
        if config.sourceFormat == "AVRO":
            expected[id(config)] = _expected(config)
        try:
            return run_load(cur, config, upload)
        finally:
            expected.pop(id(config), None)

    def read_checked(data: bytes, config: JobConfigurationLoad) -> Any:
        label, fields = expected.get(id(config), ("", []))
        schema = fastavro.reader(io.BytesIO(data)).writer_schema
        _check(label, fields, schema, logical=bool(config.useAvroLogicalTypes))
        return read(data, config)

    def decoded_whole(expression: str, field: TableFieldSchema, depth: int = 0) -> str:
        value: str = decoded(expression, field, depth)
        return f"coalesce({value}, [])" if field.mode == "REPEATED" and not depth else value

    def arrow_type_of(avro: Avro, logical: bool) -> Any:
        if isinstance(avro, dict) and avro.get("logicalType") == "decimal" and avro["precision"] > ARROW_DIGITS:
            return arrow_type({**avro, "precision": ARROW_DIGITS, "scale": avro.get("scale", 0) // 2 - 1}, logical)
        return arrow_type(avro, logical)

    runner.HANDLERS["load"] = run
    load.ARROW_READERS["AVRO"] = read_checked
    load._arrow_type, load._decoded = arrow_type_of, decoded_whole


def _expected(config: JobConfigurationLoad) -> tuple[str, list[TableFieldSchema]]:
    """The table's columns, as far as the job leaves them to the table."""
    reference = tables.reference(config.destinationTable)
    label = names.label(*reference)
    stated = (config.schema_ and config.schema_.fields) or []
    if stated or config.writeDisposition == "WRITE_TRUNCATE" or not tables.exists(*reference):
        return label, stated
    return label, tables.fields(tables.load(*reference))


def _check(label: str, fields: list[TableFieldSchema], schema: Avro, *, logical: bool, path: str = "") -> None:
    known = {field.name.casefold(): field for field in fields}
    prefix = f"Provided Schema does not match Table {label}."
    for item in schema["fields"]:
        field = known.get(item["name"].casefold())
        if field is None:
            continue
        mode, kind = _mode(item["type"])
        found, there = _type(kind, field, logical=logical), (field.type or "STRING").upper()
        there = API_SPELLINGS.get(there, there)
        name = f"{path}{field.name}"
        if found != there:
            raise BigQueryError("invalid", f"{prefix} Field {name} has changed type from {there} to {found}")
        if mode == "NULLABLE" and field.mode == "REQUIRED":
            raise BigQueryError("invalid", f"{prefix} Field {name} has changed mode from REQUIRED to NULLABLE")
        if found == "RECORD":
            _check(label, field.fields or [], kind, logical=logical, path=f"{name}.")


def _mode(avro: Avro) -> tuple[str, Avro]:
    """The mode that a field's Avro type stands for, and the type of one value."""
    if isinstance(avro, list):
        return "NULLABLE", next((kind for kind in avro if kind != "null"), "null")
    if isinstance(avro, dict) and avro["type"] == "array":
        return "REPEATED", _mode(avro["items"])[1]
    return "REQUIRED", avro


def _type(avro: Avro, field: TableFieldSchema, *, logical: bool) -> str:
    """BigQuery's type for a value, in the API's spelling."""
    name = avro["type"] if isinstance(avro, dict) else avro
    mark = avro.get("logicalType") if isinstance(avro, dict) else None
    there = (field.type or "STRING").upper()
    if name == "record":
        return "RECORD"
    if mark == "decimal":
        return there if there in DECIMALS else "NUMERIC"
    if logical and mark in LOGICAL:
        return LOGICAL[mark]
    if name in TYPES:
        return TYPES[name]
    if name in BYTES:
        return "BYTES"
    return there if there in ("JSON", "GEOGRAPHY") else "STRING"
