"""The columns that a view or table function returns: name, type and where each comes from.

The catalog knows the columns of tables and what table functions declare. Those of a query are followed here
through CTEs, subqueries and other views to the column of a table, as far as a column is passed on unchanged.
What is computed gets the type that sqlglot infers; where it cannot, none is stated. Tests hold names and types
against GoogleSQL's own analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as with_
from typing import TypeAlias

from sqlglot import exp, parse_one
from sqlglot.optimizer.annotate_types import annotate_types

from catalog.catalog import Catalog
from catalog.model import Routine, Table, View
from catalog.references import LOGICAL_DATASET
from catalog.schema import Column
from catalog.sqltypes import SqlType

DIALECT = "bigquery"


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result. `type` is '' when unknown.

    A column that is passed on unchanged has as `source` the (object, column) that the query reads it from, and
    as `origin` the (table, column) at the end of that chain, when a table is there. One that is computed has its
    `expression` in place of a source.
    """

    name: str
    type: str
    source: tuple[str, str] | None = None
    origin: tuple[str, str] | None = None
    expression: str = ""


Relation: TypeAlias = Mapping[str, ResultColumn]


class Results:
    """The result columns of the objects of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._known: dict[str, Relation] = {}

    def of(self, name: str) -> Relation:
        """The columns of a table, view or table function by name, in order; none for other objects."""
        if name not in self._known:
            self._known[name] = self._columns(name)
        return self._known[name]

    def returned(self, name: str) -> str:
        """The type that a scalar function states, '' when it is inferred."""
        routine = self.catalog.routines.get(name)
        return type_text(routine.return_sql_type) if routine and routine.return_sql_type else ""

    def _columns(self, name: str) -> Relation:
        declared = self.catalog.objects[name]
        if isinstance(declared, Table):
            return {c.name: ResultColumn(c.name, column_type(c), origin=(name, c.name)) for c in declared.columns}
        if isinstance(declared, View):
            return _Query(self, {}).columns(parse_one(declared.sql.text, dialect=DIALECT))
        if declared.kind != "TABLE_VALUED_FUNCTION":
            return {}
        arguments = {argument.name: type_text(argument.type) for argument in declared.arguments}
        found = _Query(self, arguments).columns(parse_one(declared.sql.text, dialect=DIALECT))
        return _as_declared(declared, found)


def column_type(column: Column) -> str:
    """The type of a table's column as GoogleSQL writes it."""
    if column.type == "STRUCT":
        inner = f"STRUCT<{', '.join(f'{field.name} {column_type(field)}' for field in column.fields)}>"
    else:
        inner = column.written_type or column.type
    return f"ARRAY<{inner}>" if column.mode == "REPEATED" else inner


def type_text(data_type: SqlType) -> str:
    """A type as GoogleSQL writes it, with all its parts."""
    if data_type.element:
        return f"{data_type.name}<{type_text(data_type.element)}>"
    if data_type.fields:
        return f"STRUCT<{', '.join(f'{field.name} {type_text(field.type)}' for field in data_type.fields)}>"
    return data_type.written if data_type.name == "ANY" else data_type.name


def _as_declared(routine: Routine, found: Relation) -> Relation:
    """The declared names and types, with what is found out about the query's columns at the same place."""
    origins = list(found.values()) if len(found) == len(routine.return_columns) else []
    columns = {}
    for index, field in enumerate(routine.return_columns):
        known = origins[index] if origins else ResultColumn(field.name, "")
        columns[field.name] = replace(known, name=field.name, type=type_text(field.type))
    return columns


@dataclass(frozen=True, slots=True)
class _Query:
    """Queries in the scope of what stands around them: CTEs and the function's arguments with their types."""

    results: Results
    arguments: Mapping[str, str]
    ctes: Mapping[str, Relation] = with_(default_factory=dict)
    outer: Mapping[str, Relation] = with_(default_factory=dict)

    def columns(self, query: exp.Expr) -> Relation:
        """The columns that a SELECT, a UNION (of its first part) or a query in parentheses returns."""
        inner = self._with_ctes(query)
        if isinstance(query, exp.Subquery):
            return inner.columns(query.this)
        if isinstance(query, exp.SetOperation):
            return {name: _of_union(column) for name, column in inner.columns(query.this).items()}
        scope = inner._scope(query)
        columns: dict[str, ResultColumn] = {}
        for projection in query.expressions:
            if projection.is_star:
                columns |= _star(projection, scope)
            else:
                columns[projection.output_name] = inner._column(projection, scope)
        return columns

    def _with_ctes(self, query: exp.Expr) -> _Query:
        scope = self
        clause = query.args.get("with_")
        for cte in clause.expressions if clause else ():
            scope = replace(scope, ctes={**scope.ctes, cte.alias: scope.columns(cte.this)})
        return scope

    def _scope(self, query: exp.Expr) -> dict[str, Relation]:
        """What FROM and the joins offer, by alias."""
        start = query.args.get("from_")
        items = [start.this] if start else []
        items += [join.this for join in query.args.get("joins") or ()]
        scope = dict(self.outer)
        for place, item in enumerate(items):
            scope[item.alias_or_name or f"#{place}"] = self._relation(item, scope)
        return scope

    def _relation(self, item: exp.Expr, scope: Mapping[str, Relation]) -> Relation:
        if isinstance(item, exp.Subquery):
            return self.columns(item.this)
        if isinstance(item, exp.Unnest):
            return self._elements(item, scope)
        if not isinstance(item, exp.Table):
            return {}
        name = logical_name(item)
        if name is None:
            return self.ctes.get(item.name, {})
        if name not in self.results.catalog.objects:
            return {}
        columns = self.results.of(name)
        return {key: replace(column, source=(name, key), expression="") for key, column in columns.items()}

    def _elements(self, unnest: exp.Unnest, scope: Mapping[str, Relation]) -> Relation:
        """What UNNEST(array) AS element WITH OFFSET AS place offers."""
        array = self._column(unnest.expressions[0], scope)
        names = [identifier.name for identifier in unnest.args["alias"].columns] if unnest.args.get("alias") else []
        element = array.type.removeprefix("ARRAY<").removesuffix(">") if array.type.startswith("ARRAY<") else ""
        relation = {name: ResultColumn(name, element, expression=_readable(unnest)) for name in names}
        offset = unnest.args.get("offset")
        if isinstance(offset, exp.Expr):
            relation[offset.name] = ResultColumn(offset.name, "INT64", expression=f"OFFSET of {_readable(unnest)}")
        return relation

    def _column(self, projection: exp.Expr, scope: Mapping[str, Relation]) -> ResultColumn:
        expression = projection.unalias()
        name = projection.output_name
        if isinstance(expression, exp.Column):
            source = _looked_up(expression, scope)
            if source is not None:
                return replace(source, name=name)
        return ResultColumn(name, self._type(expression, scope), expression=_readable(expression))

    def _type(self, expression: exp.Expr, scope: Mapping[str, Relation]) -> str:
        """What sqlglot infers once every column and own function is replaced by a value of its type."""
        unknown = False

        def typed(node: exp.Expr) -> exp.Expr:
            nonlocal unknown
            text = self._known_type(node, scope)
            if text is None:
                return node
            unknown = unknown or not text
            return exp.cast(exp.Null(), text, dialect=DIALECT) if text else exp.Null()

        if isinstance(expression, exp.Array) and isinstance(query := expression.expressions[0], exp.Query):
            element = next(iter(replace(self, outer=scope).columns(query).values())).type
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

    def _known_type(self, node: exp.Expr, scope: Mapping[str, Relation]) -> str | None:
        """The type of a column or of a call of an own function, '' when unknown; None for any other node."""
        if isinstance(node, exp.Column):
            source = _looked_up(node, scope)
            return source.type if source else self.arguments.get(node.name, "")
        if isinstance(node, exp.Anonymous):
            return self.results.returned(node.name.removeprefix(f"{LOGICAL_DATASET}."))
        return None


def logical_name(table: exp.Table) -> str | None:
    """NAME of `` `eros_scheduling_brain.NAME` `` in FROM, a table function's too; None for a CTE."""
    if isinstance(table.this, exp.Anonymous):
        dataset, _, name = table.this.name.rpartition(".")
    else:
        dataset, name = table.db, table.name
    return name if dataset == LOGICAL_DATASET else None


def _looked_up(column: exp.Column, scope: Mapping[str, Relation]) -> ResultColumn | None:
    """The source of a column; None when it is none of the known relations' or of several."""
    if column.args.get("db"):
        return None
    if column.table:
        return scope.get(column.table, {}).get(column.name)
    found = [relation[column.name] for relation in scope.values() if column.name in relation]
    return found[0] if len(found) == 1 else None


def _star(projection: exp.Expr, scope: Mapping[str, Relation]) -> Relation:
    table = projection.table if isinstance(projection, exp.Column) else ""
    relations = [scope.get(table, {})] if table else list(scope.values())
    return {name: column for relation in relations for name, column in relation.items()}


def _of_union(column: ResultColumn) -> ResultColumn:
    """The parts of a UNION have the type in common, and not where they come from."""
    return replace(column, source=None, origin=None, expression="")


def _readable(expression: exp.Expr) -> str:
    """The expression on one line, own functions by their bare names."""
    plain = expression.copy()
    for call in plain.find_all(exp.Anonymous):
        call.set("this", call.name.removeprefix(f"{LOGICAL_DATASET}."))
    return plain.sql(dialect=DIALECT, comments=False)
