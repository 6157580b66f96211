"""Markdown as GitHub renders it: text and code made safe, tables, links. Knows nothing of the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIAL = re.compile(r"[\\`*\[\]|~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
INDENTED = "<br>&nbsp;&nbsp;"


def text(value: str) -> str:
    """Prose on one line that shows as written: no character of it is markup, in a table cell either."""
    plain = "".join(ENTITIES.get(character, character) for character in _one_line(value))
    return SPECIAL.sub(lambda match: "\\" + match[0], plain)


def code(value: str) -> str:
    """Code on one line, '' for none; its bars are safe in a table cell, its backticks by a longer fence."""
    line = _one_line(value)
    if not line:
        return ""
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|")


def link(label: str, target: str) -> str:
    """A link whose label is Markdown already."""
    return f"[{label}]({target})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, whose cells are Markdown already; columns that are empty in every row are left out."""
    rows = list(rows)
    kept = [index for index in range(len(head)) if any(row[index] for row in rows)]
    lines = [[head[index] for index in kept], ["---"] * len(kept), *([row[i] for i in kept] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _one_line(value: str) -> str:
    return " ".join(value.split())
