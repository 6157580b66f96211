"""Turns registrations into steps: which of same, create, update, replace or read brings a resource to its goal."""

from __future__ import annotations

from embedded_engine import urns
from embedded_engine.aliases import Aliases
from embedded_engine.errors import ProviderError, Refused
from embedded_engine.paths import ignore_changes
from embedded_engine.policies import Policies
from embedded_engine.provider import Diff, Failure, Provider, plain_diff
from embedded_engine.providers import Providers, checked_config, without_engine_keys
from embedded_engine.replacement import Replacement
from embedded_engine.run import Run
from embedded_engine.state import Goal, State
from embedded_engine.steps import Steps
from embedded_engine.values import Properties


class Registrar:
    """Brings resources to their goals. Called from many threads, one registration each."""

    def __init__(self, run: Run, providers: Providers, policies: Policies) -> None:
        self._run, self._providers, self._policies = run, providers, policies
        self._aliases = Aliases(run)
        self._steps = Steps(run, providers)
        self._replacement = Replacement(run, providers, self._steps)

    def register(self, goal: Goal) -> State:
        """Does what a registration needs and returns the resource's new state."""
        run = self._run
        run.check_running()
        urn = urns.make(run.stack, run.project, goal.parent, goal.type, goal.name)
        try:
            with run.lock:
                self._claim(urn, goal)
                run.goals[urn] = goal
                old = self._aliases.find(urn, goal)
            return self._decide(State.of(urn, goal, old), old, goal)
        except ProviderError as error:
            run.fail(urn, str(error))
        except Refused as refusal:
            run.refuse(refusal)

    def read(self, goal: Goal, id_: str) -> State:
        """Reads a resource that exists outside of the stack."""
        run = self._run
        urn = urns.make(run.stack, run.project, goal.parent, goal.type, goal.name)
        with run.lock:
            self._claim(urn, goal)
            old = run.olds.get(urn)
        new = State.of(urn, goal, old)
        new.external, new.id = True, id_
        try:
            return self._steps.read(new, old)
        except ProviderError as error:
            run.fail(urn, str(error))

    def _claim(self, urn: str, goal: Goal) -> None:
        if urn in self._run.seen:
            self._run.fail(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
        if goal.parent and goal.parent not in self._run.seen:
            self._run.fail(urn, f"could not find parent resource {goal.parent}")
        self._run.seen.add(urn)

    def _decide(self, new: State, old: State | None, goal: Goal) -> State:
        if old is None or old.urn in self._run.condemned or old.external:
            provider = self._check(new, {}, goal.properties)
            self._policies.check(new)
            if old is None:
                return self._steps.create(new, provider)
            return self._replacement.recreate(new, old, provider)
        inputs = ignore_changes(goal.properties, old.inputs, goal.ignore_changes)
        provider = self._check(new, old.inputs, inputs)
        self._policies.check(new)
        diff = self._diff(new, old, provider)
        if diff.replaces or old.pending_replacement:
            self._replacement.refuse_protected(new, old)
            provider = self._check(new, {}, goal.properties)  # defaults are those of a new resource
            return self._replacement.replace(new, old, provider, diff, goal.delete_before_replace)
        if diff.changed or old.init_errors:
            return self._steps.update(new, old, provider, diff)
        return self._steps.same(new, old, provider)

    def _check(self, new: State, olds: Properties, news: Properties) -> Provider | None:
        """Lets the provider validate the inputs and fill in defaults; components have no provider."""
        if not new.custom:
            new.inputs = news
            return None
        if new.is_provider:
            provider = self._providers.connect(urns.package_of(new.type))
            old_config, config = without_engine_keys(olds), without_engine_keys(news)
            inputs, failures = provider.check_config(new.urn, old_config, config)
            inputs = checked_config(inputs, news)
        else:
            provider = self._providers.of(new.provider)
            inputs, failures = provider.check(new.urn, olds, news)
        if failures:
            self._report_failures(new, failures)
        new.inputs = inputs
        return provider

    def _report_failures(self, new: State, failures: list[Failure]) -> None:
        for failure in failures[:-1]:
            self._run.display.log("error", new.urn, _explain(new, failure))
        self._run.fail(new.urn, _explain(new, failures[-1]))

    def _diff(self, new: State, old: State, provider: Provider | None) -> Diff:
        if self._provider_changed(new, old):
            return Diff(changed=True, replace_keys=["provider"], changed_keys=["provider"])
        if provider is None:
            return plain_diff(old.inputs, new.inputs)
        if new.is_provider:
            recorded = old.copy(inputs=without_engine_keys(old.inputs))
            return provider.diff_config(new.urn, recorded, without_engine_keys(new.inputs))
        return provider.diff(old, new.inputs, new.ignore_changes)

    def _provider_changed(self, new: State, old: State) -> bool:
        """Whether a resource must be replaced because its provider became another one."""
        if new.provider == old.provider:
            return False
        if not new.provider or not old.provider:
            return True
        was, now = old.provider_urn, new.provider_urn
        if self._aliases.is_rename(was, now):
            return False
        before, after = self._run.olds.get(was), self._run.news.get(now)
        if before is None or after is None:
            return True
        recorded = before.copy(inputs=without_engine_keys(before.inputs))
        news = without_engine_keys(after.inputs)
        return self._providers.of(new.provider).diff_config(now, recorded, news).replaces


def _explain(new: State, failure: Failure) -> str:
    resource = f"{new.type} resource '{new.name}'"
    if failure.property:
        return f"{resource}: property {failure.property} value is invalid: {failure.reason}"
    return f"{resource} has a problem: {failure.reason}"
