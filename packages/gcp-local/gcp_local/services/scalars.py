"""Single values in a request: text, numbers, enums, times and free JSON, each checked and brought into one form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gcp_local.services.fields import FieldType, Problems, quoted


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
    """A number, also given as text (protobuf.dev/programming-guides/json, "float, double")."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", value):
            return float(value)
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


def instant_of(text: str) -> datetime | None:
    """The instant that a text means, in UTC where it names no zone; None when it means none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


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


STRING, BOOL, DOUBLE = String(), Bool(), Double()
TIMESTAMP, DURATION, ANYTHING, ANY_OBJECT = Timestamp(), Duration(), Anything(), AnyObject()
