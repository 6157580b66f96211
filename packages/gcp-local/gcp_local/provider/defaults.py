"""What Check adds to accepted inputs: default values, generated names, values in their declared type.

Like the real provider it leaves out defaults that are false or empty, lists what it added under `__defaults`, and
keeps a generated name of the former inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gcp_local.provider.check import TRUTHS
from gcp_local.provider.facts import AutoName, Facts
from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import UNKNOWN, Secret, plain

DEFAULTS = "__defaults"
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


@dataclass(frozen=True)
class Naming:
    """What a generated name is made of."""

    logical_name: str
    seed: bytes


def complete(
    root: Property, facts: Facts, inputs: Mapping[str, Any], former: Mapping[str, Any], naming: Naming
) -> dict[str, Any]:
    """The inputs (secret markers kept) with defaults, a generated name where none is given, and `__defaults`."""
    bag = coerce(root, {name: value for name, value in inputs.items() if name != DEFAULTS})
    added = []
    for name, prop in root.fields.items():
        if prop.default and bag.get(name) is None:
            bag[name] = prop.default
            added.append(name)
    auto = facts.autoname
    if auto and bag.get(auto.property) is None:
        bag[auto.property] = _former_name(auto, former) or generated(auto, naming)
        added.append(auto.property)
    return {**bag, DEFAULTS: sorted(added)}


def _former_name(auto: AutoName, former: Mapping[str, Any]) -> str | None:
    kept = auto.property in (former.get(DEFAULTS) or [])
    name = plain(former.get(auto.property))
    return name if kept and isinstance(name, str) else None


def generated(auto: AutoName, naming: Naming) -> str:
    """`logical-1a2b3c4`, no longer than allowed."""
    suffix = "-" + naming.seed.hex()[:7].ljust(7, "0")
    return naming.logical_name[: auto.longest - len(suffix)] + suffix


def coerce(prop: Property, value: Any) -> Any:
    """The value with every single value in its declared type; markers and unreadable values stay as they are."""
    if isinstance(value, Secret):
        return Secret(coerce(prop, value.value))
    if value is None or value is UNKNOWN:
        return value
    if isinstance(value, dict):
        return _coerced_keys(prop, value)
    if isinstance(value, list):
        return [coerce(prop.element, item) for item in value] if prop.element else value
    return _coerced_scalar(prop.kind, value)


def _coerced_keys(prop: Property, value: dict[str, Any]) -> dict[str, Any]:
    if prop.kind is Kind.MAP and prop.element:
        return {key: coerce(prop.element, item) for key, item in value.items() if item is not None and key != DEFAULTS}
    return {
        key: coerce(prop.fields[key], item) if key in prop.fields else item
        for key, item in value.items()
        if item is not None and key != DEFAULTS
    }


def _coerced_scalar(kind: Kind, value: Any) -> Any:
    if kind is Kind.STRING and isinstance(value, bool):
        return "true" if value else "false"
    if kind is Kind.STRING:
        return str(value)
    if kind is Kind.BOOL:
        return value in TRUE if isinstance(value, str) and value in TRUTHS else value
    return _coerced_number(kind, value)


def _coerced_number(kind: Kind, value: Any) -> Any:
    if kind is Kind.INT and isinstance(value, float):
        return int(value)
    if not isinstance(value, str):
        return value
    try:
        return int(value) if kind is Kind.INT else float(value)
    except ValueError:
        return value
