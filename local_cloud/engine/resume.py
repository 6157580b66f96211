"""Taking up creations that a killed run had begun: nobody knows whether the resource exists.

Each is repeated with the very inputs of the first try. A provider that keeps a journal answers with the object
that it made; otherwise the resource is made now. Where the repetition fails, the operation stays recorded, as the
CLI does, until the resource is created or refreshed by other means.
"""

from __future__ import annotations

import time

from local_cloud.engine.errors import InitFailed, ProviderError
from local_cloud.engine.providers import Providers
from local_cloud.engine.run import Run, Step
from local_cloud.engine.state import State, now
from local_cloud.engine.steps import hide_outputs


def resume(run: Run, providers: Providers) -> None:
    """Repeats the interrupted creations of the last run. In a preview they are only told."""
    for operation in list(run.snapshot.interrupted):
        state = operation.state
        run.display.log("warning", state.urn, "a creation was interrupted; it is repeated by the next update")
        if not run.preview:
            _repeat(run, providers, state.copy())


def _repeat(run: Run, providers: Providers, new: State) -> None:
    start = time.monotonic()
    try:
        if new.is_provider or not new.custom:
            run.snapshot.interrupted = [item for item in run.snapshot.interrupted if item.state.urn != new.urn]
            return  # nothing outside of the engine was made
        new.id, new.outputs = providers.of(new.provider).create(new, preview=False)
    except InitFailed as error:
        new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
    except ProviderError as error:
        run.display.log("warning", new.urn, f"repeating the interrupted creation failed: {error}")
        return
    new.created = new.modified = now()
    hide_outputs(new)
    _take_up(run, new)
    run.resumed.add(new.urn)
    run.report(Step("create", new, seconds=time.monotonic() - start))


def _take_up(run: Run, new: State) -> None:
    """Puts the resource into the recorded state as if the last run had come so far."""
    with run.lock:
        old = run.olds.get(new.urn)
        # Beside the old one, if there is one: what depends on it comes later in the state.
        place = run.snapshot.base.index(old) + 1 if old is not None else len(run.snapshot.base)
        if old is not None and old.pending_replacement:
            run.snapshot.drop(old)
        elif old is not None:
            old.delete = True
            run.snapshot.touch(old)
        run.snapshot.base.insert(place, new)
        run.snapshot.interrupted = [item for item in run.snapshot.interrupted if item.state.urn != new.urn]
        run.olds[new.urn] = new
    run.snapshot.save()
