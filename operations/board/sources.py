"""What the panels read from: a stack at one instant, its catalog, its outputs, and bounded statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from catalog import Catalog, Placement, load_cached
from operations.clients import answering, bigquery_client
from operations.placement import placement
from operations.stack import Stack
from outputs import StackOutputs
from settings.errors import ErosError

QUERY_SECONDS = 60.0
# $0.03 at most for one statement; the dearest reads a week of job runs in a few columns.
MAX_BYTES_BILLED = 4 * 2**30


@dataclass(frozen=True)
class Sources:
    """Read once; what could not be had is raised as ErosError by whoever asks for it."""

    stack: str
    is_local: bool
    now: datetime
    declared: Catalog | ErosError
    deployed: StackOutputs | ErosError

    @classmethod
    def of(cls, stack: Stack, now: datetime) -> Sources:
        """From a stack's files and what its engine has recorded."""
        declared: Catalog | ErosError
        deployed: StackOutputs | ErosError
        try:
            declared = load_cached(stack.root)
        except ErosError as error:
            declared = error
        try:
            deployed = stack.outputs()
        except ErosError as error:
            deployed = error
        return cls(stack.name, stack.settings.is_local, now, declared, deployed)

    @property
    def catalog(self) -> Catalog:
        if isinstance(self.declared, ErosError):
            raise self.declared
        return self.declared

    @property
    def outputs(self) -> StackOutputs:
        if isinstance(self.deployed, ErosError):
            raise self.deployed
        return self.deployed

    @property
    def client(self) -> bigquery.Client:
        return bigquery_client(self.outputs.project, self.outputs.location)

    @property
    def place(self) -> Placement:
        return placement(self.outputs)

    def rows(self, panel: str, statement: str, *tables: str) -> list[Any]:
        """Rows of a statement, which calls its tables {0}, {1} and the instant @now. Errors: ErosError."""
        config = bigquery.QueryJobConfig(
            query_parameters=[bigquery.ScalarQueryParameter("now", "TIMESTAMP", self.now)],
            maximum_bytes_billed=MAX_BYTES_BILLED,
            labels={"eros_operation": "board", "eros_report": panel},
        )
        place = self.place
        sql = statement.format(*(place.relation(table) for table in tables))
        with answering(f"panel {panel}", fix=f"eros verify -s {self.stack} says what is missing"):
            return list(self.client.query(sql, config, timeout=QUERY_SECONDS).result(timeout=QUERY_SECONDS))
