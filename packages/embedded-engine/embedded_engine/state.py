"""What the engine knows about resources: the goal that a program states and the state that is recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from embedded_engine import urns
from embedded_engine.values import Properties


def now() -> str:
    """The time as the checkpoint writes it, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Alias:
    """Another name that a resource may be recorded under; an empty part means the resource's own."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Goal:
    """One registration of the program."""

    type: str
    name: str
    custom: bool
    properties: Properties
    parent: str = ""
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    aliases: list[Alias] = field(default_factory=list)
    source_position: str = ""
    stack_trace: list[dict[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class State:
    """One resource as recorded. Two states are the same only if they are one object: a URN can occur twice,
    when a replacement exists beside the resource that it replaces.
    """

    urn: str
    type: str
    custom: bool = True
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    delete: bool = False
    pending_replacement: bool = False
    external: bool = False
    protect: bool = False
    retain_on_delete: bool = False
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    import_id: str = ""
    created: str = ""
    modified: str = ""
    source_position: str = ""
    stack_trace: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, urn: str, goal: Goal, old: State | None) -> State:
        """The state that a goal leads to, before anything is done; keeps the times of the old one."""
        return cls(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.properties,
            parent=goal.parent,
            provider=goal.provider,
            protect=goal.protect,
            retain_on_delete=goal.retain_on_delete,
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            ignore_changes=goal.ignore_changes,
            custom_timeouts=goal.custom_timeouts,
            created=old.created if old else "",
            modified=old.modified if old else "",
            source_position=goal.source_position,
            stack_trace=goal.stack_trace,
        )

    def copy(self, **changes: Any) -> State:
        """A new state with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return urns.name_of(self.urn)

    @property
    def is_provider(self) -> bool:
        """Whether the resource is a provider."""
        return urns.is_provider(self.type)

    @property
    def is_default_provider(self) -> bool:
        """Whether the engine made this provider on its own; such ones are not shown and not counted."""
        return self.is_provider and not self.parent and self.name.startswith("default")

    @property
    def provider_urn(self) -> str:
        """The URN of the resource's provider, empty for components and providers."""
        return urns.split_reference(self.provider)[0]

    def needs(self) -> Iterator[str]:
        """The URNs that must exist for as long as this resource does."""
        yield from self.dependencies
        for dependencies in self.property_dependencies.values():
            yield from dependencies
        if self.parent:
            yield self.parent
        if self.provider:
            yield self.provider_urn


@dataclass(frozen=True)
class Operation:
    """A step that was begun: `creating`, `updating`, `deleting` or `reading`."""

    state: State
    kind: str
