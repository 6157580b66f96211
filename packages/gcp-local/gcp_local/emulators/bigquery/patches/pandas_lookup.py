"""Each statement with parameters looks for pandas on the disk.

Fault: to convert a parameter DuckDB's Python client imports pandas, in case the value is one of its; where pandas
is not installed, every statement walks the whole import path twice: 1 ms.
Why it matters: a statement of a script reads the emulator's own tables ten times.
Here a missing pandas is remembered as missing.
Drop it when DuckDB remembers a module that is not there.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

PANDAS = "pandas"


class Absent:
    """The first that is asked for a module. Not `sys.modules["pandas"] = None`: compiled importers take the None."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> None:
        """Say at once what the whole import path would say in the end."""
        if name == PANDAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def apply() -> None:
    """Make the import fail at once where it would fail anyway."""
    if PANDAS not in sys.modules and importlib.util.find_spec(PANDAS) is None:
        sys.meta_path.insert(0, Absent)
