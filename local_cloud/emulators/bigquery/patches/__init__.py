"""What we mend of `local-bigquery`: one fault a module, each with its reason and when to drop it.

A module replaces functions of the installed package in its `apply()` and touches nothing else. Each has a test
in `tests/local/test_bigquery_patches.py` that fails without it; run those against an unpatched emulator
(`--stock`) after an upgrade to see which ones can go.
"""

from __future__ import annotations

from types import ModuleType

from local_cloud.emulators.bigquery.patches import (
    information_schema_jobs,
    merge_in_transaction,
    result_pruning,
    returns_table,
    schema_changes,
    set_tuple,
)

ALL: tuple[ModuleType, ...] = (
    information_schema_jobs,
    merge_in_transaction,
    result_pruning,
    returns_table,
    schema_changes,
    set_tuple,
)


def apply() -> None:
    """Apply every patch, once, before the emulator serves its first request."""
    for patch in ALL:
        patch.apply()
