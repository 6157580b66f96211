"""Columns and the API's schema JSON in canonical form: what is sent is what the API returns.

Canonical: legacy type names (INTEGER, FLOAT, BOOLEAN, RECORD), every mode explicit, keys in one order, nothing
that is empty. Anything else comes back changed and is a difference on every later preview.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as with_
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["NULLABLE", "REQUIRED", "REPEATED"]

LEGACY_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}
SQL_NAMES = {legacy: name for name, legacy in LEGACY_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Personal:
    """What a column holds of a creator and what becomes of it when that is erased; forms in `catalog.personal`."""

    holds: str
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a field of a RECORD column.

    `type` is GoogleSQL's name (INT64, STRUCT ...) of one value, also in a REPEATED column, `written_type` its
    spelling in the file; `default` is the expression as written, None when there is none; `parameters` are
    those of STRING(n), BYTES(n), NUMERIC(p, s); `range_element` is the inner type of a RANGE. `personal` is the mark
    above it, None without one; it does not reach the API.
    """

    name: str
    type: str
    mode: Mode
    description: str
    line: int
    default: str | None = None
    fields: tuple[Column, ...] = ()
    parameters: tuple[int, ...] = ()
    range_element: str | None = None
    written_type: str = ""
    personal: Personal | None = with_(default=None, compare=False)

    @property
    def api_type(self) -> str:
        """The API's name of the type."""
        return LEGACY_NAMES.get(self.type, self.type)

    def api_json(self) -> dict[str, Any]:
        """The API's TableFieldSchema."""
        schema: dict[str, Any] = {"name": self.name, "type": self.api_type, "mode": self.mode}
        if self.description:
            schema["description"] = self.description
        if self.default is not None:
            schema["defaultValueExpression"] = self.default
        schema.update(self._parameters_json())
        if self.range_element:
            schema["rangeElementType"] = {"type": LEGACY_NAMES.get(self.range_element, self.range_element)}
        if self.fields:
            schema["fields"] = [field.api_json() for field in self.fields]
        return schema

    def _parameters_json(self) -> dict[str, str]:
        names = ("maxLength",) if self.type in ("STRING", "BYTES") else ("precision", "scale")
        # int64 values are strings in Google's JSON.
        return {name: str(value) for name, value in zip(names, self.parameters, strict=False)}


def schema_json(columns: Iterable[Column]) -> str:
    """The schema of a table as compact JSON text."""
    return json.dumps([column.api_json() for column in columns], ensure_ascii=False, separators=(",", ":"))


def walk(columns: Iterable[Column], prefix: str = "") -> Iterable[tuple[str, Column]]:
    """Every column and nested field with its dotted path."""
    for column in columns:
        path = f"{prefix}{column.name}"
        yield path, column
        yield from walk(column.fields, f"{path}.")
