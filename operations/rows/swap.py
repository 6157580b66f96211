"""Copying a table's rows with proof, and giving a checked table the name of another that is kept.

Every step can be repeated after a crash: what was done is read from the tables themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from google.cloud import bigquery

from operations.errors import CloudError
from operations.rows.fingerprint import Fingerprint, fingerprint, fingerprint_query, own_columns, quoted
from operations.rows.statements import run


class RowsDiffer(CloudError):
    """Two tables that should hold the same rows do not."""


COPY = """\
-- the rows of {source} for {target}
DECLARE is_ours BOOL;
DECLARE copied STRING;
BEGIN TRANSACTION;
SET is_ours = (SELECT {condition} FROM ({found}));
IF is_ours THEN
  DELETE FROM {target} WHERE {every};
  INSERT INTO {target} ({columns})
  SELECT {values}
  FROM {source} AS source;
  SET copied = (SELECT checksum FROM ({found}));
END IF;
COMMIT TRANSACTION;
SELECT copied;
"""


def copy_rows(
    client: bigquery.Client,
    source: str,
    target: str,
    values: Mapping[str, str],
    schema: list[bigquery.SchemaField],
    known: Collection[str] | None = None,
    every: str = "",
) -> str | None:
    """Makes `target` hold exactly the rows of `source`; returns the checksum that it then has over all of `schema`.

    `values` is GoogleSQL over `source`, by column of `target`; other columns get their default. With `known` only an
    empty table or one of these checksums is replaced, and None says that the target was another and stays as it is.
    `every`: a condition that every row of the target meets, where it asks for one.

    One transaction: nothing that is written to the target comes between the look at it and the deletion, since that
    takes the rows of the snapshot that was looked at, and other changes conflict (BigQuery: bigquery/docs/transactions,
    "Supported statements", "Transaction concurrency"). Errors: CloudError; then the target is as it was.
    """
    checksums = ", ".join(f"'{checksum}'" for checksum in known or ())
    is_known = f" OR checksum IN ({checksums})" if checksums else ""
    statement = COPY.format(
        source=quoted(source),
        target=quoted(target),
        condition="TRUE" if known is None else f"row_count = 0{is_known}",
        found=fingerprint_query(target, own_columns(schema), every=every),
        every=every or "TRUE",
        columns=", ".join(quoted(column) for column in values),
        values=", ".join(values.values()),
    )
    copied = run(client, statement)[0]["copied"]
    return None if copied is None else str(copied)


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
