"""INFORMATION_SCHEMA reads every table of the dataset, whatever is asked for.

Fault: to answer for one table, TABLES and COLUMNS load all of them, and of each view bind the whole query: 5 to 12 s
with this platform's objects. Here a statement that names the tables it asks about loads those only
(`WHERE table_name = 'x'` or `IN ('x', 'y')` for each of its references), and TABLES, which shows no columns, loads
none at all.
Why it matters: each acceptance check that reads the schema would take that long.
Drop it when upstream pushes the condition down.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from local_bigquery.catalog import datasets, metadata, tables
from local_bigquery.sql import rules
from local_bigquery.sql.rules import information_schema
from sqlglot import exp

# Views about other things than tables: they load no table, so they need no names.
NOT_OF_TABLES = ("SCHEMATA", "ROUTINE", "PARAMETERS", "JOBS")

_named: ContextVar[frozenset[str] | None] = ContextVar("named", default=None)
"""Lower-case names of the tables that the statement at hand asks about; None: all."""
_with_columns: ContextVar[bool] = ContextVar("with_columns", default=True)


def apply() -> None:
    """Note the names before the views are put in, and load by them."""
    upstream = information_schema.information_schema

    def scoped(tree: exp.Expression, context: Any) -> exp.Expression:
        token = _named.set(names_asked_for(tree))
        try:
            answer: exp.Expression = upstream(tree, context)
            return answer
        finally:
            _named.reset(token)

    rules.STATEMENT_RULES[rules.STATEMENT_RULES.index(upstream)] = scoped
    information_schema._tables = _tables
    table_list = information_schema.table_list

    def without_columns(project_id: str, dataset_id: str | None) -> Any:
        token = _with_columns.set(False)
        try:
            return table_list(project_id, dataset_id)
        finally:
            _with_columns.reset(token)

    information_schema.VIEWS["TABLES"] = without_columns


def names_asked_for(tree: exp.Expression) -> frozenset[str] | None:
    """The names that the statement's references to views about tables are held to; None when one is not."""
    found: set[str] = set()
    for table in tree.find_all(exp.Table):
        view = information_schema._view(table)
        if view is None or view[0].startswith(NOT_OF_TABLES):
            continue
        names = _names_in_where(table)
        if names is None:
            return None
        found |= names
    return frozenset(found)


def _names_in_where(table: exp.Table) -> set[str] | None:
    """The names in a condition on `table_name` that every row of the reference has to meet."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if select is None or where is None:
        return None
    for condition in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        column = condition.this
        if not isinstance(column, exp.Column) or column.name.lower() != "table_name":
            continue
        if column.table != table.alias and (column.table or select.args.get("joins")):
            continue
        values = list(_compared_with(condition))
        if values and all(isinstance(value, exp.Literal) and value.is_string for value in values):
            return {value.name.lower() for value in values}
    return None


def _compared_with(condition: Any) -> Iterator[Any]:
    if isinstance(condition, exp.EQ):
        yield condition.expression
    elif isinstance(condition, exp.In) and not condition.args.get("query"):
        yield from condition.expressions


def _tables(project_id: str, dataset_id: str | None) -> list[Any]:
    """The tables asked for, with their columns and sizes unless nobody looks at those."""
    every = [dataset.datasetReference.datasetId for dataset in datasets.list_(project_id)]
    listings = metadata.existing(tables.list_, [(project_id, one) for one in ([dataset_id] if dataset_id else every)])
    names = _named.get()
    found = [
        summary
        for listing in listings
        for summary in listing
        if names is None or summary.tableReference.tableId.lower() in names
    ]
    if not _with_columns.get():
        return found
    references = (summary.tableReference for summary in found)
    loaded: list[Any] = metadata.existing(tables.load, [(r.projectId, r.datasetId, r.tableId) for r in references])
    return loaded
