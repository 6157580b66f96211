"""Ports on the loopback: free ones, and who holds a taken one."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from gcp_local.environment import HOST

LISTENING = "0A"


class Reservation:
    """Ports that no other process is given before the end of the `with` block.

    Each is bound by a socket that does not listen. A server may still take it (SO_REUSEADDR, which all of ours set);
    the kernel gives it to nobody who asks for any port, nor to an outgoing connection. An abstract socket of the
    port's name keeps out another reservation, which may bind it too: two clouds that remember the same port.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def free(self, count: int) -> list[int]:
        """Ports that nobody listens on, all different."""
        found: list[int] = []
        while len(found) < count:
            bound = _bound(socket.AF_INET, (HOST, 0))
            self._sockets.append(bound)
            port = bound.getsockname()[1]
            if self._claim(port):
                found.append(port)
        return found

    def take(self, port: int) -> bool:
        """Whether a server can listen on `port`, which is then kept for it."""
        try:
            self._sockets.append(_bound(socket.AF_INET, (HOST, port)))
        except OSError:
            return False
        return self._claim(port)

    def release(self) -> None:
        """Their servers listen now."""
        while self._sockets:
            self._sockets.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def _claim(self, port: int) -> bool:
        try:
            self._sockets.append(_bound(socket.AF_UNIX, f"\0gcp-local-port-{port}"))
        except OSError:
            return False
        return True


def answers(port: int, timeout: float = 0.5) -> bool:
    """Whether somebody accepts a connection on `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout):
            return True
    except OSError:
        return False


def holder(port: int) -> str:
    """The process that listens on `port`, as `pid 123 (command line)`; empty when it cannot be known."""
    return next((f"pid {entry.name} ({_command(entry)})" for entry in _listeners(port)), "")


def is_held_by(port: int, session: int) -> bool:
    """Whether a process of `session` listens on `port`."""
    for entry in _listeners(port):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == session:
                return True
    return False


def _bound(family: socket.AddressFamily, address: tuple[str, int] | str) -> socket.socket:
    """A socket at `address`; OSError where somebody listens."""
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, or TIME_WAIT looks taken
    try:
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _listeners(port: int) -> Iterator[Path]:
    inodes = _listening(port)
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and inodes & _sockets(entry))


def _listening(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _sockets(process: Path) -> set[str]:
    try:
        return {str(link.readlink()) for link in (process / "fd").iterdir()}
    except OSError:  # gone meanwhile, or somebody else's
        return set()


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()[:80]
    except OSError:
        return "unknown"
