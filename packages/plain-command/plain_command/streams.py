"""A command's standard streams, whatever its caller made of them: closed, cut off, full, or of another encoding.

A command begins with `prepare` and ends with `finish`. In between, a command that
only shows something ends as soon as nobody can read it; one that changes something says `keep_going` first.
"""

from __future__ import annotations

import errno
import io
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

CUT_OFF = 128 + signal.SIGPIPE
"""Exit code of a command whose reader went away: what a shell says of any such command."""
FULL = 1

_keeps_going = False


class Output(io.FileIO):
    """A descriptor that is written to until that fails once; `lost` is why."""

    def __init__(self, descriptor: int, *, vital: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.lost: OSError | None = None
        self._vital = vital

    def write(self, data: Any) -> int:
        """Takes everything; what can no longer be written is dropped."""
        if self.lost is None:
            try:
                return self._written(data)
            except OSError as error:
                self.lost = error
                if self._vital and not _keeps_going:
                    _end(error)
        return len(data)

    def _written(self, data: Any) -> int:
        while (count := super().write(data)) is None:  # a pipe that does not block, and is full
            select.select((), (self,), ())
        return count


def prepare() -> None:
    """Makes the three streams usable. Streams that somebody put in their place (a test) are left alone."""
    for descriptor in (0, 1, 2):
        _reopen(descriptor)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8", errors="replace")
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(1, sys.stdout, vital=True)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(2, sys.stderr, vital=False)


def run(command: Callable[[], int | None]) -> NoReturn:
    """The whole process: what `command` returns, or exits with, is the exit code."""
    prepare()
    try:
        code: object = command()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.exit(finish(code if isinstance(code, int) else int(code is not None)))


def keep_going() -> None:
    """From here on the command goes on to its end, whether or not somebody can read what it says."""
    global _keeps_going
    _keeps_going = True


def lost() -> OSError | None:
    """Why standard output can no longer be written, None while it can."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, Output) else None


def finish(code: int) -> int:
    """Writes what is left; the exit code, which a full disk makes a failure."""
    sys.stdout.flush()
    sys.stderr.flush()
    error = lost()
    if error is None or _reader_left(error):
        return code
    if _keeps_going:  # else it was told where it happened
        _complain(error)
    return code or FULL


def _end(error: OSError) -> None:
    code = CUT_OFF if _reader_left(error) else FULL
    if code == FULL:
        _complain(error)
    if threading.current_thread() is threading.main_thread():
        raise SystemExit(code)
    os._exit(code)  # nothing was to be changed, so there is nothing to put in order


def _complain(error: OSError) -> None:
    fix = "free some space, or send the output elsewhere, and run it again"
    print(f"error: the output could not be written: {error.strerror}\n  fix: {fix}", file=sys.stderr, flush=True)


def _reader_left(error: OSError) -> bool:
    return error.errno == errno.EPIPE


def _reopen(descriptor: int) -> None:
    """Puts the null device where the caller closed a stream: the next file opened would take its place."""
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, os.O_RDONLY if descriptor == 0 else os.O_WRONLY)
        os.dup2(null, descriptor)
        if null != descriptor:
            os.close(null)
        os.set_inheritable(descriptor, True)


def _text(descriptor: int, before: TextIO | None, *, vital: bool) -> TextIO:
    raw = Output(descriptor, vital=vital)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=before.encoding if before else "utf-8",
        errors="backslashreplace",  # what the terminal's encoding lacks is no reason to end
        line_buffering=raw.isatty() or not vital,
    )
