"""The project's folder: where it is, and what its stack files say without an engine's help."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from plain_command import plainyaml
from settings.errors import ErosError, FilePosition, SettingsError, SourceError
from settings.load import parse, secret_problem
from settings.model import ProjectSettings, Settings
from settings.types import StackName

PROJECT = Settings.PROGRAM
NAMESPACE = f"{PROJECT}:"
PROJECT_FILE = "Pulumi.yaml"
OF_THIS_MACHINE = ".eros"
"""Folder for what commands remember and report; Git ignores it."""


def find_root(start: Path | None = None) -> Path:
    """The nearest folder upwards with Pulumi.yaml and sql/, else the one that this package lies in.

    Errors: ErosError where there is none, SourceError where it is another project's.
    """
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise ErosError("the current folder was deleted", fix="cd to the clone") from None
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / PROJECT_FILE).is_file() and (folder / "sql").is_dir():
            _check_project(folder)
            return folder
    raise ErosError("this is not a folder of the platform: Pulumi.yaml and sql/ are missing", fix="cd to the clone")


def stack_file(root: Path, stack: str) -> Path:
    """The stack's configuration file. Errors: SettingsError for a name that no stack can have."""
    try:
        TypeAdapter(StackName).validate_python(stack)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        shown = stack if len(stack) <= 40 else f"{stack[:40]}..."
        raise SettingsError(f"stack name {shown!r} {said}", fix="name a stack with -s STACK") from None
    return root / f"Pulumi.{stack}.yaml"


def stack_values(root: Path, stack: str, model: type[ProjectSettings] = Settings) -> dict[str, str]:
    """Configuration of a stack as the engine would hand it to the model's program, defaults included.

    Errors: ErosError when there is no such file, SourceError with the line of what is wrong in it.
    """
    path = stack_file(root / model.FOLDER, stack)
    shown = Path(model.FOLDER) / path.name
    if not path.exists():
        there = f"pulumi -C {model.FOLDER}" if model.FOLDER else "pulumi"
        raise ErosError(f"{shown} does not exist", fix=f"{there} stack init {stack}, or name another stack with -s")
    fields = _config(root / model.FOLDER / PROJECT_FILE)
    declared = {key: plainyaml.value(node) for key, node in fields.items()}
    values = {
        key: field["default"] for key, field in declared.items() if isinstance(field, dict) and "default" in field
    }
    texts = {key: _text(default) for key, default in values.items()}
    for key, node in _config(path).items():
        name = key.removeprefix(f"{model.PROGRAM}:")
        if name == key:
            continue
        if problem := secret_problem(model, stack, name, is_hidden=_holds_secret(node)):
            raise SourceError(FilePosition(shown, plainyaml.line_of(node)), problem[0], fix=problem[1])
        if name in model.SECRETS:
            continue
        # A scalar is taken as it was written, as the engine does: 007 stays 007.
        texts[name] = str(node.value) if isinstance(node, yaml.ScalarNode) else _text(plainyaml.value(node))
    return texts


def stack_settings(root: Path, stack: str) -> Settings:
    """Settings of a stack from its files. Errors: as `settings.load.parse`."""
    return parse(stack, stack_values(root, stack))


def _check_project(folder: Path) -> None:
    content = mapping(folder / PROJECT_FILE)
    node = content.get("name")
    name = str(node.value) if node is not None else ""
    if name != PROJECT:
        line = plainyaml.line_of(node) if node is not None else 0
        place = FilePosition(folder / PROJECT_FILE, line)
        raise SourceError(place, f"this is the project {name!r}, not {PROJECT}", fix=f"cd to a clone of {PROJECT}")


def _config(path: Path) -> dict[str, yaml.Node]:
    """The entries below `config:`, empty where there is none."""
    node = mapping(path).get("config")
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return {}
    try:
        return {key: value for key, _, value in plainyaml.entries(node)}
    except plainyaml.Unreadable as error:
        raise _refused(path, error, "config: ") from None


def mapping(path: Path) -> dict[str, yaml.Node]:
    """The entries of a file. Errors: SourceError with the line of what cannot be read."""
    try:
        node = plainyaml.read(path)
    except plainyaml.Unreadable as error:
        raise _refused(path, error) from None
    return {} if node is None else {key: value for key, _, value in plainyaml.entries(node)}


def _refused(path: Path, error: plainyaml.Unreadable, where: str = "") -> SourceError:
    return SourceError(FilePosition(Path(path.name), error.line), f"{where}{error.message}", fix=error.fix)


def _holds_secret(node: yaml.Node) -> bool:
    """Whether a value is encrypted, or a part of it: `secure: text` and nothing beside it."""
    if isinstance(node, yaml.SequenceNode):
        return any(map(_holds_secret, node.value))
    if not isinstance(node, yaml.MappingNode):
        return False
    parts = [(key, item) for key, _, item in plainyaml.entries(node)]
    return [key for key, _ in parts] == ["secure"] or any(_holds_secret(item) for _, item in parts)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
