"""Whether given inputs are acceptable: names, types, required ones, allowed values, combinations.

Refuses what the real provider refuses and nothing more. Unknown values pass every rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gcp_local.provider.facts import Facts
from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import UNKNOWN, Asset, at

TRUTHS = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NOUNS = {Kind.LIST: "a list", Kind.SET: "a list", Kind.MAP: "a map", Kind.OBJECT: "an object"}


@dataclass(frozen=True)
class Failure:
    """A refused value: the property's path as the program writes it, and why."""

    property: str
    reason: str


def check(root: Property, facts: Facts, inputs: Mapping[str, Any]) -> list[Failure]:
    """Every reason to refuse the inputs (plain: no secret markers); none if they are acceptable."""
    failures = list(_block(root, "", inputs))
    return failures or list(_combinations(facts, dict(inputs)))


def _block(prop: Property, at_path: str, value: Mapping[str, Any]) -> Iterator[Failure]:
    prefix = at_path + "." if at_path else ""
    for name, item in value.items():
        if name == "__defaults":
            continue
        known = prop.fields.get(name)
        if known is None:
            yield Failure(prefix + name, f'Invalid or unknown key "{name}"; known here: {_names(prop)}.')
        elif not known.given and item is not None:
            yield Failure(prefix + name, f'"{name}" is decided by the cloud and cannot be set.')
        elif item is not None:
            yield from _value(known, prefix + name, item)
    for name, known in prop.fields.items():
        if known.required and value.get(name) is None:
            yield Failure(prefix + name, f'Missing required property "{name}".')


def _names(prop: Property) -> str:
    return ", ".join(sorted(name for name, field in prop.fields.items() if field.given))


def _value(prop: Property, path: str, value: Any) -> Iterator[Failure]:
    if value is UNKNOWN:
        return
    if prop.kind.scalar:
        yield from _scalar(prop, path, value)
    elif prop.kind is Kind.OBJECT:
        if isinstance(value, dict):
            yield from _block(prop, path, value)
        else:
            yield _wrong_shape(prop, path, value)
    else:
        yield from _collection(prop, path, value)
    yield from _own_rule(prop, path, value)


def _collection(prop: Property, path: str, value: Any) -> Iterator[Failure]:
    wanted = dict if prop.kind is Kind.MAP else list
    if not isinstance(value, wanted) or prop.element is None:
        yield _wrong_shape(prop, path, value)
        return
    if prop.max_items is not None and len(value) > prop.max_items:
        most = f"at most {prop.max_items} items are allowed, {len(value)} are given"
        yield Failure(path, f'Too many items in "{path}": {most}.')
    if isinstance(value, dict):
        for key, item in value.items():
            if item is not None:
                yield from _value(prop.element, f"{path}.{key}", item)
    else:
        for position, item in enumerate(value):
            yield from _value(prop.element, f"{path}[{position}]", item)


def _wrong_shape(prop: Property, path: str, value: Any) -> Failure:
    return Failure(path, f'"{path}" must be {NOUNS[prop.kind]}, not {_kind_of(value)}.')


def _kind_of(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "a file" if isinstance(value, Asset) else repr(value)


def _scalar(prop: Property, path: str, value: Any) -> Iterator[Failure]:
    if value is None or isinstance(value, dict | list | Asset):
        yield Failure(path, f'"{path}" must be a single {prop.kind.value}, not {_kind_of(value)}.')
    elif not _readable(prop.kind, value):
        yield Failure(path, f'"{path}" must be a {prop.kind.value}, not {value!r}.')
    elif prop.enum is not None and value not in prop.enum:
        allowed = ", ".join(f'"{each}"' for each in prop.enum)
        yield Failure(path, f'"{path}" must be one of {allowed}; got "{value}".')


def _readable(kind: Kind, value: Any) -> bool:
    """Whether a single value can be read as this kind, as the real provider converts it."""
    if kind is Kind.STRING:
        return True
    if kind is Kind.BOOL:
        return isinstance(value, bool) or value in TRUTHS
    if isinstance(value, str):
        return bool((INTEGER if kind is Kind.INT else NUMBER).fullmatch(value))
    return not isinstance(value, bool)


def _fits(kind: Kind, value: Any) -> bool:
    """Whether the value has the shape that a rule of its own may rely on."""
    if kind.scalar:
        return not isinstance(value, dict | list | Asset) and _readable(kind, value)
    return isinstance(value, list if kind in (Kind.LIST, Kind.SET) else dict)


def _own_rule(prop: Property, path: str, value: Any) -> Iterator[Failure]:
    if prop.check is None or not _fits(prop.kind, value):
        return
    reason = prop.check(value)
    if reason:
        yield Failure(path, f'"{path}" {reason}')


def _combinations(facts: Facts, inputs: dict[str, Any]) -> Iterator[Failure]:
    yield from _conflicts(facts, inputs)
    for group in facts.exactly_one:
        given = _given(inputs, group)
        unknown = any(at(inputs, path) is UNKNOWN for path in group)
        if _present(inputs, group) and (len(given) > 1 or (not given and not unknown)):
            yield Failure(group[0], f"Exactly one of {_quoted(group)} must be set, {len(given)} are.")
    for group in facts.at_least_one:
        if _present(inputs, group) and not any(at(inputs, path) is not None for path in group):
            yield Failure(group[0], f"At least one of {_quoted(group)} must be set.")
    for path, partner in facts.together:
        if at(inputs, path) is not None and at(inputs, partner) is None:
            yield Failure(path, f'"{path}" needs "{partner}" as well.')


def _conflicts(facts: Facts, inputs: dict[str, Any]) -> Iterator[Failure]:
    for group in facts.conflicts:
        given = _given(inputs, group)
        if len(given) > 1:
            for path in given:
                others = [other for other in given if other != path]
                yield Failure(path, f'"{path}" conflicts with {_quoted(others)}.')


def _given(inputs: dict[str, Any], group: tuple[str, ...]) -> list[str]:
    return [path for path in group if at(inputs, path) not in (None, UNKNOWN)]


def _present(inputs: dict[str, Any], group: tuple[str, ...]) -> bool:
    """Whether the block that holds the group is given (and known)."""
    parent = group[0].rpartition(".")[0]
    return not parent or isinstance(at(inputs, parent), dict)


def _quoted(group: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{path}"' for path in group)
