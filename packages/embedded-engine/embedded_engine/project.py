"""The project file: Pulumi.yaml, as far as the engine honours it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_engine import VERSION
from embedded_engine.errors import EngineError, Refused
from embedded_engine.yamlfile import YamlFile

_REFUSED = ("stackConfigDir", "plugins", "packages")
_COMPARISONS = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
    "": lambda a, b: a == b,
}


@dataclass(frozen=True)
class Project:
    """A project in its folder; `declared` is the `config:` section as written."""

    folder: Path
    name: str
    program: Path
    python: Path
    declared: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Reads `folder`/Pulumi.yaml. Fails if it is missing or asks for more than the engine can do."""
        folder = folder.resolve()
        try:
            content = YamlFile.read(folder / "Pulumi.yaml").content
        except FileNotFoundError:
            raise EngineError(f"no Pulumi.yaml project file found in {folder}") from None
        if not content.get("name"):
            raise EngineError(f"{folder / 'Pulumi.yaml'} has no `name`")
        for key in _REFUSED:
            if content.get(key):
                raise Refused(f"`{key}` in Pulumi.yaml")
        check_version(str(content.get("requiredPulumiVersion") or ""))
        return cls(
            folder=folder,
            name=str(content["name"]),
            program=_program(folder, content.get("main") or "."),
            python=python_of(folder, content.get("runtime")),
            declared=_declared(folder, content.get("config") or {}),
        )


def _declared(folder: Path, config: Any) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise EngineError(f"{folder / 'Pulumi.yaml'}: `config` is no mapping: write `name: value` lines")
    return config


def check_version(wanted: str) -> None:
    """Fails if a version range such as `>=3.100.0, <4.0.0` leaves out the CLI that the engine stands in for."""
    parts = re.findall(r"(>=|<=|>|<|=|)\s*v?(\d+(?:\.\d+){0,2})", wanted)
    if re.sub(r"[\s,]|(>=|<=|>|<|=)?\s*v?\d+(\.\d+){0,2}", "", wanted):
        raise Refused(f"the version range {wanted!r}")
    for comparison, version in parts:
        if not _COMPARISONS[comparison](_number(VERSION[1:]), _number(version)):
            raise EngineError(f"the program wants Pulumi {wanted}; the embedded engine stands in for {VERSION}")


def _number(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *[0] * (3 - len(numbers)))


def _program(folder: Path, main: str) -> Path:
    path = (folder / main).resolve()
    return path / "__main__.py" if path.is_dir() else path


def python_of(folder: Path, runtime: Any, file: str = "Pulumi.yaml") -> Path:
    """The interpreter to run a program with: the one of the virtual environment that its project file names."""
    name, options = (runtime, {}) if isinstance(runtime, str) else _runtime(runtime, file)
    if name != "python":
        raise Refused(f"programs in {name}: only Python ones")
    toolchain, environment = options.get("toolchain", "pip"), options.get("virtualenv")
    if toolchain not in ("pip", "uv"):
        raise Refused(f"the Python toolchain {toolchain}")
    if environment is None and toolchain == "uv":
        environment = ".venv"
    if environment is None:
        return Path(sys.executable)
    python: Path = folder / environment / "bin" / "python"
    if not python.exists():
        raise EngineError(
            f'the "virtualenv" option in {file} is set to "{environment}", but '
            f'"{folder / environment}" doesn\'t appear to be a virtual environment'
        )
    return python


def _runtime(runtime: Any, file: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(runtime, dict):
        raise EngineError(f"{file} has no `runtime`")
    return str(runtime.get("name")), runtime.get("options") or {}
