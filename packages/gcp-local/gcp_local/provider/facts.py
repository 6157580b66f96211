"""What the provider knows of a resource type beyond the names and types in the `pulumi_gcp` package.

A path is dotted and leaves list positions out: `conditions.conditionThreshold.duration`. A path that starts with
`*.` means every property of that name, at any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any], str | None]
Same = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class AutoName:
    """How a resource that was not named gets its name: logical name, `-`, seven random hex digits."""

    property: str = "name"
    longest: int = 255


@dataclass(frozen=True)
class Facts:
    """Rules of one resource type. Whatever is not listed is optional, free of form and updated in place."""

    type: str
    #: A change of these replaces the resource.
    force_new: frozenset[str] = frozenset()
    #: The cloud fills these in when they are not given; taking them out of the program changes nothing.
    computed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    max_items: Mapping[str, int] = field(default_factory=dict)
    #: Lists whose order means nothing, and single blocks that are compared as a whole.
    sets: frozenset[str] = frozenset()
    #: Spelling in which a given value is kept.
    normalize: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    #: Differences (old, new) that mean nothing.
    same: Mapping[str, Same] = field(default_factory=dict)
    conflicts: tuple[tuple[str, ...], ...] = ()
    exactly_one: tuple[tuple[str, ...], ...] = ()
    at_least_one: tuple[tuple[str, ...], ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    #: Nested outputs that `pulumi_gcp` also lists as inputs.
    read_only: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    #: Outputs that are null, not empty, while the cloud says nothing of them.
    nullable: frozenset[str] = frozenset()
    #: Outputs that only the program decides; the cloud does not keep them.
    local: frozenset[str] = frozenset({"deletionPolicy"})
    autoname: AutoName | None = None
    delete_first: bool = False
    labelled: bool = False


def paths(text: str) -> frozenset[str]:
    """A set of paths from words separated by white space."""
    return frozenset(text.split())


def lookup(rules: Mapping[str, Any], path: str) -> Any:
    """The rule for a path, by its full path or by its last name."""
    found = rules.get(path)
    return rules.get("*." + path.rpartition(".")[2]) if found is None else found


def listed(rules: frozenset[str], path: str) -> bool:
    """Whether a set of paths names this one, by its full path or by its last name."""
    return path in rules or "*." + path.rpartition(".")[2] in rules
