"""GoogleSQL data types: made, compared and printed."""

from __future__ import annotations

from collections.abc import Iterable

from zetasql.wasi._pb2.zetasql.public import type_pb2

from googlesql_gate.protos import Proto

_PUBLIC_NAMES = {"DOUBLE": "FLOAT64", "FLOAT": "FLOAT32"}
_KINDS = {name: "TYPE_" + kind for kind, name in _PUBLIC_NAMES.items()}


class SqlType:
    """A type; `str()` gives its SQL name. Two are equal when they are the same type."""

    __slots__ = ("proto",)

    def __init__(self, proto: Proto) -> None:
        self.proto = proto

    @classmethod
    def simple(cls, name: str) -> SqlType:
        """`INT64`, `STRING`, `TIMESTAMP` ..."""
        kind = type_pb2.TypeKind.Value(_KINDS.get(name, "TYPE_" + name))
        return cls(type_pb2.TypeProto(type_kind=kind))

    @classmethod
    def array(cls, element: SqlType) -> SqlType:
        proto = type_pb2.TypeProto(type_kind=type_pb2.TYPE_ARRAY)
        proto.array_type.element_type.CopyFrom(element.proto)
        return cls(proto)

    @classmethod
    def struct(cls, fields: Iterable[tuple[str, SqlType]]) -> SqlType:
        proto = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRUCT)
        proto.struct_type.SetInParent()
        for name, data_type in fields:
            proto.struct_type.field.add(field_name=name).field_type.CopyFrom(data_type.proto)
        return cls(proto)

    @property
    def name(self) -> str:
        """The name without what stands in angle brackets."""
        kind: str = type_pb2.TypeKind.Name(self.proto.type_kind).removeprefix("TYPE_")
        return _PUBLIC_NAMES.get(kind, kind)

    @property
    def element(self) -> SqlType:
        """What an ARRAY holds."""
        return SqlType(self.proto.array_type.element_type)

    @property
    def fields(self) -> list[tuple[str, SqlType]]:
        """The names ('' when anonymous) and types of a STRUCT."""
        return [(field.field_name, SqlType(field.field_type)) for field in self.proto.struct_type.field]

    def __str__(self) -> str:
        if self.name == "ARRAY":
            return f"ARRAY<{self.element}>"
        if self.name == "STRUCT":
            return "STRUCT<" + ", ".join(f"{name} {kind}".strip() for name, kind in self.fields) + ">"
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SqlType) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> bytes:
        """Equal for equal types."""
        serialized: bytes = self.proto.SerializeToString()
        return serialized


BOOL = SqlType.simple("BOOL")
INT64 = SqlType.simple("INT64")
STRING = SqlType.simple("STRING")
TIMESTAMP = SqlType.simple("TIMESTAMP")
