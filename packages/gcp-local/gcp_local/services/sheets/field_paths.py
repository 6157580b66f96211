"""Fields as Sheets' requests name them, `userEnteredFormat(textFormat,wrapStrategy)`, and the parts of an answer.

The form: developers.google.com/workspace/sheets/api/guides/field-masks.
"""

from __future__ import annotations

import copy
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from gcp_local.services.errors import Json, invalid
from gcp_local.services.fields import FieldType, MapOf, Message, Repeated, camel_case

TOKEN = re.compile(r"[A-Za-z_*][A-Za-z0-9_]*|[(),./]")
ALL = "*"
COLOURS = ("Color", "ColorStyle")
Path = tuple[str, ...]


def inside(kind: FieldType, *names: str) -> Message:
    """The schema of what a field holds, through lists."""
    if isinstance(kind, Repeated):
        return inside(kind.item, *names)
    if not isinstance(kind, Message):
        raise TypeError(names)
    return inside(kind.fields[names[0]], *names[1:]) if names else kind


def read(text: str, schema: Message, unknown: str = "Invalid field: {}") -> list[Path]:
    """The paths that a text names, each a field of the schema. Raises 400; `unknown` says it of one that is none."""
    tokens = TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or not tokens:
        raise invalid(f"Invalid field mask '{text}'.", field="fields")
    paths = list(_paths(iter(tokens), (), text))
    for path in paths:
        if not _exists(path, schema):
            raise invalid(unknown.format(".".join(path)))
    return paths


def _paths(tokens: Iterator[str], start: Path, text: str) -> Iterator[Path]:
    """Up to the bracket that closes this list, or the end."""
    path, whole = start, True
    for token in tokens:
        if token == "(":
            yield from _paths(tokens, path, text)
            whole = False
        elif token in ",)":
            if whole and path == start:
                raise invalid(f"Invalid field mask '{text}'.", field="fields")
            if whole:
                yield path
            if token == ")":
                return
            path, whole = start, True
        elif token not in "./":
            path = (*path, camel_case(token))
    if whole:
        yield path


def _exists(path: Sequence[str], kind: FieldType) -> bool:
    if isinstance(kind, Repeated):
        return _exists(path, kind.item)
    if not path or path[0] == ALL or isinstance(kind, MapOf):
        return True
    return isinstance(kind, Message) and (
        path[0] in kind.output_only or (path[0] in kind.fields and _exists(path[1:], kind.fields[path[0]]))
    )


def chosen(value: Any, paths: Sequence[Path]) -> Any:
    """The parts of an answer that the paths name, in every member of its lists."""
    if any(not path or path[0] == ALL for path in paths):
        return value
    if isinstance(value, list):
        return [chosen(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    below: dict[str, list[Path]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    return {name: chosen(item, below[name]) for name, item in value.items() if name in below}


def put(target: Json, source: Json, paths: Sequence[Path]) -> None:
    """Each path of the target becomes as in the source; what the source lacks is cleared. A colour has two forms."""
    source = with_styles(source)
    for path in [*paths, *(_twin(path) for path in paths if path[-1].endswith(COLOURS))]:
        if path == (ALL,):
            target.clear()
            target.update(copy.deepcopy(source))
        else:
            _put(target, source, path)


def with_styles(value: Any) -> Any:
    """The same with each colour in both of its forms, in 255 shades: `tabColor`, and `tabColorStyle`, which counts."""
    if isinstance(value, list):
        return [with_styles(item) for item in value]
    if not isinstance(value, dict):
        return value
    answer: Json = {}
    for name, item in value.items():
        style = value.get(f"{name}Style", {}) if name.endswith("Color") else item
        if name == "rgbColor":
            answer[name] = _shades(item)
        elif name.endswith("Color"):
            answer[name] = _shades(style.get("rgbColor", item))
            answer[f"{name}Style"] = with_styles(style) or {"rgbColor": answer[name]}
        elif not name.endswith("ColorStyle"):
            answer[name] = with_styles(item)
        elif "rgbColor" in item:
            answer[name] = with_styles(item)
            answer[name.removesuffix("Style")] = answer[name]["rgbColor"]
        elif item:
            answer[name] = item
    return answer


def _shades(colour: Json) -> Json:
    """As it comes back: half of 255 is 127, which is 0.49803922 (32 bits)."""
    levels = {name: int(level * 255 + 1e-6) / 255 for name, level in colour.items()}
    short = {name: float(f"{struct.unpack('f', struct.pack('f', level))[0]:.8g}") for name, level in levels.items()}
    return {name: level for name, level in short.items() if level}


def _twin(path: Path) -> Path:
    name = path[-1]
    return (*path[:-1], name.removesuffix("Style") if name.endswith("Style") else f"{name}Style")


def _put(target: Json, source: Json, path: Path) -> None:
    first, *rest = path
    if not rest or rest == [ALL]:
        target.pop(first, None)
        if first in source:
            target[first] = copy.deepcopy(source[first])
        return
    inner = target.setdefault(first, {})
    _put(inner, source.get(first, {}), tuple(rest))
    if not inner:
        del target[first]
