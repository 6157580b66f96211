"""One process on Linux: start it apart from the terminal, recognise it later, stop it with its children.

A pid alone does not name a process: the kernel uses it again. The identity kept with it is the boot id and the
start time in clock ticks, which no other process with that pid can share.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.05
PROC = Path("/proc")


def start(command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own: it survives the shell and has no terminal.

    Its output is appended to `log`; it reads nothing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )


def identity(pid: int) -> str:
    """What tells this process from a later one with the same pid; empty when it does not run (or is a zombie)."""
    fields = _stat(pid)
    if not fields or fields[0] in ("Z", "X"):
        return ""
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[19]}"


def runs(pid: int, known: str) -> bool:
    """Whether the process that had `known` as its identity still runs."""
    return bool(known) and identity(pid) == known


def marked(marker: str) -> list[tuple[int, str]]:
    """Pid and identity of the processes that were started with `marker` (NAME=value) in their environment.

    Their children, which inherit it, are left out: they go with their leader.
    """
    wanted = marker.encode()
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # gone meanwhile, or somebody else's
            continue
        pid = int(entry.name)
        fields = _stat(pid)
        if wanted in variables and fields and int(fields[3]) == pid and (known := identity(pid)):
            found.append((pid, known))
    return found


def stop(processes: Iterable[tuple[int, str]], grace: float, first: signal.Signals = signal.SIGTERM) -> list[int]:
    """End these processes (pid, identity) and their children: by the signal, and by SIGKILL after `grace` seconds.

    Returns the pids that had to be killed. A pid that now belongs to somebody else is left alone.
    """
    groups = [pid for pid, known in processes if _ours(pid, known)]
    _signal(groups, first)
    left = _wait(groups, grace)
    _signal(left, signal.SIGKILL)
    _wait(left, grace)
    return left


def _ours(pid: int, known: str) -> bool:
    """A group of ours: its leader is the process we started, or is gone and left children behind."""
    current = identity(pid)
    return current == known if current else bool(_members(pid))


def _members(group: int) -> list[int]:
    """Living processes of a group that is also a session, as ours are."""
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        fields = _stat(int(entry.name))
        if fields and fields[0] not in ("Z", "X") and (int(fields[2]), int(fields[3])) == (group, group):
            found.append(int(entry.name))
    return found


def _signal(groups: Iterable[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)


def _wait(groups: Iterable[int], seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    left = [group for group in groups if _members(group)]
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [group for group in left if _members(group)]
    return left


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on (state, ppid, pgrp, session, ...); empty when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text[text.rindex(")") + 2 :].split()  # the name before it may hold spaces and parentheses
