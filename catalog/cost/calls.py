"""The statements that a procedure makes BigQuery run and bill, through everything that it calls.

What cannot be known before a run errs high: every branch of an IF counts, a loop runs once for each creator.
Exception handlers do not count: they run when something fails, and failed statements are free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.cost.scans import Scan, parsed, query_scans
from catalog.cursor import Cursor
from catalog.model import Routine
from catalog.references import referenced_name
from catalog.script import Block, Branches, Node, Statement, parse_block

# A procedure that claims its date: however often its caller starts, it does its work once a day.
ONCE_A_DAY = frozenset({"run_daily_automation_at"})
QUERIES = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE")


@dataclass(frozen=True, slots=True)
class Billed:
    """A statement on `line` of a procedure with what it reads, run `times` a run, or `times` a day when `daily`."""

    procedure: str
    line: int
    scans: tuple[Scan, ...]
    times: float = 1
    daily: bool = False


def billed_statements(catalog: Catalog, procedure: str, creators: int) -> tuple[Billed, ...]:
    """Every child statement of one call that reads or rewrites a table, in the order of the script."""
    return tuple(_Walk(catalog, creators).procedure(procedure, 1, daily=False))


@dataclass(frozen=True, slots=True)
class _Walk:
    catalog: Catalog
    creators: int

    def procedure(self, name: str, times: float, *, daily: bool) -> Iterator[Billed]:
        routine = self.catalog.routines[name]
        block = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
        yield from self._nodes(routine, block.body, times, daily=daily or name in ONCE_A_DAY)

    def _nodes(self, routine: Routine, nodes: Sequence[Node], times: float, *, daily: bool) -> Iterator[Billed]:
        for node in nodes:
            if isinstance(node, Block):
                yield from self._nodes(routine, node.body, times, daily=daily)
            elif isinstance(node, Branches):
                for condition in node.conditions:
                    yield from self._query(routine, condition, times, daily=daily)
                inside = times * self.creators if node.loop_variable else times
                for body in node.bodies:
                    yield from self._nodes(routine, body, inside, daily=daily)
            elif node.starts("CALL"):
                called = referenced_name(node.tokens[1])
                yield from self.procedure(called or "", times, daily=daily)
            else:
                yield from self._query(routine, node, times, daily=daily)

    def _query(self, routine: Routine, statement: Statement, times: float, *, daily: bool) -> Iterator[Billed]:
        tree = _tree(routine, statement)
        scans = query_scans(self.catalog, tree, routine.name) if tree is not None else ()
        if scans:
            yield Billed(routine.name, statement.line, scans, times, daily)


def _tree(routine: Routine, statement: Statement) -> exp.Expr | None:
    """The part of a statement that reads or rewrites rows; None when there is none."""
    tokens = statement.tokens
    text = routine.sql.source.text
    if statement.starts_with_any(*QUERIES):
        tree = parsed(text[tokens[0].start : tokens[-1].end])
        if not isinstance(tree, exp.Insert | exp.Create):
            return tree
        return tree.expression if tree.expression else None
    if statement.starts("SET") or statement.starts("DECLARE"):
        at = next((index for index, token in enumerate(tokens) if token.is_("=", "DEFAULT")), None)
        if at is None:
            return None
        tokens = tokens[at + 1 :]
    elif statement.starts_with_any("BEGIN", "COMMIT", "ROLLBACK", "RAISE", "RETURN", "BREAK", "CONTINUE", "TRUNCATE"):
        return None
    return parsed(f"SELECT {text[tokens[0].start : tokens[-1].end]}")
