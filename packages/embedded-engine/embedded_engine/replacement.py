"""Replacing resources: the new one beside the old one, or after the old one and all that cannot live without it."""

from __future__ import annotations

from embedded_engine import values
from embedded_engine.provider import Diff, Provider
from embedded_engine.providers import Providers
from embedded_engine.run import Run, Step
from embedded_engine.state import State
from embedded_engine.steps import Steps


class Replacement:
    """The two kinds of replacement, with the cascade of the second."""

    def __init__(self, run: Run, providers: Providers, steps: Steps) -> None:
        self._run, self._providers, self._steps = run, providers, steps

    def refuse_protected(self, new: State, old: State) -> None:
        """Fails if the resource is protected; a preview goes on, to show what would need the replacement."""
        if not (new.protect and old.protect):
            return
        message = (
            f'unable to replace resource "{new.urn}"\nas it is currently marked for protection. To unprotect the '
            "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
        )
        if not self._run.preview:
            self._run.fail(new.urn, message)
        self._run.unsound = True
        self._run.display.log("error", new.urn, message)

    def recreate(self, new: State, old: State, provider: Provider | None) -> State:
        """Creates a resource again that another one's replacement took away, or takes over one that was only read."""
        if old.external and old.urn not in self._run.condemned:
            result = self._steps.create_replacement(new, old, provider, None, beside=True)
            self._run.report(Step("replace", new, old))
            return result
        reasons = self._run.condemned[old.urn]
        diff = Diff(changed=True, replace_keys=reasons, changed_keys=reasons)
        self._run.report(Step("replace", new, old, diff))
        return self._steps.create_replacement(new, old, provider, diff, beside=False)

    def replace(
        self, new: State, old: State, provider: Provider | None, diff: Diff, delete_first: bool | None
    ) -> State:
        """Replaces a resource; `delete_first` is the program's wish, which goes before the provider's."""
        if not (diff.delete_first if delete_first is None else delete_first):
            result = self._steps.create_replacement(new, old, provider, diff, beside=True)
            self._run.report(Step("replace", new, old, diff))
            return result
        for dependent in reversed(self._dependents(old)):
            self._steps.delete(dependent, replacing=True, keep=True)
        if not old.pending_replacement:
            with self._run.lock:
                self._run.condemned[old.urn] = diff.replace_keys
            self._steps.delete(old, replacing=True, keep=True)
        self._run.report(Step("replace", new, old, diff))
        return self._steps.create_replacement(new, old, provider, diff, beside=False)

    def _dependents(self, root: State) -> list[State]:
        """The recorded resources that must be replaced too when `root` goes away first, in order of dependency.

        They are marked as condemned: their own registrations, which are still to come, create them again.
        """
        run, gone = self._run, {root.urn}
        found: list[State] = []
        for state in run.snapshot.remaining():
            if state is root or not self._may_follow(state):
                continue
            reasons = self._reasons_to_follow(state, gone)
            if reasons is None:
                continue
            if state.protect:
                run.fail(
                    root.urn,
                    f'unable to replace resource "{state.urn}" as part of replacing "{root.urn}" as it is currently '
                    "marked for protection. To unprotect the resource, remove the `protect` flag from the resource "
                    "in your Pulumi program and run `pulumi up`",
                )
            with run.lock:
                if not self._may_follow(state):
                    continue
                run.condemned[state.urn] = reasons
            gone.add(state.urn)
            found.append(state)
        return found

    def _may_follow(self, state: State) -> bool:
        """Whether a resource can depend on what is replaced: what registered already does not wait for it."""
        run = self._run
        if not state.custom or state.external or state.delete or state.pending_replacement:
            return False
        return state.urn not in run.seen and state.urn not in run.taken and state.urn not in run.condemned

    def _reasons_to_follow(self, state: State, gone: set[str]) -> list[str] | None:
        """The properties for which the provider would replace the resource if what they take from `gone` ones
        changed; None if it would not replace it.
        """
        if state.provider_urn in gone:
            return ["provider"]
        unknown = {
            key
            for key, dependencies in state.property_dependencies.items()
            if key in state.inputs and gone.intersection(dependencies)
        }
        if not unknown or state.is_provider:
            return None
        inputs = {key: values.UNKNOWN if key in unknown else value for key, value in state.inputs.items()}
        diff = self._providers.of(state.provider).diff(state, inputs, state.ignore_changes)
        return diff.replace_keys if diff.replaces else None
