"""The Logging query language as far as this cloud knows it: whether a log entry meets a filter.

docs.cloud.google.com/logging/docs/view/logging-query-language: comparisons of text ignore case, except regular
expressions; `:` finds a part of a text, `=~` searches with a regular expression; a comparison with a missing field
is false. What is not known is refused by name, when the filter is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote

from gcp_local.services.errors import Json, invalid, not_emulated
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
from gcp_local.services.scalars import instant_of

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
ROOTS = {"jsonPayload", "labels", "resource", "logName", "severity", "timestamp", "receiveTimestamp", "insertId"}
ROOTS |= {"textPayload", "protoPayload"}
TIMES = ("timestamp", "receiveTimestamp")
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}
Predicate: TypeAlias = Callable[[Json], bool]


@lru_cache(maxsize=512)
def read(text: str) -> Predicate:
    """The test of a filter; an empty one takes every entry. Raises ApiError: 400 for nonsense, 501 for the unknown."""
    if not text.strip():
        return lambda _: True
    expression = asked_filter(text)
    check(expression)
    return lambda entry: holds(expression, lambda leaf: _meets(leaf, entry))


def check(expression: Expression) -> None:
    """Raise what `read` raises for the parts of an expression."""
    for leaf in leaves(expression):
        if isinstance(leaf, Text):
            raise not_emulated(f"the search for the text '{leaf.text}' anywhere in a log entry")
        if isinstance(leaf, Function):
            _check_function(leaf)
        else:
            _check_field(leaf)
            for value in leaves(leaf.value):
                _check_value(leaf, value)


def value_at(entry: Json, field: str) -> Any:
    """What stands at a dotted field of an entry; None where a step is missing."""
    found: Any = entry
    for step in steps(field):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _check_function(call: Function) -> None:
    if call.name != "log_id":
        raise not_emulated(f"the function {call.name} of a Logging filter")
    if len(call.arguments) != 1:
        raise invalid("log_id takes one argument.", field="filter")


def _check_field(leaf: Comparison) -> None:
    parts = steps(leaf.field)
    whole = {"resource": parts[1:2] in (["type"], ["labels"]), "labels": len(parts) > 1, "jsonPayload": len(parts) > 1}
    whole["protoPayload"] = len(parts) > 1
    if not parts or parts[0] not in ROOTS or not whole.get(parts[0], len(parts) == 1):
        raise not_emulated(f"the field {leaf.field} of a Logging filter")
    if leaf.operator not in (*ORDERS, ":", "=~"):
        raise not_emulated(f"the operator {leaf.operator} of a Logging filter (write NOT before the comparison)")


def _check_value(leaf: Comparison, value: Any) -> None:
    if not isinstance(value, Text):
        raise not_emulated(f"a {type(value).__name__.lower()} as value of {leaf.field} in a Logging filter")
    if leaf.operator == "=~":
        try:
            re.compile(value.text)
        except re.error as error:
            raise invalid(f'Unparseable filter: invalid regular expression "{value.text}": {error}') from None
    elif leaf.field == "severity" and _rank(value.text) is None:
        raise invalid(f'Unparseable filter: unknown severity "{value.text}"', field="filter")
    elif leaf.field in TIMES and instant_of(value.text) is None:
        raise invalid(f'Unparseable filter: invalid timestamp "{value.text}"', field="filter")


def _meets(leaf: Comparison | Text | Function, entry: Json) -> bool:
    if isinstance(leaf, Function):
        return bool(entry["logName"].casefold().endswith(f"/logs/{quote(leaf.arguments[0], safe='')}".casefold()))
    assert isinstance(leaf, Comparison)
    found = entry.get("severity", "DEFAULT") if leaf.field == "severity" else value_at(entry, leaf.field)
    return holds(leaf.value, lambda value: isinstance(value, Text) and _compares(leaf, found, value))


def _compares(leaf: Comparison, found: Any, value: Text) -> bool:
    if found is None or isinstance(found, dict):
        return found is not None and leaf.operator == ":" and value.text == "*"
    if isinstance(found, list):
        return any(_compares(leaf, item, value) for item in found)
    if leaf.operator == "=~":
        return re.search(value.text, _text(found)) is not None
    if leaf.operator == ":" and leaf.field not in ("severity", *TIMES):
        return (value.text == "*" and not value.quoted) or value.text.casefold() in _text(found).casefold()
    left, right = _comparable(leaf.field, found, value.text)
    return left is not None and right is not None and ORDERS[leaf.operator.replace(":", "=")](left, right)


def _comparable(field: str, found: Any, text: str) -> tuple[Any, Any]:
    """Both sides as values that have an order: ranks, instants, numbers, or text without case."""
    if field == "severity":
        return _rank(found), _rank(text)
    if field in TIMES:
        return instant_of(found), instant_of(text)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found), _number(text)
    return _text(found).casefold(), text.casefold()


def _rank(word: str) -> int | None:
    if re.fullmatch(r"[0-9]{1,3}", word):
        return int(word)
    return SEVERITIES.index(word.upper()) * 100 if word.upper() in SEVERITIES else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
