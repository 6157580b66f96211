"""GoogleSQL data types: read from DDL and routine headers, and written as the API's StandardSqlDataType."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.cursor import Cursor
from catalog.options import description_option
from catalog.tokens import Kind

ALIASES = {
    "INT": "INT64",
    "SMALLINT": "INT64",
    "INTEGER": "INT64",
    "BIGINT": "INT64",
    "TINYINT": "INT64",
    "BYTEINT": "INT64",
    "BOOLEAN": "BOOL",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
SCALARS = frozenset({
    "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL", "STRING", "BYTES",
    "DATE", "DATETIME", "TIME", "TIMESTAMP", "GEOGRAPHY", "JSON", "INTERVAL",
})  # fmt: skip
PARAMETERISED = {"STRING": 1, "BYTES": 1, "NUMERIC": 2, "BIGNUMERIC": 2}
TYPE_FIX = f"one of {', '.join(sorted(SCALARS))}, STRUCT<...>, ARRAY<...> or RANGE<...>"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a STRUCT; `required` and `description` occur in table columns only."""

    name: str
    type: SqlType
    line: int
    required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class SqlType:
    """A data type. `name` is GoogleSQL's own, `written` the spelling in the file.

    `fields` belong to a STRUCT, `element` to ARRAY and RANGE, `parameters` to STRING(n), BYTES(n),
    NUMERIC(p, s) and BIGNUMERIC(p, s). The name ANY is a routine's ANY TYPE.
    """

    name: str
    written: str
    fields: tuple[Field, ...] = ()
    element: SqlType | None = None
    parameters: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The type as GoogleSQL writes it, with all its parts."""
        if self.element:
            return f"{self.name}<{self.element.text}>"
        if self.fields:
            return f"STRUCT<{', '.join(f'{field.name} {field.type.text}' for field in self.fields)}>"
        return self.written if self.name == "ANY" else self.name

    def standard(self) -> dict[str, Any]:
        """The API's StandardSqlDataType as JSON value."""
        if self.name == "ARRAY" and self.element:
            return {"typeKind": "ARRAY", "arrayElementType": self.element.standard()}
        if self.name == "RANGE" and self.element:
            return {"typeKind": "RANGE", "rangeElementType": self.element.standard()}
        if self.name == "STRUCT":
            return {"typeKind": "STRUCT", "structType": {"fields": standard_fields(self.fields)}}
        return {"typeKind": self.name}


def standard_fields(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Named types as the API's list of StandardSqlField."""
    return [{"name": field.name, "type": field.type.standard()} for field in fields]


def parse_type(cursor: Cursor, *, columns: bool = False) -> SqlType:
    """The type that comes next. `columns`: fields may carry NOT NULL and OPTIONS, as in a table's column."""
    token = cursor.name("a data type")
    written = token.text.upper()
    name = ALIASES.get(written, written)
    if token.kind is Kind.WORD and name == "ANY" and cursor.accept("TYPE"):
        return SqlType("ANY", "ANY TYPE")
    if token.kind is Kind.WORD and name in ("ARRAY", "RANGE"):
        cursor.expect("<")
        element = parse_type(cursor, columns=columns)
        cursor.expect(">")
        if name == "ARRAY" and element.name == "ARRAY":
            message = "an array of arrays does not exist in BigQuery"
            raise cursor.error(message, fix="put the inner array in a STRUCT", line=token.line)
        return SqlType(name, written, element=element)
    if token.kind is Kind.WORD and name == "STRUCT":
        return SqlType(name, written, fields=parse_fields(cursor, columns=columns))
    if token.kind is not Kind.WORD or name not in SCALARS:
        raise cursor.error(f"{token.text} is no BigQuery data type", fix=TYPE_FIX, line=token.line)
    return SqlType(name, written, parameters=_parameters(cursor, name))


def parse_fields(cursor: Cursor, *, columns: bool = False) -> tuple[Field, ...]:
    """`<name type, ...>`: the fields of a STRUCT or of a returned table."""
    cursor.expect("<")
    fields = [_field(cursor, columns=columns)]
    while cursor.accept(","):
        fields.append(_field(cursor, columns=columns))
    cursor.expect(">")
    return tuple(fields)


def _field(cursor: Cursor, *, columns: bool) -> Field:
    name = cursor.name("a field name")
    data_type = parse_type(cursor, columns=columns)
    required = columns and cursor.accept("NOT", "NULL")
    description = description_option(cursor) if columns else ""
    return Field(name.text, data_type, name.line, required, description)


def _parameters(cursor: Cursor, name: str) -> tuple[int, ...]:
    if not cursor.sees("("):
        return ()
    line = cursor.line
    values = [token for token in cursor.bracketed() if not token.is_(",")]
    if not 1 <= len(values) <= PARAMETERISED.get(name, 0) or not all(value.text.isdigit() for value in values):
        fix = "STRING(n), BYTES(n), NUMERIC(p) or NUMERIC(p, s) with whole numbers"
        raise cursor.error(f"{name} does not take these parameters", fix=fix, line=line)
    return tuple(int(value.text) for value in values)
