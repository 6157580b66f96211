"""The local BigQuery of the SQL tests: one process on free ports, in a folder of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gcp_local import testing

ROOT = Path(__file__).parents[2]
PROJECT = testing.PROJECT


@contextlib.contextmanager
def running_emulator(folder: Path) -> Iterator[str]:
    """Start the emulator with its data below `folder`; yields its REST endpoint, stops it on exit."""
    with testing.emulator(folder) as started:
        yield f"http://127.0.0.1:{started.port}"
