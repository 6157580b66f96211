"""The steps on single resources: each calls the provider, then records the result and reports it."""

from __future__ import annotations

import time
import uuid

from embedded_engine import values
from embedded_engine.errors import InitFailed
from embedded_engine.provider import Diff, Provider
from embedded_engine.providers import Providers
from embedded_engine.run import Run, Step
from embedded_engine.state import State, now
from embedded_engine.values import Properties, same

# Fields that may change without the state being worth a save.
_METADATA = frozenset({"source_position", "stack_trace", "modified", "init_errors"})


class Steps:
    """Does steps for a run. Failures are reported before they are raised as StepFailed."""

    def __init__(self, run: Run, providers: Providers) -> None:
        self._run, self._providers = run, providers

    def same(self, new: State, old: State, provider: Provider | None) -> State:
        """Keeps a resource; a provider is set up with the inputs that it was recorded with."""
        run = self._run
        new.id, new.outputs = old.id, old.outputs
        if provider is not None and new.is_provider:
            self._providers.configure(new, old.inputs, provider)
        with run.lock:
            run.news[new.urn] = new
            run.taken.add(old.urn)
            run.snapshot.drop(old)
            run.snapshot.add(new)
        if _changed(new, old):
            run.snapshot.save()
        run.report(Step("same", new, old), counted=new.urn not in run.resumed)
        return new

    def create(self, new: State, provider: Provider | None) -> State:
        """Creates a resource that did not exist."""
        start = time.monotonic()
        with self._run.doing(new, "creating", "create"):
            failure = self._make(new, provider)
            self.record(new)
        if failure:
            self._run.fail(new.urn, str(failure))
        self._run.report(Step("create", new, seconds=time.monotonic() - start))
        return new

    def create_replacement(
        self, new: State, old: State, provider: Provider | None, diff: Diff | None, beside: bool
    ) -> State:
        """Creates what replaces `old`, which is deleted already or, if `beside`, after the program has ended."""
        start = time.monotonic()
        with self._run.doing(new, "creating", "create-replacement"):
            failure = self._make(new, provider)
            if old.pending_replacement:
                self.record(new, drop=old)
            else:
                self.record(new, condemn=old if beside else None)
        with self._run.lock:
            self._run.taken.add(old.urn)
        if failure:
            self._run.fail(new.urn, str(failure))
        step = Step("create-replacement", new, old, diff, time.monotonic() - start)
        self._run.report(step, counted=False)
        return new

    def update(self, new: State, old: State, provider: Provider | None, diff: Diff) -> State:
        """Updates a resource in place."""
        start, failure = time.monotonic(), None
        new.id, new.outputs = old.id, old.outputs
        with self._run.doing(new, "updating", "update"):
            try:
                if provider is not None:
                    new.outputs = self._update_outputs(new, old, provider)
                    new.modified = now()
            except InitFailed as error:
                # It does not have the new inputs yet: the old ones are kept, so that the next run tries again.
                failure, new.init_errors, new.modified = error, error.reasons, now()
                new.inputs, new.outputs = old.inputs, error.outputs
            self.record(new, drop=old)
        with self._run.lock:
            self._run.taken.add(old.urn)
        if failure:
            self._run.fail(new.urn, str(failure))
        self._run.report(Step("update", new, old, diff, time.monotonic() - start))
        return new

    def read(self, new: State, old: State | None) -> State:
        """Reads a resource that exists outside of this stack; `new` carries its id."""
        replaced = old is not None and not old.external and old.id != new.id
        with self._run.doing(new, "reading", "read"):
            if not values.is_unknown(new.id):
                provider = self._providers.of(new.provider)
                found, _, new.outputs = provider.read(new.urn, new.id, new.inputs, new.inputs)
                if not found:
                    self._run.snapshot.end(new)
                    self._run.fail(new.urn, f"resource '{new.id}' does not exist")
                new.id = found
            changed = old is not None and not (same(old.inputs, new.inputs) and same(old.outputs, new.outputs))
            if changed:
                new.modified = now()
            self.record(new, drop=None if replaced else old, condemn=old if replaced else None)
        if old is not None:
            with self._run.lock:
                self._run.taken.add(old.urn)
        self._run.report(Step("read", new, old), counted=changed)
        if replaced:
            self._run.report(Step("replace", new, old))
        return new

    def delete(self, old: State, replacing: bool = False, keep: bool = False) -> None:
        """Deletes a resource. With `keep` it stays in the state until its replacement exists."""
        run, start = self._run, time.monotonic()
        op = ("discard" if old.external else "delete") + ("-replaced" if replacing else "")
        with run.doing(old, "deleting", op):
            if not (run.preview or old.external or old.retain_on_delete or old.is_provider) and old.custom:
                self._providers.of(old.provider).delete(old)
            with run.lock:
                if keep:
                    old.pending_replacement = True
                    run.snapshot.touch(old)
                else:
                    run.snapshot.drop(old)
                run.snapshot.end(old)
            run.snapshot.save()
        run.report(Step(op, old, old, seconds=time.monotonic() - start), counted=not replacing)

    def _make(self, new: State, provider: Provider | None) -> InitFailed | None:
        try:
            if provider is None:
                new.outputs = {}
            elif new.is_provider:
                new.id = values.UNKNOWN if self._run.preview else str(uuid.uuid4())
                new.outputs = self._providers.configure(new, new.inputs, provider)
            else:
                new.id, new.outputs = provider.create(new, self._run.preview)
        except InitFailed as error:
            new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
            return error
        finally:
            new.created = new.modified = now()
        return None

    def _update_outputs(self, new: State, old: State, provider: Provider) -> Properties:
        if new.is_provider:
            return self._providers.configure(new, new.inputs, provider)
        return provider.update(old, new, self._run.preview)

    def record(self, new: State, drop: State | None = None, condemn: State | None = None) -> None:
        """Puts a new state in the place of `drop`, with `condemn` to be deleted later: all in one save."""
        run = self._run
        hide_outputs(new)
        with run.lock:
            run.news[new.urn] = new
            run.snapshot.end(new)
            run.snapshot.add(new)
            if drop is not None:
                run.snapshot.drop(drop)
            if condemn is not None:
                condemn.delete = True
                run.snapshot.touch(condemn)
        run.snapshot.save()


def hide_outputs(state: State) -> None:
    """Makes secret the outputs that the program named and those whose input of the same name is secret."""
    for key, output in state.outputs.items():
        named = key in state.additional_secret_outputs
        if not values.is_secret(output) and (named or values.is_secret(state.inputs.get(key))):
            state.outputs[key] = values.secret(output)


def _changed(new: State, old: State) -> bool:
    return any(
        (getattr(new, name) or None) != (getattr(old, name) or None)
        for name in new.__dataclass_fields__
        if name not in _METADATA
    )
