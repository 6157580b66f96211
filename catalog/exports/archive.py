"""`archive_tables_at`: rows that are about to leave their tables, and the deletion of those that nothing else deletes.

Which tables: owned ones by day whose partitions expire, and those with the label `retention=until_archived`. A table
whose partitions live for less than two months is left out, because a monthly job would come too late for the rows of
the days after it: only the log of sweeps, whose counts the job runs have too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from catalog.exports import export_statements
from catalog.model import Table, TimePartitioning

NAME = "archive_tables_at"
MANIFEST = "archived_tables"
BOUNDS = ("archived_from", "archived_before")
SHORTEST_LIFE = timedelta(days=62)
UNTIL_ARCHIVED = "until_archived"
ZONE = "'America/Los_Angeles'"
# What else must hold before a row leaves for good, by table.
OVER = {
    # A lock is history only when it has been closed for as long; without a send date its end or beginning counts.
    "active_caption_assignments": (
        "NOT COALESCE(source.is_active, FALSE)\n"
        f"    AND COALESCE(DATE(source.deactivated_at, {ZONE}), source.scheduled_send_date, source.assigned_date)"
        " < p_purge_before"
    ),
    "caption_locks": "source.expires_at < TIMESTAMP(p_purge_before, 'UTC')",
}


def text(tables: Sequence[Table]) -> str:
    """The statement that declares the procedure."""
    purpose = (
        "Exports what is about to leave the tables to p_folder (gs://BUCKET/ID/), as it was at p_now, writes the\n"
        "-- manifest, and only then deletes what no expiration deletes. A row leaves only as it was archived.\n"
        "-- p_covers: partitions that expire before that date are archived, without those that expired before\n"
        "-- p_covered, which an earlier archive holds (null: none does). p_purge_before: rows of earlier days leave\n"
        "-- tables without expiration. Called by monthly_maintenance_at. p_rows: rows archived; p_purged: deleted."
    )
    description = "Archives what is about to leave the tables, then deletes what no expiration deletes."
    arguments = (
        "\n  p_folder STRING,\n  p_covers DATE,\n  p_covered DATE,\n  p_purge_before DATE,\n  p_now TIMESTAMP,"
        "\n  OUT p_rows INT64,\n  OUT p_purged INT64\n"
    )
    expiring = [(table, days) for table in tables if (days := expires_after(table))]
    lasting = [table for table in tables if is_purged(table)]
    head = export_statements.head(NAME, purpose, description, arguments)
    exports = [_exported(table, _expiring(table, days), _bounds(days)) for table, days in expiring]
    exports += [_exported(table, _leaving(table), ("''", "CAST(p_purge_before AS STRING)")) for table in lasting]
    return (
        f"{head}{export_statements.new_manifest(MANIFEST, BOUNDS)}{''.join(exports)}\n"
        f"{export_statements.write(MANIFEST, BOUNDS)}\n"
        f"  SET p_purged = 0;\n{''.join(map(_purge, lasting))}END;\n"
    )


def expires_after(table: Table) -> int:
    """Days after which a partition goes, of a table that is archived before that; else 0."""
    layout = table.partitioning
    if table.is_source or not isinstance(layout, TimePartitioning) or layout.type != "DAY":
        return 0
    life = timedelta(milliseconds=layout.expiration_ms or 0)
    return life.days if life >= SHORTEST_LIFE else 0


def is_purged(table: Table) -> bool:
    """Whether rows leave the table by deletion, once they are archived."""
    return not table.is_source and table.labels.get("retention") == UNTIL_ARCHIVED


def _exported(table: Table, where: str, bounds: tuple[str, str]) -> str:
    filter_ = f"\n  WHERE\n    {where}"
    return export_statements.export(table, filter_) + export_statements.line(
        table, MANIFEST, filter_, tuple(zip(BOUNDS, bounds, strict=True))
    )


def _bounds(days: int) -> tuple[str, str]:
    return (
        f"COALESCE(CAST(DATE_SUB(p_covered, INTERVAL {days} DAY) AS STRING), '')",
        f"CAST(DATE_SUB(p_covers, INTERVAL {days} DAY) AS STRING)",
    )


def _expiring(table: Table, days: int) -> str:
    """Rows of the partitions that expire between the two dates."""
    after = f"DATE_SUB(COALESCE(p_covered, DATE '1970-01-01'), INTERVAL {days} DAY)"
    before = f"DATE_SUB(p_covers, INTERVAL {days} DAY)"
    return f"{_before(table, before)}\n    AND {_since(table, after)}"


def _leaving(table: Table) -> str:
    """Rows that are to be deleted. A row in no partition has no day: what is over says the table's own condition."""
    over = OVER.get(table.name)
    before = _before(table, "p_purge_before")
    if not over:
        return before
    field = _field(table)
    return f"({before} OR source.{field} IS NULL)\n    AND {over}"


def _field(table: Table) -> str:
    layout = table.partitioning
    if not isinstance(layout, TimePartitioning):
        raise TypeError(f"{table.name} is not partitioned by time")
    return layout.field


def _before(table: Table, day: str) -> str:
    return f"source.{_field(table)} < {_start(table, day)}"


def _since(table: Table, day: str) -> str:
    return f"source.{_field(table)} >= {_start(table, day)}"


def _start(table: Table, day: str) -> str:
    """The day, as the partition column has it: partitions of instants are days of UTC."""
    column = next(column for column in table.columns if column.name == _field(table))
    return f"TIMESTAMP({day}, 'UTC')" if column.type == "TIMESTAMP" else day


def _purge(table: Table) -> str:
    where = _leaving(table).replace("source.", "leaving.")
    held = _leaving(table)
    name = export_statements.reference(table)
    return f"""\
  DELETE FROM {name} AS leaving
  WHERE
    {where}
    AND (
      SELECT {export_statements.checksum(table)}
      FROM {name} AS source
      WHERE
        {held}
    ) = (SELECT listed.checksum FROM {MANIFEST} AS listed WHERE listed.table_name = '{table.name}');
  IF @@row_count != (
    SELECT CAST(listed.row_count AS INT64) FROM {MANIFEST} AS listed WHERE listed.table_name = '{table.name}'
  ) THEN
    RAISE USING MESSAGE = 'EROS_ARCHIVE|{table.name} changed while it was archived; nothing of it was deleted';
  END IF;
  SET p_purged = p_purged + (
    SELECT CAST(listed.row_count AS INT64) FROM {MANIFEST} AS listed WHERE listed.table_name = '{table.name}'
  );
"""
