"""`eros` that is killed at a named step, with the engine that it runs: `python -P dying.py MOMENT rollback ...`.

Nothing of the command is replaced: the functions of its steps are wrapped, and at the moment the whole process group
gets SIGKILL. The moments are in the order in which a rollback comes to them, so that a chain of commands, each killed
at the next one, goes through all of them.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations import cli, google_api
from operations.backup.writing import Writer
from operations.releases.stack_hands import CloudHands
from operations.rollback import building
from operations.rollback.rollback_journal import RollbackFile
from operations.stack import Stack


@dataclass(frozen=True)
class Moment:
    """Before or after the nth call of a function for which the condition holds."""

    owner: Any
    name: str
    is_before: bool = False
    nth: int = 1
    holds: Callable[[tuple[Any, ...]], bool] = lambda _: True


def _switches(*, off: bool) -> Callable[[tuple[Any, ...]], bool]:
    return lambda given: given[-1] == {"disabled": off}


MOMENTS = {
    "the target is built": Moment(building, "build"),
    "the journal is begun": Moment(RollbackFile, "write"),
    "its row is not written": Moment(CloudHands, "opened", is_before=True),
    "its row is written": Moment(CloudHands, "opened"),
    "three tables are backed up": Moment(Writer, "_extract", nth=3),
    "the backup is not written down": Moment(CloudHands, "backup"),
    "the backup is written down": Moment(RollbackFile, "write", holds=lambda given: bool(given[1].backup)),
    "the checks of before have run": Moment(CloudHands, "verify"),
    "the schedules to stop are written down": Moment(RollbackFile, "write", holds=lambda given: bool(given[1].stopped)),
    "one schedule has stopped": Moment(google_api, "patch", holds=_switches(off=True)),
    "all schedules have stopped": Moment(CloudHands, "stop"),
    "the engine is at work": Moment(Stack, "deploys", is_before=True),
    "the update is not written down": Moment(Stack, "deploys"),
    "the update is written down": Moment(RollbackFile, "write", holds=lambda given: given[1].is_updated),
    "all schedules have stopped again": Moment(CloudHands, "stop", nth=2),
    "the checks of after have run": Moment(CloudHands, "verify", holds=lambda given: ".eros" in str(given[1])),
    "one schedule runs again": Moment(google_api, "patch", holds=_switches(off=False)),
    "all schedules run again": Moment(CloudHands, "start"),
    "its end is not written": Moment(CloudHands, "closed", is_before=True),
    "its end is written": Moment(CloudHands, "closed"),
    "the journal is gone": Moment(RollbackFile, "remove"),
}


def main() -> None:
    name = sys.argv.pop(1)
    if name == "the engine is at work":
        threading.Thread(target=_when_locked, daemon=True).start()
    else:
        _wrap(MOMENTS[name])
    cli.main()


def _wrap(moment: Moment) -> None:
    function, calls = getattr(moment.owner, moment.name), 0

    @functools.wraps(function)
    def wrapped(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += moment.holds(given)
        is_now = calls == moment.nth and moment.holds(given)
        if is_now and moment.is_before:
            die()
        answer = function(*given, **named)
        if is_now:
            die()
        return answer

    setattr(moment.owner, moment.name, wrapped)


def _when_locked() -> None:
    """An update is under way while its lock is there."""
    folder = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://").partition("?")[0])
    while not any((folder / ".pulumi" / "locks").rglob("local/*.json")):
        time.sleep(0.05)
    die()


def die() -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
