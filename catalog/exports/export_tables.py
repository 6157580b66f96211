"""`export_tables_at`: every declared table whole, at one instant, and the manifest."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.exports import export_statements
from catalog.model import Table

NAME = "export_tables_at"
MANIFEST = "exported_tables"


def text(tables: Sequence[Table]) -> str:
    """The statement that declares the procedure."""
    purpose = (
        "Exports every table, owned or source, as it was at p_now to p_folder (gs://BUCKET/ID/), then the manifest.\n"
        "-- Called by backup_export_at. p_rows: rows of all tables."
    )
    description = "Exports every table as of p_now to Avro files below p_folder, and their manifest."
    head = export_statements.head(NAME, purpose, description, "p_folder STRING, p_now TIMESTAMP, OUT p_rows INT64")
    parts = [export_statements.export(table) + export_statements.line(table, MANIFEST) for table in tables]
    return (
        f"{head}{export_statements.new_manifest(MANIFEST)}{''.join(parts)}\n{export_statements.write(MANIFEST)}END;\n"
    )
