"""The rules of the builder as a whole: each named once, each a function; nothing reads a clock."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from scheduling.giving_way import NEVER, GaveWay, GivesWay, in_order
from tests.unit.scheduling.pages import ROOT

FILES = sorted((ROOT / "scheduling").glob("*.py"))
DECISION = (ROOT / "docs/decisions/0029-schedule-builder.md").read_text(encoding="utf-8")


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]


def test_every_rule_of_the_decision_is_one_function_that_names_it() -> None:
    rules = [int(number) for number in re.findall(r"^\| (\d+) \|", DECISION, re.MULTILINE)]
    assert rules == list(range(1, 27))
    named = Counter(
        int(number)
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for number in re.findall(r"decision 29,\s+rule (\d+)", ast.get_docstring(node) or "")
    )
    assert named == Counter(rules)


def test_nothing_of_the_builder_reads_a_clock_or_draws_without_a_seed() -> None:
    refused = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter", "urandom", "SystemRandom", "getenv"}
    names = {
        (path.name, name)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and (name := node.attr if isinstance(node, ast.Attribute) else node.id)
    }
    assert ("week.py", "Random") in names
    assert {(path, name) for path, name in names if name in refused} == set()
    drawn = {
        node.func.attr
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "random"
    }
    assert drawn == {"Random"}


def test_rules_give_way_in_one_order_and_a_rule_that_never_does_is_none_of_them() -> None:
    given = [GaveWay(rule, str(number)) for number, rule in enumerate(reversed(GivesWay))]
    assert [one.rule for one in in_order(given)] == list(GivesWay)
    twice = [GaveWay(GivesWay.PPV_VOLUME, "a"), GaveWay(GivesWay.BEST_HOURS, "b"), GaveWay(GivesWay.PPV_VOLUME, "c")]
    assert [one.reason for one in in_order(twice)] == ["b", "a", "c"]
    assert {*NEVER} & {*GivesWay} == set()
    assert len(NEVER) == 6
