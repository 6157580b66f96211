"""Queries followed to where their columns come from: through CTEs, subqueries, joins, structs and unions.

A column is passed on when it is a column of what the query reads, under its own or another name. Everything else is
computed and gets the type that sqlglot infers; where it cannot, none is stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as with_
from typing import Protocol

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from catalog.reference.scope import Relation, ResultColumn, Scope, relation_of
from catalog.references import LOGICAL_DATASET

DIALECT = "bigquery"
Name = tuple[str, str]
ROWS = "*"
"""In the place of a column: which rows there are; of a scalar function, its result."""
CHOOSING = ("where", "group", "having", "qualify", "distinct", "limit", "order")


class Known(Protocol):
    """What a query may name: the declared objects."""

    def of(self, name: str) -> Relation:
        """The columns of an object by its logical name; none when there is no such object."""
        ...

    def returned(self, name: str) -> str:
        """The type that a scalar function states, '' when none."""
        ...


@dataclass(frozen=True, slots=True)
class QueryColumns:
    """Queries in the scope of what stands around them: CTEs and the function's arguments with their types."""

    known: Known
    arguments: Mapping[str, str]
    ctes: Mapping[str, Relation] = with_(default_factory=dict)
    outer: Scope | None = None
    cte_rows: Mapping[str, frozenset[Name]] = with_(default_factory=dict)

    def columns(self, query: exp.Expr) -> list[ResultColumn]:
        """The columns that a SELECT, a UNION or a query in parentheses returns, in order."""
        inner = self._with_ctes(query)
        if isinstance(query, exp.Subquery):
            return inner.columns(query.this)
        if isinstance(query, exp.SetOperation):
            return inner._of_parts(query)
        scope = inner._scope(query)
        columns: list[ResultColumn] = []
        for projection in query.expressions:
            if projection.is_star:
                columns += inner._star(projection, scope)
            else:
                columns.append(inner._column(projection, scope))
        return columns

    def rows(self, query: exp.Expr) -> frozenset[Name]:
        """What decides which rows a query returns: the rows of what it reads, as (object, ROWS), and every column that
        it filters, joins, groups or ranks by.
        """
        inner = self._with_ctes(query)
        if isinstance(query, exp.Subquery):
            return inner.rows(query.this)
        if isinstance(query, exp.SetOperation):
            return inner.rows(query.this) | inner.rows(query.expression)
        found = set[Name]()
        for item, _ in _read(query):
            found |= inner._rows_of(item)
        scope = inner._scope(query)
        for join in query.args.get("joins") or ():
            if join.args.get("on"):
                found |= inner._deciding(join.args["on"], scope)
            found |= {source for name in join.args.get("using") or () for source in inner._named(name.name, scope)}
        for clause in CHOOSING:
            if expression := query.args.get(clause):
                found |= inner._deciding(expression, scope)
        return frozenset(found)

    def _rows_of(self, item: exp.Expr) -> frozenset[Name]:
        if isinstance(item, exp.Subquery):
            return self.rows(item.this)
        if not isinstance(item, exp.Table):
            return frozenset()
        name = logical_name(item)
        if name is not None:
            return frozenset({(name, ROWS)})
        return frozenset() if item.db else self.cte_rows.get(item.name.lower(), frozenset())

    def _deciding(self, expression: exp.Expr, scope: Scope) -> set[Name]:
        """What an expression is made of, and for each query in it what decides its rows."""
        inner = replace(self, outer=scope)
        queries = [node for node in expression.find_all(exp.Query) if not isinstance(node, exp.Table)]
        return {*self._inputs(expression, scope), *(source for query in queries for source in inner.rows(query))}

    def _named(self, name: str, scope: Scope) -> frozenset[Name]:
        column = scope.resolved([name])
        return column.inputs if column else frozenset()

    def _with_ctes(self, query: exp.Expr) -> QueryColumns:
        inner = self
        clause = query.args.get("with_")
        for cte in clause.expressions if clause else ():
            name, columns, rows = cte.alias.lower(), relation_of(inner.columns(cte.this)), inner.rows(cte.this)
            inner = replace(inner, ctes={**inner.ctes, name: columns}, cte_rows={**inner.cte_rows, name: rows})
        return inner

    def _of_parts(self, query: exp.SetOperation) -> list[ResultColumn]:
        """Names and types are those of the first part; what is said of a column, where all parts agree on it."""
        first, second = self.columns(query.this), self.columns(query.expression)
        if isinstance(query, exp.Except):
            return first
        if query.args.get("by_name"):
            named = relation_of(second)
            return [_agreed(column, named.get(column.name.lower())) for column in first]
        return [_agreed(*pair) for pair in zip(first, [*second, *[None] * len(first)], strict=False)]

    def _scope(self, query: exp.Expr) -> Scope:
        scope = Scope(outer=self.outer)
        for place, (item, using) in enumerate(_read(query)):
            alias, relation = self._relation(item, scope)
            scope = scope.with_relation(alias or f"#{place}", relation, [name.name for name in using])
        return scope

    def _relation(self, item: exp.Expr, scope: Scope) -> tuple[str, Relation]:
        """The alias and the columns of an item of FROM; no column where it is none that is followed."""
        alias = item.alias_or_name
        if item.args.get("pivots"):
            return alias, {}
        if isinstance(item, exp.Subquery):
            return alias, relation_of(self.columns(item.this))
        if isinstance(item, exp.Unnest):
            return self._elements(item, scope)
        if not isinstance(item, exp.Table):
            return alias, {}
        name = logical_name(item)
        if name is None:
            return alias, {} if item.db else self.ctes.get(item.name.lower(), {})
        columns = self.known.of(name)
        return alias, {key: _read_from(name, column, column.name) for key, column in columns.items()}

    def _elements(self, unnest: exp.Unnest, scope: Scope) -> tuple[str, Relation]:
        """What UNNEST(array) AS element WITH OFFSET AS place offers: an element that is a struct is a row."""
        array = self._column(unnest.expressions[0], scope)
        names = [identifier.name for identifier in unnest.args["alias"].columns] if unnest.args.get("alias") else []
        element = array.type.removeprefix("ARRAY<").removesuffix(">") if array.type.startswith("ARRAY<") else ""
        text = _readable(unnest)
        relation = {name.lower(): ResultColumn(name, element, expression=text, inputs=array.inputs) for name in names}
        alias = ""
        if array.fields and names:
            alias = names[0]
            relation = dict(array.fields)
        offset = unnest.args.get("offset")
        if isinstance(offset, exp.Expr):
            relation[offset.name.lower()] = ResultColumn(
                offset.name, "INT64", expression=f"OFFSET of {_readable(unnest)}"
            )
        return alias, relation

    def _star(self, projection: exp.Expr, scope: Scope) -> Iterator[ResultColumn]:
        """`*` or `alias.*`, with EXCEPT (names) and REPLACE (expression AS name)."""
        star = projection.this if isinstance(projection, exp.Column) else projection
        left_out = {column.name.lower() for column in star.args.get("except_") or ()}
        replaced = {item.output_name.lower(): item for item in star.args.get("replace") or ()}
        for column in scope.star(projection.text("table")):
            name = column.name.lower()
            if name in replaced:
                yield self._column(replaced[name], scope)
            elif name not in left_out:
                yield column

    def _column(self, projection: exp.Expr, scope: Scope) -> ResultColumn:
        expression = projection.unalias().unnest()
        name = projection.output_name
        found = _looked_up(expression, scope)
        if found is not None:
            return replace(found, name=name)
        type_, fields = self._type(expression, scope), self._fields(expression, scope)
        inputs = frozenset(self._inputs(expression, scope))
        return ResultColumn(name, type_, expression=_readable(expression), fields=fields, inputs=inputs)

    def _inputs(self, expression: exp.Expr, scope: Scope) -> Iterator[tuple[str, str]]:
        """What the value of an expression is made of; of a query within it, what that returns."""
        waiting = [expression]
        while waiting:
            node = waiting.pop()
            if isinstance(node, exp.Query) and not isinstance(node, exp.Table):
                for column in replace(self, outer=scope).columns(node):
                    yield from column.inputs
            elif isinstance(node, exp.Column | exp.Dot) and (found := _nearest(node, scope)) is not None:
                yield from found.inputs
            else:
                if isinstance(node, exp.Anonymous) and node.name.startswith(f"{LOGICAL_DATASET}."):
                    yield node.name.removeprefix(f"{LOGICAL_DATASET}."), ROWS
                waiting += node.iter_expressions()

    def _fields(self, expression: exp.Expr, scope: Scope) -> Relation:
        """The fields of STRUCT(value AS name, ...)."""
        if not isinstance(expression, exp.Struct):
            return {}
        fields = []
        for item in expression.expressions:
            value = item.expression if isinstance(item, exp.PropertyEQ) else item
            name = item.name if isinstance(item, exp.PropertyEQ) else item.output_name
            fields.append(replace(self._column(value, scope), name=name))
        return relation_of(fields)

    def _type(self, expression: exp.Expr, scope: Scope) -> str:
        """What sqlglot infers once every column and own function is replaced by a value of its type."""
        unknown = False

        def typed(node: exp.Expr) -> exp.Expr:
            nonlocal unknown
            text = self._known_type(node, scope)
            if text is None:
                return node
            unknown = unknown or not text
            return exp.cast(exp.Null(), text, dialect=DIALECT) if text else exp.Null()

        values = expression.expressions if isinstance(expression, exp.Array) else []
        if values and isinstance(query := values[0], exp.Query):
            element = replace(self, outer=scope).columns(query)[0].type
            return f"ARRAY<{element}>" if element else ""
        # These say their type whatever stands in them.
        if isinstance(expression, exp.Cast):
            return expression.to.sql(dialect=DIALECT)
        if isinstance(expression, exp.JSONFormat):
            return "STRING"
        if expression.find(exp.Query, exp.Unnest):
            return ""
        annotated = annotate_types(expression.copy().transform(typed), dialect=DIALECT)
        if unknown or annotated.type is None or annotated.is_type(exp.DType.UNKNOWN, exp.DType.NULL):
            return ""
        return annotated.type.sql(dialect=DIALECT)

    def _known_type(self, node: exp.Expr, scope: Scope) -> str | None:
        """The type of a column or of a call of an own function, '' when unknown; None for any other node."""
        if isinstance(node, exp.Column):
            found = _looked_up(node, scope)
            return found.type if found else self.arguments.get(node.name, "")
        if isinstance(node, exp.Anonymous):
            return self.known.returned(node.name.removeprefix(f"{LOGICAL_DATASET}."))
        return None


def _read(query: exp.Expr) -> list[tuple[exp.Expr, list[exp.Expr]]]:
    """The items of FROM and the joins, each with the columns of its USING."""
    start = query.args.get("from_")
    items: list[tuple[exp.Expr, list[exp.Expr]]] = [(start.this, [])] if start else []
    return items + [(join.this, join.args.get("using") or []) for join in query.args.get("joins") or ()]


def logical_name(table: exp.Table) -> str | None:
    """NAME of `` `eros_scheduling_brain.NAME` `` in FROM, a table function's too; None for a CTE."""
    if isinstance(table.this, exp.Anonymous):
        dataset, _, name = table.this.name.rpartition(".")
    else:
        dataset, name = table.db, table.name
    return name if dataset == LOGICAL_DATASET else None


def _looked_up(expression: exp.Expr, scope: Scope) -> ResultColumn | None:
    """What a name, or a path of names, stands for; None for every other expression."""
    if not isinstance(expression, exp.Column | exp.Dot):
        return None
    parts = expression.parts
    return scope.resolved([part.name for part in parts]) if all(isinstance(p, exp.Identifier) for p in parts) else None


def _nearest(expression: exp.Column | exp.Dot, scope: Scope) -> ResultColumn | None:
    """What a path of names stands for, or what it is a field of, where its fields are not known."""
    parts = [part.name for part in expression.parts if isinstance(part, exp.Identifier)]
    found = (scope.resolved(parts[:length]) for length in range(len(parts), 0, -1))
    return next((column for column in found if column is not None), None)


def _read_from(owner: str, column: ResultColumn, path: str) -> ResultColumn:
    """The column as one that is read from `owner`, where it is called `path`."""
    fields = {key: _read_from(owner, field, f"{path}.{field.name}") for key, field in column.fields.items()}
    return replace(column, source=(owner, path), expression="", fields=fields, inputs=frozenset({(owner, path)}))


def _agreed(column: ResultColumn, other: ResultColumn | None) -> ResultColumn:
    """What two parts of a UNION say of a column alike."""
    inputs = column.inputs | (other.inputs if other else frozenset())
    plain = ResultColumn(column.name, column.type, inputs=inputs)
    if other is None or column.description != other.description:
        return plain
    source = column.source if column.source == other.source else None
    origin = column.origin if column.origin == other.origin else None
    return replace(plain, source=source, origin=origin, description=column.description)


def _readable(expression: exp.Expr) -> str:
    """The expression on one line, own functions by their bare names."""
    plain = expression.copy()
    for call in plain.find_all(exp.Anonymous):
        call.set("this", call.name.removeprefix(f"{LOGICAL_DATASET}."))
    return plain.sql(dialect=DIALECT, comments=False)
