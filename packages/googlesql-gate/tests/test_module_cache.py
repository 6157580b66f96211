from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import wasmtime

from googlesql_gate import module_cache
from plain_command.caches import cache_folder

TINY = wasmtime.wat2wasm('(module (func (export "answer") (result i32) i32.const 42))')


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """An empty cache and, in place of the analyzer, a tiny module. Returns what is said: a line a compilation."""
    wasm = tmp_path / "tiny.wasm"
    wasm.write_bytes(TINY)
    monkeypatch.setattr(module_cache, "get_wasm_path", lambda: wasm)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said: list[str] = []
    monkeypatch.setattr(module_cache, "_say", said.append)
    return said


def answer(engine: wasmtime.Engine, module: wasmtime.Module) -> int:
    store = wasmtime.Store(engine)
    function = wasmtime.Instance(store, module, []).exports(store)["answer"]
    assert isinstance(function, wasmtime.Func)
    return int(function(store))


def cached_files() -> list[Path]:
    return sorted((cache_folder("googlesql-gate") / "compiled").glob("*.cwasm"))


def test_the_second_load_does_not_compile(compiled: list[str]) -> None:
    engine = wasmtime.Engine()
    for _ in range(2):
        assert answer(engine, module_cache.load_module(engine)) == 42
    assert len(compiled) == 1
    assert "compiling" in compiled[0]


@pytest.mark.parametrize("damage", [b"", b"no module", TINY], ids=["empty", "text", "not compiled"])
def test_a_damaged_file_is_compiled_anew(compiled: list[str], damage: Any) -> None:
    engine = wasmtime.Engine()
    module_cache.load_module(engine)
    [file] = cached_files()
    file.write_bytes(damage)
    assert answer(engine, module_cache.load_module(engine)) == 42
    assert len(compiled) == 2
    assert file.stat().st_size > len(TINY)


def test_another_build_of_the_analyzer_has_another_file(compiled: list[str], tmp_path: Path) -> None:
    engine = wasmtime.Engine()
    module_cache.load_module(engine)
    (tmp_path / "tiny.wasm").write_bytes(wasmtime.wat2wasm("(module)"))
    module_cache.load_module(engine)
    assert len(cached_files()) == 2


def test_an_environment_that_was_made_again_shares_it(compiled: list[str], tmp_path: Path) -> None:
    engine = wasmtime.Engine()
    module_cache.load_module(engine)
    os.utime(tmp_path / "tiny.wasm", (0, 0))
    module_cache.load_module(engine)
    assert len(compiled) == 1


def test_old_builds_go(compiled: list[str], tmp_path: Path) -> None:
    engine = wasmtime.Engine()
    for size in range(5):
        (tmp_path / "tiny.wasm").write_bytes(wasmtime.wat2wasm(f'(module (memory (export "{"m" * size}") 1))'))
        module_cache.load_module(engine)
    assert (len(compiled), len(cached_files())) == (5, 3)


def test_of_many_that_start_at_once_one_compiles(compiled: list[str]) -> None:
    start = threading.Barrier(8)

    def load() -> None:
        engine = wasmtime.Engine()
        start.wait()
        answers.append(answer(engine, module_cache.load_module(engine)))

    answers: list[int] = []
    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [42] * 8
    assert len(compiled) == 1
    assert not list(cache_folder("googlesql-gate").rglob("*.part"))


def test_a_folder_that_cannot_be_made_costs_the_cache_only(
    compiled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    engine = wasmtime.Engine()
    assert answer(engine, module_cache.load_module(engine)) == 42
    assert any("cannot keep the compiled analyzer" in line for line in compiled)


def test_the_command_works_from_the_shell_and_ends_with_one_line(tmp_path: Path) -> None:
    table = tmp_path / "sql" / "tables" / "t.sql"
    table.parent.mkdir(parents=True)
    table.write_text("CREATE TABLE `d.t` (a INT64);")
    command = [sys.executable, "-m", "googlesql_gate", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "checked 1 statements in 1 files\n")
