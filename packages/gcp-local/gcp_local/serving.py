"""A server that a test owns: one process on the loopback, waited for until it answers, ended with its children.

A whole cloud that outlives its command is `supervisor.cloud`'s. Both start and end processes by `supervisor.process`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gcp_local.supervisor import process

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05


class Server:
    """A started process that answers once `ready` says so. It writes to `log` and works in the folder of that."""

    def __init__(
        self,
        command: Sequence[str],
        ready: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.process = process.start(command, environment, log.parent, log)
        self._known = process.identity(self.process.pid)
        self._ready, self._log = ready, log

    def wait(self) -> None:
        """Until it answers. AssertionError with what it wrote when it ends before, or stays silent."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self.process.poll() is None, f"ended before it answered: {self._log.read_text()}"
            assert time.monotonic() < deadline, f"does not answer: {self._log.read_text()}"
            time.sleep(POLL_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends the signal and waits. AssertionError when it had to be killed for not heeding it."""
        killed = process.stop([(self.process.pid, self._known)], STOP_SECONDS, number)
        self.process.wait(timeout=STOP_SECONDS)
        assert not killed, f"did not heed {number.name}: {self._log.read_text()}"


@contextmanager
def serving(
    command: Sequence[str], ready: Callable[[], bool], log: Path, environment: Mapping[str, str] = os.environ
) -> Iterator[Server]:
    """A server that answers; killed at the end, as nobody waits for what it would still say."""
    started = Server(command, ready, log, environment)
    try:
        started.wait()
        yield started
    finally:
        started.stop(signal.SIGKILL)
