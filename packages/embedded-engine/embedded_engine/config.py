"""A stack's configuration: Pulumi.STACK.yaml merged with the declarations in Pulumi.yaml, as the CLI reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded_engine import blobs, values
from embedded_engine.crypter import Crypter
from embedded_engine.errors import EngineError, Refused
from embedded_engine.project import Project
from embedded_engine.yamlfile import YamlFile

_REFUSED = {"environment": "ESC environments", "encryptedkey": "secrets providers other than the passphrase one"}


@dataclass(frozen=True)
class Value:
    """One configuration value. `stored` is as written, with `secure` in place of secrets."""

    stored: Any
    text: str
    is_secret: bool
    masked: str


class StackFile:
    """Pulumi.STACK.yaml, or the file given in its place."""

    def __init__(self, project: Project, stack: str, given: Path | None = None) -> None:
        self.path: Path = given or project.folder / f"Pulumi.{stack}.yaml"
        if given and not given.exists():
            raise EngineError(f"the configuration file {given} does not exist")
        file = YamlFile.read(self.path) if self.path.exists() else YamlFile(self.path, None)
        self._content = file.content
        # Scalars are taken as their text: `1.0`, `yes` and `007` are what they look like.
        self._texts = file.texts("config")
        for key, feature in _REFUSED.items():
            if self._content.get(key):
                raise Refused(f"{feature} (`{key}` in {self.path.name})")
        if self._content.get("secretsprovider", "passphrase") not in ("passphrase", "default", ""):
            raise Refused(f"the secrets provider {self._content['secretsprovider']}")

    @property
    def salt(self) -> str:
        """The stack's `encryptionsalt`, empty if there is none yet."""
        return str(self._content.get("encryptionsalt") or "")

    @salt.setter
    def salt(self, salt: str) -> None:
        self._content["encryptionsalt"] = salt
        self._save()

    def values(self, project: str) -> dict[str, Any]:
        """The values as written, by full key."""
        return {
            full_key(key, project): self._texts.get(key, value)
            for key, value in (self._content.get("config") or {}).items()
        }

    def change(self, key: str, value: Any, project: str) -> None:
        """Sets a value; None removes it."""
        kept = {
            written: item
            for written, item in (self._content.get("config") or {}).items()
            if full_key(written, project) != key
        }
        self._content["config"] = kept if value is None else {**kept, key: value}
        self._save()

    def _save(self) -> None:
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644
        blobs.replace(self.path, yaml.safe_dump(self._content, sort_keys=False).encode(), mode)


def full_key(key: str, project: str) -> str:
    """`name` or `project:config:name` as `project:name`."""
    parts = key.split(":")
    if len(parts) == 3 and parts[1] == "config":
        return f"{parts[0]}:{parts[2]}"
    if len(parts) > 2 or not parts[-1]:
        raise EngineError(f"could not parse {key} as a configuration key (configuration keys are `namespace:name`)")
    return key if len(parts) == 2 else f"{project}:{key}"


def resolve(
    project: Project, stack: str, file: StackFile, crypter: Callable[[], Crypter], validate: bool = True
) -> dict[str, Value]:
    """The configuration of a stack by full key, in order of keys; checked against the project's declarations.

    `crypter` is called only if there is something to decrypt.
    """
    stored = file.values(project.name)
    missing = []
    for key, declared in sorted(_declarations(project).items()):
        default = declared.get("default", declared.get("value"))
        full = full_key(key, project.name)
        if full in stored:
            continue
        if default is not None:
            stored[full] = _as_stored(default)
        elif full.startswith(f"{project.name}:"):
            missing.append(key)
    if missing and validate:
        raise EngineError(f"Stack '{stack}' is missing configuration {_listing(missing)}")
    config = {key: _value(stored[key], crypter) for key in sorted(stored)}
    if validate:
        _validate(project, stack, config)
    return config


def _declarations(project: Project) -> dict[str, dict[str, Any]]:
    """What the project declares; a bare value is the short form of `value:`."""
    return {
        key: declared if isinstance(declared, dict) else {"value": declared}
        for key, declared in project.declared.items()
    }


def _as_stored(default: Any) -> Any:
    if isinstance(default, bool):
        return "true" if default else "false"
    return str(default) if isinstance(default, int | str) else default


def _value(stored: Any, crypter: Callable[[], Crypter]) -> Value:
    found: list[str] = []

    def open_secure(node: Any) -> Any:
        if isinstance(node, dict) and set(node) == {"secure"}:
            found.append(node["secure"])
            return values.secret(crypter().decrypt(node["secure"]))
        return node

    opened = values.walk(stored, open_secure)
    return Value(stored, _text(values.reveal(opened)), bool(found), _text(values.mask(opened)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else blobs.compact_json(value)


def _validate(project: Project, stack: str, config: dict[str, Value]) -> None:
    for key, declared in sorted(_declarations(project).items()):
        value = config.get(full_key(key, project.name))
        if value is None or "type" not in declared:
            continue
        if declared.get("secret") and not value.is_secret:
            raise EngineError(f"Stack '{stack}' with configuration key '{key}' must be encrypted as it's secret")
        is_object = not isinstance(value.stored, str) and "secure" not in value.stored
        content = json.loads(value.text) if is_object else value.text
        if not _fits(content, declared["type"], declared.get("items")):
            name = _type_name(declared["type"], declared.get("items"))
            raise EngineError(f"Stack '{stack}' with configuration key '{key}' must be of type '{name}'")


def _fits(value: Any, type_: str, items: dict[str, Any] | None) -> bool:
    if type_ == "string":
        return isinstance(value, str)
    if type_ == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if type_ == "integer":
        return _is_integer(value)
    if type_ == "object":
        return isinstance(value, dict)
    return (
        isinstance(value, list)
        and items is not None
        and all(_fits(item, items["type"], items.get("items")) for item in value)
    )


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        sign = value[1:] if value[:1] in ("+", "-") else value
        return sign.isascii() and sign.isdigit()
    return not isinstance(value, bool) and isinstance(value, int | float) and value == int(value)


def _type_name(type_: str, items: dict[str, Any] | None) -> str:
    return f"array<{_type_name(items['type'], items.get('items'))}>" if type_ == "array" and items else type_


def _listing(keys: list[str]) -> str:
    if len(keys) == 1:
        return f"value '{keys[0]}'"
    return (
        "values "
        + ", ".join(f"'{key}'" for key in keys[:-2])
        + (", " if keys[:-2] else "")
        + (f"'{keys[-2]}' and '{keys[-1]}'")
    )
