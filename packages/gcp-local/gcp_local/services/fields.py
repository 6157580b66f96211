"""What a request may hold: field types that check a JSON value as Google's servers do and bring it into one form.

`Message.parse` refuses unknown names and wrong types with Google's words, all of them in one answer, and returns
the value as the API gives it back: camelCase names, no nulls, no output-only fields, 64-bit integers as strings.
Rules between fields (ranges, references) belong to the services, single values to `scalars`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gcp_local.services.errors import ApiError, Json


@dataclass
class Problems:
    """The violations found in one request."""

    violations: list[Json] = field(default_factory=list)

    def add(self, path: str, description: str) -> None:
        """Note that the field at `path` is wrong."""
        self.violations.append({"field": path, "description": description})

    def raise_any(self) -> None:
        """Raise 400 with all that was noted, if anything was."""
        if self.violations:
            message = "\n".join(violation["description"] for violation in self.violations)
            detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": self.violations}
            raise ApiError(400, message, reason="badRequest", details=[detail])


class FieldType(ABC):
    """A type of field: checks a value and returns it in the API's own form."""

    @abstractmethod
    def read(self, value: Any, path: str, problems: Problems) -> Any:
        """The value in canonical form; a wrong one is noted in `problems` under `path`."""


def quoted(value: Any) -> str:
    """A value as Google's messages show it."""
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Repeated(FieldType):
    """A list."""

    item: FieldType

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            problems.add(path, f"Invalid value at '{path}' (repeated field), {quoted(value)}")
            return value
        return [self.item.read(item, f"{path}[{index}]", problems) for index, item in enumerate(value)]


@dataclass(frozen=True)
class MapOf(FieldType):
    """An object with free keys. `keep_nulls` for merge patches, where a null removes a key."""

    item: FieldType
    keep_nulls: bool = False

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            problems.add(path, f"Invalid value at '{path}' (map field), {quoted(value)}")
            return value
        return {
            key: None if item is None else self.item.read(item, f"{path}[{key}]", problems)
            for key, item in value.items()
            if item is not None or self.keep_nulls
        }


@dataclass(frozen=True)
class Message(FieldType):
    """An object with known fields.

    `output_only` fields are taken and forgotten, as Google does. Of each group in `oneofs` at most one may be set.
    `immutable` fields have the reason why a change of them is refused; whoever changes a resource looks.
    By default "", false, 0, empty lists and nulls vanish, which is how proto3 APIs answer; `keep_defaults` keeps
    them all, nulls too, for APIs that take merge patches.
    """

    fields: dict[str, FieldType]
    output_only: set[str] = field(default_factory=set)
    oneofs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    immutable: Mapping[str, str] = field(default_factory=dict)
    keep_defaults: bool = False

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            problems.add(path, f"Invalid value at '{path}' (message), {quoted(value)}")
            return value
        answer: Json = {}
        for given, item in value.items():
            name = given if given in self.fields else camel_case(given)
            if name in self.output_only:
                continue
            if name not in self.fields:
                problems.add(path, _unknown_name(given, path))
            elif item is None:
                if self.keep_defaults:
                    answer[name] = None
            else:
                read = self.fields[name].read(item, join(path, snake_case(name)), problems)
                if self._is_kept(name, read):
                    answer[name] = read
        self._check_oneofs(answer, path, problems)
        return answer

    def _is_kept(self, name: str, value: Any) -> bool:
        if self.keep_defaults or isinstance(self.fields[name], Message | Wrapped):
            return True
        return bool(value) and value != "0"

    def _check_oneofs(self, value: Json, path: str, problems: Problems) -> None:
        for group, names in self.oneofs.items():
            given = [name for name in names if name in value]
            if len(given) > 1:
                problems.add(
                    path,
                    f"Invalid value at '{path}' (oneof), oneof field '{group}' is already set. Cannot set '{given[1]}'",
                )

    def parse(self, value: Any, *, at: str = "") -> Json:
        """The request `value`, checked; `at` is the name of the request's field that the body stands for."""
        problems = Problems()
        read = self.read(value, at, problems)
        problems.raise_any()
        checked: Json = read
        return checked


@dataclass(frozen=True)
class Wrapped(FieldType):
    """A scalar whose absence differs from its default (wrapper and optional fields): kept even when false or 0."""

    item: FieldType

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        return self.item.read(value, path, problems)


def _unknown_name(name: str, path: str) -> str:
    where = f" at '{path}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'


def join(path: str, name: str) -> str:
    """A dotted path."""
    return f"{path}.{name}" if path else name


def camel_case(name: str) -> str:
    """`update_mask` -> `updateMask`; camelCase stays."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def snake_case(name: str) -> str:
    """`updateMask` -> `update_mask`."""
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)
