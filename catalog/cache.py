"""The catalog of files that were read before: parsing and checking take seconds, and most runs change no file.

A result is kept under a hash of everything that it follows from: the files, this package and what it reads them with.
Only a sound catalog is kept, and only what this user alone could write is read back.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import plain_command
import transfer_schedule
from catalog.catalog import Catalog
from catalog.loading import load
from plain_command.caches import cache_folder, write

FOLDERS = ("sql", "config")
KEPT = 20
"""Branches and worktrees that take turns keep theirs; older ones go."""


def load_cached(root: Path) -> Catalog:
    """What `load` gives for these files. Errors: CatalogErrors."""
    key = _key(root)
    kept = cache_folder("eros") / "catalog" / f"{key}.pickle"
    found = _read(kept)
    if found is not None:
        return found
    catalog = load(root)
    if _key(root) != key:  # a file was saved in the meantime: which state of it was read, nobody knows
        return catalog
    with contextlib.suppress(OSError):
        write(kept, pickle.dumps(catalog, protocol=5))
        _forget_old(kept.parent)
    return catalog


def _key(root: Path) -> str:
    readers = [f"{name} {version(name)}" for name in ("sqlglot", "PyYAML")]
    digest = hashlib.sha256(f"{sys.version} {readers}".encode())
    for name, path in _inputs(root):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError:  # `load` says what is wrong with it
            content = b"unreadable"
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[tuple[Path, Path]]:
    """Files and their names below what holds them: a file in the wrong place is a finding too, a copy is the same."""
    packages = (Path(str(package)).parent for package in (__file__, transfer_schedule.__file__, plain_command.__file__))
    folders = [(root, root / folder, "*") for folder in FOLDERS] + [(path.parent, path, "*.py") for path in packages]
    for parent, folder, pattern in folders:
        for path in sorted(folder.rglob(pattern)):
            yield path.relative_to(parent), path


def _read(path: Path) -> Catalog | None:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None
            found = pickle.load(file)  # noqa: S301 # our own file: see above
    except Exception:  # absent, cut short or damaged: what it would raise has no end
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used: it stays longer
    return found if isinstance(found, Catalog) else None


def _forget_old(folder: Path) -> None:
    by_age = sorted(folder.glob("*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[KEPT:]:
        path.unlink(missing_ok=True)
