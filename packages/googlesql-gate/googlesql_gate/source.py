"""A SQL file as the analyzer needs it, and the way back to what its author sees.

BigQuery reads `` `dataset.table` `` as two names, the analyzer as one with a dot in it. So such names are split before
the analysis, and every position that the analyzer states is mapped back to the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from googlesql_gate.protos import Node

Parse = Callable[[str], Node]
"""Script text to its parse tree; raises AnalyzerError."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAB = 8  # the analyzer counts columns with tabs expanded
_DOT, _SPLIT = ".", "`.`"


class Position(NamedTuple):
    """A place in the file as an editor shows it: both count from 1, columns in characters."""

    line: int
    column: int


class Source:
    """One file: `text` is what is analyzed (dotted names split), `tree` its parse tree."""

    def __init__(self, path: Path, text: str, parse: Parse) -> None:
        self.path = path
        self._written = text
        tree = parse(text)
        dots = dotted_names(tree, text)
        # Where each dot went: every earlier one has grown by two characters.
        self._dots = [dot + index * (len(_SPLIT) - 1) for index, dot in enumerate(dots)]
        self.text = _split_at(text, dots)
        self.tree = parse(self.text) if dots else tree
        self._bytes = self.text.encode()

    def slice(self, node: Node) -> str:
        """The text of `node`."""
        start, end = node.span
        return self._bytes[start:end].decode()

    def padded(self, node: Node) -> str:
        """The text of `node` behind blanks, so that it keeps its line and column."""
        before = self._bytes[: node.span[0]].decode()
        return re.sub(r"[^\r\n\t]", " ", before) + self.slice(node)

    def start(self, node: Node) -> Position:
        """Where `node` begins in the file."""
        return self._place(len(self._bytes[: node.span[0]].decode()))

    def at(self, line: int, column: int) -> Position:
        """The place in the file of a position that the analyzer gave for `text`."""
        starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        start = starts[min(line, len(starts)) - 1]
        return self._place(start + _characters(self.text[start:], column))

    def _place(self, offset: int) -> Position:
        """Of a character of `text`: the dots before it have grown, so it stood further left."""
        moved = bisect_right(self._dots, offset - 1) * (len(_SPLIT) - 1)
        return position(self._written, max(offset - moved, 0))


def position(text: str, offset: int) -> Position:
    """Line and column of the character at `offset`."""
    before = list(_LINE_END.finditer(text, 0, offset))
    start = before[-1].end() if before else 0
    return Position(len(before) + 1, offset - start + 1)


def reported_position(text: str, line: int, column: int) -> Position:
    """An analyzer's position in a text that was not rewritten: only tabs differ."""
    lines = _LINE_END.split(text)
    return Position(line, _characters(lines[line - 1], column) + 1) if line <= len(lines) else Position(line, column)


def dotted_names(tree: Node, text: str) -> list[int]:
    """Offsets (characters) of the dots inside quoted names, in order."""
    raw = text.encode()
    found: set[int] = set()  # some nodes are in the tree twice
    for node in tree.walk():
        if node.kind == "ASTIdentifier" and node.number("is_quoted") and _DOT in node.text("id_string"):
            start, end = node.span
            first = len(raw[:start].decode())
            name = raw[start:end].decode()
            found.update(first + index for index, character in enumerate(name) if character == _DOT)
    return sorted(found)


def _split_at(text: str, dots: list[int]) -> str:
    pieces = [text[start:end] for start, end in zip([0, *(dot + 1 for dot in dots)], [*dots, len(text)], strict=True)]
    return _SPLIT.join(pieces)


def _characters(line: str, column: int) -> int:
    """How many characters of `line` stand before the analyzer's `column`."""
    reached = 1
    for count, character in enumerate(line):
        if reached >= column:
            return count
        reached += _TAB - (reached - 1) % _TAB if character == "\t" else 1
    return len(line)
