"""Avro files as BigQuery writes them: the schema of a table's fields, and the values for it.

The mapping is that of https://cloud.google.com/bigquery/docs/exporting-data#avro_export_details: REQUIRED fields are
the plain type, NULLABLE ones a union with null, REPEATED ones arrays, records nested records; NUMERIC and BIGNUMERIC
are `bytes` with the logical type `decimal` and the column's own precision and scale. DATE, TIME and DATETIME are text
unless logical types are asked for; a DATETIME is a string then too, of a logical type that loads do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from local_bigquery.errors import BigQueryError
from local_bigquery.models import TableFieldSchema

Schema = dict[str, Any]
Row = Mapping[str, Any]

PRIMITIVES = {
    "STRING": "string",
    "BYTES": "bytes",
    "INTEGER": "long",
    "INT64": "long",
    "FLOAT": "double",
    "FLOAT64": "double",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
}
DIGITS = 77
DECIMALS = {"NUMERIC": (38, 9), "BIGNUMERIC": (DIGITS, 38), "BIGDECIMAL": (DIGITS, 38)}
LOGICAL: Mapping[str, Schema] = {
    "DATE": {"type": "int", "logicalType": "date"},
    "TIME": {"type": "long", "logicalType": "time-micros"},
    "DATETIME": {"type": "string", "logicalType": "datetime"},
}
TEXTS: Mapping[str, Callable[[Any], str]] = {
    "DATE": lambda value: str(value.isoformat()),
    "TIME": lambda value: str(value.isoformat()),
    "DATETIME": lambda value: str(value.isoformat()),
}
RECORDS = ("RECORD", "STRUCT")


def schema_of(fields: Sequence[TableFieldSchema], *, logical: bool) -> Schema:
    """The Avro schema of a row."""
    return {"type": "record", "name": "Root", "fields": [_field(field, logical, "root") for field in fields]}


def rows_of(fields: Sequence[TableFieldSchema], rows: Iterable[Row], *, logical: bool) -> Iterator[dict[str, Any]]:
    """Rows as the writer takes them: what has no logical type there becomes text."""
    for row in rows:
        yield {field.name: _value(field, row[field.name], logical) for field in fields}


def _field(field: TableFieldSchema, logical: bool, path: str) -> Schema:
    kind = _type(field, logical, path)
    if field.mode == "REPEATED":
        return {"name": field.name, "type": {"type": "array", "items": kind}}
    return {"name": field.name, "type": kind if field.mode == "REQUIRED" else ["null", kind]}


def _type(field: TableFieldSchema, logical: bool, path: str) -> Any:
    kind = (field.type or "STRING").upper()
    if kind in PRIMITIVES:
        return PRIMITIVES[kind]
    if kind in DECIMALS:
        precision, scale = _digits(field, *DECIMALS[kind])
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind == "TIMESTAMP":  # whatever is asked for
        return {"type": "long", "logicalType": "timestamp-micros"}
    if kind in LOGICAL:
        return LOGICAL[kind] if logical else "string"
    if kind in ("JSON", "GEOGRAPHY"):
        return {"type": "string", "sqlType": kind}
    if kind in RECORDS:
        inner = [_field(child, logical, f"{path}.{field.name.lower()}") for child in field.fields or []]
        return {"type": "record", "namespace": path, "name": field.name.capitalize(), "fields": inner}
    raise BigQueryError("invalid", f"Unsupported type for AVRO export: {kind} (field: {field.name})")


def _digits(field: TableFieldSchema, precision: int, scale: int) -> tuple[int, int]:
    """A column without parameters has those of its type; with a precision alone its scale is 0."""
    return (int(field.precision), int(field.scale or 0)) if field.precision is not None else (precision, scale)


def _value(field: TableFieldSchema, value: Any, logical: bool) -> Any:
    if field.mode == "REPEATED":
        return [_single(field, item, logical) for item in value or ()]
    return None if value is None else _single(field, value, logical)


def _single(field: TableFieldSchema, value: Any, logical: bool) -> Any:
    kind = (field.type or "STRING").upper()
    if kind in RECORDS:
        return {child.name: _value(child, value[child.name], logical) for child in field.fields or []}
    if kind in TEXTS and (not logical or kind == "DATETIME"):
        return TEXTS[kind](value)
    if kind in DECIMALS:
        _, scale = _digits(field, *DECIMALS[kind])
        return value.quantize(Decimal(1).scaleb(-scale), context=Context(prec=DIGITS))
    return value
