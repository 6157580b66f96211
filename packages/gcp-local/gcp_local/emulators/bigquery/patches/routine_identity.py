"""INFORMATION_SCHEMA.ROUTINES lacks the columns by which BigQuery identifies a routine.

Fault: specific_catalog, specific_schema and specific_name are not there (BigQuery: the first three columns,
https://cloud.google.com/bigquery/docs/information-schema-routines).
Why it matters: where an object has another name than in the catalog, checks read ROUTINES by specific_name.
Drop it when upstream lists them.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.sql.rules import information_schema


def apply() -> None:
    """Put the three columns in front; they are what the routine's own name says."""
    upstream = information_schema.VIEWS["ROUTINES"]

    def routines(project_id: str, dataset_id: str | None) -> tuple[list[str], list[list[Any]]]:
        columns, rows = upstream(project_id, dataset_id)
        if "specific_name" in columns:
            return columns, rows
        names = [columns.index(f"routine_{part}") for part in ("catalog", "schema", "name")]
        identity = list(information_schema.ROUTINE_IDENTITY)
        return [*identity, *columns], [[*(row[number] for number in names), *row] for row in rows]

    information_schema.VIEWS["ROUTINES"] = routines
