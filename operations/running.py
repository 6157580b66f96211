"""One run of an engine on the terminal: what it says goes out, signals go in, and its end is waited for.

The engine has the terminal itself where there is one. Where its output goes to a pipe or a file it goes through this
process, so that a reader who leaves ends no update half-way.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

from plain_command import streams

SIGNALS = (signal.SIGINT, signal.SIGTERM)
KILLED_AT = 3
"""The engine ends in order at the first signal and at once at the second; one that does neither is killed."""
LEFTOVER_SECONDS = 5.0
HEARD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """How an engine ended: its exit code (128 + N after signal N), the first signal that asked it to stop, the one
    that killed it, and the last of what it said where its errors go, if that was listened to.
    """

    code: int
    interrupted: signal.Signals | None = None
    killed: signal.Signals | None = None
    said: str = ""


def run(command: Sequence[str], folder: Path, *, changes: bool, listens: bool = False) -> Ended:
    """Runs a command to its end. With `changes` it gets there even when nobody reads what it says. With `listens` its
    errors go through this process also where there is a terminal.
    """
    if changes:
        streams.keep_going()
    relay = _Relay()
    with relay.installed():
        errors = _errors_target() or (subprocess.PIPE if listens else None)
        child = subprocess.Popen(command, cwd=folder, stdout=_target(sys.stdout), stderr=errors)
        relay.attach(child)
        said = bytearray()
        with _passing_on(child, said):
            code = child.wait()
    killed = signal.Signals(-code) if code < 0 else None
    return Ended(128 - code if killed else code, relay.first, killed, said.decode(errors="replace"))


@dataclass(slots=True)
class _Relay:
    """Passes signals on to the engine. A terminal sends its Ctrl-C to both, so the first one needs no help."""

    first: signal.Signals | None = None
    _child: subprocess.Popen[bytes] | None = None
    _received: list[int] = field(default_factory=list)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def attach(self, child: subprocess.Popen[bytes]) -> None:
        """From here on signals have somebody to go to; those that came earlier go now."""
        self._child = child
        for number in list(self._received):
            self._send(number)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self.first = self.first or signal.Signals(number)
        self._received.append(number)
        self._send(number)

    def _send(self, number: int) -> None:
        if self._child is None or (number == signal.SIGINT and len(self._received) == 1 and _at_terminal()):
            return
        self._child.send_signal(number if len(self._received) < KILLED_AT else signal.SIGKILL)


def _at_terminal() -> bool:
    """True when this process is what the terminal sends its signals to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _target(stream: TextIO) -> int | None:
    return None if stream.isatty() else subprocess.PIPE


def _errors_target() -> int | None:
    """Joined to the output where both go to one place, which keeps their order."""
    target = _target(sys.stderr)
    with contextlib.suppress(OSError, ValueError):
        if target == subprocess.PIPE and os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno()):
            return subprocess.STDOUT
    return target


@contextlib.contextmanager
def _passing_on(child: subprocess.Popen[bytes], said: bytearray) -> Iterator[None]:
    """Passes on what the engine says while the body runs, and what is left of it afterwards. The end of its errors,
    or of all that it says where both go to one place, is put into `said`.
    """
    heard = child.stderr or child.stdout
    pairs = ((child.stdout, sys.stdout), (child.stderr, sys.stderr))
    threads = [
        threading.Thread(target=_pass_on, args=(source, stream, said if source is heard else bytearray()), daemon=True)
        for source, stream in pairs
        if source
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(LEFTOVER_SECONDS)  # a process that the engine left behind may hold the other end open


def _pass_on(source: IO[bytes], stream: TextIO, said: bytearray) -> None:
    stream.flush()
    while chunk := os.read(source.fileno(), 1 << 16):
        said += chunk
        del said[:-HEARD_BYTES]
        stream.buffer.write(chunk)
        stream.buffer.flush()
