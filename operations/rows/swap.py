"""Copying a table's rows with proof, and giving a checked table the name of another that is kept.

Every step can be repeated after a crash: what was done is read from the tables themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from google.cloud import bigquery

from operations.errors import CloudError
from operations.rows.fingerprint import Fingerprint, fingerprint, own_columns, quoted
from operations.rows.statements import run


class RowsDiffer(CloudError):
    """Two tables that should hold the same rows do not."""


def copy_rows(client: bigquery.Client, source: str, target: str, values: Mapping[str, str]) -> Fingerprint:
    """Makes `target` hold exactly the rows of `source`, and returns the fingerprint that both then have.

    `values` is GoogleSQL over `source`, by column of `target`; other columns get their default. Errors: RowsDiffer,
    CloudError.
    """
    columns = ", ".join(quoted(column) for column in values)
    # One statement each: a copy that was cut off left no row, and rows of an earlier try go first.
    run(client, f"TRUNCATE TABLE {quoted(target)}")
    selected = f"SELECT {', '.join(values.values())}\nFROM {quoted(source)} AS source"
    run(client, f"INSERT INTO {quoted(target)} ({columns})\n{selected}")
    return same_rows(client, source, target, values)


def same_rows(client: bigquery.Client, source: str, target: str, values: Mapping[str, str]) -> Fingerprint:
    """The fingerprint that both tables have over `values`. Errors: RowsDiffer when they have not."""
    wanted = fingerprint(client, source, values)
    found = fingerprint(client, target, own_columns([bigquery.SchemaField(name, "STRING") for name in values]))
    if wanted != found:
        raise RowsDiffer(
            f"{target} holds {found}, {source} holds {wanted}",
            fix="stop what writes to the table, then run the step again: the copy is made anew",
        )
    return wanted


def rename(client: bigquery.Client, table: str, new_name: str) -> None:
    """Renames within the dataset; rows, description, labels and grants stay.

    BigQuery refuses it while rows stream into the table, up to five hours after the last of them (Data definition
    language, ALTER TABLE RENAME TO). Errors: CloudError.
    """
    run(client, f"ALTER TABLE {quoted(table)} RENAME TO {quoted(new_name)}")
