"""What an earlier check learned: which names a file defines and mentions, and that it was clean.

A clean file is analyzed again only when its text, or an object that its text mentions, is another than then. Findings
are never remembered. Everything is kept below a hash of all that it follows from, this package and the analyzer
included; what cannot be read or written is as if it had never been.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from googlesql_gate.catalog_builder import PROTOS, Entry, entry
from plain_command.caches import Kept, cache_folder

T = TypeVar("T")
Name = tuple[str, ...]

KEPT = 5_000
"""Files: some ten states of a tree of several hundred."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Outline:
    """The names that a file `defines` (lower-case, dotted) and the `paths` that it mentions, each once, in order."""

    defines: tuple[str, ...]
    paths: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A clean file: how many statements, and what they entered into the catalog."""

    statements: int
    entries: tuple[Entry, ...]


def outline_key(text: str) -> str:
    """Where the outline of this text is kept."""
    return _hash("outline", text.encode())


def verdict_key(text: str, known: Iterable[Entry]) -> str:
    """Where the verdict on this text is kept, when these objects are `known`."""
    met = sorted((item.identity, item.key) for item in mentioned(text, known))
    parts = [part for identity, key in met for part in (".".join(identity).encode(), key)]
    return _hash("verdict", text.encode(), *parts)


def mentioned(text: str, known: Iterable[Entry]) -> list[Entry]:
    """The objects whose name the text holds, and those that the bodies of such objects hold: more than it uses."""
    words, waiting, found = _words(text), list(known), list[Entry]()
    while waiting:
        met, others = list[Entry](), list[Entry]()
        for item in waiting:
            (met if words.issuperset(_words_of_name(item.path[-1])) else others).append(item)
        if not met:
            break
        found += met
        waiting = others
        words = words.union(*(_words(item.body) for item in met if item.body))
    return found


def outline(key: str) -> Outline | None:
    """What was kept."""
    return _read(key, lambda kept: Outline(tuple(kept["defines"]), tuple(tuple(path) for path in kept["paths"])))


def verdict(key: str) -> Verdict | None:
    """What was kept."""
    return _read(key, lambda kept: Verdict(kept["statements"], tuple(_entry(*item) for item in kept["entries"])))


def keep_outline(key: str, found: Outline) -> None:
    """For later checks."""
    _write(key, {"defines": found.defines, "paths": found.paths})


def keep_verdict(key: str, found: Verdict) -> None:
    """For later checks."""
    entries = [(item.kind, item.path, base64.b64encode(item.key).decode()) for item in found.entries]
    _write(key, {"statements": found.statements, "entries": entries})


def forget_old() -> None:
    """Leaves those that were used last."""
    _kept().forget()


def _entry(kind: str, path: Sequence[str], key: str) -> Entry:
    return entry(kind, tuple(path), PROTOS[kind].FromString(base64.b64decode(key)))


def _kept() -> Kept:
    return Kept(cache_folder("googlesql-gate") / "remembered", KEPT)


def _read(key: str, made: Callable[[Any], T]) -> T | None:
    try:
        return made(json.loads(_kept().read(key) or b""))
    except (ValueError, KeyError, TypeError, DecodeError, binascii.Error):  # absent, cut short or damaged
        return None


def _write(key: str, data: Any) -> None:
    _kept().write(key, json.dumps(data).encode())


def _hash(kind: str, *parts: bytes) -> str:
    digest = hashlib.sha256(_reader() + kind.encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


@functools.cache
def _reader() -> bytes:
    """Changes with the analyzer and with this package: in a checkout without a new version."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("zetasql", "wasmtime", "protobuf")]
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


@functools.cache
def _words_of_name(name: str) -> frozenset[str]:
    return _words(name)
