"""Taking up steps that a killed run had begun: nobody knows whether they were done.

A creation is repeated with the very inputs of the first try: a provider that keeps a journal answers with the object
that it made; otherwise the object is made now. Where that fails, the operation stays recorded, as the CLI leaves it,
until the resource is created by other means. What was being updated or deleted is read again.
"""

from __future__ import annotations

import time

from embedded_engine.errors import InitFailed, ProviderError
from embedded_engine.providers import Providers
from embedded_engine.run import Run, Step
from embedded_engine.state import Operation, State, now
from embedded_engine.steps import hide_outputs


def resume(run: Run, providers: Providers) -> None:
    """Settles the interrupted steps of the last run. A preview only reads."""
    for operation in list(run.snapshot.interrupted):
        state, is_outside = operation.state, operation.state.custom and not operation.state.is_provider
        if not is_outside or _is_outdated(run, operation):
            run.snapshot.settle(operation)
        elif operation.kind != "creating":
            run.display.log("warning", state.urn, f"it was interrupted while {operation.kind}; reading it again")
            _read_again(run, providers, operation)
        elif run.preview:
            run.display.log("warning", state.urn, "its creation was interrupted; the next update repeats it")
        else:
            run.display.log("warning", state.urn, "its creation was interrupted; repeating it")
            _create_again(run, providers, operation)


def _is_outdated(run: Run, operation: Operation) -> bool:
    """Whether a creation was done since by other means: the CLI keeps the operation even then.

    The one way in which a creation leaves another resource of its URN alive is a replacement, and what replaces a
    resource takes over its time of creation until it is made itself.
    """
    old = run.olds.get(operation.state.urn)
    if operation.kind != "creating" or old is None or old.pending_replacement:
        return False
    return operation.state.created != old.created


def _read_again(run: Run, providers: Providers, operation: Operation) -> None:
    begun = operation.state
    run.snapshot.settle(operation)
    state = next((old for old in run.snapshot.base if (old.urn, old.id) == (begun.urn, begun.id)), None)
    if state is None or state.external:
        return
    try:
        id_, inputs, outputs = providers.of(state.provider).read(state.urn, state.id, state.inputs, state.outputs)
    except ProviderError as error:
        run.display.log("warning", state.urn, f"reading it failed: {error}")
        return
    with run.lock:
        if id_:
            state.inputs, state.outputs = state.inputs if inputs is None else inputs, outputs
            hide_outputs(state)
        elif state.delete:
            run.snapshot.drop(state)
        else:
            # As if the deletion had been recorded: made anew if it is still declared, else forgotten.
            state.pending_replacement = True
        run.snapshot.touch(state)
    run.snapshot.save()


def _create_again(run: Run, providers: Providers, operation: Operation) -> None:
    start, new = time.monotonic(), operation.state.copy()
    try:
        new.id, new.outputs = providers.of(new.provider).create(new, preview=False)
    except InitFailed as error:
        new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
    except ProviderError as error:
        run.display.log("warning", new.urn, f"repeating the interrupted creation failed: {error}")
        return
    new.created = new.modified = now()
    hide_outputs(new)
    if _take_up(run, operation, new):
        run.report(Step("create", new, seconds=time.monotonic() - start))


def _take_up(run: Run, operation: Operation, new: State) -> bool:
    """Puts the resource into the recorded state as if the last run had come so far; False if it is there already."""
    base = run.snapshot.base
    with run.lock:
        old = run.olds.get(new.urn)
        if old is not None and old.id == new.id and not old.pending_replacement:
            run.snapshot.settle(operation)
            return False
        # Beside the old one, if there is one: what depends on it comes later in the state.
        base.insert(base.index(old) + 1 if old is not None else len(base), new)
        if old is not None and old.pending_replacement:
            run.snapshot.drop(old)
        elif old is not None:
            old.delete = True
            run.snapshot.touch(old)
        run.snapshot.settle(operation)
        run.olds[new.urn] = new
        run.resumed.add(new.urn)
    run.snapshot.save()
    return True
