"""From a document's schemas and parameters to field types, with what the overlay adds."""

from __future__ import annotations

from typing import Any

from gcp_local.services.discovery.document import Document
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import Json
from gcp_local.services.fields import FieldType, MapOf, Message, Repeated, Wrapped
from gcp_local.services.scalars import ANY_OBJECT, ANYTHING, BOOL, DOUBLE, DURATION, STRING, TIMESTAMP, Enum, Integer

# A type and its format (github.com/googleapis/google-api-python-client, googleapiclient/schema.py;
# developers.google.com/discovery/v1/type-format). Masks and bytes are text here.
SCALARS: dict[tuple[str, str], FieldType] = {
    ("boolean", ""): BOOL,
    ("number", "double"): DOUBLE,
    ("number", "float"): DOUBLE,
    ("integer", "int32"): Integer(32),
    ("integer", "uint32"): Integer(32, signed=False),
    ("string", "int64"): Integer(64),
    ("string", "uint64"): Integer(64, signed=False),
    ("string", "google-datetime"): TIMESTAMP,
    ("string", "date-time"): TIMESTAMP,
    ("string", "google-duration"): DURATION,
    ("string", "google-fieldmask"): STRING,
    ("string", "byte"): STRING,
    ("string", "date"): STRING,
    ("string", ""): STRING,
    ("any", ""): ANYTHING,
}


class Schemas:
    """The field types of one document, made when they are asked for."""

    def __init__(self, document: Document, overlay: Overlay) -> None:
        self.document = document
        self.overlay = overlay
        self._made: dict[str, Message] = {}

    def message(self, name: str) -> Message:
        """The type of a named schema."""
        if name not in self._made:
            # Known before its fields are made: schemas may hold themselves.
            made = self._made[name] = self._empty(name, name in self.overlay.merged)
            self._fill(made, name, self.document.schemas[name])
        return self._made[name]

    def parameter(self, name: str, spec: Json) -> FieldType:
        """The type of one value of a query parameter."""
        return self._type(spec, f"?{name}", merged=False)

    def _empty(self, name: str, merged: bool) -> Message:
        start = f"{name}."
        immutable = {
            key.removeprefix(start): why for key, why in self.overlay.immutable.items() if key.startswith(start)
        }
        return Message({}, oneofs=self.overlay.oneofs.get(name, {}), immutable=immutable, keep_defaults=merged)

    def _fill(self, message: Message, name: str, schema: Json) -> None:
        for field, spec in schema.get("properties", {}).items():
            path = f"{name}.{field}"
            if spec.get("readOnly") or path in self.overlay.output_only:
                message.output_only.add(field)
                continue
            made = self._type(spec, path, merged=message.keep_defaults)
            message.fields[field] = Wrapped(made) if path in self.overlay.presence else made

    def _type(self, spec: Json, path: str, *, merged: bool) -> FieldType:
        kind = spec.get("type", "")
        if "$ref" in spec:
            return self.message(spec["$ref"])
        if "enum" in spec:
            return _enum(spec["enum"], self.overlay.enums.get(path))
        if kind == "array":
            return Repeated(self._type(spec["items"], path, merged=merged))
        if kind == "object":
            return self._object(spec, path, merged=merged)
        return SCALARS[kind, spec.get("format", "")]

    def _object(self, spec: Json, path: str, *, merged: bool) -> FieldType:
        values: Any = spec.get("additionalProperties")
        if values is None:
            message = self._empty(path, merged)
            self._fill(message, path, spec)
            return message
        if values.get("type") == "any":
            return ANY_OBJECT
        return MapOf(self._type(values, path, merged=merged), keep_nulls=merged)


def _enum(names: list[str], words: Words | None) -> Enum:
    if words is None:
        return Enum("", names)
    return Enum(words.type_name, names, words.numbers or range(len(names)))
