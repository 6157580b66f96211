"""What the golden inventory says of a resource: what a reviewer wants to see change in a diff, in a few plain lines.

Owns the spelling only. Left out: the project, names that are the resource's own, and descriptions (docs/reference/
shows them). A text of several lines, such as the body of a routine, is its hash; a secret is `[secret]`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pulumi.runtime import rpc

from tests.stack.conftest import Registered

UNSAID = {"project", "description", "datasetId", "language"}
OWN_NAME = {"tableId", "routineId"}
TOLD = {"name", "type", "mode", "description", "defaultValueExpression", "fields"}


def said(item: Registered) -> Any:
    """The inputs of a resource, short and in a fixed order."""
    return {
        key: _shown(key, value)
        for key, value in sorted(item.inputs.items())
        if key not in UNSAID and not (key in OWN_NAME and value == item.name)
    }


def _shown(key: str, value: Any) -> Any:
    match value:
        case dict() if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return "[secret]"
        case str() if key == "schema":
            return [line for field in json.loads(value) for line in _column(field)]
        case list() if key == "arguments":
            return [_argument(each) for each in value]
        case str() if key == "returnType":
            return _type(json.loads(value))
        case str() if key == "returnTableType":
            return [f"{each['name']} {_type(each['type'])}" for each in json.loads(value)["columns"]]
        case str():
            return f"sha256 {hashlib.sha256(value.encode()).hexdigest()[:12]}" if "\n" in value else value
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _shown(name, each) for name, each in sorted(value.items())}
        case list():
            return [_shown("", each) for each in value]
    return value


def _column(field: Mapping[str, Any], path: str = "") -> list[str]:
    """`name TYPE MODE DEFAULT value`, then a line for each field of a struct."""
    name = path + field["name"]
    mode = field.get("mode", "NULLABLE")
    default = f" DEFAULT {field['defaultValueExpression']}" if "defaultValueExpression" in field else ""
    more = {key: field[key] for key in sorted(field.keys() - TOLD)}
    own = f"{name} {field['type']}{'' if mode == 'NULLABLE' else f' {mode}'}{default}{f' {more}' if more else ''}"
    return [own, *(line for inner in field.get("fields", []) for line in _column(inner, f"{name}."))]


def _argument(argument: Mapping[str, Any]) -> str:
    mode = f"{argument['mode']} " if argument.get("mode") else ""
    type_ = _type(json.loads(argument["dataType"])) if argument.get("dataType") else argument["argumentKind"]
    return f"{mode}{argument['name']} {type_}"


def _type(stated: Mapping[str, Any]) -> str:
    """A type of the API in SQL: `ARRAY<STRUCT<a INT64>>`."""
    if "arrayElementType" in stated:
        return f"ARRAY<{_type(stated['arrayElementType'])}>"
    if "structType" in stated:
        inner = (f"{each['name']} {_type(each['type'])}" for each in stated["structType"]["fields"])
        return f"STRUCT<{', '.join(inner)}>"
    return str(stated["typeKind"])
