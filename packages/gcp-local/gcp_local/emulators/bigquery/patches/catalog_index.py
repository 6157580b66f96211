"""Every statement lists all objects of all datasets again.

Fault: whether a table, a dataset or a function is there is asked of DuckDB's `duckdb_tables()` and its like, which
load every object of every catalog, with the statistics of each table: 20 ms with one deployed platform and 150 ms
with four, several times a statement.
Why it matters: a procedure of twenty statements pays seconds before any work, and each dataset that somebody adds
makes all others slower.
The columns of a table or view, several times a statement too, are found by planning a query of it, and for a view
of each view below it.
Here the answers come from memory (`lake_listing`); so do columns, of a table until it changes, of a view until anything
does.
Drop it when upstream asks for one object without listing them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
from local_bigquery.catalog import names, tables
from local_bigquery.engine import database
from local_bigquery.errors import not_found
from local_bigquery.jobs import query

from gcp_local.emulators.bigquery import lake_listing

RESULTS = "emulator"
TEMPORARY = "SELECT table_name FROM duckdb_tables() WHERE temporary"

Rows = list[tuple[Any, ...]]
Key = tuple[str, ...]


def apply() -> None:
    """Answer upstream's questions about the catalog from memory; leave every other statement to DuckDB."""
    fetch, execute, columns = database.fetch, query.execute, tables.columns
    known: dict[Key, tuple[Any, list[Any]]] = {}

    def fetch_or_remember(sql: str, params: list[Any] | None = None) -> Rows:
        answer = ANSWERS.get(sql)
        return answer(*params or []) if answer else fetch(sql, params)

    def execute_without_listing(cur: Any, *args: Any, session: Any = None, **kwargs: Any) -> Any:
        return execute(cur if session else Fresh(cur), *args, session=session, **kwargs)

    def known_columns(*key: str) -> list[Any]:
        if tables.physical(*key)[0] == RESULTS:
            return list(columns(*key))
        listing = lake_listing.newest(key[0])
        if not listing.shows(*key[1:]):
            raise not_found("Table", names.label(*key))  # routines are asked for too, by name
        table = listing.tables.get(key[1], {}).get(key[2])
        state = lake_listing.versions() if table is None else (table, listing.layouts.get(table))
        if key not in known or known[key][0] != state:
            known[key] = (state, columns(*key))
        return list(known[key][1])

    tables.columns = known_columns
    database.fetch = fetch_or_remember
    query.execute = execute_without_listing


class Fresh:
    """A cursor that was just made: it has no temporary tables, so nothing is listed to find them."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def sql(self, text: str, *args: Any, **kwargs: Any) -> Any:
        """As the cursor's."""
        return self._cursor.sql("SELECT '' LIMIT 0" if text == TEMPORARY else text, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def _objects(project: str, dataset: str, table: str | None) -> Rows:
    if project == RESULTS:
        return _result(dataset, table)
    listing = lake_listing.newest(project)
    if table is None:
        sizes = lake_listing.sizes(project)
        found = [(name, "TABLE", sizes.get(key, 0)) for name, key in listing.tables.get(dataset, {}).items()]
        return sorted([*found, *((name, "VIEW", 0) for name in listing.views.get(dataset, ()))])
    if table in listing.views.get(dataset, ()):
        return [(table, "VIEW", 0)]
    key = listing.tables.get(dataset, {}).get(table)
    return [] if key is None else [(table, "TABLE", lake_listing.sizes(project, key).get(key, 0))]


def _result(schema: str, table: str | None) -> Rows:
    """The result of a job, which upstream keeps in a database of its own and always names."""
    try:
        ((size,),) = _fetch(f"SELECT count(*) FROM {database.quote(RESULTS, schema, table or '')}")
    except duckdb.CatalogException:
        return []
    return [(table, "TABLE", size)]


def _fetch(sql: str) -> Rows:
    with database.cursor() as cursor:
        rows: Rows = cursor.execute(sql).fetchall()
        return rows


def _schema(project: str, dataset: str) -> Rows:
    return [(1,)] if dataset in lake_listing.newest(project).schemas else []


def _schemas(project: str, hidden: bool) -> Rows:
    names = lake_listing.newest(project).schemas - {"main"}
    return [(name,) for name in sorted(names) if hidden or not name.startswith("_")]


def _required(project: str, dataset: str, table: str) -> Rows:
    return [(name,) for name, nullable in _columns(project, dataset, table).items() if not nullable]


def _column(project: str, dataset: str, table: str, column: str) -> Rows:
    return [(1,)] if column in _columns(project, dataset, table) else []


def _columns(project: str, dataset: str, table: str) -> dict[str, bool]:
    """Of a table; those of a view and of a job's result are all nullable, and none is upstream's own."""
    listing = lake_listing.newest(project)
    key = listing.tables.get(dataset, {}).get(table)
    return {} if key is None else listing.columns.get(key, {})


def _function(project: str, dataset: str, name: str) -> Rows:
    return [(1,)] if name in lake_listing.newest(project).functions.get(dataset, ()) else []


ANSWERS: dict[str, Callable[..., Rows]] = {
    "SELECT table_name, 'TABLE', estimated_size FROM duckdb_tables() "
    "WHERE database_name = $1 AND schema_name = $2 "
    "AND table_name = coalesce($3, table_name) "
    "UNION ALL SELECT view_name, 'VIEW', 0 FROM duckdb_views() "
    "WHERE database_name = $1 AND schema_name = $2 "
    "AND view_name = coalesce($3, view_name) AND NOT internal ORDER BY 1": _objects,
    "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?": _schema,
    "SELECT schema_name FROM duckdb_schemas() WHERE database_name = ? "
    "AND schema_name <> 'main' AND (? OR NOT starts_with(schema_name, '_')) "
    "ORDER BY schema_name": _schemas,
    "SELECT column_name FROM duckdb_columns() WHERE database_name = ? "
    "AND schema_name = ? AND table_name = ? AND NOT is_nullable": _required,
    "SELECT 1 FROM duckdb_columns() WHERE database_name = ? AND schema_name = ? "
    "AND table_name = ? AND column_name = ?": _column,
    "SELECT 1 FROM duckdb_functions() WHERE database_name = ? AND schema_name = ? AND function_name = ?": _function,
}
