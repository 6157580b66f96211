"""Refreshing: every resource is read again and the state follows what is found."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from embedded_engine.errors import EngineError, InitFailed, ProviderError, StepFailed
from embedded_engine.provider import Diff
from embedded_engine.providers import Providers
from embedded_engine.run import Run, Step
from embedded_engine.state import State, now
from embedded_engine.steps import hide_outputs
from embedded_engine.values import same

_OPPOSITE = {
    "add": "delete",
    "delete": "add",
    "add-replace": "delete-replace",
    "delete-replace": "add-replace",
}


@dataclass(frozen=True)
class _Found:
    """What a resource became: None if it is gone. `op` is empty if it was not, or could not be, read."""

    state: State | None
    op: str
    diff: Diff | None = None
    seconds: float = 0.0


class Refresh:
    """One refresh, of all resources or of `targets`. The order of the state is kept; it is saved once, at the end."""

    def __init__(self, run: Run, providers: Providers, targets: Collection[str] = ()) -> None:
        self._run, self._providers, self._targets = run, providers, targets

    def refresh(self) -> None:
        """Reads the resources and records what was found. Errors: EngineError for a target that is not recorded."""
        if unknown := sorted(set(self._targets) - {one.urn for one in self._run.snapshot.base}):
            listed = "".join(f"\nno resource named '{urn}' found" for urn in unknown)
            raise EngineError(f"one or more targets could not be found in the stack{listed}")
        with ThreadPoolExecutor(self._run.parallel) as pool:
            found = list(pool.map(self._try, self._run.snapshot.base))
        for old, item in zip(self._run.snapshot.base, found, strict=True):
            if item.op:
                self._run.report(Step(item.op, item.state or old, old, item.diff, item.seconds))
        self._run.snapshot.rebase(_repaired(self._run.snapshot.base, [item.state for item in found]))

    def _try(self, old: State) -> _Found:
        start = time.monotonic()
        if self._targets and old.urn not in self._targets:
            return _Found(old.copy(), "")
        try:
            self._run.check_running()
            found = self._read(old)
            return _Found(found.state, found.op, found.diff, time.monotonic() - start)
        except ProviderError as error:
            self._run.failed = True
            self._run.display.log("error", old.urn, str(error))
        except StepFailed:
            pass
        return _Found(old.copy(), "")

    def _read(self, old: State) -> _Found:
        if not old.custom or old.is_provider or old.pending_replacement:
            return _Found(old.copy(), "same")
        provider = self._providers.of(old.provider)
        errors: list[str] = []
        try:
            id_, inputs, outputs = provider.read(old.urn, old.id, old.inputs, old.outputs)
        except InitFailed as error:
            id_, inputs, outputs, errors = error.id, error.inputs or None, error.outputs, error.reasons
            warning = "Refreshed resource is in an unhealthy state:\n* " + "\n* ".join(errors)
            self._run.display.log("warning", old.urn, warning)
        if not id_:
            return _Found(None, "delete")
        new = old.copy(id=id_, inputs=old.inputs if inputs is None else inputs, outputs=outputs, init_errors=errors)
        hide_outputs(new)
        if not (same(new.inputs, old.inputs) and same(new.outputs, old.outputs)):
            new.modified = now()
        if old.external:
            return _Found(new, "same" if same(new.outputs, old.outputs) else "update")
        # What an `up` right after this would change, seen from the other side.
        diff = _inverted(provider.diff(new, old.inputs, old.ignore_changes))
        return _Found(new, "update" if diff.changed else "same", diff)


def _inverted(diff: Diff) -> Diff:
    if diff.detailed is not None:
        diff.detailed = {key: (_OPPOSITE.get(kind, kind), flag) for key, (kind, flag) in diff.detailed.items()}
    return diff


def _repaired(olds: list[State], news: list[State | None]) -> list[State]:
    """The resources that are left, without references to those that are gone.

    Like the CLI it also forgets properties without dependencies; a child of a gone resource moves up.
    """
    left: list[State] = []
    present: set[str] = set()
    parents: dict[str, str] = {}
    for old, new in zip(olds, news, strict=True):
        parent = old.parent if old.parent in present or not old.parent else parents.get(old.parent, "")
        parents[old.urn] = parent
        if new is None:
            continue
        new.parent = parent
        new.dependencies = [urn for urn in new.dependencies if urn in present]
        kept = {key: [urn for urn in listed if urn in present] for key, listed in new.property_dependencies.items()}
        new.property_dependencies = {key: listed for key, listed in kept.items() if listed}
        present.add(new.urn)
        left.append(new)
    return left
