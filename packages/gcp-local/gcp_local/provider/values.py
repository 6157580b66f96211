"""Property values on Pulumi's wire and in Python. Owns the envelopes for unknown and secret values.

The signatures are the SDK's own. Of the protocol's sentinels for unknown values only the first arrives here: programs
in every language send that one, whatever the type.

In Python a property bag is plain JSON plus two markers: `UNKNOWN` for a value that is not known before the
apply, and `Secret` around a value that must not be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc

SIGNATURE: Final = rpc._special_sig_key
SECRET_SIGNATURE: Final = rpc._special_secret_sig
ASSET_SIGNATURES: Final = frozenset({rpc._special_asset_sig, rpc._special_archive_sig})

Bag = dict[str, Any]


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that engines must encrypt in state and never print."""

    value: Any


@dataclass(frozen=True)
class Asset:
    """A file or archive given as a value; none of our resources takes one."""


def decode(struct: struct_pb2.Struct | None) -> Bag:
    """A property bag from the wire, with markers for unknown and secret values."""
    return {} if struct is None else {key: _decode(value) for key, value in MessageToDict(struct).items()}


def _decode(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value == rpc.UNKNOWN else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == SECRET_SIGNATURE:
        return Secret(_decode(value["value"]))
    if value.get(SIGNATURE) in ASSET_SIGNATURES:
        return Asset()
    return {key: _decode(item) for key, item in value.items()}


def encode(bag: Mapping[str, Any]) -> struct_pb2.Struct:
    """The wire form of a property bag."""
    struct = struct_pb2.Struct()
    struct.update({key: _encode(value) for key, value in bag.items()})
    return struct


def _encode(value: Any) -> Any:
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "value": _encode(value.value)}
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """The value without secret markers, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def has_unknown(value: Any) -> bool:
    """Whether any part of the value is not known yet."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return has_unknown(value.value) if isinstance(value, Secret) else value is UNKNOWN


def at(bag: Any, path: str) -> Any:
    """The value at a dotted path through objects; None where a step is absent, UNKNOWN below an unknown."""
    for step in path.split("."):
        if bag is UNKNOWN:
            return UNKNOWN
        if not isinstance(bag, dict):
            return None
        bag = bag.get(step)
    return bag
