"""Create, read, update and delete as an engine asks for them: guard, journal, secrets, refresh around a resource.

Property bags come and go with secret markers here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gcp_local.provider import guard, outputs
from gcp_local.provider.cloud import ApiError, Cloud, Conflict
from gcp_local.provider.defaults import coerce
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.journal import Journal
from gcp_local.provider.registry import resource
from gcp_local.provider.resource import DELETION_POLICY, Resource
from gcp_local.provider.urns import type_of
from gcp_local.provider.values import Bag, plain

UNCERTAIN = 500
"""From this status on an answer does not say whether something was made."""


class Unfinished(ProviderError):
    """The object exists, but something went wrong after it was made."""

    def __init__(self, reason: str, identity: str, found: Bag) -> None:
        super().__init__(reason)
        self.identity = identity
        self.found = found


@dataclass(frozen=True)
class Operations:
    """The operations on one cloud."""

    cloud: Cloud
    journal: Journal

    def preview(self, urn: str, inputs: Mapping[str, Any]) -> Bag:
        """Outputs to expect of a create."""
        kind, wanted = self._accepted(urn, inputs)
        return outputs.guarded(kind.facts, kind.expected(wanted, self.cloud.project), inputs)

    def create(self, urn: str, inputs: Mapping[str, Any]) -> tuple[str, Bag]:
        """Make the resource; its id and outputs. What a crashed run made under this urn is taken over."""
        kind, wanted = self._accepted(urn, inputs)
        identity = self._taken_over(kind, urn, wanted) or self._made(kind, urn, wanted)
        self.journal.record(urn, identity)
        return identity, self._after(kind, identity, wanted, inputs)

    def _made(self, kind: Resource, urn: str, wanted: Bag) -> str:
        """Id of the new object; of the one that an earlier try of this urn made without hearing of it, if it is there.

        The intent stays in the journal for as long as nobody knows whether there is an object.
        """
        foreseen, tried = kind.foreseen(self.cloud, wanted), self.journal.intended(urn)
        if foreseen is None:
            return kind.create(self.cloud, wanted)
        self.journal.record(urn, foreseen, intended=True)
        try:
            return kind.create(self.cloud, wanted)
        except Conflict:
            if tried == foreseen and self._is_own(kind, foreseen, wanted):
                return foreseen
            self.journal.forget(urn)
            raise
        except ApiError as error:
            if error.status < UNCERTAIN and kind.read(self.cloud, foreseen, wanted) is None:
                self.journal.forget(urn)
            raise

    def _is_own(self, kind: Resource, identity: str, wanted: Bag) -> bool:
        """Whether the object is what a create of `wanted` leaves, at least after its first step; then it is finished.

        One that differs was made by somebody else: it may hold what is not ours.
        """
        found = self._read(kind, identity, wanted)
        change = None if found is None else kind.diff(found, wanted)
        if found is None or change is None or not set(change.properties) <= kind.later_steps(wanted):
            return False
        if change.changed:
            kind.update(self.cloud, identity, found, wanted)
        return True

    def _after(self, kind: Resource, identity: str, wanted: Bag, inputs: Mapping[str, Any]) -> Bag:
        """Outputs after a create or update."""
        try:
            found = self._read(kind, identity, wanted)
        except ProviderError as error:
            expected = {**kind.expected(wanted, self.cloud.project), "id": identity}
            raise Unfinished(str(error), identity, outputs.guarded(kind.facts, expected, inputs)) from error
        if found is None:
            raise ProviderError(f"{identity} vanished while it was being made or changed")
        return outputs.guarded(kind.facts, found, inputs)

    def _accepted(self, urn: str, inputs: Mapping[str, Any]) -> tuple[Resource, Bag]:
        kind = resource(type_of(urn))
        wanted = coerce(kind.root, plain(dict(inputs)))
        guard.resource(self.cloud, urn, wanted.get("project"))
        reason = kind.refusal(wanted)
        if reason:
            raise ProviderError(reason)
        return kind, wanted

    def _taken_over(self, kind: Resource, urn: str, wanted: Bag) -> str | None:
        """Id of the object that this urn made before a crash, brought to the wanted state."""
        identity = self.journal.made(urn)
        if identity is None:
            return None
        former = self._read(kind, identity, wanted)
        if former is None:
            self.journal.forget(urn)
            return None
        change = kind.diff(former, wanted)
        if change.replaces:
            return None
        if change.changed:
            kind.update(self.cloud, identity, former, wanted)
        return identity

    def _read(self, kind: Resource, identity: str, known: Bag) -> Bag | None:
        found = kind.read(self.cloud, identity, known)
        return None if found is None else outputs.complete(kind, identity, found, known)

    def read(
        self, urn: str, identity: str, state: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> tuple[str, Bag, Bag] | None:
        """Id, outputs and inputs as the cloud has them now; None if it is gone. Empty `state` is an import."""
        kind = resource(type_of(urn))
        self.journal.forget(urn, identity)
        full = kind.canonical(identity, self.cloud.project)
        known = {
            **plain(dict(inputs)),
            **{name: value for name, value in plain(dict(state)).items() if value is not None},
        }
        found = self._read(kind, full, known)
        if found is None:
            return None
        now = outputs.refreshed_inputs(kind, found, inputs)
        return full, outputs.guarded(kind.facts, found, inputs), now

    def preview_update(self, urn: str, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> Bag:
        """Outputs to expect of an update."""
        kind, wanted = self._accepted(urn, inputs)
        return outputs.guarded(kind.facts, kind.planned(plain(dict(former)), wanted), inputs)

    def update(self, urn: str, identity: str, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> Bag:
        """Change the resource in place; its outputs."""
        kind, wanted = self._accepted(urn, inputs)
        self.journal.forget(urn, identity)
        before = plain(dict(former))
        kind.update(self.cloud, identity, before, wanted)
        kept = {name: before.get(name) for name in kind.root.fields if kind.root.fields[name].computed}
        return self._after(kind, identity, {**kept, **wanted}, inputs)

    def delete(self, urn: str, identity: str, former: Mapping[str, Any]) -> None:
        """Remove the resource as its deletion policy says."""
        kind = resource(type_of(urn))
        before = plain(dict(former))
        guard.resource(self.cloud, urn, before.get("project"))
        policy = before.get(DELETION_POLICY)
        if policy == "PREVENT":
            raise ProviderError(f'cannot destroy {identity} without setting deletionPolicy to "DELETE"')
        if policy != "ABANDON":
            kind.delete(self.cloud, identity, before)
        self.journal.forget(urn, identity)
