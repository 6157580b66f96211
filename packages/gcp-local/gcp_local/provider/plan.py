"""The state that an update would lead to: former outputs and new inputs, by the rules of each property.

A property that is left out keeps what the cloud computed, takes its default, or becomes empty; a difference that
means nothing keeps the former value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import UNKNOWN

EMPTY: tuple[Any, ...] = (None, "", 0, False, [], {})


def planned(root: Property, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs to expect, from plain former outputs and plain new inputs."""
    return {**former, **_fields(root, dict(former), dict(inputs))}


def fresh(root: Property, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs to expect of a resource that does not exist yet: UNKNOWN is what only the cloud can say."""
    return {name: _new(prop, inputs.get(name)) for name, prop in root.fields.items()}


def _fields(prop: Property, former: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {name: _one(field, former.get(name), given.get(name)) for name, field in prop.fields.items()}


def _one(prop: Property, old: Any, given: Any) -> Any:
    if given is UNKNOWN:
        return UNKNOWN
    if given is None or given == []:
        return _left_out(prop, old)
    if prop.kind.scalar:
        return _scalar(prop, old, given)
    if prop.kind is Kind.MAP:
        return given or (old and {})
    if prop.kind is Kind.OBJECT:
        return _object(prop, old, given)
    return _items(prop, old, given)


def _left_out(prop: Property, old: Any) -> Any:
    if prop.computed or not prop.given:
        return old
    if prop.default is not None:
        return _scalar(prop, old, prop.default)
    if prop.kind.scalar and old not in EMPTY and prop.same is not None and prop.same(old, ""):
        return old
    if prop.kind is Kind.OBJECT:
        return old if prop.same is not None and prop.same(old, None) else None
    if old in EMPTY:
        return old
    return {} if prop.kind is Kind.MAP else None


def _scalar(prop: Property, old: Any, given: Any) -> Any:
    new = prop.normalize(given) if prop.normalize else given
    if old is None and new == "":
        return None
    if old is not None and prop.same is not None and prop.same(old, new):
        return old
    return new


def _object(prop: Property, old: Any, given: Any) -> Any:
    if not isinstance(old, dict):
        return _new(prop, given)
    if prop.whole:
        return old if canonical(prop, old) == canonical(prop, given) else _remade(prop, given)
    return {**old, **_fields(prop, old, given)}


def _items(prop: Property, old: Any, given: list[Any]) -> Any:
    element = prop.element
    if element is None or not isinstance(old, list):
        return given if element is None else [_new(element, item) for item in given]
    if prop.kind is Kind.SET:
        same = keys(element, old) == keys(element, given)
        return old if same else _set_items(element, old, given)
    return [_one(element, old[i] if i < len(old) else None, item) for i, item in enumerate(given)]


def _set_items(element: Property, old: list[Any], given: list[Any]) -> list[Any]:
    """New elements, with what the cloud computed for those that stay."""
    known = {canonical(element, item): item for item in old}
    return [known.get(canonical(element, item), _new(element, item)) for item in given]


def keys(element: Property, items: list[Any]) -> set[str]:
    """Identities of a set's elements."""
    return {canonical(element, item) for item in items}


def canonical(prop: Property, value: Any) -> str:
    """Identity of an element of a set: its values without empty ones."""
    return json.dumps(_reduced(prop, value), sort_keys=True, default=repr)


def _reduced(prop: Property, value: Any) -> Any:
    if isinstance(value, list) and prop.element:
        return [_reduced(prop.element, item) for item in value]
    if not isinstance(value, dict) or prop.kind is not Kind.OBJECT:
        if value is None:
            value = prop.default
        return prop.normalize(value) if prop.normalize and value is not None else value
    reduced = {
        name: _reduced(field, value.get(name))
        for name, field in prop.fields.items()
        if field.same is None or not field.same(value.get(name), None)
    }
    return {name: item for name, item in reduced.items() if item not in EMPTY}


def _remade(prop: Property, given: dict[str, Any]) -> dict[str, Any]:
    """A block made anew: absent texts are empty, other absent values null."""
    return {
        name: "" if field.kind is Kind.STRING and given.get(name) is None else _new(field, given.get(name))
        for name, field in prop.fields.items()
    }


def _new(prop: Property, given: Any) -> Any:
    """A value that had no predecessor."""
    if given is None:
        return _unset(prop)
    if given is UNKNOWN:
        return UNKNOWN
    if prop.kind is Kind.OBJECT:
        return {name: _new(field, given.get(name)) for name, field in prop.fields.items()}
    if prop.kind is Kind.MAP or prop.element is None:
        return prop.normalize(given) if prop.normalize else given
    return [_new(prop.element, item) for item in given]


def _unset(prop: Property) -> Any:
    if prop.computed or not prop.given:
        return UNKNOWN
    return prop.default
