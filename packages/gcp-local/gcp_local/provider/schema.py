"""The properties of a resource type: names, kinds and required ones from `pulumi_gcp`, the rest from its facts."""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import threading
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type, resource_types

from gcp_local.provider.facts import Check, Facts, Same, listed, lookup

SCALARS: Mapping[type, str] = {bool: "BOOL", int: "INT", float: "FLOAT", str: "STRING"}


class Kind(Enum):
    """Shape of a value; an OBJECT has named fields, a MAP free keys."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STRING = "string"
    LIST = "list"
    SET = "set"
    MAP = "map"
    OBJECT = "object"

    @property
    def scalar(self) -> bool:
        """Whether a value of this kind is a single one."""
        return self in (Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING)


@dataclass(frozen=True)
class Property:
    """One property with its rules. `path` is dotted and leaves list positions out; the root's is empty."""

    path: str
    kind: Kind
    element: Property | None = None
    fields: Mapping[str, Property] = field(default_factory=dict)
    given: bool = True
    required: bool = False
    force_new: bool = False
    computed: bool = False
    #: A block that is compared as a whole: any change makes a new block.
    whole: bool = False
    default: Any = None
    enum: tuple[str, ...] | None = None
    check: Check | None = None
    max_items: int | None = None
    normalize: Any = None
    same: Same | None = None

    @property
    def zero(self) -> Any:
        """What the provider writes for a value that the cloud left out."""
        zeros: dict[Kind, Any] = {
            Kind.BOOL: False, Kind.INT: 0, Kind.FLOAT: 0, Kind.STRING: "", Kind.LIST: [], Kind.SET: [],
            Kind.MAP: {},
        }  # fmt: skip
        return zeros.get(self.kind)

    def forces_new_inside(self) -> bool:
        """Whether a change of this property, or of anything below it, replaces the resource."""
        if self.force_new:
            return True
        inner = [self.element] if self.element else list(self.fields.values())
        return any(each.forces_new_inside() for each in inner)


# `pulumi_gcp` loads a package at the first look at it; two threads that look at once meet a half-made one.
_LOADING = threading.Lock()


def load(facts: Facts) -> Property:
    """The root OBJECT of a resource type such as `gcp:bigquery/table:Table`."""
    _, module, name = facts.type.split(":")
    with _LOADING:
        package = importlib.import_module(f"pulumi_gcp.{module.split('/')[0]}")
        given = _inputs("", getattr(package, f"{name}Args"), facts)
        known = _outputs("", getattr(package, name), facts)
    return Property("", Kind.OBJECT, fields=_merge(given, known))


def _merge(given: Mapping[str, Property], known: Mapping[str, Property]) -> dict[str, Property]:
    """Input properties win; blocks also get the fields that only outputs have."""
    merged = dict(given)
    for name, output in known.items():
        merged[name] = _joined(merged[name], output) if name in merged else output
    return merged


def _joined(given: Property, known: Property) -> Property:
    if given.kind is Kind.OBJECT:
        return _replace(given, fields=_merge(given.fields, known.fields))
    if given.element and known.element and given.element.kind is Kind.OBJECT:
        return _replace(given, element=_joined(given.element, known.element))
    return given


def _replace(prop: Property, **changes: Any) -> Property:
    return Property(**{**prop.__dict__, **changes})


def _inputs(prefix: str, cls: type, facts: Facts) -> dict[str, Property]:
    names = input_type_py_to_pulumi_names(cls)
    types = input_type_types(cls)
    parameters = inspect.signature(cls).parameters
    required = {names[n] for n, p in parameters.items() if p.default is inspect.Parameter.empty}
    found = {}
    for python_name, name in names.items():
        hint = types.get(name, types.get(python_name))
        prop = _property(prefix + name, hint, facts, required=name in required)
        read_only = listed(facts.read_only, prop.path)
        found[name] = _replace(prop, given=False, computed=True) if read_only else prop
    return found


def _outputs(prefix: str, cls: type, facts: Facts) -> dict[str, Property]:
    return {
        name: _replace(_property(prefix + name, hint, facts), given=False, computed=True)
        for name, hint in resource_types(cls).items()
    }


def _property(path: str, hint: Any, facts: Facts, *, required: bool = False) -> Property:
    kind, inner = _shape(hint)
    is_set = listed(facts.sets, path)
    element = None
    fields: Mapping[str, Property] = {}
    if kind is Kind.OBJECT:
        reader = _inputs if is_input_type(inner) else _outputs
        fields = reader(path + ".", inner, facts)
    elif not kind.scalar:
        element = _element(path, inner, facts)
    return Property(
        path,
        Kind.SET if kind is Kind.LIST and is_set else kind,
        element,
        fields,
        required=required,
        force_new=listed(facts.force_new, path),
        computed=listed(facts.computed, path),
        whole=is_set and kind is Kind.OBJECT,
        default=lookup(facts.defaults, path),
        enum=lookup(facts.enums, path),
        check=lookup(facts.checks, path),
        max_items=facts.max_items.get(path),
        normalize=lookup(facts.normalize, path),
        same=lookup(facts.same, path),
    )


def _element(path: str, hint: Any, facts: Facts) -> Property:
    """The element of a list or map: it shares the path, and of the scalar rules only those on each value."""
    kind, inner = _shape(hint)
    if kind is Kind.OBJECT:
        reader = _inputs if is_input_type(inner) else _outputs
        return Property(path, kind, fields=reader(path + ".", inner, facts))
    return Property(path, kind, enum=lookup(facts.enums, path))


def _shape(hint: Any) -> tuple[Kind, Any]:
    """Kind of a type hint, and the class of an OBJECT or the hint of a collection's element."""
    origin = typing.get_origin(hint)
    if origin is typing.Union:
        return _shape(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
    if origin is collections.abc.Sequence:
        return Kind.LIST, typing.get_args(hint)[0]
    if origin is collections.abc.Mapping:
        return Kind.MAP, typing.get_args(hint)[1]
    if hint in SCALARS:
        return Kind[SCALARS[hint]], None
    return Kind.OBJECT, hint
