"""Monitoring filters: which time series a filter selects (docs.cloud.google.com/monitoring/api/v3/filters)."""

from __future__ import annotations

import re
from collections.abc import Callable

from gcp_local.services.errors import Json, not_emulated
from gcp_local.services.filters import (
    Comparison,
    Expression,
    Function,
    Text,
    asked_filter,
    holds,
    leaves,
    steps,
)
from gcp_local.services.monitoring.series import Series

FUNCTIONS: dict[str, Callable[[str, tuple[str, ...]], bool]] = {
    "one_of": lambda text, given: text in given,
    "starts_with": lambda text, given: text.startswith(given[0]),
    "ends_with": lambda text, given: text.endswith(given[0]),
    "has_substring": lambda text, given: given[0] in text,
    "monitoring.regex.full_match": lambda text, given: re.fullmatch(given[0], text) is not None,
}


def read(text: str) -> Callable[[Series], bool]:
    """The test of a filter. Raises ApiError: 400 for what cannot be parsed, 501 for what is not known here."""
    expression = asked_filter(text)
    check(expression)
    return lambda series: holds(expression, lambda leaf: _meets(leaf, series))


def check(expression: Expression) -> None:
    """Raise 501 for a part of an expression that is not known here."""
    for leaf in leaves(expression):
        if not isinstance(leaf, Comparison):
            raise not_emulated(f"'{getattr(leaf, 'text', '') or getattr(leaf, 'name', '')}' alone in a metric filter")
        parts = steps(leaf.field)
        if parts not in (["metric", "type"], ["resource", "type"], ["project"]) and not _is_label(parts):
            raise not_emulated(f"the field {leaf.field} of a metric filter")
        if leaf.operator not in ("=", "!="):
            raise not_emulated(f"the operator {leaf.operator} of a metric filter")
        if isinstance(leaf.value, Function) and (leaf.value.name not in FUNCTIONS or not leaf.value.arguments):
            raise not_emulated(f"the function {leaf.value.name} of a metric filter")
        if not isinstance(leaf.value, Function | Text):
            raise not_emulated(f"a group of values of {leaf.field} in a metric filter (write one_of)")


def label_at(series: Series, field: str) -> str:
    """The value of a field such as `resource.labels.config_id`; empty when the series has no such label."""
    parts = steps(field)
    if parts == ["project"]:
        return str(series.resource["labels"].get("project_id", ""))
    side: Json = series.metric if parts[0] == "metric" else series.resource
    return str(side["type"] if parts[1:] == ["type"] else side["labels"].get(parts[-1], ""))


def _is_label(parts: list[str]) -> bool:
    return len(parts) == 3 and parts[0] in ("metric", "resource") and parts[1] in ("label", "labels")


def _meets(leaf: Comparison | Text | Function, series: Series) -> bool:
    assert isinstance(leaf, Comparison)
    found = label_at(series, leaf.field)
    if isinstance(leaf.value, Function):
        equal = FUNCTIONS[leaf.value.name](found, leaf.value.arguments)
    else:
        equal = isinstance(leaf.value, Text) and found == leaf.value.text
    return equal == (leaf.operator == "=")
