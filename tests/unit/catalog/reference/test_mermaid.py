"""Charts: well formed whatever a label says, and the same whatever the order in which they are built."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.reference.mermaid import SHAPES, Chart, escaped

NODE = re.compile(r'\s+(n_\w+)(\[\(|\[\[|\[/|\[|\(\[|\{\{|>)"([^"]*)"(\)\]|\]\]|/\]|\]|\]\)|\}\}):::(\w+)')
EDGE = re.compile(r'\s+(n_\w+) (?:-- "[^"]*" )?--> (n_\w+)')
OTHER = re.compile(r'\s+(subgraph g\d+\["[^"]*"\]|end|classDef \w+ [\w#:,-]+|style n_\w+ [\w:-]+)')


def assert_well_formed(lines: Sequence[str]) -> None:
    """Every line is of a known form, and every edge joins two nodes that are there."""
    assert (lines[0], lines[1], lines[-1]) == ("```mermaid", "flowchart LR", "```")
    unknown = [line for line in lines[2:-1] if not any(form.fullmatch(line) for form in (NODE, EDGE, OTHER))]
    assert unknown == []
    nodes = [match for line in lines if (match := NODE.fullmatch(line))]
    ids = [match[1] for match in nodes]
    assert len(set(ids)) == len(ids)
    assert all((match[2], match[4]) == SHAPES[match[5]] for match in nodes)
    ends = {end for line in lines if (match := EDGE.fullmatch(line)) for end in match.groups()}
    assert ends <= set(ids)
    opened = sum("subgraph" in line for line in lines)
    assert sum(line.strip() == "end" for line in lines) == opened


def test_a_chart_has_its_nodes_edges_groups_and_colours() -> None:
    chart = Chart(emphasised="b")
    chart.node("b", "b", "view")
    chart.node("a", "a", "table")
    chart.edge("a", "b")
    chart.edge("a", "b")
    chart.edge("b", "a", "calls")
    lines = chart.lines({"Tables": ["a"]})
    assert lines[2:9] == [
        '  subgraph g0["Tables"]',
        '    n_a[("a")]:::table',
        "  end",
        '  n_b["b"]:::view',
        "  n_a --> n_b",
        '  n_b -- "calls" --> n_a',
        "  classDef table fill:#cfe2ff,stroke:#2b5fa8,color:#111111",
    ]
    assert lines[-2] == "  style n_b stroke-width:4px"
    assert_well_formed(lines)


@pytest.mark.parametrize("kind", SHAPES)
@given(label=st.text(alphabet='ab"#<>&`|[](){}\n;', max_size=10))
def test_no_label_breaks_out_of_its_quote_marks(kind: str, label: str) -> None:
    chart = Chart()
    chart.node("x", label, kind)
    chart.node("end", "end", kind)
    chart.edge("x", "end", label)
    assert_well_formed(chart.lines({label: ["x"]}))


def test_escapes_are_those_that_mermaid_reads() -> None:
    assert escaped('a "b" #1 <c>') == "a #quot;b#quot; #35;1 #lt;c#gt;"


@given(st.permutations([("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")]))
def test_the_order_of_building_does_not_matter(edges: list[tuple[str, str]]) -> None:
    chart = Chart()
    for start, end in edges:
        chart.node(start, start, "view")
        chart.node(end, end, "view")
        chart.edge(start, end)
    expected = Chart(
        {name: (name, "view") for name in "abc"}, {("a", "b", ""), ("b", "c", ""), ("a", "c", ""), ("c", "a", "")}
    )
    assert chart.lines() == expected.lines()
