"""Files for people, on a disk that may be full: what cannot be kept is told, and whoever writes it comes to an end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from settings.errors import ErosError


def keep(path: Path, lines: Iterable[str], say: Callable[[str], None]) -> Path | None:
    """Writes a report of what was done; its path. Where no file can be written it is said, None then."""
    text = "\n".join(lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, f"{text}\n")
    except OSError as error:
        say(f"the report cannot be written ({path}: {error.strerror}), so here it is:\n{text}")
        return None
    say(f"report: {path}")
    return path


def put(path: Path, text: str) -> None:
    """Writes a file that was asked for. Errors: ErosError."""
    try:
        _write(path, text)
    except OSError as error:
        raise ErosError(
            f"{path} cannot be written: {error.strerror}",
            fix="free some space (df -h), or name another file, then run the command again: it has changed nothing",
        ) from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        if path.is_file():
            with contextlib.suppress(OSError):
                path.unlink()  # half of it would be taken for the whole
        raise
