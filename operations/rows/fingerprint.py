"""What identifies the rows of a table: how many there are, and a sum of hashes that no order changes.

Two tables with equal fingerprints over the same expressions hold the same rows. The hash of a row is FARM_FINGERPRINT
of its JSON text ("the output of this function for a particular input will never change", GoogleSQL hash functions);
hashes are added, not XORed, so that two equal rows do not cancel each other out. Fingerprints of different engines do
not compare: the JSON text of a number is the engine's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import bigquery

from operations.rows.statements import run


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`rows` counts, `checksum` is the sum of signed 64-bit hashes as decimal text, "0" without rows."""

    rows: int
    checksum: str

    def __str__(self) -> str:
        return f"{self.rows:,} rows, checksum {self.checksum}"


def fingerprint(client: bigquery.Client, table: str, values: Mapping[str, str]) -> Fingerprint:
    """The fingerprint of `table` (project.dataset.table) over `values`: GoogleSQL over `source`, by column name.

    Without values only the rows are counted. Errors: CloudError.
    """
    found = run(client, fingerprint_query(table, values))
    return Fingerprint(int(found[0]["row_count"]), str(found[0]["checksum"]))


def fingerprint_query(table: str, values: Mapping[str, str]) -> str:
    """The query that finds it: one row of `row_count` and `checksum`."""
    row = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in values.items())
    hashed = f"FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({row})))" if row else "0"
    total = f"COALESCE(CAST(SUM(CAST({hashed} AS BIGNUMERIC)) AS STRING), '0')"
    return f"SELECT COUNT(*) AS row_count, {total} AS checksum\nFROM {quoted(table)} AS source"


def quoted(name: str) -> str:
    """A table or column name as GoogleSQL takes any name."""
    return f"`{name}`"


def own_columns(schema: list[bigquery.SchemaField]) -> dict[str, str]:
    """Every column of a table as value of itself."""
    return {field.name: f"source.{quoted(field.name)}" for field in schema}
