"""Transactions that change one table run side by side, and their ends are not BigQuery's.

Fault: conflicts are DuckLake's (files, not tables; found by COMMIT only, in words of its own), a ROLLBACK takes
back variables too, an error leaves a connection on which not even a handler's expression can be evaluated, and
DDL is taken inside a transaction.
Why it matters: whoever locks must see on his machine what BigQuery does to the second of two callers.
Drop it when upstream follows https://docs.cloud.google.com/bigquery/docs/transactions.
What stays stricter than BigQuery: DuckLake cancels a transaction also when rows were appended to a table that it
changed, or changed in one that it appended to; it is told so in BigQuery's words.

Who excludes whom is `concurrency.py`. The manner of cancelling comes from $GCP_LOCAL_BIGQUERY_TRANSACTIONS or, for one
query or session, from a connection property of that name in lower case.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
from local_bigquery.engine import sessions
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.sql import script
from local_bigquery.sql.rules.parameters import VALUE
from sqlglot import exp

from gcp_local.emulators.bigquery.concurrency import Change, Changes, Conflict, Manner, Table

SETTING = "GCP_LOCAL_BIGQUERY_TRANSACTIONS"
MUTATIONS = (exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)
CHANGES = Changes()


@dataclass
class Scope:
    """A query, or a session of queries, with the transaction that it has open.

    `change` is the transaction as BigQuery's user knows it. `is_live` says whether the database has it too: after
    an error it has not. `error` is then what every further statement is told. `assigned` are the variables set in it,
    `latest` the table that it wrote last.
    """

    manner: Manner
    cursor: Any
    change: Change | None = None
    is_live: bool = False
    error: BigQueryError | None = None
    assigned: dict[str, Any] = field(default_factory=dict)
    latest: Table = ()

    def begin(self) -> None:
        """BEGIN TRANSACTION."""
        if self.change:
            raise BigQueryError("invalidQuery", "Transactions cannot be nested")
        self.change, self.error = CHANGES.begin(self.manner), None
        self.assigned.clear()
        self.cursor.execute("BEGIN TRANSACTION")
        self.is_live = True

    def commit(self) -> None:
        """COMMIT TRANSACTION."""
        change = self._open("COMMIT")
        self.refuse_after_error()
        try:
            with CHANGES.committing(change):
                self.cursor.execute("COMMIT")
        except Conflict as conflict:
            raise self.cancel(conflict) from conflict
        except duckdb.Error as error:
            raise self.cancel(Conflict(self.latest)) from error
        self.change, self.is_live = None, False

    def roll_back(self) -> None:
        """ROLLBACK TRANSACTION."""
        self._open("ROLLBACK")
        self.forget()

    def forget(self) -> None:
        """End the transaction, if there is one, without its changes."""
        self.undo()
        if self.change:
            CHANGES.end(self.change)
        self.change = self.error = None

    def undo(self) -> None:
        """Take the changes back in the database; variables keep what they were set to."""
        if not self.is_live:
            return
        self.is_live = False
        with contextlib.suppress(duckdb.Error):  # a failed COMMIT leaves none
            self.cursor.execute("ROLLBACK")
        for table, value in self.assigned.items():
            with contextlib.suppress(duckdb.CatalogException):  # declared inside, and gone with it
                self.cursor.execute(f"UPDATE {table} SET {VALUE} = ?", [value])

    def cancel(self, conflict: Conflict) -> BigQueryError:
        """The transaction loses to another one: what its script is told."""
        assert self.change
        project, *rest = conflict.table
        name = f"{project}:{'.'.join(rest)}"
        text = f"Transaction is aborted due to concurrent update against table {name}. Transaction ID: {self.change.id}"
        error = BigQueryError("invalidQuery", text)
        self.undo()
        CHANGES.end(self.change)
        if self.manner.remains == "gone":
            self.change = None
        else:
            self.error = error
        return error

    def recover(self) -> None:
        """After an error: a transaction that the database has given up is only there to be rolled back."""
        if self.change and self.is_live and not self._answers():
            self.undo()
            CHANGES.end(self.change)
            self.error = BigQueryError(
                "notImplemented", "going on with a transaction after an error (this emulator can only roll it back)"
            )

    def refuse_after_error(self) -> None:
        """Raise what has ended the open transaction, if something has."""
        if self.error:
            raise self.error

    def _open(self, verb: str) -> Change:
        if not self.change:
            raise BigQueryError("invalidQuery", f"{verb} TRANSACTION failed: there is no open transaction in progress")
        return self.change

    def _answers(self) -> bool:
        try:
            self.cursor.execute("SELECT 1")
        except duckdb.Error:
            return False
        return True


CONTROLS: dict[type[exp.Expression], tuple[str, Callable[[Scope], None]]] = {
    exp.Transaction: ("BEGIN", Scope.begin),
    exp.Commit: ("COMMIT", Scope.commit),
    exp.Rollback: ("ROLLBACK", Scope.roll_back),
}
SCOPE: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("transaction_scope", default=None)


def is_live() -> bool:
    """Whether the database has a transaction open for the query that runs here."""
    scope = SCOPE.get()
    return scope is not None and scope.is_live


def apply() -> None:
    """Give every query a scope, look at every statement, keep variables through a ROLLBACK."""
    query.execute = _scoped(query.execute)
    query._run = _watched(query._run)
    sessions.abort = _ending(sessions.abort)
    script.Interpreter.assign = _remembering(script.Interpreter.assign)
    script.Interpreter.scope = _recovering(script.Interpreter.scope)


def _scoped(execute: Callable[..., Any]) -> Callable[..., Any]:
    def execute_in_scope(
        cur: Any, project: str, job: str | None, config: Any, dry_run: bool = False, session: Any = None
    ) -> Any:
        scope = getattr(session, "transaction_scope", None) or Scope(_manner(config), cur)
        if session:
            session.transaction_scope = scope
        token = SCOPE.set(scope)
        try:
            return execute(cur, project, job, config, dry_run=dry_run, session=session)
        except Exception:
            scope.recover()
            raise
        finally:
            SCOPE.reset(token)
            if not session:  # a query that ends without COMMIT is rolled back; a session keeps its transaction
                scope.forget()

    return execute_in_scope


def _manner(config: Any) -> Manner:
    given = {prop.key: prop.value for prop in config.connectionProperties or []}
    text = given.get(SETTING.lower()) or os.environ.get(SETTING)
    try:
        return Manner.parse(text) if text else Manner()
    except ValueError as error:
        raise BigQueryError("invalid", f"{SETTING}: {error}") from error


def _watched(run: Callable[..., Any]) -> Callable[..., Any]:
    def run_watched(cur: Any, tree: exp.Expression, context: Any, destination: Any, config: Any, *more: Any) -> Any:
        scope = SCOPE.get()
        dry_run = more[0]
        if scope is None or dry_run:
            return run(cur, tree, context, destination, config, *more)
        if type(tree) in CONTROLS:
            verb, control = CONTROLS[type(tree)]
            control(scope)
            return query.JobStatistics2(statementType=f"{verb}_TRANSACTION")
        with _changing(scope, tree, context):
            return run(cur, tree, context, destination, config, *more)

    return run_watched


@contextlib.contextmanager
def _changing(scope: Scope, tree: exp.Expression, context: Any) -> Iterator[None]:
    """What may run in the open transaction, and what must wait outside of one."""
    is_write = isinstance(tree, (exp.Insert, *MUTATIONS)) and not _is_temporary(tree, context)
    written = query._target(tree, context) if is_write else ()
    key = tuple(part.casefold() for part in written) if isinstance(tree, MUTATIONS) else ()
    if scope.change:
        scope.latest = written or scope.latest
        scope.refuse_after_error()
        if isinstance(tree, query.DDL) and not _is_temporary(tree, context):
            raise BigQueryError("invalidQuery", "DDL of permanent objects is not supported inside a transaction")
        if key:
            _enter(scope, key)
        yield
    elif key:
        try:
            with CHANGES.alone(key):
                yield
        except Conflict as conflict:
            text = f"Could not serialize access to table {conflict} due to concurrent update"
            raise BigQueryError("invalidQuery", text) from conflict
    else:
        yield


def _enter(scope: Scope, table: tuple[str, ...]) -> None:
    assert scope.change
    try:
        CHANGES.enter(scope.change, table)
    except Conflict as conflict:
        raise scope.cancel(conflict) from conflict


def _is_temporary(tree: exp.Expression, context: Any) -> bool:
    table = tree.find(exp.Table)
    named = table is not None and not table.db and table.name.casefold() in context.temporary
    return named or tree.find(exp.TemporaryProperty) is not None


def _ending(abort: Callable[[str], None]) -> Callable[[str], None]:
    def abort_with_transaction(session_id: str) -> None:
        scope = getattr(sessions._sessions.get(session_id), "transaction_scope", None)
        if scope:
            scope.forget()
        abort(session_id)

    return abort_with_transaction


def _remembering(assign: Callable[..., None]) -> Callable[..., None]:
    def assign_and_remember(self: Any, table: str, value: exp.Expression) -> None:
        assign(self, table, value)
        scope = SCOPE.get()
        if scope and scope.is_live:
            ((scope.assigned[table],),) = self.cursor.execute(f"SELECT {VALUE} FROM {table}").fetchall()

    return assign_and_remember


def _recovering(scope_of: Callable[..., None]) -> Callable[..., None]:
    def scope_and_recover(self: Any, statements: Any, variables: Any = None) -> None:
        try:
            scope_of(self, statements, variables)
        except script.Control:
            raise
        except Exception:
            if scope := SCOPE.get():
                scope.recover()
            raise

    return scope_and_recover
