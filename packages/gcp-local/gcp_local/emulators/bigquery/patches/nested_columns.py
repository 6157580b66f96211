"""A field added inside a RECORD is recorded but not made.

Fault: tables.patch and update compare top-level columns only; a new nested field is answered with 200, is not
in the answer and cannot be written.
Why it matters: adding a nested nullable field is a change in place that the program allows.
Drop it when upstream alters nested columns.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.engine import database, types
from local_bigquery.engine.database import quote

RECORDS = {"RECORD", "STRUCT"}


def apply() -> None:
    """Add the nested fields after upstream has added the columns."""
    alter = tables._alter

    def alter_nested(project_id: str, dataset_id: str, table_id: str, given: list[Any]) -> None:
        alter(project_id, dataset_id, table_id, given)
        current = tables.columns(project_id, dataset_id, table_id)
        for path, field in added(current, given):
            table = tables.name(project_id, dataset_id, table_id)
            database.execute(f"ALTER TABLE {table} ADD COLUMN {path}.{types.column(field, nested=True)}")

    tables._alter = alter_nested


def added(current: list[Any], given: list[Any], path: str = "") -> list[tuple[str, Any]]:
    """The fields of `given` that a record of `current` lacks, each with the quoted path of its record."""
    known = {field.name.casefold(): field for field in current}
    found: list[tuple[str, Any]] = []
    for field in given:
        existing = known.get(field.name.casefold())
        if existing is None:
            found += [(path, field)] if path else []
        elif field.type.upper() in RECORDS:
            element = ".element" if existing.mode == "REPEATED" else ""
            inner = f"{path}.{quote(existing.name)}" if path else quote(existing.name)
            found += added(existing.fields or [], field.fields or [], inner + element)
    return found
