"""The catalog of files that were read before: parsing and checking take seconds, and most runs change no file.

A result is kept under a hash of everything that it follows from: the files, this package and what it reads them with.
Only a sound catalog is kept, and only what this user alone could write is read back.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path

from catalog.catalog import Catalog
from catalog.loading import load
from catalog.reader import reader
from plain_command.caches import Kept, cache_folder

FOLDERS = ("sql", "config")
MOST = 20
"""Branches and worktrees that take turns keep theirs; older ones go."""
MOST_FILES = 5_000
"""Clean files: some twenty states of a tree of several hundred."""


_latest: dict[str, Catalog] = {}
"""The one that this process had last, by its key."""


def load_cached(root: Path) -> Catalog:
    """What `load` gives for these files. Errors: CatalogErrors."""
    key = _key(root)
    if key in _latest:
        return _latest[key]
    kept = Kept(cache_folder("eros") / "catalog", MOST)
    found = _read(kept, key)
    if found is not None:
        _latest.clear()
        _latest[key] = found
        return found
    from catalog.lint.clean_files import Verdicts  # with all rules, and the SQL parser: see catalog.loading

    clean = Kept(cache_folder("eros") / "lint", MOST_FILES)
    catalog = load(root, Verdicts(clean))
    clean.forget()
    if _key(root) != key:  # a file was saved in the meantime: which state of it was read, nobody knows
        return catalog
    kept.write(key, pickle.dumps(catalog, protocol=5))
    kept.forget()
    return catalog


def _key(root: Path) -> str:
    digest = hashlib.sha256(reader())
    for name, path in _inputs(root):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError:  # `load` says what is wrong with it
            content = b"unreadable"
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[tuple[Path, Path]]:
    """Files and their names below the root: a file in the wrong place is a finding too, a copy is the same."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            yield path.relative_to(root), path


def _read(kept: Kept, key: str) -> Catalog | None:
    data = kept.read(key) or b""
    collects = gc.isenabled()
    gc.disable()  # it would look through a million new objects again and again, none of which can go
    try:
        found = pickle.loads(data)  # noqa: S301 # our own file: Kept sees to it
    except Exception:  # absent, cut short or damaged: what it would raise has no end
        return None
    finally:
        if collects:
            gc.enable()
    return found if isinstance(found, Catalog) else None
