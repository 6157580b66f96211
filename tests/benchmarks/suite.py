"""How long the whole test suite takes on this machine, and how well it uses the cores.

Aim: 12 minutes on two cores.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time

from tests.sql.emulator import ROOT

AIM_MINUTES = 12
AIM_CORES = 2


def main() -> None:
    """Runs `make test` once; its own output is left out, its last lines are shown when it fails."""
    before, started = _processor_seconds(), time.perf_counter()
    done = subprocess.run(["make", "--no-print-directory", "test"], cwd=ROOT, capture_output=True, text=True)
    wall, processor = time.perf_counter() - started, _processor_seconds() - before
    cores = len(os.sched_getaffinity(0))
    print(f"\nmake test on {cores} cores: {wall / 60:.1f} min (aim {AIM_MINUTES} on {AIM_CORES})", end="")
    print(f"   ratio {wall / 60 / AIM_MINUTES:.2f}   {processor / 60:.1f} min of processor time")
    if done.returncode:
        print("\n".join(["some tests failed:", *done.stdout.splitlines()[-20:]]))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
