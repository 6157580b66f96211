"""Flow charts in Mermaid, which GitHub draws: nodes by kind, edges, groups. Knows nothing of the catalog.

Text and not a picture file, because it needs no program to make, and a change of it can be read in a diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Opening and closing mark of a node's shape.
SHAPES = {
    "source": ("[(", ")]"),
    "table": ("[(", ")]"),
    "view": ("[", "]"),
    "materialized_view": ("[[", "]]"),
    "table_function": ("[/", "/]"),
    "function": ("([", "])"),
    "procedure": ("{{", "}}"),
    "schedule": (">", "]"),
    "more": ("[", "]"),
}
# Colours that can be read on a light and on a dark page.
COLOURS = {
    "source": "fill:#e3e3e3,stroke:#666666,color:#111111",
    "table": "fill:#cfe2ff,stroke:#2b5fa8,color:#111111",
    "view": "fill:#d8f0d8,stroke:#2f7d32,color:#111111",
    "materialized_view": "fill:#b9e4c0,stroke:#2f7d32,color:#111111",
    "table_function": "fill:#e9f5d0,stroke:#6b8e23,color:#111111",
    "function": "fill:#f5f0d0,stroke:#8a7a1f,color:#111111",
    "procedure": "fill:#ffe0b8,stroke:#b8690b,color:#111111",
    "schedule": "fill:#f3d3ec,stroke:#93387f,color:#111111",
    "more": "fill:#ffffff,stroke:#999999,color:#444444,stroke-dasharray:4",
}
EMPHASIS = "stroke-width:4px"
ESCAPES = str.maketrans({'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": " "})


@dataclass
class Chart:
    """A chart from left to right. Nodes are made once; edges are drawn once, in the order of their ends."""

    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: set[tuple[str, str, str]] = field(default_factory=set)
    emphasised: str = ""

    def node(self, key: str, label: str, kind: str) -> None:
        """A node of one of the kinds of SHAPES."""
        self.nodes.setdefault(key, (label, kind))

    def edge(self, start: str, end: str, label: str = "") -> None:
        """An arrow between two nodes, along the data or from caller to called."""
        self.edges.add((start, end, label))

    def lines(self, groups: Mapping[str, Iterable[str]] | None = None) -> list[str]:
        """The fenced block. `groups` are boxes by title with the keys of their nodes."""
        ids = {key: _id(key) for key in self.nodes}
        lines = ["```mermaid", "flowchart LR"]
        grouped: set[str] = set()
        for number, (title, keys) in enumerate((groups or {}).items()):
            members = sorted(set(keys) & self.nodes.keys())
            grouped.update(members)
            lines.append(f'  subgraph g{number}["{escaped(title)}"]')
            lines += [f"    {self._node(ids, key)}" for key in members]
            lines.append("  end")
        lines += [f"  {self._node(ids, key)}" for key in sorted(self.nodes.keys() - grouped)]
        for start, end, label in sorted(self.edges):
            arrow = f'-- "{escaped(label)}" -->' if label else "-->"
            lines.append(f"  {ids[start]} {arrow} {ids[end]}")
        used = {kind for _, kind in self.nodes.values()}
        lines += [f"  classDef {kind} {colours}" for kind, colours in COLOURS.items() if kind in used]
        if self.emphasised:
            lines.append(f"  style {ids[self.emphasised]} {EMPHASIS}")
        return [*lines, "```"]

    def _node(self, ids: Mapping[str, str], key: str) -> str:
        label, kind = self.nodes[key]
        opening, closing = SHAPES[kind]
        return f'{ids[key]}{opening}"{escaped(label)}"{closing}:::{kind}'


def _id(key: str) -> str:
    # A prefix, because some words (end, graph) mean something to Mermaid.
    return "n_" + re.sub(r"\W", "_", key)


def escaped(label: str) -> str:
    """A label that shows as written within quote marks."""
    return label.translate(ESCAPES)
