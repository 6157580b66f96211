"""What identifies the rows of a table: how many there are, and a sum of hashes that no order changes.

Two tables with equal fingerprints over the same expressions hold the same rows. The hash of a row is FARM_FINGERPRINT
of its JSON text ("the output of this function for a particular input will never change", GoogleSQL hash functions);
hashes are added, not XORed, so that two equal rows do not cancel each other out. Fingerprints of different engines do
not compare: the JSON text of a number is the engine's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from google.cloud import bigquery

from operations.rows.statements import run


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`rows` counts, `checksum` is the sum of signed 64-bit hashes as decimal text, "0" without rows."""

    rows: int
    checksum: str

    def __str__(self) -> str:
        return f"{self.rows:,} rows, checksum {self.checksum}"


def fingerprint(
    client: bigquery.Client, table: str, values: Mapping[str, str], *, as_of: datetime | None = None, every: str = ""
) -> Fingerprint:
    """The fingerprint of `table` (project.dataset.table) over `values`: GoogleSQL over `source`, by column name.

    Without values only the rows are counted. `as_of`, `every`: as `fingerprint_query`. Errors: CloudError.
    """
    found = run(client, fingerprint_query(table, values, as_of=as_of, every=every))
    return Fingerprint(int(found[0]["row_count"]), str(found[0]["checksum"]))


def fingerprint_query(table: str, values: Mapping[str, str], *, as_of: datetime | None = None, every: str = "") -> str:
    """The query that finds it: one row of `row_count` and `checksum`.

    `as_of`: what the table held then. `every`: a condition that every row meets, for a table that asks for one.
    """
    row = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in values.items())
    hashed = f"FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({row})))" if row else "0"
    total = f"COALESCE(CAST(SUM(CAST({hashed} AS BIGNUMERIC)) AS STRING), '0')"
    then = f" FOR SYSTEM_TIME AS OF TIMESTAMP '{as_of.astimezone(UTC).isoformat(' ')}'" if as_of else ""
    where = f"\nWHERE {every}" if every else ""
    return f"SELECT COUNT(*) AS row_count, {total} AS checksum\nFROM {quoted(table)} AS source{then}{where}"


def quoted(name: str) -> str:
    """A table or column name as GoogleSQL takes any name."""
    return f"`{name}`"


def own_columns(schema: Iterable[bigquery.SchemaField]) -> dict[str, str]:
    """Every column of a table as value of itself. An array that is null in an expression is empty in a table."""
    return {field.name: _itself(field) for field in schema}


def _itself(field: bigquery.SchemaField) -> str:
    value = f"source.{quoted(field.name)}"
    return f"IFNULL({value}, [])" if field.mode == "REPEATED" else value


def every_row(table: bigquery.Table) -> str:
    """A condition that every row meets, for a table that cannot be read without a filter; empty for any other.

    "At least one predicate that only references a partitioning column"
    (https://cloud.google.com/bigquery/docs/querying-partitioned-tables#require_a_partition_filter_in_queries).
    """
    if not table.require_partition_filter:
        return ""
    if table.range_partitioning:
        name = quoted(table.range_partitioning.field)
        return f"({name} >= {-(2**63)} OR {name} IS NULL)"
    name = quoted((table.time_partitioning and table.time_partitioning.field) or "_PARTITIONTIME")
    return f"({name} >= '0001-01-01' OR {name} IS NULL)"
