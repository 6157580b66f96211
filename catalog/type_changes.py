"""What BigQuery can make of a column's type: every pair of types and parameters has one answer here.

https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_data_type: "Changing a column's data
type isn't supported by the Google Cloud console, the bq command-line tool, or the BigQuery API." A statement can:
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#alter_column_set_data_type_statement
lists the conversions, and that parameters may become less restrictive. The provider replaces the table for another
type name and leaves parameters to the API (terraform-provider-google-beta, resource_bigquery_table.go:313 and :479).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from catalog.schema import LEGACY_NAMES, SQL_NAMES

SPELLINGS = {**LEGACY_NAMES, "DECIMAL": "NUMERIC", "BIGDECIMAL": "BIGNUMERIC"}
CONVERSIONS = frozenset(
    {
        ("INTEGER", "NUMERIC"),
        ("INTEGER", "BIGNUMERIC"),
        ("INTEGER", "FLOAT"),
        ("NUMERIC", "BIGNUMERIC"),
        ("NUMERIC", "FLOAT"),
    }
)
# Digits before and after the point without parameters.
# https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
UNBOUNDED_DIGITS = {"NUMERIC": (29, 9), "BIGNUMERIC": (39, 38)}


class TypeChange(Enum):
    """How a column gets from one type to another."""

    SAME = "the same type"
    WIDER = "wider parameters, in place"
    BY_STATEMENT = "ALTER COLUMN SET DATA TYPE can, the API cannot"
    NARROWER = "narrower parameters"
    OTHER = "no way but another column"


def type_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> TypeChange:
    """The answer for two fields as the API shows them; mode and nested fields are the caller's."""
    before, after = _name(old), _name(new)
    if before != after:
        return TypeChange.BY_STATEMENT if (before, after) in CONVERSIONS else TypeChange.OTHER
    if _range_element(old) != _range_element(new):
        return TypeChange.OTHER
    bounds = _bounds(before, old), _bounds(before, new)
    if bounds[0] == bounds[1] and _written(old) == _written(new):
        return TypeChange.SAME
    wider = all(b >= a for a, b in zip(*bounds, strict=True))
    return TypeChange.WIDER if wider else TypeChange.NARROWER


def type_text(field: Mapping[str, Any]) -> str:
    """The type of one value in GoogleSQL, without the fields of a STRUCT."""
    name = _name(field)
    if name == "RANGE":
        return f"RANGE<{SQL_NAMES.get(_range_element(field), _range_element(field))}>"
    parameters = [str(value) for value in _written(field) if value is not None]
    return SQL_NAMES.get(name, name) + (f"({', '.join(parameters)})" if parameters else "")


def _name(field: Mapping[str, Any]) -> str:
    name = str(field["type"]).upper()
    return SPELLINGS.get(name, name)


def _range_element(field: Mapping[str, Any]) -> str:
    element = str((field.get("rangeElementType") or {}).get("type") or "").upper()
    return SPELLINGS.get(element, element)


def _written(field: Mapping[str, Any]) -> tuple[int | None, ...]:
    """maxLength, precision, scale; int64 values are text in Google's JSON."""
    return tuple(int(field[key]) if field.get(key) else None for key in ("maxLength", "precision", "scale"))


def _bounds(name: str, field: Mapping[str, Any]) -> tuple[float, ...]:
    """What the parameters allow, larger is wider: a length, or digits before and after the point."""
    length, precision, scale = _written(field)
    if name in UNBOUNDED_DIGITS:
        return UNBOUNDED_DIGITS[name] if precision is None else (precision - (scale or 0), scale or 0)
    return (float("inf") if length is None else length,)
