"""Where a command keeps what it can make again: the user's cache folder of the XDG base directory specification."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Kept:
    """Results that can be made again, a file each by its key; the `most` that were used last stay.

    What cannot be written is not kept, and what cannot be read, or somebody else could have written, is not there.
    """

    folder: Path
    most: int

    def read(self, key: str) -> bytes | None:
        """What was written under `key`."""
        try:
            with (self.folder / key).open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    return None
                data = file.read()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(self.folder / key)  # used: it stays longer
        return data

    def write(self, key: str, data: bytes) -> None:
        """Keeps it. Those that have to go for it do so with `forget`."""
        with contextlib.suppress(OSError):
            write(self.folder / key, data)

    def forget(self) -> None:
        """Leaves those that were used last."""
        with contextlib.suppress(OSError):
            by_age = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in by_age[self.most :]:
                path.unlink(missing_ok=True)


def _home_of_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a user without an entry, as containers have
        return os.devnull
