"""What differs between former outputs and planned ones: property paths, kinds of change, and replacement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from gcp_local.provider.defaults import DEFAULTS
from gcp_local.provider.facts import Facts
from gcp_local.provider.plan import canonical
from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import UNKNOWN

META = "__meta"
Changes = dict[str, str]


@dataclass
class Difference:
    """`detailed`: property path to ADD, UPDATE or DELETE, with `_REPLACE` where it forces a new resource."""

    detailed: Changes = field(default_factory=dict)
    delete_before_replace: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return bool(self.detailed)

    @property
    def replaces(self) -> list[str]:
        """Top-level properties that force a new resource."""
        forcing = (path for path, kind in self.detailed.items() if kind.endswith("_REPLACE"))
        return sorted({_top(path) for path in forcing})

    @property
    def properties(self) -> list[str]:
        """Top-level properties that differ."""
        return sorted({_top(path) for path in self.detailed})


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0]


def difference(
    root: Property,
    facts: Facts,
    former: Mapping[str, Any],
    plan: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    must_replace: bool = False,
) -> Difference:
    """Compare plain outputs. `must_replace` is for rules that no single property carries.

    Such a replacement is reported as a change of `__meta`, unless a property forces one anyway.
    """
    found: Changes = {}
    for name, prop in root.fields.items():
        found.update(_compare(prop, name, former.get(name), plan.get(name)))
    if found and must_replace:
        found[META] = "UPDATE_REPLACE"
    if any(kind.endswith("_REPLACE") for path, kind in found.items() if path != META):
        found.pop(META, None)
    result = Difference(found)
    result.delete_before_replace = bool(result.replaces) and _delete_first(facts, inputs)
    return result


def _delete_first(facts: Facts, inputs: Mapping[str, Any]) -> bool:
    """A resource that the program named itself would collide with its successor."""
    auto = facts.autoname
    if facts.delete_first or auto is None:
        return facts.delete_first
    return auto.property in inputs and auto.property not in inputs.get(DEFAULTS, ())


def _absent(value: Any) -> bool:
    return value is None or value == []


def _compare(prop: Property, path: str, old: Any, new: Any) -> Changes:
    if _absent(old) or _absent(new) or new is UNKNOWN:
        return _whole(prop, path, old, new)
    if prop.kind is Kind.OBJECT:
        return _members(prop, path, old, new)
    if prop.kind is Kind.MAP:
        return _keys(prop, path, old, new)
    if prop.kind is Kind.SET:
        return _set(prop, path, old, new)
    if prop.kind is Kind.LIST:
        return _list(prop, path, old, new)
    return {path: _mark("UPDATE", prop.force_new)} if old != new else {}


def _mark(kind: str, replaces: bool) -> str:
    return f"{kind}_REPLACE" if replaces else kind


def _whole(prop: Property, path: str, old: Any, new: Any) -> Changes:
    if _absent(old) and _absent(new):
        return {}
    kind = "ADD" if _absent(old) else "DELETE" if _absent(new) else "UPDATE"
    forces = _forces(prop, old) or (_forces(prop, new) if new is not UNKNOWN else prop.force_new)
    return {path: _mark(kind, forces)}


def _forces(prop: Property, value: Any) -> bool:
    """Whether a value that comes or goes replaces the resource, by itself or by one of its parts."""
    if _absent(value):
        return False
    if prop.force_new:
        return True
    if isinstance(value, dict) and prop.kind is Kind.OBJECT:
        return any(_forces(field, value.get(name)) for name, field in prop.fields.items())
    if isinstance(value, list) and prop.element:
        return any(_forces(prop.element, item) for item in value)
    return False


def _members(prop: Property, path: str, old: Any, new: Any) -> Changes:
    found: Changes = {}
    for name, member in prop.fields.items():
        found.update(_compare(member, f"{path}.{name}", old.get(name), new.get(name)))
    return found


def _keys(prop: Property, path: str, old: Any, new: Any) -> Changes:
    found: Changes = {}
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before != after:
            kind = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
            found[f"{path}.{key}"] = _mark(kind, prop.force_new)
    return found


def _list(prop: Property, path: str, old: list[Any], new: list[Any]) -> Changes:
    element = prop.element
    if element is None or element.kind.scalar:
        return _edits(prop, path, old, new)
    found: Changes = {}
    for i in range(max(len(old), len(new))):
        before, after = (items[i] if i < len(items) else None for items in (old, new))
        found.update(_compare(element, f"{path}[{i}]", before, after))
    return {key: _mark(kind, True) if prop.force_new and key.endswith("]") else kind for key, kind in found.items()}


def _edits(prop: Property, path: str, old: list[Any], new: list[Any]) -> Changes:
    """Insertions and removals of single values, each at its own position."""
    removed: set[int] = set()
    added: set[int] = set()
    for tag, a0, a1, b0, b1 in SequenceMatcher(a=_texts(old), b=_texts(new), autojunk=False).get_opcodes():
        if tag != "equal":
            removed.update(range(a0, a1))
            added.update(range(b0, b1))
    kinds = dict.fromkeys(removed, "DELETE") | dict.fromkeys(added, "ADD") | dict.fromkeys(removed & added, "UPDATE")
    return {f"{path}[{i}]": _mark(kind, prop.force_new) for i, kind in sorted(kinds.items())}


def _texts(items: list[Any]) -> list[str]:
    return [repr(item) for item in items]


def _set(prop: Property, path: str, old: list[Any], new: list[Any]) -> Changes:
    element = prop.element or prop
    before = {canonical(element, item): i for i, item in enumerate(old)}
    after = {canonical(element, item): i for i, item in enumerate(new)}
    removed = {i for key, i in before.items() if key not in after}
    added = {i for key, i in after.items() if key not in before}
    found: Changes = {}
    for i in sorted(removed | added):
        was, now = (old[i] if i in removed else None), (new[i] if i in added else None)
        found.update(_compare(element, f"{path}[{i}]", was, now))
    if found and (prop.force_new or element.forces_new_inside()):
        found[META] = "UPDATE_REPLACE"
    return found
