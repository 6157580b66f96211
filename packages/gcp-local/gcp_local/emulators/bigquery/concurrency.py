"""Which transactions and DML statements may change a table side by side, by BigQuery's rules.

https://docs.cloud.google.com/bigquery/docs/transactions#transaction_concurrency: a transaction that updates,
deletes or merges rows of a table excludes every other one that does, whichever rows; the later is cancelled.
A DML statement outside a transaction waits for it. Reading and appending never conflict.
When the later one learns of it, and whether its transaction still exists then, Google does not say: both are
settings (`Manner`). What is done to the data is the business of `patches/transactions.py`.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

Table = tuple[str, ...]
WAIT_SECONDS = 60.0
MOMENTS = ("statement", "commit")
REMAINS = ("kept", "gone")


class Conflict(Exception):
    """A change that cannot stand beside another one of the same table."""

    def __init__(self, table: Table) -> None:
        super().__init__(".".join(table))
        self.table = table


@dataclass(frozen=True, slots=True)
class Manner:
    """`cancelled_at`: the later transaction's first conflicting "statement", or its "commit".
    `remains`: whether the cancelled transaction is "kept" until it is rolled back, or "gone".
    """

    cancelled_at: str = "statement"
    remains: str = "kept"

    @classmethod
    def parse(cls, text: str) -> Manner:
        """From "statement,gone" and alike. Raises ValueError."""
        words = [word.strip() for word in text.split(",")]
        if len(words) != 2 or words[0] not in MOMENTS or words[1] not in REMAINS:
            raise ValueError(f"{text!r} is not one of {MOMENTS}, a comma and one of {REMAINS}")
        return cls(*words)


@dataclass(eq=False, slots=True)
class Change:
    """Somebody who changes tables: a transaction, or a statement outside of one."""

    began: int
    manner: Manner | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tables: set[Table] = field(default_factory=set)

    @property
    def is_transaction(self) -> bool:
        return self.manner is not None


class Changes:
    """Everybody who changes tables of one emulator now, and when each table last changed."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.RLock())
        self._now = 0
        self._changed: dict[Table, int] = {}
        self._open: dict[Table, set[Change]] = {}

    def begin(self, manner: Manner) -> Change:
        """A transaction that sees the tables as they are now."""
        with self._condition:
            return Change(self._now, manner)

    def enter(self, transaction: Change, table: Table) -> None:
        """Note that the transaction changes a table. Raises Conflict if it is cancelled for that at once."""
        with self._condition:
            others = self._open.setdefault(table, set()) - {transaction}
            is_late = bool(others) or self._is_stale(transaction, table)
            if is_late and transaction.manner and transaction.manner.cancelled_at == "statement":
                raise Conflict(table)
            self._open[table].add(transaction)
            transaction.tables.add(table)

    @contextlib.contextmanager
    def committing(self, transaction: Change) -> Iterator[None]:
        """Nobody else commits meanwhile; the body succeeds or the transaction's changes do not count.

        Raises Conflict before the body when a table changed since the transaction began.
        """
        with self._condition:
            for table in sorted(transaction.tables):
                if self._is_stale(transaction, table):
                    raise Conflict(table)
            yield
            self._mark(transaction)
            self.end(transaction)

    def end(self, change: Change) -> None:
        """Let those who wait go on."""
        with self._condition:
            for table in change.tables:
                self._open[table].discard(change)
            change.tables.clear()
            self._condition.notify_all()

    @contextlib.contextmanager
    def alone(self, table: Table) -> Iterator[None]:
        """A statement outside a transaction: it waits for the transactions that have changed the table.

        Raises Conflict when they take longer than a minute.
        """
        statement = Change(0)
        with self._condition:
            if not self._condition.wait_for(lambda: not self._is_taken(table), WAIT_SECONDS):
                raise Conflict(table)
            self._open.setdefault(table, set()).add(statement)
            statement.tables.add(table)
        try:
            yield
            self._mark(statement)
        finally:
            self.end(statement)

    def _is_stale(self, transaction: Change, table: Table) -> bool:
        return self._changed.get(table, 0) > transaction.began

    def _is_taken(self, table: Table) -> bool:
        return any(change.is_transaction for change in self._open.get(table, ()))

    def _mark(self, change: Change) -> None:
        with self._condition:
            self._now += 1
            self._changed |= dict.fromkeys(change.tables, self._now)
