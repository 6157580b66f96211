"""What the body of an object does with the objects that it names: it reads some, writes some, calls some.

`catalog.graph` knows that a name occurs; here the statement decides what for. The target of INSERT, UPDATE,
DELETE, MERGE and TRUNCATE is written; what follows CALL is called; every other name is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_
from itertools import pairwise

from catalog.cursor import Cursor
from catalog.model import DeclaredObject, Routine, Table
from catalog.references import LogicalSql, referenced_name
from catalog.script import Statement, parse_block, statements
from catalog.tokens import Token

# Words between the verb and the name of its target.
BEFORE_TARGET = ("INTO", "FROM", "TABLE")
WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE")
# What the branches of a MERGE may do.
BRANCHES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Usage:
    """Names by what happens to them. `writes` has the actions on each table, in the order of the body.

    An action is the statement's verb; for MERGE its branches follow: `MERGE (UPDATE, INSERT)`.
    """

    reads: frozenset[str] = frozenset()
    writes: Mapping[str, tuple[str, ...]] = with_(default_factory=dict)
    calls: frozenset[str] = frozenset()


def usage_of(declared: DeclaredObject) -> Usage:
    """What an object does itself; what the procedures that it calls do is `through`'s."""
    if isinstance(declared, Table):
        return Usage()
    if isinstance(declared, Routine) and declared.kind == "PROCEDURE":
        script = parse_block(Cursor(declared.sql.source, declared.sql.tokens))
        return _combined(_of_statement(statement) for statement in statements([script]))
    return Usage(reads=_names(declared.sql.tokens))


def usage_of_statement(sql: LogicalSql) -> Usage:
    """The same for one statement that stands alone, as a check's query."""
    return _of_statement(Statement(sql.tokens))


def through(usages: Mapping[str, Usage], name: str) -> dict[str, tuple[str, ...]]:
    """The tables that are written by what `name` calls, each with the chain of calls that leads to its writer.

    Of several chains the shortest, then the first by name.
    """
    found: dict[str, tuple[str, ...]] = {}
    seen = {name}
    waiting = deque[tuple[str, ...]]([()])
    while waiting:
        chain = waiting.popleft()
        for called in sorted(usages[chain[-1] if chain else name].calls - seen):
            seen.add(called)
            waiting.append((*chain, called))
            for table in usages[called].writes:
                found.setdefault(table, (*chain, called))
    return found


def _of_statement(statement: Statement) -> Usage:
    tokens = statement.tokens
    if statement.starts("CALL"):
        called = referenced_name(tokens[1])
        return Usage(_names(tokens[2:]), {}, frozenset([called] if called else []))
    if not statement.starts_with_any(*WRITING):
        return Usage(reads=_names(tokens))
    at = next(index for index, token in enumerate(tokens) if index and not token.is_(*BEFORE_TARGET))
    target = referenced_name(tokens[at])
    # A temporary table is nobody else's business.
    writes = {target: (_action(tokens),)} if target else {}
    return Usage(_names([*tokens[:at], *tokens[at + 1 :]]), writes)


def _action(tokens: Sequence[Token]) -> str:
    verb = tokens[0].upper
    if verb != "MERGE":
        return verb
    done = (after.upper for then, after in pairwise(tokens) if then.is_("THEN"))
    branches = dict.fromkeys(branch for branch in done if branch in BRANCHES)
    return f"MERGE ({', '.join(branches)})"


def _names(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(name for token in tokens if (name := referenced_name(token)) is not None)


def _combined(parts: Iterator[Usage]) -> Usage:
    reads, calls, writes = set[str](), set[str](), dict[str, dict[str, None]]()
    for part in parts:
        reads |= part.reads
        calls |= part.calls
        for table, actions in part.writes.items():
            writes.setdefault(table, {}).update(dict.fromkeys(actions))
    return Usage(frozenset(reads), {table: tuple(actions) for table, actions in writes.items()}, frozenset(calls))
