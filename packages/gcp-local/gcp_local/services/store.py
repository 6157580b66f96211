"""Where services keep what they are given: JSON documents by collection and key, in one SQLite file.

A write is on disk when the call returns, so an acknowledged resource survives a killed process. `transaction`
makes a read and the write that depends on it one step, against all other threads.
"""

from __future__ import annotations

import builtins
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gcp_local.services.errors import Json
from plain_command.errors import UserError

LAYOUT_VERSION = 1


class StoreVersionError(UserError):
    """The state folder was written by another version of the local cloud."""


class Store:
    """Documents of all services. Safe for many threads of one process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.folder = path.parent
        self._lock = threading.RLock()
        self._depth = 0
        # Autocommit: transactions are opened by `transaction` alone.
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._check_version(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS documents (collection TEXT, key TEXT, body TEXT NOT NULL, "
            "PRIMARY KEY (collection, key))"
        )

    def _check_version(self, path: Path) -> None:
        found: int = self._database.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, LAYOUT_VERSION):
            raise StoreVersionError(
                f"{path} has layout {found}, this local cloud needs {LAYOUT_VERSION}",
                fix="remove the state folder: what the local cloud holds is lost and deployed anew",
            )
        self._database.execute(f"PRAGMA user_version={LAYOUT_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All reads and writes inside are one step; an exception undoes them. May be nested."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._database.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._database.execute("COMMIT")
            finally:
                self._depth -= 1

    def get(self, collection: str, key: str) -> Json | None:
        """The document, or None."""
        with self._lock:
            row = self._database.execute(
                "SELECT body FROM documents WHERE collection = ? AND key = ?", (collection, key)
            ).fetchone()
        if row is None:
            return None
        document: Json = json.loads(row[0])
        return document

    def put(self, collection: str, key: str, document: Json) -> None:
        """Write the document, new or changed."""
        with self._lock:
            self._database.execute(
                "INSERT INTO documents VALUES (?, ?, ?) "
                "ON CONFLICT (collection, key) DO UPDATE SET body = excluded.body",
                (collection, key, json.dumps(document)),
            )

    def delete(self, collection: str, key: str) -> bool:
        """Remove the document; whether there was one."""
        with self._lock:
            cursor = self._database.execute("DELETE FROM documents WHERE collection = ? AND key = ?", (collection, key))
        return cursor.rowcount > 0

    def list(self, collection: str, prefix: str = "") -> list[Json]:
        """The documents whose key starts with `prefix`, by key."""
        return [document for _, document in self.items(collection, prefix)]

    def items(self, collection: str, prefix: str = "", after: str = "") -> builtins.list[tuple[str, Json]]:
        """The keys that start with `prefix` and come after `after`, in order, with their documents."""
        with self._lock:
            rows = self._database.execute(
                "SELECT key, body FROM documents WHERE collection = ? AND substr(key, 1, ?) = ? AND key > ? "
                "ORDER BY key",
                (collection, len(prefix), prefix, after),
            ).fetchall()
        return [(row[0], json.loads(row[1])) for row in rows]

    def last_key(self, collection: str) -> str:
        """The greatest key; empty when there is none."""
        with self._lock:
            row = self._database.execute(
                "SELECT max(key) FROM documents WHERE collection = ?", (collection,)
            ).fetchone()
        return str(row[0] or "")

    def delete_before(self, collection: str, key: str) -> None:
        """Remove the documents whose keys come before `key`."""
        with self._lock:
            self._database.execute("DELETE FROM documents WHERE collection = ? AND key < ?", (collection, key))

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._database.close()
