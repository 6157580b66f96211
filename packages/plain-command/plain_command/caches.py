"""Where a command keeps what it can make again: the user's cache folder of the XDG base directory specification."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
from pathlib import Path


def cache_folder(name: str) -> Path:
    """`$XDG_CACHE_HOME/name`, or the same below the user's `.cache` (also when HOME is unset or empty).

    The folder need not exist, and need not be possible: whoever keeps something there does without when it fails.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification: a relative path is to be ignored
        base = os.path.join(os.environ.get("HOME") or _home_of_user(), ".cache")
    return Path(base) / name


def write(path: Path, data: bytes | bytearray) -> None:
    """Puts the whole file there, for its owner alone, or leaves what was there. Errors: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def _home_of_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a user without an entry, as containers have
        return os.devnull
