"""Files as the CLI's blob library keeps them: replaced in one go, each with a `.attrs` file beside it.

States name what a company has: files and folders made here are for their owner only, as those of the CLI are.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any


def compact_json(value: Any) -> str:
    """JSON without spaces, as the CLI writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write(path: Path, data: bytes) -> None:
    """Replaces a file and its attributes; after a crash either the old or the new content is there."""
    make_folder(path.parent)
    replace(path, data)
    replace(_attributes_path(path), _attributes(data))
    _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, for their owner only."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replaces one file, synced to disk before it takes the old one's place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def keep_backup(path: Path) -> None:
    """Keeps the present content of a file as `<file>.bak`. The file itself stays where it is."""
    backup = path.with_name(path.name + ".bak")
    for source, target in ((path, backup), (_attributes_path(path), _attributes_path(backup))):
        if source.exists():
            target.unlink(missing_ok=True)
            os.link(source, target)


def remove(path: Path) -> None:
    """Removes a file and its attributes; it is no error if they are gone."""
    for file in (path, _attributes_path(path)):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def _attributes_path(path: Path) -> Path:
    return path.with_name(path.name + ".attrs")


def _attributes(data: bytes) -> bytes:
    fields = ("cache_control", "content_disposition", "content_encoding", "content_language")
    attributes: dict[str, Any] = {f"user.{name}": "" for name in fields}
    attributes["user.content_type"] = "text/plain; charset=utf-8"
    attributes["user.metadata"] = None
    attributes["md5"] = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    return compact_json(attributes).encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
