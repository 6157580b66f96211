"""Finding the recorded resource that a registration means, under its own URN or under one of its aliases."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_engine import urns
from embedded_engine.run import Run
from embedded_engine.state import Alias, Goal, State


class Aliases:
    """Which recorded names the registrations of a run have claimed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._claimed: dict[str, str] = {}
        self._was: dict[str, str] = {}

    def is_rename(self, old: str, new: str) -> bool:
        """Whether `new` is what `old` is called now."""
        return self._claimed.get(old) == new

    def find(self, urn: str, goal: Goal) -> State | None:
        """The recorded resource for a registration. The caller holds the run's lock."""
        run = self._run
        for candidate in (urn, *self._urns(goal)):
            old = run.olds.get(candidate)
            if old is None:
                continue
            if candidate != urn:
                if candidate in run.seen or candidate in self._claimed:
                    run.fail(urn, f"Duplicate resource alias '{candidate}'")
                self._claimed[candidate] = urn
                self._was[urn] = candidate
                run.snapshot.renamed[candidate] = urn
                run.taken.add(candidate)
            return old
        return None

    def _urns(self, goal: Goal) -> Iterator[str]:
        own = [self._urn(alias, goal) for alias in goal.aliases]
        yield from own
        if goal.parent in self._was:
            yield self._as_child(goal.parent, goal.type, goal.name)
            for urn in own:
                yield self._as_child(goal.parent, urns.type_of(urn), urns.name_of(urn))

    def _urn(self, alias: Alias, goal: Goal) -> str:
        if alias.urn:
            return alias.urn
        parent = "" if alias.no_parent else self._was.get(alias.parent, alias.parent) or goal.parent
        stack, project = alias.stack or self._run.stack, alias.project or self._run.project
        return urns.make(stack, project, parent, alias.type or goal.type, alias.name or goal.name)

    def _as_child(self, parent: str, type_: str, name: str) -> str:
        """What a child was called when its parent still had its old name; children often repeat that name."""
        was = self._was[parent]
        if name.startswith(urns.name_of(parent)):
            name = urns.name_of(was) + name.removeprefix(urns.name_of(parent))
        return urns.make(self._run.stack, self._run.project, was, type_, name)
