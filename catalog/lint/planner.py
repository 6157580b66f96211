"""What BigQuery's planner refuses although the statement is valid GoogleSQL and the analyzer accepts it.

The refusal comes when the statement runs, in production for a procedure. Only what names its tables is judged: a
column without its table's alias may belong to either side. A reviewer who knows better allows the line with a reason.

Sources: "LEFT OUTER JOIN cannot be used without a condition that is an equality of fields from both sides of the
join" (OHDSI/Achilles#532); "Correlated subqueries that reference other tables are not supported unless they can be
de-correlated, such as by transforming them into an efficient JOIN" (hasura/graphql-engine#8905).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from sqlglot import exp

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.trees import Parsed

Node = TypeVar("Node", bound=exp.Expr)


@code_rule("outer-join-equality", "BigQuery runs an outer join only with an equality between its two sides")
def outer_join_equality(code: Code) -> Iterator[Problem]:
    for parsed in code.parsed:
        for join in _found(parsed, exp.Join):
            if join.side and join.args.get("on") is not None and not _joins_equal(join):
                message = f"{join.side} JOIN {join.this.alias_or_name} without an equality of columns from both sides"
                fix = "add one to ON, or join everything and filter: a UNION ALL of matches and of rows without any"
                yield Problem(_line(parsed, join), message, fix)


@code_rule("correlated-subquery", "BigQuery runs a subquery on other tables only where it can be turned into a join")
def correlated_subquery(code: Code) -> Iterator[Problem]:
    for parsed in code.parsed:
        for subquery in _found(parsed, exp.Subquery):
            if isinstance(subquery.parent, exp.From | exp.Join | exp.CTE) or not _is_correlated(subquery):
                continue
            query = subquery.unnest()
            if query.args.get("limit") is not None or query.args.get("order") is not None:
                message = "a correlated subquery with ORDER BY or LIMIT"
                fix = "join and take the first row by QUALIFY ROW_NUMBER() OVER (...) = 1, or MAX_BY / ARRAY_AGG"
                yield Problem(_line(parsed, subquery), message, fix)


def _found(parsed: Parsed, kind: type[Node]) -> Iterator[Node]:
    for tree in parsed.trees:
        yield from tree.find_all(kind)


def _joins_equal(join: exp.Expr) -> bool:
    """Whether ON holds an equality of both sides, or may hold one as far as its columns say."""
    on = join.args["on"].unnest()
    if isinstance(join.this, exp.Unnest) or isinstance(on, exp.Boolean):
        return True
    joined = join.this.alias_or_name.lower()
    conjuncts = on.flatten() if isinstance(on, exp.And) else [on]
    return any(_is_equality(part.unnest(), joined) for part in conjuncts)


def _is_equality(condition: exp.Expr, joined: str) -> bool:
    if not isinstance(condition, exp.EQ | exp.NullSafeEQ):
        return False
    left, right = _tables(condition.left), _tables(condition.right)
    if "" in left | right:
        return True
    return (left == {joined}) != (right == {joined}) and bool(left) and bool(right)


def _tables(expression: exp.Expr) -> set[str]:
    """Aliases of the columns in an expression; '' for one without."""
    return {column.table.lower() for column in expression.find_all(exp.Column)}


def _is_correlated(subquery: exp.Expr) -> bool:
    """Whether a subquery on a table uses a column of a query around it, named by its alias."""
    query = subquery.unnest()
    own = {source.alias_or_name.lower() for source in query.find_all(exp.Table, exp.Subquery, exp.Unnest)}
    reads_table = any(isinstance(source, exp.Table) and source.name for source in query.find_all(exp.Table))
    outer = _outer_aliases(subquery)
    return reads_table and any(name in outer and name not in own for name in _tables(query))


def _outer_aliases(subquery: exp.Expr) -> set[str]:
    found: set[str] = set()
    around = subquery.parent_select
    while around is not None:
        sources = [around.args.get("from_") or around.args.get("from"), *(around.args.get("joins") or ())]
        found |= {source.this.alias_or_name.lower() for source in sources if source is not None}
        around = around.parent_select
    return found


def _line(parsed: Parsed, node: exp.Expr) -> int:
    """The line of the first token below the node that knows its place."""
    for inner in node.walk():
        if (line := inner.meta.get("line")) is not None:
            return parsed.statement.line + int(line) - 1
    return parsed.statement.line


PLANNER_RULES: tuple[CodeRule, ...] = (outer_join_equality, correlated_subquery)
