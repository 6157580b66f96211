"""docs/old-agents.md is true: what it names is there, and what was dropped says why."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/old-agents.md"
AGENTS = ["orchestrator", "selector", "analyzer", "builder", "monitor", "exporter"]
NAMED = re.compile(r"`((?:sql|config|scheduling|operations|tests)/[^`:]+)(?:::([^`]+))?`")
Row = tuple[str, str, str, str]


def rows() -> list[Row]:
    """Agent, rule, where, test."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    found = []
    for line in lines:
        agent, rule, where, test = (cell.strip() for cell in line.strip("|").split("|"))
        found.append((agent, rule, where, test))
    return found


@cache
def names(path: str) -> frozenset[str]:
    """What a file defines: functions, classes and their methods of Python; the top keys of YAML."""
    text = (PROJECT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        return frozenset(re.findall(r"^(\w+):", text, re.MULTILINE))
    found: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return frozenset(found)


def missing(cell: str) -> list[str]:
    """What the cell names and nobody has."""
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(cell)
        if not (PROJECT / path).is_file() or (name and name not in names(path))
    ]


def test_every_agent_has_its_rules_in_order() -> None:
    assert list(dict.fromkeys(agent for agent, *_ in rows())) == AGENTS


@pytest.mark.parametrize(("agent", "rule", "where", "test"), rows(), ids=[f"{row[0]}: {row[1]}" for row in rows()])
def test_a_rule_is_code_with_a_test_or_was_dropped_for_a_reason(agent: str, rule: str, where: str, test: str) -> None:
    if where.startswith("dropped"):
        assert re.fullmatch(r"dropped(?: as such)?: .{20,}", where)
        assert test == ""
        return
    assert NAMED.search(where)
    assert NAMED.search(test)
    assert missing(where) == []
    assert missing(test) == []


def test_every_rule_of_a_week_that_is_a_function_of_its_own_can_be_found_from_the_page() -> None:
    """The page and decision 29 name each other's files: no file of `scheduling` with a rule is in neither."""
    with_rules = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "scheduling").glob("*.py")
        if "Source: decision 29" in path.read_text(encoding="utf-8")
    }
    named = {path for _, _, where, _ in rows() for path, _ in NAMED.findall(where)}
    assert with_rules <= named
