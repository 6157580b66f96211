"""The state while an operation runs, saved before and after every step.

The saved state is: what this operation recorded, then what it has not touched yet. Both parts are in order of
dependency and the first never needs the second, so the whole is in order at any moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from embedded_engine import urns
from embedded_engine.checkpoint import Codec, Deployment
from embedded_engine.state import Operation, State


@dataclass(frozen=True)
class Writer:
    """Where saves go."""

    codec: Codec
    save: Callable[[bytes], None]


class Snapshot:
    """The resources of a stack during one operation. Without a writer (a preview) nothing is saved.

    `lock` guards everything here; hold it to change several things in one save.
    """

    def __init__(self, deployment: Deployment, writer: Writer | None) -> None:
        self.lock = threading.RLock()
        self.base = deployment.resources
        self.interrupted = [item for item in deployment.pending if item.kind != "reading"]
        self.renamed: dict[str, str] = {}
        self._writer = writer
        self._new: list[State] = []
        self._done: set[State] = set()
        self._running: list[Operation] = []
        self._texts: dict[State, str] = {}
        self._saving = threading.Lock()
        self._version = self._saved = 0

    def live(self) -> dict[str, State]:
        """The recorded resources by URN, without those that only wait for deletion."""
        return {state.urn: state for state in self.base if not state.delete}

    def remaining(self) -> list[State]:
        """The recorded resources that this operation has neither taken over nor deleted."""
        return [state for state in self.base if state not in self._done]

    def resources(self) -> list[State]:
        """All resources as they stand now."""
        return [state for state in [*self._new, *self.base] if state not in self._done]

    def find(self, urn: str, id_: str) -> State | None:
        """The resource with this URN and id, as it stands now."""
        found = (state for state in self.resources() if state.urn == urn and state.id == id_)
        return next(found, None)

    def begin(self, state: State, kind: str) -> None:
        """Records that a step is about to be done."""
        with self.lock:
            self._running.append(Operation(state, kind))
        self.save()

    def end(self, state: State) -> None:
        """Forgets the begun step of a resource; the caller saves."""
        with self.lock:
            self._running = [item for item in self._running if item.state is not state]

    def settle(self, operation: Operation) -> None:
        """Forgets a step that an earlier run had begun."""
        with self.lock:
            self.interrupted = [item for item in self.interrupted if item is not operation]

    def add(self, state: State) -> None:
        """Takes a resource up; interrupted steps on it are thereby settled."""
        with self.lock:
            self._new.append(state)
            self.interrupted = [item for item in self.interrupted if item.state.urn != state.urn]

    def drop(self, state: State) -> None:
        """Leaves a recorded resource out of the state."""
        with self.lock:
            self._done.add(state)

    def touch(self, state: State) -> None:
        """Must be called after a resource that is already part of the state was changed."""
        with self.lock:
            self._texts.pop(state, None)

    def rebase(self, states: list[State]) -> None:
        """Replaces the whole state after everything was read again; only creations can still be open."""
        with self.lock:
            self._new, self._done = states, set(self.base)
            self.interrupted = [item for item in self.interrupted if item.kind == "creating"]
        self.save()

    def save(self) -> None:
        """Writes the state as it stands. Saves that are asked for during a write are done by one write."""
        if self._writer is None:
            return
        with self.lock:
            self._version += 1
            wanted = self._version
        with self._saving:
            if self._saved >= wanted:
                return
            with self.lock:
                version, document = self._version, self._encode(self._writer.codec)
            self._writer.save(document)
            self._saved = version

    def _encode(self, codec: Codec) -> bytes:
        texts = []
        for state in self.resources():
            renamed = self._rename(state) if self.renamed else state
            if renamed is not state:
                texts.append(codec.encode_state(renamed))
                continue
            if state not in self._texts:
                self._texts[state] = codec.encode_state(state)
            texts.append(self._texts[state])
        pending = [*self._running, *self.interrupted]
        return codec.encode(texts, ((codec.encode_state(item.state), item.kind) for item in pending))

    def _rename(self, state: State) -> State:
        """The resource with references to aliased URNs changed to the new ones.

        Without this, an operation that ends half-way would leave references to URNs that no longer exist.
        A child of a renamed parent is renamed with it, because its URN holds the parent's type.
        """
        new = self.renamed
        if state.parent in new and state.urn not in new:
            stack, project = urns.place(state.urn)
            child = urns.make(stack, project, new[state.parent], state.type, state.name)
            if child != state.urn:
                new[state.urn] = child
        if not any(urn in new for urn in (state.urn, *state.needs())):
            return state
        provider_urn, provider_id = urns.split_reference(state.provider)
        return state.copy(
            urn=new.get(state.urn, state.urn),
            parent=new.get(state.parent, state.parent),
            dependencies=[new.get(urn, urn) for urn in state.dependencies],
            property_dependencies={
                key: [new.get(urn, urn) for urn in listed] for key, listed in state.property_dependencies.items()
            },
            provider=f"{new[provider_urn]}::{provider_id}" if provider_urn in new else state.provider,
        )
