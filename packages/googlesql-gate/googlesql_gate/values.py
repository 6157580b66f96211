"""Python values to and from the values of Google's reference implementation.

| GoogleSQL | Python | | GoogleSQL | Python |
|---|---|---|---|---|
| BOOL, INT64, FLOAT64, STRING, BYTES | bool, int, float, str, bytes | | TIMESTAMP | aware datetime, UTC |
| NUMERIC, BIGNUMERIC | Decimal | | DATETIME, DATE, TIME | naive datetime, date, time |
| ARRAY | list | | STRUCT | dict; a nameless field is `f0_`, `f1_`, ... |
| JSON | what json.loads gives | | NULL | None |
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

from zetasql.wasi._pb2.zetasql.public import value_pb2

from googlesql_gate.protos import Proto
from googlesql_gate.sqltypes import BOOL, INT64, STRING, TIMESTAMP, SqlType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = Context(prec=80)


def encode(value: object, data_type: SqlType) -> Proto:
    """`value` as a message of `data_type`; TypeError when the two do not fit."""
    proto = value_pb2.ValueProto()
    if value is None:
        return proto
    try:
        if data_type.name == "ARRAY":
            proto.array_value.element.extend(encode(item, data_type.element) for item in _sequence(value))
            proto.array_value.SetInParent()
        elif data_type.name == "STRUCT":
            proto.struct_value.field.extend(_encode_fields(value, data_type))
            proto.struct_value.SetInParent()
        else:
            codec = _CODECS[data_type.name]
            codec.write(proto, codec.encode(value))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TypeError(f"{value!r} is no {data_type}") from error
    return proto


def decode(proto: Proto, data_type: SqlType) -> object:
    """The Python value of a message of `data_type`."""
    if proto.WhichOneof("value") is None:
        return None
    if data_type.name == "ARRAY":
        return [decode(item, data_type.element) for item in proto.array_value.element]
    if data_type.name == "STRUCT":
        return decode_row(proto.struct_value.field, data_type.fields)
    codec = _CODECS.get(data_type.name)
    if codec is None:
        raise TypeError(f"{data_type} has no Python form here")
    return codec.decode(getattr(proto, codec.field))


def decode_row(cells: Sequence[Proto], columns: Sequence[tuple[str, SqlType]]) -> dict[str, object]:
    """A row or STRUCT as a dict; nameless columns are called as BigQuery does."""
    nameless = itertools.count()
    return {
        name or f"f{next(nameless)}_": decode(cell, data_type)
        for cell, (name, data_type) in zip(cells, columns, strict=True)
    }


def infer(value: object) -> SqlType:
    """The type that a query parameter with this value has; an empty list or None has none."""
    if isinstance(value, list) and value:
        return SqlType.array(infer(value[0]))
    if isinstance(value, dict):
        return SqlType.struct((name, infer(item)) for name, item in value.items())
    if isinstance(value, datetime):
        return TIMESTAMP if value.tzinfo else SqlType.simple("DATETIME")
    for kind, data_type in _INFERRED.items():  # bool before int, which it is too
        if isinstance(value, kind):
            return data_type
    raise TypeError(f"the type of {value!r} cannot be told: write it into the SQL with CAST")


_INFERRED = {
    bool: BOOL,
    int: INT64,
    float: SqlType.simple("FLOAT64"),
    str: STRING,
    bytes: SqlType.simple("BYTES"),
    date: SqlType.simple("DATE"),
    time: SqlType.simple("TIME"),
    Decimal: SqlType.simple("NUMERIC"),
}


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError("not a list")
    return value


def _encode_fields(value: object, data_type: SqlType) -> list[Proto]:
    if not isinstance(value, dict) or set(value) - {name for name, _ in data_type.fields}:
        raise TypeError("not a dict of these fields")
    return [encode(value.get(name), kind) for name, kind in data_type.fields]


def _checked(kind: type) -> Callable[[Any], Any]:
    def check(value: object) -> object:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise TypeError(f"not {kind.__name__}")
        return value

    return check


def _same(value: Any) -> Any:
    return value


def _seconds_field(value: datetime | time) -> int:
    return value.hour << 12 | value.minute << 6 | value.second


def _time_of(seconds: int, nanos: int) -> time:
    return time(seconds >> 12 & 31, seconds >> 6 & 63, seconds & 63, nanos // 1000)


def _encode_timestamp(value: datetime) -> Proto:
    since = value.astimezone(UTC) - _EPOCH
    proto = value_pb2.ValueProto()
    proto.timestamp_value.seconds = since.days * 86_400 + since.seconds
    proto.timestamp_value.nanos = since.microseconds * 1000
    return proto.timestamp_value


def _decode_timestamp(proto: Proto) -> datetime:
    return _EPOCH + timedelta(seconds=proto.seconds, microseconds=proto.nanos // 1000)


def _encode_datetime(value: datetime) -> Proto:
    day = value.year << 9 | value.month << 5 | value.day
    return value_pb2.ValueProto.Datetime(
        bit_field_datetime_seconds=day << 17 | _seconds_field(value), nanos=value.microsecond * 1000
    )


def _decode_datetime(proto: Proto) -> datetime:
    bits = proto.bit_field_datetime_seconds
    day = date(bits >> 26, bits >> 22 & 15, bits >> 17 & 31)
    return datetime.combine(day, _time_of(bits & 0x1FFFF, proto.nanos))


def _encode_decimal(value: Decimal | int, scale: int) -> bytes:
    number = int(Decimal(value).scaleb(scale, _EXACT).to_integral_exact())
    return number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)


def _decode_decimal(data: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(data, "little", signed=True)).scaleb(-scale, _EXACT)


@dataclass(frozen=True, slots=True)
class _Codec:
    """How one simple type stands in a ValueProto."""

    field: str
    encode: Callable[[Any], Any] = _same
    decode: Callable[[Any], Any] = _same

    def write(self, proto: Proto, encoded: object) -> None:
        descriptor = value_pb2.ValueProto.DESCRIPTOR.fields_by_name[self.field]
        if descriptor.message_type is None:
            setattr(proto, self.field, encoded)
        else:
            getattr(proto, self.field).CopyFrom(encoded)


_CODECS = {
    "BOOL": _Codec("bool_value", _checked(bool)),
    "INT64": _Codec("int64_value", _checked(int)),
    "FLOAT64": _Codec("double_value", float),
    "STRING": _Codec("string_value", _checked(str)),
    "BYTES": _Codec("bytes_value", _checked(bytes)),
    "JSON": _Codec("json_value", json.dumps, json.loads),
    "TIMESTAMP": _Codec("timestamp_value", _encode_timestamp, _decode_timestamp),
    "DATETIME": _Codec("datetime_value", _encode_datetime, _decode_datetime),
    "DATE": _Codec(
        "date_value", lambda day: (day - _EPOCH.date()).days, lambda days: _EPOCH.date() + timedelta(days=days)
    ),
    "TIME": _Codec(
        "time_value",
        lambda value: _seconds_field(value) << 30 | value.microsecond * 1000,
        lambda bits: _time_of(bits >> 30, bits & 0x3FFFFFFF),
    ),
    "NUMERIC": _Codec("numeric_value", lambda x: _encode_decimal(x, 9), lambda data: _decode_decimal(data, 9)),
    "BIGNUMERIC": _Codec("bignumeric_value", lambda x: _encode_decimal(x, 38), lambda data: _decode_decimal(data, 38)),
}
