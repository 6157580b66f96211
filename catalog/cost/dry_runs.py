"""What to ask BigQuery so that a dry run says what a statement of a procedure reads.

A dry run of a CALL looks into no procedure, and one of a script stops at the first IF, FOR, WHILE or DDL; temporary
tables are not supported, and variables in a partition filter prune nothing
(https://cloud.google.com/bigquery/docs/multi-statement-queries#dry-run). So each statement is asked by itself: the
instant as a literal, other variables declared without a value, and none at all where a partition filter may depend on
them. Of what writes, only the query that it reads: whoever asks need not be allowed to write. Sends nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from catalog.addresses import Placement
from catalog.catalog import Catalog
from catalog.cost.estimate import RunCost
from catalog.cost.scans import TEMPORARY
from catalog.cursor import Cursor
from catalog.model import Routine
from catalog.references import LogicalSql
from catalog.script import Statement, parse_block, statements
from catalog.tokens import SqlText, Token

NOW = "p_now"
READING = ("INSERT", "CREATE", "EXPORT")
COMPOSED = ("ARRAY", "STRUCT")
WHOLE = ("SELECT", "WITH", "UPDATE", "DELETE", "MERGE")


def dry_script(catalog: Catalog, cost: RunCost, place: Placement, instant: datetime) -> str:
    """What a dry run of this statement is asked; '' where none can know."""
    if cost.folder != "procedures":
        return catalog.view(cost.procedure).query(place)
    routine = catalog.routines[cost.procedure]
    if cost.statement is None or any(scan.table.startswith(TEMPORARY) for scan in cost.scans):
        return ""
    tokens = _reading(cost.statement)
    used = {token.text.lower() for token in tokens if token.is_name}
    variables = {name: type_ for name, type_ in _variables(routine) if name in used and name != NOW}
    is_pruned = any(scan.window.has_lower or scan.window.has_upper for scan in cost.scans)
    if not tokens or (variables and is_pruned) or not all(variables.values()):
        return ""
    text = _at(LogicalSql(routine.sql.source, tokens).qualified(place), routine, instant)
    query = text if tokens[0].is_(*WHOLE) else f"SELECT {text}"
    return "\n".join([*(f"DECLARE {name} {type_};" for name, type_ in sorted(variables.items())), query])


def _reading(statement: Statement) -> Sequence[Token]:
    """The tokens of a statement that read rows: the query of what writes it elsewhere, the value of a SET."""
    tokens = statement.tokens
    if statement.starts_with_any(*READING):
        depth = 0
        for at, token in enumerate(tokens):
            depth += token.is_("(") - token.is_(")")
            if depth == 0 and token.is_("SELECT", "WITH"):
                return tokens[at:]
        return ()
    if statement.starts_with_any("SET", "DECLARE", "RAISE", "CALL"):
        # `SET a = ...` alone: of the others what is read is rarely one expression.
        return tokens[3:] if statement.starts_with_any("SET") and len(tokens) > 3 and tokens[2].is_("=") else ()
    return tokens


def _variables(routine: Routine) -> Iterator[tuple[str, str]]:
    """The parameters and variables of a procedure with their types, '' for one that is not stated."""
    for argument in routine.arguments:
        kind = str((argument.data_type or {}).get("typeKind", ""))
        yield argument.name.lower(), "" if kind in COMPOSED else kind
    source = routine.sql.source
    for statement in statements(parse_block(Cursor(source, routine.sql.tokens)).body):
        if statement.starts("DECLARE"):
            yield from _declared(statement, source)


def _declared(statement: Statement, source: SqlText) -> Iterator[tuple[str, str]]:
    """`DECLARE a, b TYPE DEFAULT value`."""
    tokens = statement.tokens[1:]
    last = 0
    while last + 1 < len(tokens) and tokens[last + 1].is_(","):
        last += 2
    rest = tokens[last + 1 :]
    end = next((at for at, token in enumerate(rest) if token.is_("DEFAULT")), len(rest))
    type_ = source.text[rest[0].start : rest[end - 1].end] if end else ""
    for name in tokens[: last + 1 : 2]:
        yield name.text.lower(), type_


def _at(text: str, routine: Routine, instant: datetime) -> str:
    """The text with the instant in place of the parameter that holds it, so that partitions are pruned by it."""
    literal = f"TIMESTAMP '{instant.astimezone(UTC).isoformat(' ')}'"
    tokens = SqlText(routine.sql.path, text).tokens
    parts, at = [], 0
    for before, token in zip((None, *tokens), tokens, strict=False):
        if token.is_name and token.text.lower() == NOW and not (before and before.is_(".")):
            parts += [text[at : token.start], literal]
            at = token.end
    return "".join([*parts, text[at:]])
