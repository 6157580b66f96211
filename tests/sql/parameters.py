"""Python values as BigQuery query parameters and as JSON rows, exact for 64-bit integers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from google.cloud import bigquery

Parameter = bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter | bigquery.StructQueryParameter

# bool before int and datetime before date: each is a subclass of the other.
TYPES: Mapping[type, str] = {
    bool: "BOOL",
    int: "INT64",
    float: "FLOAT64",
    str: "STRING",
    dt.datetime: "TIMESTAMP",
    dt.date: "DATE",
}


def inferred(name: str, value: Any) -> Parameter:
    """A parameter with the type that the value shows. A list is typed by its first element that is not None."""
    if isinstance(value, list):
        first = next(item for item in value if item is not None)
        return bigquery.ArrayQueryParameter(name, _type_of(first), value)
    return bigquery.ScalarQueryParameter(name, _type_of(value), value)


def declared(name: str | None, data_type: Mapping[str, Any], value: Any) -> Parameter:
    """A parameter of a routine argument's declared type (StandardSqlDataType); value may be None."""
    kind = data_type["typeKind"]
    if kind == "STRUCT":
        fields = data_type["structType"]["fields"]
        members = [declared(field["name"], field["type"], value[field["name"]]) for field in fields]
        return bigquery.StructQueryParameter(name, *members)
    if kind == "ARRAY":
        return _array(name, data_type["arrayElementType"], value)
    return bigquery.ScalarQueryParameter(name, kind, value)


def json_value(value: Any) -> Any:
    """A value for a JSON row; integers as text, because JSON numbers are exact to 2^53 only."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return [json_value(item) for item in value]
    return value


def _array(name: str | None, element: Mapping[str, Any], values: list[Any] | None) -> Parameter:
    if element["typeKind"] != "STRUCT":
        return bigquery.ArrayQueryParameter(name, element["typeKind"], values)
    fields = element["structType"]["fields"]
    shape = bigquery.StructQueryParameterType(
        *[bigquery.ScalarQueryParameterType(field["type"]["typeKind"], name=field["name"]) for field in fields]
    )
    items = None if values is None else [declared(None, element, value) for value in values]
    return bigquery.ArrayQueryParameter(name, shape, items)


def _type_of(value: Any) -> str:
    return next(name for kind, name in TYPES.items() if isinstance(value, kind))
