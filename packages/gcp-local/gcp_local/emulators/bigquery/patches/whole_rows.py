"""`SELECT TO_JSON_STRING(flag) FROM t AS flag` answers with the column `flag` when `t` has one.

Fault: the name of a table in FROM, used alone, is given to DuckDB as it is, which prefers a column of that name.
GoogleSQL takes the row: a range variable hides the columns of its name (its reference implementation says so, see
`tests/processes/test_bigquery_patches.py`).
Why it matters: a digest of rows was one of names only, and a changed value passed for the same content.
Here the table is given a name that no column has, wherever its row is meant.
Drop it when upstream does so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_bigquery.sql import rules
from sqlglot import exp

SUFFIX = "__row"


def apply() -> None:
    """Rename such tables before anything else looks at the statement."""
    rules.STATEMENT_RULES.insert(0, rename_whole_rows)


def rename_whole_rows(tree: exp.Expr, _context: Any) -> exp.Expr:
    """A rule of the translation: the tree, with another name for each table whose row is used as a value."""
    for select in list(tree.find_all(exp.Select)):
        for source in list(_sources(select)):
            if _is_table(source, select):
                _rename(select, source)
    return tree


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    """Everything in FROM that has a name."""
    clause = select.args.get("from_") or select.args.get("from")
    joined = [join.this for join in select.args.get("joins") or ()]
    yield from (source for source in [clause.this if clause else None, *joined] if source and source.alias_or_name)


def _is_table(source: exp.Expr, select: exp.Select) -> bool:
    """Not so what UNNEST names, also in the form `FROM t, t.list AS x`: that is a value, and upstream knows it."""
    names = {other.alias_or_name.lower() for other in _sources(select)}
    return isinstance(source, exp.Subquery) or (
        isinstance(source, exp.Table) and (source.parts[0].name.lower() not in names or len(source.parts) == 1)
    )


def _rename(select: exp.Select, source: exp.Expr) -> None:
    name = source.alias_or_name
    uses = [column for column in select.find_all(exp.Column) if _means(column, name, select)]
    rows = [column for column in uses if not column.table and not _is_result_alias(column, select)]
    if not rows:
        return
    new = name + SUFFIX
    source.set("alias", exp.TableAlias(this=exp.to_identifier(new, quoted=True)))
    for column in uses:
        if column.table:
            column.set("table", exp.to_identifier(new, quoted=True))
    for column in rows:
        renamed = exp.column(exp.to_identifier(new, quoted=True))
        is_result = column.parent is select and column.arg_key == "expressions"
        column.replace(exp.alias_(renamed, name, quoted=True) if is_result else renamed)


def _means(column: exp.Column, name: str, select: exp.Select) -> bool:
    """Whether a column names this source of `select`, and nothing that lies further in."""
    if (column.table or column.name).lower() != name.lower() or column.args.get("db"):
        return False
    inner = column.find_ancestor(exp.Select)
    while inner is not None and inner is not select:
        for source in _sources(inner):
            # Columns of a table further in are not known here, and one of them may have the name.
            if source.alias_or_name.lower() == name.lower() or (not column.table and _is_table(source, inner)):
                return False
        inner = inner.find_ancestor(exp.Select)
    return not _lies_in_from(column, select)


def _lies_in_from(column: exp.Column, select: exp.Select) -> bool:
    """Whether it belongs to a subquery in FROM or WITH, which does not see what stands beside it."""
    node: exp.Expr | None = column
    while node is not None and node is not select:
        if isinstance(node, exp.CTE) or (
            isinstance(node, exp.Subquery) and isinstance(node.parent, exp.From | exp.Join)
        ):
            return True
        node = node.parent
    return False


def _is_result_alias(column: exp.Column, select: exp.Select) -> bool:
    """ORDER BY and its like name the result's columns first."""
    clause = column.find_ancestor(exp.Order, exp.Group, exp.Having, exp.Qualify, exp.Select)
    named = any(
        isinstance(item, exp.Alias) and item.alias.lower() == column.name.lower() for item in select.expressions
    )
    return named and not isinstance(clause, exp.Select)
