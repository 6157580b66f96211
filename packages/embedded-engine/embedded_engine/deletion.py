"""Deleting what is no longer wanted: in waves, dependents before what they need."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from embedded_engine.errors import ProviderError, StepFailed
from embedded_engine.run import Run
from embedded_engine.state import State
from embedded_engine.steps import Steps


class Deletion:
    """The end of an update, and the whole of a destroy (where the program takes nothing up)."""

    def __init__(self, run: Run, steps: Steps) -> None:
        self._run, self._steps = run, steps

    def delete_unwanted(self) -> None:
        """Deletes what was not taken up and what replacements left behind.

        A protected resource stays, and with it all that it needs; the rest is deleted, then the run fails.
        """
        waiting, kept = self._unwanted(), list[State]()
        with ThreadPoolExecutor(self._run.parallel) as pool:
            while waiting:
                wave = _independent(waiting, kept)
                if not wave:
                    break
                kept += [state for state in wave if _is_kept(state)]
                waiting = [state for state in waiting if state not in wave]
                for job in [pool.submit(self._delete, state) for state in wave if not _is_kept(state)]:
                    job.result()
                self._run.check_running()
        for state in kept:
            self._run.failed = True
            self._run.display.log(
                "error",
                state.urn,
                f'resource "{state.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, '
                "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
            )

    def _unwanted(self) -> list[State]:
        found = []
        for state in self._run.snapshot.remaining():
            if state.delete:
                found.append(state)
            elif state.urn not in self._run.taken:
                if state.pending_replacement:
                    self._run.snapshot.drop(state)  # it is gone already
                else:
                    found.append(state)
        self._run.snapshot.save()
        return found

    def _delete(self, state: State) -> None:
        try:
            self._steps.delete(state, replacing=state.delete)
        except ProviderError as error:
            self._run.failed = True
            self._run.display.log("error", state.urn, str(error))
        except StepFailed:
            return  # reported; the wave's other steps that are under way end, then the run stops


def _is_kept(state: State) -> bool:
    return state.protect and not state.delete


def _independent(waiting: list[State], kept: list[State]) -> list[State]:
    """The resources that nothing else still needs. Two states of one URN can need each other: then the last one."""
    needed = {urn for state in [*waiting, *kept] for urn in state.needs()}
    wave = [state for state in waiting if state.urn not in needed]
    return wave if wave or kept else waiting[-1:]
