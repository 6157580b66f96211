"""Runs Google's analyzer: one WebAssembly instance and the calls of its service.

The `zetasql` package brings a client of its own; this one starts from the cached module, copies memory in one go
(theirs copies byte by byte) and skips the import of 1,000 generated classes, which together make a call 50 times
faster. It knows bytes and messages only; what they mean is `protos`' business.
"""

from __future__ import annotations

import ctypes
import re
from importlib import resources
from typing import Any, Protocol, TypeVar

import wasmtime

from googlesql_gate.module_cache import load_module

_POINTER_BYTES = 4
_AT = re.compile(r"\s*\[at (\d+):(\d+)\]")


class _Message(Protocol):
    def SerializeToString(self) -> bytes: ...  # noqa: N802 (protobuf's name)


Response = TypeVar("Response")


class AnalyzerError(Exception):
    """The analyzer refused the SQL. `at` is the line and column that it blames, in the text it was given."""

    def __init__(self, message: str, at: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at

    @classmethod
    def parse(cls, text: str) -> AnalyzerError:
        """From the service's `Code: 3, Message: WHAT [at 5:7]; WHY [at 1:2]`: the first place is the one to mend."""
        message = text.partition("Message: ")[2] or text
        at = _AT.search(message)
        one_line = re.sub(r"\s*\n\s*", "; ", _AT.sub("", message))
        return cls(one_line, (int(at[1]), int(at[2])) if at else None)


class AnalyzerCrash(Exception):
    """A failed assertion or an exhausted stack inside the analyzer; says which. The instance was thrown away."""


class Service:
    """The analyzer's remote procedures, on an instance that is made on the first call and again after a crash."""

    def __init__(self) -> None:
        config = wasmtime.Config()
        config.shared_memory = True  # the analyzer was built for threads
        self._engine = wasmtime.Engine(config)
        self._module: wasmtime.Module | None = None
        self._instance: _Instance | None = None
        self.generation = 0
        """Counts the instances that were lost: what was registered with one of them is gone."""

    def call(self, method: str, request: _Message, response: type[Response]) -> Response:
        """Calls `method` and parses its answer; raises AnalyzerError (refused) or AnalyzerCrash (try the next)."""
        if self._instance is None:
            self._module = self._module or load_module(self._engine)
            self._instance = _Instance(self._engine, self._module)
        try:
            answer = self._instance.call(f"ZetaSqlLocalService_{method}", request.SerializeToString())
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self._instance = None
            self.generation += 1
            raise AnalyzerCrash(_reason(error)) from error
        parsed: Response = response.FromString(answer)  # type: ignore[attr-defined]
        return parsed


def _reason(error: Exception) -> str:
    """The last line of a trap; the lines before it are the analyzer's own call stack."""
    reason = str(error).strip().splitlines()[-1].strip()
    return (
        "nested too deeply for the analyzer" if "call stack exhausted" in reason else f"the analyzer crashed: {reason}"
    )


class _Instance:
    """One linear memory with the analyzer in it."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self._store = wasmtime.Store(engine)
        self._store.set_wasi(_system_interface())
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._exports: Any = linker.instantiate(self._store, module).exports(self._store)
        self._run("_initialize")

    def call(self, function: str, request: bytes) -> bytes:
        """Bytes in, bytes out: the analyzer's C interface (pointer and size; a null answer is an error)."""
        request_at = self._run("wasm_malloc", len(request))
        size_at = self._run("wasm_malloc", _POINTER_BYTES)
        self._write(request_at, request)
        answer_at = self._run(function, request_at, len(request), size_at)
        if answer_at:
            answer = self._read(answer_at, int.from_bytes(self._read(size_at, _POINTER_BYTES), "little"))
            self._run("wasm_free", answer_at)
        self._run("wasm_free", request_at)
        self._run("wasm_free", size_at)
        if not answer_at:
            raise AnalyzerError.parse(self._last_error())
        return answer

    def _last_error(self) -> str:
        size = self._run("wasm_get_last_error_size")
        text = self._read(self._run("wasm_get_last_error"), size) if size else b"unknown error"
        return text.decode(errors="replace")

    def _run(self, function: str, *arguments: int) -> int:
        result: int = self._exports[function](self._store, *arguments)
        return result

    def _address(self, pointer: int) -> int:
        base = ctypes.cast(self._exports["memory"].data_ptr(), ctypes.c_void_p).value
        return (base or 0) + (pointer & 0xFFFFFFFF)

    def _write(self, pointer: int, data: bytes) -> None:
        ctypes.memmove(self._address(pointer), data, len(data))

    def _read(self, pointer: int, size: int) -> bytes:
        return ctypes.string_at(self._address(pointer), size)


def _system_interface() -> wasmtime.WasiConfig:
    """Time zones to read, nothing else: no streams, no other files, no environment."""
    wasi = wasmtime.WasiConfig()
    wasi.preopen_dir(str(resources.files("tzdata") / "zoneinfo"), "/usr/share/zoneinfo")
    return wasi
