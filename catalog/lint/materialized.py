"""What an incremental materialized view may hold.

Source: cloud.google.com/bigquery/docs/materialized-views-create, "Supported materialized views" and its limits. All
else needs allow_non_incremental_definition together with max_staleness, and is then computed anew at each refresh.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.model import MaterializedView, Routine

AGGREGATES = (
    *(exp.AnyValue, exp.ApproxDistinct, exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.Avg, exp.BitwiseAndAgg),
    *(exp.BitwiseOrAgg, exp.BitwiseXorAgg, exp.Count, exp.CountIf, exp.Hll, exp.LogicalAnd, exp.LogicalOr),
    *(exp.Max, exp.Min, exp.Sum),
)
FIX = "store sums and counts and derive the rest in a view; or allow_non_incremental_definition with max_staleness"
UNFIT: dict[type[exp.Expr], str] = {
    exp.Window: "a window function",
    exp.Distinct: "DISTINCT",
    exp.Limit: "LIMIT",
    exp.Having: "HAVING",
    exp.Qualify: "QUALIFY",
    exp.TableSample: "TABLESAMPLE",
    exp.Rand: "RAND(), which is another at each refresh",
    exp.CurrentDate: "CURRENT_DATE, which is another at each refresh",
    exp.CurrentTime: "CURRENT_TIME, which is another at each refresh",
    exp.CurrentDatetime: "CURRENT_DATETIME, which is another at each refresh",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP, which is another at each refresh",
    exp.SessionUser: "SESSION_USER, which is another for each reader",
    exp.Uuid: "GENERATE_UUID, which is another at each refresh",
    exp.Union: "UNION",
    exp.Intersect: "INTERSECT",
    exp.Except: "EXCEPT",
    exp.Array: "an array that is built",
}


@code_rule("materialized-view-shape", "BigQuery keeps only simple sums and joins up to date incrementally")
def materialized_view_shape(code: Code) -> Iterator[Problem]:
    view = code.declared
    if not isinstance(view, MaterializedView):
        return
    if view.allow_non_incremental_definition:
        if not view.max_staleness:
            message = "allow_non_incremental_definition without max_staleness"
            yield Problem(view.line, message, "add max_staleness=INTERVAL n HOUR")
        return
    for reference in code.sql.references:
        if isinstance(code.objects.get(reference.name), Routine):
            yield Problem(reference.line, f"materialized view calls {reference.name}", FIX)
    for parsed in code.parsed:
        for tree in parsed.trees:
            yield from (Problem(parsed.statement.line, f"materialized view with {what}", FIX) for what in _unfit(tree))


def _unfit(tree: exp.Expr) -> Iterator[str]:
    """Each thing that an incremental view cannot hold, once."""
    found = dict.fromkeys(what for kind, what in UNFIT.items() if tree.find(kind) is not None)
    for aggregate in tree.find_all(exp.AggFunc):
        if not isinstance(aggregate, AGGREGATES):
            found[aggregate.sql(dialect="bigquery").split("(")[0]] = None
    for join in tree.find_all(exp.Join):
        if join.side:
            found[f"a {join.side} JOIN"] = None
    tables = [table.sql(dialect="bigquery").split(" AS ")[0] for table in tree.find_all(exp.Table)]
    if len(set(tables)) < len(tables):
        found["a table joined to itself"] = None
    yield from found


MATERIALIZED_RULES: tuple[CodeRule, ...] = (materialized_view_shape,)
