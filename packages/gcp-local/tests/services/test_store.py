"""Documents are kept, in steps that happen wholly or not at all, also across threads and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gcp_local.services.store import Store, StoreVersionError


def test_a_document_is_there_after_the_store_was_opened_again(tmp_path: Path) -> None:
    first = Store(tmp_path / "s.sqlite3")
    first.put("things", "a/1", {"n": 1})
    first.put("things", "a/2", {"n": 2})
    first.put("things", "b/1", {"n": 3})
    assert first.delete("things", "a/2")
    first.close()
    second = Store(tmp_path / "s.sqlite3")
    assert second.list("things", "a/") == [{"n": 1}]
    assert second.items("things") == [("a/1", {"n": 1}), ("b/1", {"n": 3})]
    assert second.get("things", "a/2") is None
    assert not second.delete("things", "a/2")


def test_a_failed_step_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")

    def fail() -> None:
        with store.transaction():
            store.put("things", "a", {})
            with store.transaction():
                store.put("things", "b", {})
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert store.list("things") == []


def test_no_increment_is_lost_between_threads(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    store.put("things", "counter", {"n": 0})

    def count() -> None:
        for _ in range(50):
            with store.transaction():
                found = store.get("things", "counter")
                assert found is not None
                store.put("things", "counter", {"n": found["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("things", "counter") == {"n": 400}


def test_what_was_acknowledged_survives_a_killed_process(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from gcp_local.services.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for n in range(100000):\n"
        "    store.put('things', f'{n:06}', {'n': n}); print(n, flush=True)\n"
    )
    path = tmp_path / "s.sqlite3"
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(200)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    kept = {document["n"] for document in Store(path).list("things")}
    assert set(acknowledged) <= kept


def test_a_store_of_another_layout_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    store._database.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(StoreVersionError, match="layout 99"):
        Store(tmp_path / "s.sqlite3")
