"""YAML that people write by hand, as plain data: one document of mappings, lists and scalars in UTF-8.

What YAML has beyond that (anchors, merge keys, tags, several documents, one key twice) is refused with its line: it is
a slip, or a text of a few bytes that expands without end. Whoever reads a file turns `Unreadable` into its own error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

LARGEST = 1 << 20
_DEEPEST = 50
_TYPED = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))
_MERGE = "tag:yaml.org,2002:merge"


class Unreadable(Exception):
    """Why a file is no plain YAML, in which line (0: all of it), and what to do."""

    def __init__(self, line: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.message, self.fix = line, message, fix


def read(path: Path) -> yaml.MappingNode | None:
    """The mapping that a file holds, None for an empty one. Errors: Unreadable, FileNotFoundError."""
    if path.exists() and not path.is_file():  # reading a pipe would wait for somebody to write
        raise Unreadable(0, "no file", "put a file of this name there")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(0, f"cannot be read: {error.strerror}", "make it a file that you may read") from None
    return parse(data)


def parse(data: bytes) -> yaml.MappingNode | None:
    """The mapping that a file's content holds, None for an empty one. Errors: Unreadable."""
    text = _text(data)
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Unreadable(line, f"no valid YAML: {error.problem}", "mend the line or its indentation") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(line, "a character that YAML does not allow", "take it out") from None
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(line_of(node), "no mapping", "write `name: value` lines")
    _check_keys(node)
    return node


def entries(node: yaml.Node) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Key, the key's node and the value's node of each entry. Errors: Unreadable for what is no mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(line_of(node), "no mapping", "write `name: value` lines")
    for key, value in node.value:
        yield str(key.value), key, value


def value(node: yaml.Node) -> object:
    """Plain data: truths, numbers and nothing as such, every other scalar as the text that was written."""
    if isinstance(node, yaml.MappingNode):
        return {key: value(item) for key, _, item in entries(node)}
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    if node.tag not in _TYPED:
        return str(node.value)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except ValueError:  # 0x, or thousands of digits
        return str(node.value)


def line_of(node: yaml.Node) -> int:
    """The line where a node begins, from 1."""
    return int(node.start_mark.line) + 1


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Unreadable(0, f"larger than {LARGEST >> 20} MiB", "is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "not UTF-8 text", "save it as UTF-8 (is it UTF-16, or no text at all?)") from None


def _check_events(text: str) -> None:
    """Refuses what is not plain before anything is built of it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(line, "an anchor or alias (& or *)", "write the value out, or quote the text")
        if tag := getattr(event, "tag", None):
            raise Unreadable(line, f"the tag {tag}", "write the plain value, or quote the text")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise Unreadable(line, "a second document", "keep one (no line of ---)")
        if depth > _DEEPEST:
            raise Unreadable(line, f"more than {_DEEPEST} levels", "is a bracket left open?")


def _check_keys(node: yaml.Node) -> None:
    for child in node.value if isinstance(node, yaml.SequenceNode) else ():
        _check_keys(child)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, child in node.value:
        line = line_of(key)
        if key.tag == _MERGE or not isinstance(key, yaml.ScalarNode):
            raise Unreadable(line, "a key that is no text", "write a plain name before the colon")
        if key.value in seen:
            raise Unreadable(line, f"{key.value} is given twice, first in line {seen[key.value]}", "keep one")
        seen[key.value] = line
        _check_keys(child)
