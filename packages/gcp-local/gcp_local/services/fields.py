"""What a request may hold: field types that check a JSON value as Google's servers do and bring it into one form.

`Message.parse` refuses unknown names and wrong types with Google's words, all of them in one answer, and returns
the value as the API gives it back: camelCase names, no nulls, no output-only fields, 64-bit integers as strings.
Rules between fields (ranges, references) belong to the services.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
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


def _wrong(problems: Problems, path: str, type_name: str, value: Any) -> None:
    problems.add(path, f"Invalid value at '{path}' ({type_name}), {quoted(value)}")


class String(FieldType):
    """Text."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            _wrong(problems, path, "TYPE_STRING", value)
        return value


class Bool(FieldType):
    """true or false."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, bool):
            _wrong(problems, path, "TYPE_BOOL", value)
        return value


@dataclass(frozen=True)
class Integer(FieldType):
    """A whole number, also given as text; 64-bit numbers are answered as text, as in all of Google's JSON."""

    bits: int = 64
    signed: bool = True

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        number = _whole_number(value)
        half = 2 ** (self.bits - 1)
        lowest, beyond = (-half, half) if self.signed else (0, 2 * half)
        if number is None or not lowest <= number < beyond:
            _wrong(problems, path, f"TYPE_{'INT' if self.signed else 'UINT'}{self.bits}", value)
            return value
        return str(number) if self.bits == 64 else number


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return None


class Double(FieldType):
    """A number."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            _wrong(problems, path, "TYPE_DOUBLE", value)
        return value


@dataclass(frozen=True)
class Enum(FieldType):
    """One of some words, also given by number where `numbers` are known."""

    type_name: str
    names: Sequence[str]
    numbers: Sequence[int] = ()

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        by_number = dict(zip(self.numbers, self.names, strict=bool(self.numbers)))
        if isinstance(value, int) and not isinstance(value, bool) and value in by_number:
            return by_number[value]
        if not isinstance(value, str) or value not in self.names:
            _wrong(problems, path, f"type.googleapis.com/{self.type_name}" if self.type_name else "TYPE_ENUM", value)
        return value


class Timestamp(FieldType):
    """An instant (RFC 3339), answered in UTC."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        try:
            instant = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            instant = None
        if instant is None or instant.tzinfo is None:
            name = "type.googleapis.com/google.protobuf.Timestamp"
            problems.add(
                path,
                f"Invalid value at '{path}' ({name}), Illegal timestamp format; timestamps must end with 'Z' "
                f"or have a valid timezone offset: {quoted(value)}",
            )
            return value
        return timestamp(instant)


def timestamp(instant: datetime) -> str:
    """An aware instant as Google writes it: UTC, `Z`, fraction only where there is one."""
    text = instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return re.sub(r"(\.\d*?)0+Z$", r"\1Z", text)


class Duration(FieldType):
    """A span of seconds such as "300s"."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        match = re.fullmatch(r"(-?\d+)(\.\d{1,9})?s", value) if isinstance(value, str) else None
        if match is None:
            name = "type.googleapis.com/google.protobuf.Duration"
            problems.add(
                path,
                f"Invalid value at '{path}' ({name}), Illegal duration format; duration must end with 's': "
                f"{quoted(value)}",
            )
            return value
        fraction = (match[2] or "").rstrip("0").rstrip(".")
        return f"{int(match[1])}{fraction}s"


class Anything(FieldType):
    """Any JSON value (google.protobuf.Value)."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:  # noqa: ARG002  (there is nothing to refuse)
        return value


class AnyObject(FieldType):
    """Any JSON object (google.protobuf.Struct)."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            _wrong(problems, path, "type.googleapis.com/google.protobuf.Struct", value)
        return value


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


STRING, BOOL, DOUBLE = String(), Bool(), Double()
TIMESTAMP, DURATION, ANYTHING, ANY_OBJECT = Timestamp(), Duration(), Anything(), AnyObject()
