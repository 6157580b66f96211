"""A query reads and writes any file of the machine, and any server that it can reach.

Fault: what is no GoogleSQL is passed to DuckDB: `SELECT content FROM read_text('/etc/passwd')`, `COPY (...) TO
'/some/file'`, `ATTACH`, `INSTALL`; and a project's id in a statement becomes the name of a file, `../` included.
Why it matters: whoever gets a query to the emulator has the rights of its owner.
Here DuckDB keeps to the emulator's own folder, loads no more extensions, and its configuration is locked.
Drop it when upstream locks DuckDB.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import duckdb
from local_bigquery.app import PROJECT_ID
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs.storage import literal
from local_bigquery.settings import settings

from gcp_local.emulators.bigquery import extensions


def apply() -> None:
    """Lock DuckDB as soon as it is connected; take an id for a file's name only when it is one."""
    connect, attach = database._connect, database._attach

    @functools.cache
    def connect_and_lock() -> Any:
        connection = connect()
        lock(connection, settings.data_dir)
        return connection

    def attach_named(connection: Any, project: str) -> None:
        if not PROJECT_ID.match(project):
            raise BigQueryError("invalid", f"Invalid project ID: {project}")
        attach(connection, project)

    database._connect, database._attach = connect_and_lock, attach_named


def lock(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Let the connection and all its cursors reach `folder` only, for good."""
    for extension in extensions.NAMES:
        connection.execute(f"LOAD {extension}")
    connection.execute(f"SET allowed_directories = [{literal(f'{folder}/')}]")
    allowed = "['enable_profiling', 'profiling_coverage']"  # where to write a profile is not
    connection.execute(
        f"SET enable_external_access = false; SET allowed_configs = {allowed}; SET lock_configuration = true"
    )
