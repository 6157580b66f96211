"""The compiled analyzer on disk.

Compiling the analyzer's WebAssembly takes about 15 s and 1 GB; loading the compiled form takes 0.1 s.
This module owns where the compiled form lives, that it is whole, and that only one process compiles it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import wasmtime
from zetasql.wasi import get_wasm_path

from plain_command.caches import Kept, cache_folder, write

FILES = 6
"""Kept at most: a compiled analyzer, about 75 MB, and its lock for each of the versions that were compiled last."""


def load_module(engine: wasmtime.Engine) -> wasmtime.Module:
    """The compiled analyzer: from the cache, else compiled now and kept there when the folder can be written."""
    cached = _folder() / f"zetasql-{_fingerprint()}.cwasm"
    if module := _read(engine, cached):
        return module
    try:
        cached.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _lock(cached.with_suffix(".lock")):
            return _read(engine, cached) or _compile_into(engine, cached)
    except OSError as error:
        _say(f"cannot keep the compiled analyzer in {cached.parent}: {error.strerror}")
        return _read(engine, cached) or _compile(engine)


def _folder() -> Path:
    return cache_folder("googlesql-gate") / "compiled"


def _fingerprint() -> str:
    """Changes with everything that the compiled form depends on, except the processor (wasmtime checks that).

    Not with the time of the installation: all environments of a user that hold the same release share one.
    """
    versions = [importlib.metadata.version(name) for name in ("wasmtime", "zetasql")]
    text = ":".join([*versions, str(get_wasm_path().stat().st_size)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(engine: wasmtime.Engine, path: Path) -> wasmtime.Module | None:
    try:
        return wasmtime.Module.deserialize_file(engine, str(path))
    except wasmtime.WasmtimeError:  # absent, cut short, or made for another processor
        return None


def _compile(engine: wasmtime.Engine) -> wasmtime.Module:
    _say("compiling the SQL analyzer (about 15 s, once) ...")
    return wasmtime.Module.from_file(engine, str(get_wasm_path()))


def _compile_into(engine: wasmtime.Engine, path: Path) -> wasmtime.Module:
    module = _compile(engine)
    write(path, module.serialize())
    Kept(path.parent, FILES).forget()
    return module


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Held by the one process that compiles; the others wait and then find the result."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
