"""MERGE inside BEGIN TRANSACTION ... COMMIT aborts the transaction.

Fault: MERGE issues a BEGIN of its own and takes the refusal as "already in a transaction"; DuckDB marks the
open transaction as aborted on that refusal, so the next statement fails: "Current transaction is aborted".
Why it matters: procedures merge under a mutex, inside a transaction.
Drop it when upstream asks whether a transaction is open instead of trying.
"""

from __future__ import annotations

from typing import Any

import duckdb
from local_bigquery.jobs import merge, query
from sqlglot import exp


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
    """Note on the script's context whether a transaction is open, and tell MERGE."""
    run, run_merge = query._run, merge.run

    def run_noting_transactions(cur: Any, tree: exp.Expression, context: Any, *args: Any) -> Any:
        result = run(cur, tree, context, *args)
        if isinstance(tree, exp.Transaction):
            context.in_transaction = True
        elif isinstance(tree, exp.Commit | exp.Rollback):
            context.in_transaction = False
        return result

    def merge_within(cur: Any, tree: exp.Merge, context: Any) -> Any:
        within = getattr(context, "in_transaction", False)
        return run_merge(InTransaction(cur) if within else cur, tree, context)

    query._run = run_noting_transactions
    merge.run = merge_within
