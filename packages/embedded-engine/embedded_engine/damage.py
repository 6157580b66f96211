"""State files that cannot be read: what is said of them, and which copy can take their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from embedded_engine.errors import EngineError

Decoded = TypeVar("Decoded")
# What decoding raises when the content has another form than the engine and the CLI write.
_MISFITS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Damaged(EngineError):
    """A file of the state has a content that no engine writes."""


def read(path: Path, copies: Iterable[Path], decode: Callable[[bytes], Decoded]) -> Decoded:
    """What a state file holds. Errors: Damaged, which names the first of the copies that can be read."""
    document = path.read_bytes()
    try:
        return decode(document)
    except (Damaged, *_MISFITS) as error:
        why = str(error) if isinstance(error, Damaged) else _described(document, error)
    copy = next((copy for copy in copies if _is_sound(copy, decode)), None)
    if copy is None:
        fix = "put back a copy of your own; the engine's (.bak, backups/, history/) are gone or damaged, too"
    else:
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(copy.stat().st_mtime))
        fix = f"cp '{copy}' '{path}' (the state of {when}), then refresh"
    raise Damaged(f"the state file {path} is damaged ({why}); nothing was changed\n  fix: {fix}")


def _described(document: bytes, error: Exception) -> str:
    if not document.strip():
        return "it is empty"
    said = f"a part is missing: {error}" if isinstance(error, KeyError) else str(error)
    return said.splitlines()[0] if said else type(error).__name__


def _is_sound(path: Path, decode: Callable[[bytes], object]) -> bool:
    try:
        decode(path.read_bytes())
    except (OSError, EngineError, *_MISFITS):
        return False
    return True
