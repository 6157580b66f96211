"""`FOR SYSTEM_TIME AS OF` takes no variable of a script.

Fault: a variable is read from a table of its own, and DuckDB refuses it ("AT clause cannot contain subqueries").
Why it matters: a script that reads several tables as of one instant, a backup, has it in a variable.
Here the instant is computed before the statement runs.
Drop it when upstream does.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.jobs import query
from local_bigquery.sql.translate import translate
from sqlglot import exp


def apply() -> None:
    """Put the instant in for what computes it."""
    run_statement = query._run

    def run(cur: Any, tree: Any, context: Any, *arguments: Any) -> Any:
        for version in list(tree.find_all(exp.Version)) if context.variables else ():
            if version.expression.find(exp.Column):
                version.set("expression", _instant(cur, version.expression, context))
        return run_statement(cur, tree, context, *arguments)

    query._run = run


def _instant(cur: Any, expression: exp.Expression, context: Any) -> exp.Expression:
    sql, bound = translate(exp.select(exp.alias_(expression.copy(), "instant")), context)
    ((found,),) = cur.execute(f"SELECT instant::VARCHAR FROM ({sql})", bound).fetchall()
    return exp.Literal.string(found) if found is not None else exp.null()
