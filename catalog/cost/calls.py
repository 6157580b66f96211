"""The statements that a procedure makes BigQuery run and bill, through everything that it calls.

What cannot be known before a run errs high: every branch of an IF counts, a loop runs once for each creator, unless it
goes over a list that is written out.
Exception handlers do not count: they run when something fails, and failed statements are free.
What in the mean of a month runs less often than its procedure is started says so where it stands, `-- cost: once a day
because REASON` or `once a month` on the line above; it holds for the statement, for all in a block or IF, or for all
that a CALL runs. What is rarer within what is rare counts as the rarer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.cost.scans import Scan, query_scans
from catalog.cursor import Cursor
from catalog.model import Routine
from catalog.references import referenced_name
from catalog.script import Block, Branches, Node, Statement, parse_block
from catalog.sqltree import statement_tree

RARE = re.compile(r"cost:\s+once a (day|month) because\s+\S.*", flags=re.S)
# From often to seldom.
PERIODS = ("run", "day", "month")
_FOUND: WeakKeyDictionary[Catalog, dict[tuple[str, int], tuple[Scan, ...]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Billed:
    """A statement on `line` of a procedure with what it reads, run `times` a `period`: one of PERIODS."""

    procedure: str
    line: int
    scans: tuple[Scan, ...]
    times: float = 1
    period: str = "run"
    statement: Statement | None = None


def billed_statements(catalog: Catalog, procedure: str, creators: int) -> tuple[Billed, ...]:
    """Every child statement of one call that reads or rewrites a table, in the order of the script."""
    return tuple(_Walk(catalog, creators).procedure(procedure, 1, period="run"))


@dataclass(frozen=True, slots=True)
class _Walk:
    catalog: Catalog
    creators: int

    def procedure(self, name: str, times: float, *, period: str) -> Iterator[Billed]:
        routine = self.catalog.routines[name]
        block = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
        yield from self._nodes(routine, block.body, times, inherited=period)

    def _nodes(self, routine: Routine, nodes: Sequence[Node], times: float, *, inherited: str) -> Iterator[Billed]:
        marked = _marked_lines(routine)
        for node in nodes:
            period = max(inherited, marked.get(node.line, "run"), key=PERIODS.index)
            if isinstance(node, Block):
                yield from self._nodes(routine, node.body, times, inherited=period)
            elif isinstance(node, Branches):
                for condition in node.conditions:
                    yield from self._query(routine, condition, times, period=period)
                inside = times * self._rounds(routine, node) if node.loop_variable else times
                for body in node.bodies:
                    yield from self._nodes(routine, body, inside, inherited=period)
            elif node.starts("CALL"):
                called = referenced_name(node.tokens[1])
                yield from self.procedure(called or "", times, period=period)
            else:
                yield from self._query(routine, node, times, period=period)

    def _rounds(self, routine: Routine, loop: Branches) -> int:
        """The length of the array literal that a FOR reads and nothing else; otherwise the number of creators."""
        tree = statement_tree(routine, loop.conditions[0])
        sources = list(tree.find_all(exp.Table, exp.Unnest)) if tree else []
        values = sources[0].expressions if len(sources) == 1 and isinstance(sources[0], exp.Unnest) else []
        literal = values[0] if len(values) == 1 else None
        return len(literal.expressions) if isinstance(literal, exp.Array) else self.creators

    def _query(self, routine: Routine, statement: Statement, times: float, *, period: str) -> Iterator[Billed]:
        if scans := _scans(self.catalog, routine, statement):
            yield Billed(routine.name, statement.line, scans, times, period, statement)


def _scans(catalog: Catalog, routine: Routine, statement: Statement) -> tuple[Scan, ...]:
    """What a statement reads: found once, however many procedures and schedules come to it."""
    found = _FOUND.setdefault(catalog, {})
    place = (routine.name, statement.tokens[0].start)
    if place not in found:
        # What is raised is not read, or is read by a statement that fails, which is free.
        tree = None if statement.starts("RAISE") else statement_tree(routine, statement)
        found[place] = query_scans(catalog, tree, routine.name) if tree is not None else ()
    return found[place]


def _marked_lines(routine: Routine) -> dict[int, str]:
    """The period of statements below a `cost: once a ...` comment, by each comment's next line that holds SQL."""
    source = routine.sql.source
    found = ((comment.line, RARE.fullmatch(comment.text)) for comment in source.comments)
    marks = {line: match[1] for line, match in found if match}
    return {next((t.line for t in source.tokens if t.line > line), 0): period for line, period in marks.items()}
