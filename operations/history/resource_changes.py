"""What an update changed, resource by resource: the state that it left against the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from operations import protection
from operations.review.previewed import kind

# What the cloud or the engine fills in by itself.
UNTOLD = ("__defaults", "etag", "lastModifiedTime")


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource: `op` is created, changed or gone, `inputs` names what differs, never its value."""

    op: str
    kind: str
    name: str
    inputs: tuple[str, ...] = ()


def differences(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """By kind and name. A replacement is told as a change: that its id is another one stands among the inputs."""
    was, now = _by_urn(before), _by_urn(after)
    found = []
    for urn in was.keys() | now.keys():
        old, new = was.get(urn), now.get(urn)
        one = new or old or {}
        what = kind(str(one.get("type")), one.get("inputs") or {})
        if old is None or new is None:
            found.append(Difference("created" if old is None else "gone", what, protection.name_of(one)))
        elif changed := _changed(old, new):
            found.append(Difference("changed", what, protection.name_of(one), changed))
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


def _by_urn(resources: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {
        str(one["urn"]): one
        for one in resources
        if one.get("custom") and not one.get("delete") and not str(one.get("type", "")).startswith("pulumi:providers:")
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    names = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - set(UNTOLD)
    if old.get("id") != new.get("id"):
        names.add("(replaced)")
    if bool(old.get("protect")) != bool(new.get("protect")):
        names.add("(protection)")
    return tuple(sorted(names))
