"""What reads the files, as one value: part of the key of everything that is kept of them."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version
from pathlib import Path

import plain_command
import settings
import transfer_schedule

READERS = ("sqlglot", "PyYAML")
OTHERS = (settings, transfer_schedule, plain_command)


def reader() -> bytes:
    """A digest of this package, of what it reads with, and of Python: in a checkout code changes without a version."""
    digest = hashlib.sha256(f"{sys.version} {[f'{name} {version(name)}' for name in READERS]}".encode())
    for path in modules():
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.digest()


def modules() -> list[Path]:
    """The files of the code that reads."""
    packages = (Path(str(module)).parent for module in (__file__, *(one.__file__ for one in OTHERS)))
    return [path for folder in packages for path in sorted(folder.rglob("*.py"))]
