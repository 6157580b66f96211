"""Property paths such as `labels.team`, `rules[0].action` or `tags["a.b"]`, as `ignoreChanges` uses them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from embedded_engine.values import Properties

Path = list[str | int]
_PART = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|\[(\*)\]|([^.\[\]]+)')


def parse(text: str) -> Path:
    """Splits a path: `a.b[0]["c.d"]` becomes `["a", "b", 0, "c.d"]`."""
    parts: Path = []
    for quoted, index, star, name in _PART.findall(text):
        parts.append(int(index) if index else quoted or star or name)
    return parts


def ignore_changes(inputs: Properties, old: Properties, paths: Iterable[str]) -> Properties:
    """The inputs with every ignored path set back to its old value, or removed where there was none."""
    result = copy.deepcopy(inputs)
    for path in map(parse, paths):
        if path:
            _reset(result, old, path)
    return result


def _reset(new: Any, old: Any, path: Path) -> None:
    head, rest = path[0], path[1:]
    if head == "*":
        for key in list(new) if isinstance(new, dict) else range(len(new) if isinstance(new, list) else 0):
            _reset(new, old, [key, *rest])
    elif rest:
        if _has(new, head) and _has(old, head):
            _reset(new[head], old[head], rest)
    elif _has(old, head):
        if isinstance(new, dict) or _has(new, head):
            new[head] = copy.deepcopy(old[head])
    elif isinstance(new, dict):
        new.pop(head, None)


def _has(container: Any, key: str | int) -> bool:
    if isinstance(container, list):
        return isinstance(key, int) and key < len(container)
    return isinstance(container, dict) and key in container
