"""Any query makes a materialized view.

Fault: window functions, COUNT(DISTINCT), LIMIT, outer joins, RAND() and functions of one's own are taken.
Why it matters: BigQuery refuses what it cannot keep up to date by the changed rows alone, so such a view passes here
and fails there. A definition that is allowed not to be incremental, and says how stale it may be, is any query.
The rules are those of https://cloud.google.com/bigquery/docs/materialized-views-create (query limitations) and
https://cloud.google.com/bigquery/docs/materialized-views-create#non-incremental.
Drop it when upstream checks the query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import sqlglot
from local_bigquery.catalog import ddl, tables
from local_bigquery.errors import BigQueryError
from local_bigquery.sql.dialect import BigQueryDialect
from sqlglot import exp

AGGREGATES = (
    exp.AnyValue, exp.ApproxDistinct, exp.ArrayAgg, exp.Avg, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg,
    exp.Count, exp.CountIf, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.ArgMax, exp.ArgMin, exp.Sum,
)  # fmt: skip
CHANGING = (
    exp.Rand, exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentUser,
    exp.SessionUser, exp.Uuid,
)  # fmt: skip
CLAUSES = {
    "order": "ORDER BY",
    "limit": "LIMIT",
    "offset": "OFFSET",
    "having": "HAVING",
    "qualify": "QUALIFY",
    "windows": "WINDOW",
}
UNSUPPORTED: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (exp.SetOperation, lambda node: type(node).__name__.upper()),
    (exp.Window, lambda _: "analytic function"),
    (exp.TableSample, lambda _: "TABLESAMPLE"),
    ((exp.Version, exp.HistoricalData), lambda _: "FOR SYSTEM_TIME AS OF"),
    (CHANGING, lambda node: f"{node.sql_name()}, which is not deterministic"),
)
OWN_FUNCTIONS = "bq.main."
ALLOWING = ("allow_non_incremental_definition", "max_staleness")


def apply() -> None:
    """Check the query before the view is made, by REST and by DDL."""
    create, check_references = tables.create, ddl.check_references

    def checked_create(project_id: str, dataset_id: str, body: Any, translate: Any) -> Any:
        view = body.materializedView
        if view and not (view.allowNonIncrementalDefinition and body.maxStaleness):
            check(sqlglot.parse_one(view.query or "", dialect=BigQueryDialect))
        return create(project_id, dataset_id, body, translate)

    def checked_references(tree: exp.Expression, *args: Any) -> None:
        if isinstance(tree, exp.Create) and tree.find(exp.MaterializedProperty) and tree.expression:
            given = {option.name.lower() for option in tree.find_all(exp.Property)}
            if not given.issuperset(ALLOWING):
                check(tree.expression)
        check_references(tree, *args)

    tables.create = checked_create
    ddl.check_references = checked_references


def check(query: Any) -> None:
    """Raise for the first thing that BigQuery cannot keep up to date."""
    for found in _unsupported(query):
        raise BigQueryError("invalidQuery", f"Materialized view query contains unsupported feature: {found}.")


def _unsupported(query: Any) -> Iterator[str]:
    for node in query.walk():
        yield from (name(node) for kinds, name in UNSUPPORTED if isinstance(node, kinds))
        if isinstance(node, exp.AggFunc):
            yield from _of_aggregate(node)
        elif isinstance(node, exp.Select):
            yield from _of_select(node)
        elif isinstance(node, exp.Anonymous) and _is_users(node):
            yield f"user-defined function {node.name}"
        elif isinstance(node, exp.Array) and isinstance(node.find(exp.Query), exp.Query):
            yield "ARRAY subquery"


def _is_users(call: exp.Anonymous) -> bool:
    """Whether the name is a path, and none of the emulator's own functions, which upstream puts in by their paths."""
    in_path = isinstance(call.parent, exp.Dot) and call.parent.expression is call
    return in_path or ("." in call.name and not call.name.startswith(OWN_FUNCTIONS))


def _of_select(select: exp.Select) -> Iterator[str]:
    yield from (name for key, name in CLAUSES.items() if select.args.get(key))
    joins = select.args.get("joins") or []
    for join in joins:
        if join.side:
            yield f"{join.side} OUTER JOIN"
    source = select.args.get("from_") or select.args.get("from")
    read = [one.this for one in (source, *joins) if one is not None and isinstance(one.this, exp.Table)]
    names = Counter(table.sql(dialect=BigQueryDialect).partition(" AS ")[0].lower() for table in read if table.name)
    yield from (f"self-join of {name}" for name, times in names.items() if times > 1)


def _of_aggregate(node: exp.AggFunc) -> Iterator[str]:
    if not isinstance(node, AGGREGATES):
        yield f"aggregate function {node.sql_name()}"
    elif node.find(exp.Distinct):
        yield f"{node.sql_name()} of DISTINCT values"
    elif not isinstance(node.parent, exp.Select | exp.Alias | exp.Window):
        yield f"a computation with the aggregated value {node.sql(dialect=BigQueryDialect)}"
