"""Which column of a table gets its values from which column of a backup, by name; what does not fit is refused.

Between a backup and its restore a schema may have changed: columns that were added get their default, columns that are
gone are left in the backup only if they hold nothing there, or if the operator says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from google.cloud import bigquery

from operations.backup.backup_facts import BackupUnusable
from operations.backup.staging import Staged, type_of
from operations.rows.fingerprint import quoted
from operations.rows.statements import run


@dataclass(frozen=True, slots=True)
class Pairing:
    """`values`: GoogleSQL over `source`, the staged rows, by column of the table; `notes`: for a person."""

    values: Mapping[str, str]
    notes: Sequence[str] = field(default_factory=tuple)


def pair(client: bigquery.Client, name: str, staged: Staged, live: bigquery.Table, leave: Collection[str]) -> Pairing:
    """How the staged rows become rows of the live table. `leave`: columns of the backup that may be lost.

    Errors: BackupUnusable with every column that does not fit.
    """
    there = {column.lower(): column for column in staged.values}
    values, problems, notes = {}, [], []
    for column in live.schema:
        source = there.pop(column.name.lower(), None)
        if source is None:
            problems += _missing(column)
            notes.append(f"column {column.name} is newer than the backup: it gets its default")
        elif type_of(staged.types[source]) != type_of(column.to_api_repr()):
            was, now = (str(one["type"]) for one in (staged.types[source], column.to_api_repr()))
            problems.append(f"column {column.name} was {was} and is {now} now")
        else:
            values[column.name] = staged.values[source]
    problems += _nulls(client, staged, live, values)
    for column in sorted(there.values()):
        held = _held(client, staged, column)
        if held and column not in leave:
            problems.append(
                f"column {column} is gone from the table, and {held:,} rows of the backup hold a value in it"
            )
        notes.append(f"column {column} is gone from the table: {held:,} values stay in the backup alone")
    if problems:
        raise BackupUnusable(
            f"table {name} has changed since the backup: " + "; ".join(problems),
            fix="restore it beside the table (--to DATASET) and copy what you need, leave the table out (--tables), or,"
            " for columns that are gone, name them with --leave",
        )
    return Pairing(values, tuple(notes))


def _missing(column: bigquery.SchemaField) -> list[str]:
    if column.mode != "REQUIRED" or column.default_value_expression:
        return []
    return [f"column {column.name} is required, and the backup has none of its name"]


def _nulls(client: bigquery.Client, staged: Staged, live: bigquery.Table, values: Mapping[str, str]) -> list[str]:
    """Required columns for which the backup has rows without a value."""
    required = [c.name for c in live.schema if c.mode == "REQUIRED" and c.name in values]
    if not required:
        return []
    counts = ", ".join(f"COUNTIF({values[name]} IS NULL)" for name in required)
    (row,) = run(client, f"SELECT {counts}\nFROM {quoted(staged.path)} AS source")
    found = zip(required, row.values(), strict=True)
    return [f"column {name} is required, and {count:,} rows of the backup have none" for name, count in found if count]


def _held(client: bigquery.Client, staged: Staged, column: str) -> int:
    """How many rows hold a value in a column."""
    value = staged.values[column]
    is_repeated = str(staged.types[column].get("mode")) == "REPEATED"
    test = f"ARRAY_LENGTH({value}) > 0" if is_repeated else f"{value} IS NOT NULL"
    (row,) = run(client, f"SELECT COUNTIF({test}) AS held\nFROM {quoted(staged.path)} AS source")
    return int(row["held"])
