"""Two relations compared row by row and column by column, as counts.

A relation is what stands behind FROM. Rows that differ are told as changed where the columns of both begin with some
that name each row once on either side; otherwise they are removed and added. Both sides are read by one statement, so
that "now" is one instant. Numbers with a fraction count as equal to six digits behind the point: sums of floats differ
with the order in which an engine adds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import bigquery

from operations.errors import CloudError
from operations.rows.fingerprint import quoted
from operations.rows.statements import STATEMENT_SECONDS, run

FRACTIONS = {"FLOAT", "FLOAT64"}
NO_KEY = {*FRACTIONS, "RECORD", "STRUCT", "JSON", "GEOGRAPHY"}
LONGEST_KEY = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows before and after; how many came, went and changed; of the changed, in which columns."""

    before: int
    after: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    key: tuple[str, ...] = ()


def compared(client: bigquery.Client, old: str, new: str, *, without: Collection[str] = ()) -> Compared:
    """Compares over the columns that both have, but `without`. Errors: CloudError when either cannot be read."""
    shared = _common(columns_of(client, old), columns_of(client, new))
    common = [column for column in shared if column.name not in without]
    if not common:
        before, after = (run(client, f"SELECT COUNT(*) AS held FROM {one} AS t")[0]["held"] for one in (old, new))
        return Compared(before, after)
    (counts,) = run(client, _rows_query(old, new, common))
    found = Compared(counts["was"], counts["becomes"], counts["added"], counts["removed"])
    if not (found.added and found.removed):
        return found
    key = _key(client, old, new, common)
    return _by_key(client, old, new, common, key, found) if key else found


def differing(
    client: bigquery.Client,
    old: str,
    new: str,
    *,
    key: Collection[str],
    shown: Collection[str],
    most: int,
    without: Collection[str] = (),
) -> list[tuple[str | None, str | None]]:
    """At most so many rows that differ, changed ones first: their `shown` columns before and after as JSON.

    None on the side where a row is not. Without a key no row is a changed one. Errors: CloudError.
    """
    shared = _common(columns_of(client, old), columns_of(client, new))
    common = [column for column in shared if column.name not in without]
    texts = [_text([column for column in common if not names or column.name in names]) for names in (key, (), shown)]
    side = "SELECT {} AS named, {} AS content, {} AS shown FROM {} AS t GROUP BY named, content, shown"
    rows = run(
        client,
        f"""\
WITH
  old_rows AS ({side.format(*texts, old)}),
  new_rows AS ({side.format(*texts, new)})
SELECT o.shown AS was, n.shown AS becomes
FROM old_rows AS o
FULL JOIN new_rows AS n ON n.named = o.named
WHERE o.named IS NULL OR n.named IS NULL OR (o.content != n.content AND o.shown != n.shown)
ORDER BY IF(o.named IS NULL OR n.named IS NULL, 1, 0), COALESCE(o.named, n.named)
LIMIT {most}""",
    )
    return [(row["was"], row["becomes"]) for row in rows]


def columns_of(client: bigquery.Client, relation: str) -> list[bigquery.SchemaField]:
    """The columns of a relation, which is run without giving a row. Errors: CloudError."""
    try:
        job = client.query(f"SELECT * FROM {relation} AS t LIMIT 0", timeout=60)
        return list(job.result(timeout=STATEMENT_SECONDS).schema)
    except (GoogleAPICallError, RetryError) as error:
        raise CloudError(str(getattr(error, "message", error))) from error


def _common(old: Sequence[bigquery.SchemaField], new: Sequence[bigquery.SchemaField]) -> list[bigquery.SchemaField]:
    there = {column.name.lower() for column in new}
    return [column for column in old if column.name.lower() in there]


def _value(column: bigquery.SchemaField) -> str:
    value = f"t.{quoted(column.name)}"
    is_fraction = column.field_type in FRACTIONS and column.mode != "REPEATED"
    return f"ROUND({value}, 6)" if is_fraction else value


def _text(columns: Sequence[bigquery.SchemaField]) -> str:
    return f"TO_JSON_STRING(STRUCT({', '.join(f'{_value(one)} AS {quoted(one.name)}' for one in columns)}))"


def _rows_query(old: str, new: str, common: Sequence[bigquery.SchemaField]) -> str:
    """Rows are equal when all their common columns are; equal rows are counted."""
    text = _text(common)
    return f"""\
WITH
  old_rows AS (SELECT {text} AS content, COUNT(*) AS held FROM {old} AS t GROUP BY content),
  new_rows AS (SELECT {text} AS content, COUNT(*) AS held FROM {new} AS t GROUP BY content)
SELECT
  COALESCE(SUM(o.held), 0) AS was,
  COALESCE(SUM(n.held), 0) AS becomes,
  COALESCE(SUM(GREATEST(COALESCE(n.held, 0) - COALESCE(o.held, 0), 0)), 0) AS added,
  COALESCE(SUM(GREATEST(COALESCE(o.held, 0) - COALESCE(n.held, 0), 0)), 0) AS removed
FROM old_rows AS o
FULL JOIN new_rows AS n ON n.content = o.content"""


def _key(
    client: bigquery.Client, old: str, new: str, common: Sequence[bigquery.SchemaField]
) -> list[bigquery.SchemaField]:
    """The fewest first columns that name each row once, on both sides; none where there are no such."""
    usable = [one for one in common if one.field_type not in NO_KEY and one.mode != "REPEATED"][:LONGEST_KEY]
    counts = ", ".join(f"COUNT(DISTINCT {_text(usable[:size])}) AS d{size}" for size in range(1, len(usable) + 1))
    if not counts:
        return []
    sides = run(client, "\nUNION ALL\n".join(f"SELECT COUNT(*) AS n, {counts} FROM {one} AS t" for one in (old, new)))
    for size in range(1, len(usable) + 1):
        if all(side[f"d{size}"] == side["n"] for side in sides):
            return usable[:size]
    return []


def _by_key(
    client: bigquery.Client,
    old: str,
    new: str,
    common: Sequence[bigquery.SchemaField],
    key: Sequence[bigquery.SchemaField],
    found: Compared,
) -> Compared:
    names = {one.name for one in key}
    others = [one for one in common if one.name not in names]
    values = "".join(f", {_text([one])} AS v{place}" for place, one in enumerate(others))
    differing = " OR ".join(f"o.v{place} != n.v{place}" for place in range(len(others))) or "FALSE"
    by_column = "".join(f",\n  COUNTIF(o.v{place} != n.v{place}) AS c{place}" for place in range(len(others)))
    statement = f"""\
WITH
  old_rows AS (SELECT {_text(key)} AS named{values} FROM {old} AS t),
  new_rows AS (SELECT {_text(key)} AS named{values} FROM {new} AS t)
SELECT
  COUNTIF(o.named IS NULL) AS added,
  COUNTIF(n.named IS NULL) AS removed,
  COUNTIF({differing}) AS changed{by_column}
FROM old_rows AS o
FULL JOIN new_rows AS n ON n.named = o.named"""
    (row,) = run(client, statement)
    columns = {one.name: int(row[f"c{place}"]) for place, one in enumerate(others) if row[f"c{place}"]}
    return Compared(
        found.before, found.after, row["added"], row["removed"], row["changed"], columns, tuple(one.name for one in key)
    )
