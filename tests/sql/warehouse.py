"""`Warehouse`: the declared objects on the local BigQuery, made when a test first names them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from catalog import Catalog, Placement
from gcp_local.testing import NO_RETRY
from tests.deploying import Deployment
from tests.sql import parameters
from tests.sql.emulator import PROJECT

DATASET = "eros_scheduling_brain"
PLACE = Placement(PROJECT, DATASET, stack="local", backup_bucket="the-backups", archive_bucket="the-archive")
REFERENCE = re.compile(rf"{DATASET}[.`]+(\w+)")
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|CALL)\b", re.IGNORECASE)
SECONDS = 120
INSERT_CHUNK = 5000


class Warehouse:
    """Deploys from the catalog what a test names, with all that it depends on, and forgets rows afterwards.

    Every request has a timeout and is tried once: a test must see an error, not wait for a retry.
    """

    def __init__(self, endpoint: str, catalog: Catalog, folder: Path | None = None) -> None:
        """`folder` is that of the emulator, which keeps objects of buckets there."""
        self.catalog = catalog
        self._folder = folder
        self.endpoint = endpoint
        self.place = PLACE
        self._deployment = Deployment(endpoint, catalog, PLACE)
        self._order = catalog.order()
        self._deployed: set[str] = set()
        self._dirty: set[str] = set()
        self.client = self.new_client()
        self._deployment.dataset(DATASET)

    def new_client(self) -> bigquery.Client:
        """A further client, for callers that work at the same time."""
        return bigquery.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=self.endpoint),
        )

    def deploy(self, *names: str) -> None:
        """Create these objects and everything below them, in dependency order, where absent."""
        needed = self.closure(*names) - self._deployed
        ordered = [name for name in self._order if name in needed]
        self._deployment.create_all(ordered)
        self._deployed.update(ordered)

    def closure(self, *names: str) -> set[str]:
        """The names and everything that they depend on, directly or not."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self.catalog.dependencies(name)
        return found

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows; columns left out get their default."""
        self.deploy(table)
        self._dirty.add(table)
        encoded = [{key: parameters.json_value(value) for key, value in row.items()} for row in rows]
        for start in range(0, len(encoded), INSERT_CHUNK):
            chunk = encoded[start : start + INSERT_CHUNK]
            errors = self.client.insert_rows_json(
                f"{PROJECT}.{DATASET}.{table}", chunk, timeout=SECONDS, retry=NO_RETRY
            )
            assert not errors, errors

    def rows(self, query: str, /, **params: Any) -> list[dict[str, Any]]:
        """The result rows of a query or script; its objects are deployed first."""
        return self._run(query, [parameters.inferred(name, value) for name, value in params.items()])

    def query(self, client: bigquery.Client, query: str, /, **params: Any) -> list[dict[str, Any]]:
        """As `rows`, asked by another client."""
        return self._run(query, [parameters.inferred(name, value) for name, value in params.items()], client)

    def value(self, query: str, /, **params: Any) -> Any:
        """The one value of a query with one row and one column."""
        ((value,),) = (row.values() for row in self.rows(query, **params))
        return value

    def call(self, procedure: str, *arguments: Any, client: bigquery.Client | None = None) -> list[dict[str, Any]]:
        """Call a procedure by position (no OUT arguments); the rows of its last SELECT, if it has one."""
        declared = self.catalog.routines[procedure].arguments
        params = [
            parameters.declared(argument.name, argument.data_type or {}, value)
            for argument, value in zip(declared, arguments, strict=True)
        ]
        places = ", ".join(f"@{argument.name}" for argument in declared)
        return self._run(f"CALL `{DATASET}.{procedure}`({places})", params, client)

    def objects(self, bucket: str) -> dict[str, Path]:
        """The files of a bucket by object name; an emulator without a storage service keeps them as files."""
        assert self._folder is not None
        root = next(self._folder.rglob(f"gcs/{bucket}"), self._folder / bucket)
        return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}

    @contextlib.contextmanager
    def without(self, table: str) -> Iterator[None]:
        """The warehouse as if this table had been dropped: whatever writes it fails."""
        self.deploy(table)
        self._query(f"DROP TABLE `{DATASET}.{table}`")
        try:
            yield
        finally:
            self._deployment.create(table)

    def forget(self, *tables: str) -> None:
        """These may get rows in a way that is not seen here: `clean` empties them too."""
        self._dirty.update(tables)

    def clean(self) -> None:
        """Empty every table that may hold rows."""
        if self._dirty:
            script = "; ".join(f"TRUNCATE TABLE `{DATASET}.{table}`" for table in sorted(self._dirty))
            self._query(script)
        self._dirty.clear()

    def _run(
        self, sql: str, params: Sequence[parameters.Parameter], client: bigquery.Client | None = None
    ) -> list[dict[str, Any]]:
        names = set(REFERENCE.findall(sql))
        self.deploy(*names)
        if WRITES.search(sql):
            self._dirty |= {name for name in self.closure(*names) if self._is_written_by_routines(name)} | (
                names & self.catalog.tables.keys()
            )
        return self._query(sql, params, client)

    def _query(
        self, sql: str, params: Sequence[parameters.Parameter] = (), client: bigquery.Client | None = None
    ) -> list[dict[str, Any]]:
        config = bigquery.QueryJobConfig(query_parameters=list(params))
        job = (client or self.client).query(sql, config, timeout=SECONDS, retry=NO_RETRY, job_retry=None)
        return [dict(row.items()) for row in job.result(timeout=SECONDS, retry=NO_RETRY)]

    def _is_written_by_routines(self, name: str) -> bool:
        return name in self.catalog.tables and not self.catalog.tables[name].is_source
