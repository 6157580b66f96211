"""MERGE inside BEGIN TRANSACTION ... COMMIT aborts the transaction.

Fault: MERGE issues a BEGIN of its own and takes the refusal as "already in a transaction"; DuckDB marks the
open transaction as aborted on that refusal, so the next statement fails: "Current transaction is aborted".
Why it matters: procedures merge under a mutex, inside a transaction.
Drop it when upstream asks whether a transaction is open instead of trying.
"""

from __future__ import annotations

from typing import Any

import duckdb
from local_bigquery.jobs import merge
from sqlglot import exp

from gcp_local.emulators.bigquery.patches import transactions


class InTransaction:
    """A cursor that refuses BEGIN without asking DuckDB."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str, *args: Any) -> Any:
        """As the cursor's, but BEGIN is refused as DuckDB would."""
        if sql == "BEGIN":
            raise duckdb.TransactionException("cannot start a transaction within a transaction")
        return self._cursor.execute(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def apply() -> None:
    """Tell MERGE whether a transaction is open."""
    run_merge = merge.run

    def merge_within(cur: Any, tree: exp.Merge, context: Any) -> Any:
        return run_merge(InTransaction(cur) if transactions.is_live() else cur, tree, context)

    merge.run = merge_within
