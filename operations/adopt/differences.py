"""How two JSON values differ, in a line each: what the program states against what is live.

Only what is stated counts: the service adds fields of its own. Empty and absent are the same, numbers and their
texts too, as Google's JSON writes 64-bit integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 60


def differences(wanted: Any, found: Any, path: str = "") -> Iterator[str]:
    """`path: old -> new` for each stated part that is not so."""
    if isinstance(wanted, Mapping):
        there = found if isinstance(found, Mapping) else {}
        for key, value in wanted.items():
            yield from differences(value, there.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif _plain(wanted) != _plain(found):
        yield f"{path}: {shown(found)} -> {shown(wanted)}"


def shown(value: Any) -> str:
    """A value in a line; long texts by their size."""
    if _plain(value) == "":
        return "none"
    text = str(value)
    if "\n" in text.strip() or len(text) > LONGEST:
        return f"({len(text.splitlines())} lines, {len(text)} characters)"
    return text


def _plain(value: Any) -> Any:
    """A value in the form in which it is compared."""
    if value is None or value is False or value in ("", [], {}):
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if _plain(item) != ""}
    return value
