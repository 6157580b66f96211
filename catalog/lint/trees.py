"""Statements as sqlglot's syntax trees, for rules that need structure rather than tokens.

sqlglot is no judge of GoogleSQL: what it cannot parse has no tree here, and rules on trees pass it over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot import parse as parse_sql
from sqlglot.errors import ParseError

from catalog.script import Statement
from catalog.sqltree import deep_enough
from catalog.tokens import Token

# BigQuery's own limit is a plan that is "too complex"; no statement that people read comes near this one.
MAX_NESTING = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """The trees of one statement, or why there are none; `warnings` are sqlglot's, such as a bad JSON path."""

    statement: Statement
    trees: Sequence[exp.Expr] = ()
    error: ParseError | None = None
    warnings: tuple[str, ...] = ()


def parsed(text: str, statement: Statement, prefix: str = "") -> Parsed:
    """Parse a statement's text; `prefix` makes a statement of an expression."""
    with deep_enough(), _collected() as warnings:
        try:
            trees = [tree for tree in parse_sql(prefix + text, dialect="bigquery") if tree is not None]
        except ParseError as error:
            return Parsed(statement, error=error, warnings=tuple(warnings))
    return Parsed(statement, trees, warnings=tuple(warnings))


def parsed_expression(text: str) -> exp.Expr | None:
    """The tree of one expression, None when sqlglot cannot parse it."""
    with deep_enough(), _collected():
        try:
            tree = parse_one(f"SELECT {text}", dialect="bigquery")
        except ParseError:
            return None
    return tree.expressions[0] if len(tree.expressions) == 1 else None


def nesting(tokens: Sequence[Token]) -> tuple[int, int]:
    """How deep brackets go, and the line on which they first go deepest."""
    depth = deepest = line = 0
    for token in tokens:
        depth += token.is_("(", "[", "{") - token.is_(")", "]", "}")
        if depth > deepest:
            deepest, line = depth, token.line
    return deepest, line


@contextmanager
def _collected() -> Iterator[list[str]]:
    """What sqlglot would print, as a list."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("sqlglot")
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
