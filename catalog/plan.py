"""How often a statement reads each table once everything in it is expanded, and by which chain of names.

BigQuery plans a view, a table function and a CTE anew at each place that names it: a CTE named three times is three
readings of all below it (docs/decisions/0008). A scalar function counts like the query in it, an argument with a query
as often as the function uses it. Temporary tables are tables. The bound is held by `catalog.lint.plans`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from catalog.cursor import Cursor
from catalog.model import DeclaredObject, MaterializedView, Routine, Table, View
from catalog.references import LOGICAL_DATASET, referenced_name
from catalog.script import parse_block, statements
from catalog.sqltree import parsed, statement_tree


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of `table`. `chain` names the objects and CTEs that lead to it, the outermost first."""

    table: str
    chain: tuple[str, ...]

    def __str__(self) -> str:
        return " > ".join((*self.chain, self.table))


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """A statement on `line` of a procedure with everything that it reads."""

    procedure: str
    line: int
    reads: tuple[Read, ...]

    @property
    def counts(self) -> Counter[str]:
        """Readings of each table."""
        return Counter(read.table for read in self.reads)


def query_reads(objects: Mapping[str, DeclaredObject], query: exp.Expr) -> tuple[Read, ...]:
    """Every reading of a table by a query or a DML statement; the target of UPDATE, DELETE and MERGE is one."""
    return tuple(_Expansion(objects).reads(query, _Scope(), ()))


def object_reads(objects: Mapping[str, DeclaredObject], name: str) -> tuple[Read, ...]:
    """What one use of a view or table function reads."""
    declared = objects[name]
    return () if isinstance(declared, Table) else query_reads(objects, parsed(declared.sql.text))


def planned_statements(objects: Mapping[str, DeclaredObject], routine: Routine) -> tuple[PlannedStatement, ...]:
    """The statements and conditions of one procedure that read anything, its handlers' too."""
    block = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
    trees = ((one.line, statement_tree(routine, one)) for one in statements([block]))
    planned = (PlannedStatement(routine.name, line, query_reads(objects, tree)) for line, tree in trees if tree)
    return tuple(one for one in planned if one.reads)


def called_procedures(objects: Mapping[str, DeclaredObject], name: str) -> tuple[str, ...]:
    """A procedure and all that it calls, directly or not, each once."""
    found = {name: None}
    waiting = deque([name])
    while waiting:
        routine = objects[waiting.popleft()]
        assert isinstance(routine, Routine)
        block = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
        for statement in statements([block]):
            called = referenced_name(statement.tokens[1]) if statement.starts("CALL") else None
            if called is not None and called not in found:
                found[called] = None
                waiting.append(called)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """An expression and the names that it was written with: a CTE, or the argument of a call."""

    tree: exp.Expr
    scope: _Scope


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names mean at one place: CTEs and the parameters of the routine around it."""

    ctes: Mapping[str, _Meaning] = field(default_factory=dict)
    parameters: Mapping[str, _Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Expansion:
    objects: Mapping[str, DeclaredObject]

    def reads(self, node: exp.Expr, scope: _Scope, chain: tuple[str, ...]) -> Iterator[Read]:
        scope = self._with_ctes(node, scope)
        if isinstance(node, exp.Table):
            yield from self._table(node, scope, chain)
            return
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in scope.parameters:
            argument = scope.parameters[node.name.lower()]
            yield from self.reads(argument.tree, argument.scope, chain)
            return
        if isinstance(node, exp.Anonymous) and (called := self._scalar_function(node)):
            body = parsed(f"SELECT {called.sql.text}")
            yield from self.reads(body, self._arguments(called, node, scope), (*chain, called.name))
            return
        for child in node.iter_expressions():
            if not isinstance(child, exp.With):
                yield from self.reads(child, scope, chain)

    def _with_ctes(self, node: exp.Expr, scope: _Scope) -> _Scope:
        clause = node.args.get("with_")
        for cte in clause.expressions if clause else ():
            scope = _Scope({**scope.ctes, cte.alias: _Meaning(cte.this, scope)}, scope.parameters)
        return scope

    def _table(self, node: exp.Table, scope: _Scope, chain: tuple[str, ...]) -> Iterator[Read]:
        for join in node.args.get("joins") or ():
            yield from self.reads(join, scope, chain)
        if not isinstance(node.this, exp.Anonymous) and not node.db:
            if cte := scope.ctes.get(node.name):
                yield from self.reads(cte.tree, cte.scope, (*chain, node.name))
            elif isinstance(node.this, exp.Identifier) and _is_read(node):
                yield Read(node.name, chain)
            return
        name = declared_name(node)
        declared = self.objects.get(name)
        if isinstance(declared, Table | MaterializedView):
            yield Read(name, chain)
        elif isinstance(declared, View):
            yield from self.reads(parsed(declared.sql.text), _Scope(), (*chain, name))
        elif isinstance(declared, Routine):
            inner = self._arguments(declared, node.this, scope)
            yield from self.reads(parsed(declared.sql.text), inner, (*chain, name))

    def _scalar_function(self, node: exp.Anonymous) -> Routine | None:
        declared = self.objects.get(node.name.removeprefix(f"{LOGICAL_DATASET}."))
        is_sql = isinstance(declared, Routine) and declared.kind == "SCALAR_FUNCTION" and declared.language == "SQL"
        return declared if is_sql and isinstance(declared, Routine) else None

    def _arguments(self, routine: Routine, call: exp.Expr, scope: _Scope) -> _Scope:
        pairs = zip(routine.arguments, call.expressions, strict=False)
        return _Scope({}, {argument.name.lower(): _Meaning(value, scope) for argument, value in pairs})


def declared_name(node: exp.Table) -> str:
    """The declared object that a table or a call of a table function names, '' for anything else."""
    if isinstance(node.this, exp.Anonymous):
        return node.this.name.removeprefix(f"{LOGICAL_DATASET}.")
    return node.name if node.db == LOGICAL_DATASET else ""


def _is_read(node: exp.Table) -> bool:
    """Whether a plain name stands for a table: BigQuery's `FROM a, a.items` names an array the same way."""
    return isinstance(node.parent, exp.From | exp.Join | exp.Merge)
