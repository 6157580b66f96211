"""What the services know of their APIs that no discovery document says. Fields are named `Schema.field`.

Documents mark the output-only fields of newer APIs (`readOnly`), and no default, number or group of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """An enum by the name of its type, as in Google's refusals; `numbers` when its words are not 0, 1, 2 ..."""

    type_name: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overlay:
    """The facts of one service. A query parameter is written `?name` where a field may stand."""

    # Fields that are taken and forgotten.
    output_only: frozenset[str] = frozenset()
    # Fields whose absence differs from their default (wrappers, optional fields): kept when false, 0 or "".
    presence: frozenset[str] = frozenset()
    # Schema -> name of the group -> fields of which one at most may be set.
    oneofs: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    enums: Mapping[str, Words] = field(default_factory=dict)
    # Fields that keep the value of their creation, with the refusal of a change.
    immutable: Mapping[str, str] = field(default_factory=dict)
    # Schemas that are changed by JSON merge patch: what is given is kept, nulls too.
    merged: frozenset[str] = frozenset()
    # Parts of paths as clients use them, for those that a document leaves open.
    paths: Mapping[str, str] = field(default_factory=dict)
    # Method -> the field of the request that its body stands for, where it is not the body's schema.
    body_names: Mapping[str, str] = field(default_factory=dict)
    # Method -> fields of its body that a query may hold as well, though no document says so.
    also_in_query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Beginnings of methods that another process answers.
    elsewhere: tuple[str, ...] = ()


def fields(schema: str, names: str) -> frozenset[str]:
    """Several fields of one schema, in words."""
    return frozenset(f"{schema}.{name}" for name in names.split())
