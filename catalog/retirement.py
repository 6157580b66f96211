"""Retired: the mark that lets a column or a table go in a later release.

The mark is deployed before what carries it may go, and whoever decides reads it from what is deployed, never from the
file: a column's description that begins with RETIRED, a table's label lifecycle=retired. docs/decisions/0011.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RETIRED_COLUMN = re.compile(r"RETIRED\b")
RETIRED_LABEL = ("lifecycle", "retired")


def is_retired_column(field: Mapping[str, Any]) -> bool:
    """Whether a live column, as the API shows it, carries the mark."""
    return RETIRED_COLUMN.match(str(field.get("description") or "")) is not None


def is_retired_table(labels: Mapping[str, str] | None) -> bool:
    """Whether these labels carry the mark."""
    key, value = RETIRED_LABEL
    return (labels or {}).get(key) == value
