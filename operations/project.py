"""The project's folder: where it is, and what its stack files say without an engine's help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from settings.errors import ErosError
from settings.load import parse
from settings.model import Settings

NAMESPACE = "eros-platform:"


def find_root(start: Path | None = None) -> Path:
    """The nearest folder upwards with Pulumi.yaml, else the one that this package lies in."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / "Pulumi.yaml").is_file() and (folder / "sql").is_dir():
            return folder
    raise ErosError("this is not a folder of the platform: Pulumi.yaml and sql/ are missing", fix="cd to the clone")


def stack_values(root: Path, stack: str) -> dict[str, str]:
    """Plain configuration of a stack as the engine would hand it to the program, defaults included."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        raise ErosError(f"{path.name} does not exist", fix=f"pulumi stack init {stack}, or name another stack with -s")
    declared: dict[str, Any] = yaml.safe_load((root / "Pulumi.yaml").read_text())["config"]
    stated: dict[str, Any] = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
    values = {key: field["default"] for key, field in declared.items() if "default" in field}
    values |= {
        key.removeprefix(NAMESPACE): value
        for key, value in stated.items()
        if key.startswith(NAMESPACE) and not (isinstance(value, dict) and "secure" in value)
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def stack_settings(root: Path, stack: str) -> Settings:
    """Settings of a stack from its files. Errors: as `settings.load.parse`."""
    return parse(stack, stack_values(root, stack))
