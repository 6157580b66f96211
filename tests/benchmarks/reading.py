"""What reading the catalog of the whole platform costs a preview, with and without a change of its files.

Aim: under 0.3 s of processor time when no file changed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from tests.sql.emulator import ROOT

TURNS = 5
# As in a preview: a process of its own, the imports done.
PROGRAM = """
import sys, time
from pathlib import Path
from catalog import load_cached
before = time.process_time()
load_cached(Path(sys.argv[1]))
print(time.process_time() - before)
"""


def main() -> None:
    """Median processor seconds of a reading that finds nothing kept and of one that finds everything."""
    anew = statistics.median(_anew() for _ in range(TURNS))
    with tempfile.TemporaryDirectory() as folder:
        _seconds(folder)
        kept = statistics.median(_seconds(folder) for _ in range(TURNS))
    print("\nthe catalog of the whole platform, processor time")
    print(f"  files changed {anew:6.2f} s\n  unchanged     {kept:6.2f} s (aim under 0.30)   ratio {kept / anew:.2f}")


def _anew() -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _seconds(folder)


def _seconds(cache: str) -> float:
    command = [sys.executable, "-c", PROGRAM, str(ROOT)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"XDG_CACHE_HOME": cache}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
