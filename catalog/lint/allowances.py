"""`-- lint: allow RULE because REASON` on the line above: an exception that says why.

It covers the next line that holds SQL. One that names no rule, gives no reason or is not needed is a finding
itself, so that exceptions do not outlive their cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from catalog.lint.rule import Problem
from catalog.tokens import Comment, SqlText

RULE_ID = "lint-comment"
FORM = re.compile(r"lint:\s+allow\s+([a-z-]+)\s+because\s+(\S.*)", flags=re.S)
FORM_FIX = "write -- lint: allow RULE because REASON"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Rule `rule` may be broken on `covers`; the comment stands on `line`."""

    rule: str
    line: int
    covers: int


def read(source: SqlText) -> list[Allowance]:
    """The well-formed allowances of a file."""
    return [
        Allowance(match[1], comment.line, _next_code_line(source, comment))
        for comment in source.comments
        if (match := FORM.fullmatch(comment.text))
    ]


def malformed(source: SqlText, rule_ids: Set[str]) -> Iterator[Problem]:
    """Comments that are meant as allowance but are none."""
    for comment in source.comments:
        if not comment.text.startswith("lint:"):
            continue
        match = FORM.fullmatch(comment.text)
        if match is None:
            yield Problem(comment.line, f"no allowance: {comment.text}", FORM_FIX)
        elif match[1] not in rule_ids:
            yield Problem(comment.line, f"{match[1]} is no lint rule", f"use one of {', '.join(sorted(rule_ids))}")


def unused(allowances: Iterable[Allowance], broken: Set[tuple[str, int]]) -> Iterator[Problem]:
    """Allowances whose rule is not broken on their line; `broken` holds rule and line."""
    for allowance in allowances:
        if (allowance.rule, allowance.covers) not in broken:
            message = f"{allowance.rule} is not broken on line {allowance.covers}"
            yield Problem(allowance.line, message, "take the comment out")


def _next_code_line(source: SqlText, comment: Comment) -> int:
    return next((token.line for token in source.tokens if token.line > comment.line), comment.line)
