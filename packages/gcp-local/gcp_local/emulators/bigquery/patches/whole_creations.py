"""A creation that is interrupted leaves half an object.

Fault: a dataset, table, view or function is made in DuckDB first and recorded afterwards, in another database; a kill
or a refusal in between leaves a table without its description, labels, partitioning and defaults.
Why it matters: BigQuery makes all of an object or none; the half is found by the next create, which fails with 409.
Here a creation is noted before it begins. What goes wrong on the way, or was under way when an earlier run died, is
taken back.
Drop it when upstream makes and records in one step.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
from local_bigquery.api import routines as routines_api
from local_bigquery.catalog import datasets, routines, tables
from local_bigquery.engine import database
from local_bigquery.engine.database import quote

NOTES = "emulator.main.unfinished_creations"
SCHEMA = f"CREATE TABLE IF NOT EXISTS {NOTES} (kind VARCHAR, project_id VARCHAR, dataset_id VARCHAR, id VARCHAR);\n"
DROPS = {
    "datasets": ("DROP SCHEMA IF EXISTS {name} CASCADE",),
    "tables": ("DROP TABLE IF EXISTS {name}", "DROP VIEW IF EXISTS {name}"),
    "routines": ("DROP MACRO IF EXISTS {name}", "DROP MACRO TABLE IF EXISTS {name}"),
}

Key = tuple[str, ...]

_locks: defaultdict[tuple[str, Key], threading.Lock] = defaultdict(threading.Lock)


def apply() -> None:
    """Note each creation by REST while it lasts; take back what an earlier run left, before the first request."""
    connect, make_dataset, make_table, define = (
        database._connect,
        datasets.create,
        tables.create,
        routines_api.define,
    )

    @functools.cache
    def connect_and_take_back() -> Any:
        connection = connect()
        for kind, *key in connection.execute(f"SELECT * FROM {NOTES}").fetchall():
            take_back(connection, kind, tuple(part for part in key if part is not None))
        return connection

    def make_whole_dataset(project_id: str, body: Any) -> Any:
        key = (project_id, (body.datasetReference and body.datasetReference.datasetId) or "")
        with _whole("datasets", key, exists=lambda: datasets.exists(*key)):
            return make_dataset(project_id, body)

    def make_whole_table(project_id: str, dataset_id: str, body: Any, translate: Any) -> Any:
        key = (project_id, dataset_id, (body.tableReference and body.tableReference.tableId) or "")
        with _whole("tables", key, exists=lambda: tables.exists(*key)):
            return make_table(project_id, dataset_id, body, translate)

    def define_whole(project_id: str, dataset_id: str, routine_id: str, body: Any, replace: bool) -> Any:
        key = (project_id, dataset_id, routine_id)
        with _whole("routines", key, exists=lambda: replace or routines.load(*key) is not None):
            return define(*key, body, replace)

    database.EMULATOR_SCHEMA += SCHEMA
    database._connect = connect_and_take_back
    datasets.create, tables.create, routines_api.define = make_whole_dataset, make_whole_table, define_whole


@contextlib.contextmanager
def _whole(kind: str, key: Key, *, exists: Any) -> Iterator[None]:
    """One creation of this object at a time; nothing to note where it is there already and will be refused."""
    with _locks[kind, key]:
        if exists():
            yield
            return
        where = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in ("kind", "project_id", "dataset_id", "id"))
        note = [kind, *key, *[None] * (3 - len(key))]
        database.execute(f"INSERT INTO {NOTES} VALUES (?, ?, ?, ?)", note)
        try:
            yield
        except BaseException:
            with database.cursor() as cursor:
                take_back(cursor, kind, key)
            raise
        database.execute(f"DELETE FROM {NOTES} WHERE {where}", note)


def take_back(connection: Any, kind: str, key: Key) -> None:
    """Leave nothing of the object, neither in DuckDB nor in the record, and strike the note."""
    name = quote(*key)
    for drop in DROPS[kind]:
        with contextlib.suppress(duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException):
            connection.execute(drop.format(name=name))
    columns = database.RESOURCES[kind]
    same = " AND ".join(f"{column} = ?" for column in columns)
    connection.execute(f"DELETE FROM emulator.main.{kind} WHERE {same}", list(key))
    noted = " AND ".join(f"{column} = ?" for column in ("project_id", "dataset_id", "id")[: len(key)])
    connection.execute(f"DELETE FROM {NOTES} WHERE kind = ? AND {noted}", [kind, *key])
