"""SQL as a tree: one statement of BigQuery's dialect, and the query inside a statement of a script.

Trees are kept and handed out again, because several rules and the estimate look at the same text: nobody changes one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import sqlglot
from sqlglot import exp

from catalog.model import Routine
from catalog.script import Statement

QUERIES = ("SELECT", "WITH", "(", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "EXPORT")
# Statements without a query: RAISE and CALL may hold one, the others none. What EXECUTE IMMEDIATE puts together nobody
# knows before it runs.
SILENT = (
    *("BEGIN", "COMMIT", "ROLLBACK", "RETURN", "BREAK", "CONTINUE", "LEAVE", "ITERATE", "TRUNCATE", "DROP"),
    "EXECUTE",
)
VALUE_MARKS = ("=", "DEFAULT")


# sqlglot takes about 25 frames a level of brackets.
FRAMES = 20_000


@contextmanager
def deep_enough() -> Iterator[None]:
    """Room for what people nest in earnest; Python's own limit ends at about 40 levels."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@lru_cache(maxsize=4096)
def parsed(sql: str) -> exp.Expr:
    """One statement as a tree, which must not be changed. Raises sqlglot's ParseError."""
    with deep_enough():
        return sqlglot.parse_one(sql, dialect="bigquery")


def statement_tree(routine: Routine, statement: Statement) -> exp.Expr | None:
    """The part of a statement of a procedure that reads or rewrites rows; None when there is none.

    The query of an INSERT, CREATE or EXPORT, the value of a SET, DECLARE or RAISE, the arguments of a CALL, a condition
    as the SELECT of it; UPDATE, DELETE and MERGE whole, since they read their target.
    """
    tokens = statement.tokens
    text = routine.sql.source.text
    if statement.starts_with_any(*QUERIES):
        tree = parsed(text[tokens[0].start : tokens[-1].end])
        if isinstance(tree, exp.Export):
            query: exp.Expr = tree.this
            return query
        if not isinstance(tree, exp.Insert | exp.Create):
            return tree
        return tree.expression if tree.expression else None
    if statement.starts_with_any(*SILENT):
        return None
    if statement.starts_with_any("SET", "DECLARE", "RAISE"):
        at = next((index for index, token in enumerate(tokens) if token.is_(*VALUE_MARKS)), None)
        if at is None:
            return None
        tokens = tokens[at + 1 :]
    elif statement.starts("CALL"):
        tokens = tokens[3:-1]
    return parsed(f"SELECT {text[tokens[0].start : tokens[-1].end]}") if tokens else None
