"""The dependency graph of the declared objects: unknown names, cycles and the order of creation."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from catalog.errors import CatalogError, finding
from catalog.model import DeclaredObject, MaterializedView, Routine, Table, View
from catalog.references import Reference

RANKS: tuple[type[DeclaredObject], ...] = (Table, MaterializedView, View, Routine)


def references_of(declared: DeclaredObject) -> tuple[Reference, ...]:
    """Every use of the dataset's objects in the body of this one; tables use none."""
    return () if isinstance(declared, Table) else declared.sql.references


def dependencies(objects: Mapping[str, DeclaredObject]) -> dict[str, frozenset[str]]:
    """For each object the declared objects that it names. A procedure that calls itself does not count."""
    return {
        name: frozenset(
            reference.name
            for reference in references_of(declared)
            if reference.name in objects and not (reference.name == name and _is_procedure(declared))
        )
        for name, declared in objects.items()
    }


def unknown_references(path: Path, references: Iterable[Reference], known: Collection[str]) -> Iterator[CatalogError]:
    """A finding for each name in the file at `path` that no file declares."""
    for reference in references:
        if reference.name in known or reference.is_information_schema:
            continue
        near = get_close_matches(reference.name, known, n=1)
        fix = f"did you mean {near[0]}?" if near else "declare it in a file below sql/"
        message = f"reference to {reference.name}, which no file declares"
        yield finding(path, reference.line, message, fix=fix, rule="reference")


def creation_order(graph: Mapping[str, frozenset[str]], objects: Mapping[str, DeclaredObject]) -> tuple[str, ...]:
    """All names, each after everything that it names; tables first, then by name. The graph has no cycle."""
    waiting = {name: set(needs) for name, needs in graph.items()}
    users: dict[str, set[str]] = {name: set() for name in graph}
    for name, needs in graph.items():
        for needed in needs:
            users[needed].add(name)
    ready = [_priority(objects[name]) for name, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = heapq.heappop(ready)[1]
        order.append(name)
        for user in users[name]:
            waiting[user].discard(name)
            if not waiting[user]:
                heapq.heappush(ready, _priority(objects[user]))
    return tuple(order)


def cycles(graph: Mapping[str, frozenset[str]], objects: Mapping[str, DeclaredObject]) -> list[CatalogError]:
    """A finding for each group of objects that need each other, at the reference that closes the circle."""
    remaining = dict(graph)
    found = []
    while circle := _circle(remaining):
        first = objects[circle[0]]
        line = next(ref.line for ref in references_of(first) if ref.name == circle[1])
        message = f"circular reference: {' -> '.join(circle)}"
        fix = "move what both need into an object of its own"
        found.append(finding(first.path, line, message, fix=fix, rule="cycle"))
        remaining = {name: needs - set(circle) for name, needs in remaining.items() if name not in circle}
    return found


def _circle(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """One circle, its first name repeated at the end; [] when there is none."""
    without_circle: set[str] = set()
    for start in sorted(graph):
        trail: list[str] = []
        stack = [iter([start])]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                if trail:
                    without_circle.add(trail.pop())
            elif name in trail:
                return _from_lowest(trail[trail.index(name) :])
            elif name not in without_circle:
                trail.append(name)
                stack.append(iter(sorted(graph[name])))
    return []


def _from_lowest(circle: list[str]) -> list[str]:
    lowest = circle.index(min(circle))
    rotated = circle[lowest:] + circle[:lowest]
    return [*rotated, rotated[0]]


def _priority(declared: DeclaredObject) -> tuple[int, str]:
    rank = next(rank for rank, kind in enumerate(RANKS) if isinstance(declared, kind))
    return rank, declared.name


def _is_procedure(declared: DeclaredObject) -> bool:
    return isinstance(declared, Routine) and declared.kind == "PROCEDURE"
