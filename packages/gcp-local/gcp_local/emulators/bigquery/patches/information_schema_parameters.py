"""INFORMATION_SCHEMA.PARAMETERS shows of a type its outermost name only.

Fault: `ARRAY<STRUCT<a INT64>>` is shown as `ARRAY`, an argument of ANY TYPE as none at all. BigQuery shows the whole
type, and `ANY TYPE` (https://cloud.google.com/bigquery/docs/information-schema-parameters).
Why it matters: who compares a routine's arguments with what was declared would not see another element type.
Drop it when upstream writes types out.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.sql.rules import information_schema


def apply() -> None:
    """Write the types out, in the order in which upstream lists the arguments."""
    upstream = information_schema.VIEWS["PARAMETERS"]

    def parameters(project_id: str, dataset_id: str | None) -> Any:
        columns, rows = upstream(project_id, dataset_id)
        routines = information_schema.catalog_routines.list_(project_id, dataset_id)
        arguments = [argument for routine in routines for _, argument in information_schema._arguments(routine)]
        place = columns.index("data_type")
        for row, argument in zip(rows, arguments, strict=True):
            row[place] = "ANY TYPE" if argument.argumentKind == "ANY_TYPE" else type_text(argument.dataType)
        return columns, rows

    information_schema.VIEWS["PARAMETERS"] = parameters


def type_text(data_type: Any) -> str | None:
    """A StandardSqlDataType as GoogleSQL writes it."""
    if data_type is None:
        return None
    element = data_type.arrayElementType or data_type.rangeElementType
    if element:
        return f"{data_type.typeKind}<{type_text(element)}>"
    if data_type.structType:
        fields = [f"{field.name} {type_text(field.type)}" for field in data_type.structType.fields or []]
        return f"STRUCT<{', '.join(fields)}>"
    return str(data_type.typeKind)
