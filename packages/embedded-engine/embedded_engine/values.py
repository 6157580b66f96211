"""Property values in the wire form of Pulumi's gRPC protocol.

Plain JSON values; secrets, unknowns, outputs and references are dictionaries or strings that carry a signature.
The checkpoint uses the same form, except that a secret holds a `ciphertext` there (see checkpoint.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from embedded_engine.errors import Refused

Properties = dict[str, Any]

# The signatures are the SDK's own, which has no public names for them.
SIGNATURE = rpc._special_sig_key
SECRET = rpc._special_secret_sig
OUTPUT = rpc._special_output_value_sig
ASSETS = {rpc._special_asset_sig: "assets", rpc._special_archive_sig: "archives"}
UNKNOWN = rpc.UNKNOWN
# The protocol has one sentinel per type (pulumi, sdk/go/common/resource/plugin/rpc.go:64). Programs send the first,
# which the SDK knows; the others come from providers.
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def _load(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return load_struct(value.struct_value)
    if kind == "list_value":
        return [_load(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        # Protobuf numbers are doubles; Go's JSON encoder prints integral ones without a fraction.
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return None if kind in (None, "null_value") else getattr(value, kind)


def load_struct(struct: struct_pb2.Struct) -> Properties:
    """Turns a protobuf struct into properties."""
    return {key: _load(value) for key, value in struct.fields.items()}


def dump_struct(properties: Properties, keep_secrets: bool = True) -> struct_pb2.Struct:
    """Turns properties into a protobuf struct, without the secret envelopes unless `keep_secrets`."""
    struct = struct_pb2.Struct()
    struct.update(properties if keep_secrets else reveal(properties))
    return struct


def secret(value: Any) -> Properties:
    """Wraps a value as a secret."""
    return {SIGNATURE: SECRET, "value": value}


def is_secret(value: Any) -> bool:
    """Whether the value is a secret envelope."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def is_unknown(value: Any) -> bool:
    """Whether the value is known only after the update."""
    return isinstance(value, str) and value in UNKNOWNS


def walk(value: Any, change: Callable[[Any], Any]) -> Any:
    """Rebuilds the value bottom-up, passing each node through `change`."""
    if isinstance(value, dict):
        value = {key: walk(item, change) for key, item in value.items()}
    elif isinstance(value, list):
        value = [walk(item, change) for item in value]
    return change(value)


def reveal(value: Any) -> Any:
    """The value without its secret envelopes."""
    return walk(value, lambda node: node["value"] if is_secret(node) else node)


def mask(value: Any, unknown: str = UNKNOWN) -> Any:
    """The value for people to read: secrets and unknowns replaced by a word."""

    def hide(node: Any) -> Any:
        if is_secret(node):
            return "[secret]"
        return unknown if is_unknown(node) else node

    return walk(value, hide)


def contains(value: Any, test: Callable[[Any], bool]) -> bool:
    """Whether the value or anything in it passes the test."""
    if test(value):
        return True
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains(child, test) for child in children)


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; unlike `==`, true is not 1."""
    return left == right and json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def lower_outputs(value: Any, dependencies: set[str]) -> Any:
    """Turns output values into unknown, secret or plain ones; the URNs they need are added to `dependencies`."""

    def lower(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if kind := ASSETS.get(node.get(SIGNATURE, "")):
            raise Refused(f"{kind} as resource properties")
        if node.get(SIGNATURE) != OUTPUT:
            return node
        dependencies.update(node.get("dependencies") or ())
        inner = node.get("value", UNKNOWN)
        return secret(inner) if node.get("secret") else inner

    return walk(value, lower)


def mark_secrets(outputs: Properties, inputs: Properties) -> None:
    """Makes secret again what a provider without secret support got as secret inputs and sent back in the clear."""
    for key in outputs.keys() & inputs.keys():
        got, given = outputs[key], inputs[key]
        both_objects = isinstance(got, dict) and isinstance(given, dict)
        if both_objects and not is_secret(got) and not is_secret(given):
            mark_secrets(got, given)
        elif not is_secret(got) and contains(given, is_secret):
            outputs[key] = secret(got)
