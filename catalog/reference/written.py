"""What procedures write: the columns that each column of a table gets its values from.

Follows INSERT, UPDATE and MERGE, temporary tables, FOR loops, and the script's variables as what was assigned to them
anywhere: an over-estimate, never one too few of what is followed. What a called procedure writes is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as with_

from sqlglot import exp

from catalog.cursor import Cursor
from catalog.model import Routine
from catalog.reference.columns import Results
from catalog.reference.queries import ROWS, Name, QueryColumns, logical_name
from catalog.reference.scope import Relation, ResultColumn, Scope, relation_of
from catalog.script import Branches, Statement, lists, parse_block, statements
from catalog.sqltree import deep_enough, parsed

VERBS = ("INSERT", "UPDATE", "MERGE", "DELETE")
# Values pass from variable to variable; the longest chain of ours is shorter.
PASSES = 4


@dataclass
class _Script:
    """A procedure's variables, each with what its values are made of."""

    results: Results
    variables: dict[str, ResultColumn] = with_(default_factory=dict)
    temporary: dict[str, Relation] = with_(default_factory=dict)
    temporary_rows: dict[str, frozenset[Name]] = with_(default_factory=dict)

    def scope(self) -> Scope:
        return Scope({"#variables": self.variables})

    def queries(self, relations: Mapping[str, Relation] | None = None) -> QueryColumns:
        outer = Scope(relations, outer=self.scope()) if relations else self.scope()
        return QueryColumns(self.results, {}, self.temporary, outer, self.temporary_rows)

    def assign(self, name: str, inputs: frozenset[Name]) -> None:
        before = self.variables.get(name.lower(), ResultColumn(name, ""))
        self.variables[name.lower()] = replace(before, inputs=before.inputs | inputs)


def written_columns(results: Results, procedure: Routine) -> dict[Name, frozenset[Name]]:
    """For each (table, column) that the procedure sets the (object, column) that the values come from; for
    (table, ROWS) what decides which rows it adds.
    """
    block = parse_block(Cursor(procedure.sql.source, procedure.sql.tokens))
    script = _Script(results)
    all_statements = list(statements([block]))
    loops = [node for nodes in lists([block]) for node in nodes if isinstance(node, Branches) and node.loop_variable]
    with deep_enough():
        for _ in range(PASSES):
            for statement in all_statements:
                _assigned(script, procedure, statement)
                _made(script, procedure, statement)
            for loop in loops:
                _looped(script, procedure, loop)
        found: dict[Name, frozenset[Name]] = {}
        for statement in all_statements:
            if statement.starts_with_any(*VERBS):
                for name, inputs in _written(script, parsed(_text(procedure, statement))):
                    found[name] = found.get(name, frozenset()) | inputs
    return found


def _assigned(script: _Script, procedure: Routine, statement: Statement) -> None:
    tokens = statement.tokens
    if not statement.starts_with_any("SET", "DECLARE"):
        return
    at = next((place for place, token in enumerate(tokens) if token.is_("=", "DEFAULT")), None)
    names = [token.text.strip("`") for token in tokens[1:at] if token.is_name]
    if statement.starts("DECLARE"):
        names = names[:1]
    inputs: frozenset[Name] = frozenset()
    if at is not None:
        text = procedure.sql.source.text[tokens[at + 1].start : tokens[-1].end]
        columns = script.queries().columns(parsed(f"SELECT {text} AS assigned"))
        inputs = frozenset(source for column in columns for source in column.inputs)
    for name in names:
        script.assign(name, inputs)


def _made(script: _Script, procedure: Routine, statement: Statement) -> None:
    """CREATE TEMP TABLE name AS query."""
    if not statement.starts_with_any("CREATE"):
        return
    tree = parsed(_text(procedure, statement))
    if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query):
        table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        script.temporary[table.name.lower()] = relation_of(script.queries().columns(tree.expression))
        script.temporary_rows[table.name.lower()] = script.queries().rows(tree.expression)


def _looped(script: _Script, procedure: Routine, loop: Branches) -> None:
    """FOR row IN (query) DO."""
    if loop.loop_variable and loop.conditions:
        row = relation_of(script.queries().columns(parsed(_text(procedure, loop.conditions[0]))))
        inputs = frozenset(source for column in row.values() for source in column.inputs)
        name = loop.loop_variable.text
        script.variables[name.lower()] = ResultColumn(name, "", fields=row, inputs=inputs)


def _written(script: _Script, tree: exp.Expr) -> Iterator[tuple[Name, frozenset[Name]]]:
    if isinstance(tree, exp.Insert):
        yield from _inserted(script, tree)
    elif isinstance(tree, exp.Update):
        yield from _updated(script, tree)
    elif isinstance(tree, exp.Merge):
        yield from _merged(script, tree)
    elif isinstance(tree, exp.Delete):
        yield from _deleted(script, tree)


def _inserted(script: _Script, tree: exp.Insert) -> Iterator[tuple[Name, frozenset[Name]]]:
    target, names = _target(tree.this)
    if target is None:
        return
    if isinstance(tree.expression, exp.Values):
        for values in tree.expression.expressions:
            yield (target, ROWS), frozenset()
            for name, value in zip(names, values.expressions, strict=False):
                yield (target, name), _inputs(script, value, {})
        return
    yield (target, ROWS), script.queries().rows(tree.expression)
    for name, column in zip(names, script.queries().columns(tree.expression), strict=False):
        yield (target, name), column.inputs


def _updated(script: _Script, tree: exp.Update) -> Iterator[tuple[Name, frozenset[Name]]]:
    target, _ = _target(tree.this)
    if target is None:
        return
    start = tree.args.get("from_")
    relations = _relations(script, [tree.this, *([start.this] if start else [])])
    yield from _set(script, target, tree.expressions, relations)


def _deleted(script: _Script, tree: exp.Delete) -> Iterator[tuple[Name, frozenset[Name]]]:
    target, _ = _target(tree.this)
    if target is not None:
        query = exp.select("*").from_(tree.this.copy())
        where = tree.args.get("where")
        rows = script.queries().rows(query.where(where.this.copy()) if where else query)
        # That it reads the table's own rows says nothing.
        yield (target, ROWS), rows - {(target, ROWS)}


def _merged(script: _Script, tree: exp.Merge) -> Iterator[tuple[Name, frozenset[Name]]]:
    target, _ = _target(tree.this)
    if target is None:
        return
    source = tree.args["using"]
    yield (target, ROWS), script.queries().rows(exp.select("*").from_(source.copy()))
    relations = _relations(script, [tree.this, source])
    for when in tree.args["whens"].expressions:
        done = when.args.get("then")
        if isinstance(done, exp.Update):
            yield from _set(script, target, done.expressions, relations)
        elif isinstance(done, exp.Insert) and isinstance(done.expression, exp.Tuple):
            for name, value in zip(done.this.expressions, done.expression.expressions, strict=False):
                yield (target, name.name), _inputs(script, value, relations)


def _set(
    script: _Script, target: str, assignments: list[exp.Expr], relations: Mapping[str, Relation]
) -> Iterator[tuple[Name, frozenset[Name]]]:
    for assignment in assignments:
        yield (target, assignment.this.name), _inputs(script, assignment.expression, relations)


def _inputs(script: _Script, value: exp.Expr, relations: Mapping[str, Relation]) -> frozenset[Name]:
    query = exp.select(exp.alias_(value.copy(), "assigned"))
    (column,) = script.queries(relations).columns(query)
    return column.inputs


def _relations(script: _Script, items: list[exp.Expr]) -> dict[str, Relation]:
    """What the statement's tables and subqueries offer, by alias."""
    found: dict[str, Relation] = {}
    for item in items:
        query = exp.select("*").from_(item.copy())
        alias = item.alias_or_name.lower()
        found[alias] = {column.name.lower(): column for column in script.queries().columns(query)}
    return found


def _target(item: exp.Expr) -> tuple[str | None, list[str]]:
    """The written table and the columns that an INSERT lists."""
    table = item.this if isinstance(item, exp.Schema) else item
    names = [column.name for column in item.expressions] if isinstance(item, exp.Schema) else []
    return (logical_name(table) if isinstance(table, exp.Table) else None), names


def _text(procedure: Routine, statement: Statement) -> str:
    return procedure.sql.source.text[statement.tokens[0].start : statement.tokens[-1].end]
