"""DuckDB's extensions, taken from the installed PyPI packages instead of DuckDB's download server.

DuckDB looks for `<extension_directory>/<version>/<platform>/<name>.duckdb_extension`. Each emulator gets such
a directory of its own inside its data folder, filled with links to the packages' files: nothing is copied,
nothing is downloaded, HOME is not touched, and emulators that start at once cannot disturb each other.
"""

from __future__ import annotations

import importlib.resources
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from plain_command.errors import UserError

NAMES = ("icu", "ducklake", "spatial", "avro")


def install(directory: Path) -> None:
    """Link every extension below `directory` and make all connections of this process use it.

    Raises UserError when a package is missing or was made for another DuckDB.
    """
    version = f"v{duckdb.__version__}"
    target = directory / version / _platform()
    target.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        _link(_packaged(name, version), target / f"{name}.duckdb_extension")
    duckdb.connect = _connecting(duckdb.connect, str(directory))


def _platform() -> str:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"linux_{machine}"


def _packaged(name: str, version: str) -> Path:
    package = f"duckdb_extension_{name}"
    try:
        root = Path(str(importlib.resources.files(package)))
    except ModuleNotFoundError:
        raise UserError(
            f"the DuckDB extension {name} is not installed",
            fix=f"install {package.replace('_', '-')}=={duckdb.__version__}",
        ) from None
    file = root / "extensions" / version / f"{name}.duckdb_extension"
    if not file.is_file():
        raise UserError(
            f"the package {package.replace('_', '-')} has no extension for DuckDB {version}",
            fix=f"install {package.replace('_', '-')}=={duckdb.__version__}",
        )
    return file


def _link(source: Path, target: Path) -> None:
    """Point `target` at `source` in one step, so that a reader never finds it missing."""
    if target.is_symlink() and target.readlink() == source:
        return
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(source)
    fresh.replace(target)


def _connecting(connect: Callable[..., Any], directory: str) -> Callable[..., Any]:
    """`duckdb.connect` that finds our extensions and never goes to the network for one."""
    ours = {"extension_directory": directory, "autoinstall_known_extensions": "false"}

    def connect_with_extensions(*args: Any, config: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        return connect(*args, config=ours | (config or {}), **kwargs)

    return connect_with_extensions
