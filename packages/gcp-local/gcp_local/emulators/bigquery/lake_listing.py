"""What the DuckLake of a project holds, kept in memory for as long as it is true.

DuckLake numbers the versions of its schema, and each committed definition, by whatever connection, makes a new one.
What was read for a version is therefore true as long as that version is the newest: nobody has to tell this module
of a definition, of another connection or of what became of a transaction. Definitions of a transaction that is still
open are not here, as they are not in `duckdb_tables()` of another connection. Numbers of rows change without a new
version and are read each time.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import duckdb
from local_bigquery.engine import database

VERSION = "SELECT schema_version FROM {lake}.ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1"
SCHEMAS = "SELECT schema_id, schema_name FROM {lake}.ducklake_schema WHERE end_snapshot IS NULL"
TABLES = "SELECT schema_id, table_name, table_id FROM {lake}.ducklake_table WHERE end_snapshot IS NULL"
VIEWS = "SELECT schema_id, view_name, view_id FROM {lake}.ducklake_view WHERE end_snapshot IS NULL"
MACROS = "SELECT schema_id, macro_name, macro_id FROM {lake}.ducklake_macro WHERE end_snapshot IS NULL"
COLUMNS = (
    "SELECT table_id, column_name, nulls_allowed, parent_column, begin_snapshot FROM {lake}.ducklake_column "
    "WHERE end_snapshot IS NULL"
)
SIZES = "SELECT table_id, record_count FROM {lake}.ducklake_table_stats"

ByDataset = dict[str, dict[str, int]]
"""Ids by dataset and name."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One version of a project's catalog."""

    version: int
    schemas: frozenset[str]
    tables: ByDataset
    views: ByDataset
    functions: ByDataset
    columns: dict[int, dict[str, bool]]
    """The top-level columns by a table's id; true for those that may be null."""
    layouts: dict[int, tuple[int, int]]
    """By a table's id how many columns and fields it has and when the newest came: a new pair for each change."""

    def shows(self, dataset: str, name: str) -> bool:
        """Whether DuckDB has a table or view of this name; it takes another case for the same name."""
        return any(
            each.casefold() == name.casefold()
            for kind in (self.tables, self.views)
            for schema, held in kind.items()
            if schema.casefold() == dataset.casefold()
            for each in held
        )


NOTHING = Listing(-1, frozenset(), {}, {}, {}, {}, {})

_known: dict[str, Listing] = {}


def newest(project: str) -> Listing:
    """What is committed now; `NOTHING` where there is no such project."""
    lake = _lake(project)
    with database.cursor() as cursor:
        try:
            cursor.execute("BEGIN TRANSACTION READ ONLY")  # one version for all that is read below
            ((version,),) = _rows(cursor, VERSION, lake)
        except duckdb.CatalogException:
            return NOTHING
        known = _known.get(project)
        if known is None or known.version != version:
            known = _known[project] = _read(cursor, lake, version)
        return known


def versions() -> tuple[int, ...]:
    """Of every project: what a view shows may be a table of another one."""
    found = []
    with database.cursor() as cursor:
        for project in sorted(database._attached.copy()):
            with contextlib.suppress(duckdb.CatalogException):
                found += _rows(cursor, VERSION, _lake(project))
    return tuple(version for (version,) in found)


def sizes(project: str, table: int | None = None) -> dict[int, int]:
    """The number of rows by a table's id: of one table or of all that ever held a row."""
    where = "" if table is None else f" WHERE table_id = {table}"
    with database.cursor() as cursor:
        return dict(_rows(cursor, SIZES + where, _lake(project)))


def _read(cursor: Any, lake: str, version: int) -> Listing:
    schemas: dict[int, str] = dict(_rows(cursor, SCHEMAS, lake))
    columns: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    layouts: dict[int, tuple[int, int]] = {}
    for table, column, nullable, parent, since in _rows(cursor, COLUMNS, lake):
        count, newest_column = layouts.get(table, (0, 0))
        layouts[table] = (count + 1, max(newest_column, since))
        if parent is None:
            columns[table][column] = nullable

    def by_dataset(sql: str) -> ByDataset:
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for schema, name, key in _rows(cursor, sql, lake):
            found[schemas[schema]][name] = key
        return dict(found)

    names = frozenset(schemas.values())
    tables, views, functions = by_dataset(TABLES), by_dataset(VIEWS), by_dataset(MACROS)
    return Listing(version, names, tables, views, functions, dict(columns), layouts)


def _lake(project: str) -> str:
    """DuckLake's own tables, in a database that it attaches beside the project's."""
    return str(database.quote(f"__ducklake_metadata_{project}"))


def _rows(cursor: Any, sql: str, lake: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.execute(sql.format(lake=lake)).fetchall()
    return rows
