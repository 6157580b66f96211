"""Rows as newline-delimited JSON, as BigQuery exports them.

INT64 and NUMERIC are strings, so that no reader rounds them; nulls are left out; `<`, `>` and `&` are escaped
(https://cloud.google.com/bigquery/docs/exporting-data#export_limitations).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

from local_bigquery.models import TableFieldSchema

from gcp_local.emulators.bigquery.avro_files import RECORDS, Row

ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def lines(fields: Sequence[TableFieldSchema], rows: Iterable[Row]) -> Iterator[str]:
    """One line a row, each with its line feed."""
    for row in rows:
        text = json.dumps(_record(fields, row), ensure_ascii=False, separators=(",", ":"))
        yield text.translate(ESCAPES) + "\n"


def _record(fields: Sequence[TableFieldSchema], row: Row) -> dict[str, Any]:
    return {field.name: _value(field, row[field.name]) for field in fields if row[field.name] is not None}


def _value(field: TableFieldSchema, value: Any) -> Any:
    return [_single(field, item) for item in value] if field.mode == "REPEATED" else _single(field, value)


def _single(field: TableFieldSchema, value: Any) -> Any:
    kind = (field.type or "STRING").upper()
    if kind in RECORDS:
        return _record(field.fields or [], value)
    if kind in ("INTEGER", "INT64"):
        return str(value)
    if kind in ("NUMERIC", "BIGNUMERIC", "BIGDECIMAL"):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind in ("FLOAT", "FLOAT64"):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if kind == "TIMESTAMP":
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") + " UTC"
    if kind == "BYTES":
        return base64.b64encode(value).decode()
    if kind == "JSON":
        return json.loads(value)
    return value if isinstance(value, (str, bool)) else str(value.isoformat())
