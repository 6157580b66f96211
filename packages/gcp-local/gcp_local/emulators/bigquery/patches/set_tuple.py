"""`SET (a, b) = (SELECT AS STRUCT ...)` fails.

Fault: several variables can be set from a tuple of expressions only; from one row (`SELECT AS STRUCT x, y`,
`SELECT STRUCT(x, y)`) the whole row is cast to the first variable's type: "Unimplemented type for cast".
Why it matters: procedures read several values of one scan this way.
Drop it when upstream assigns the fields of a struct.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from local_bigquery.sql import script
from local_bigquery.sql.dialect import BigQueryDialect
from local_bigquery.sql.rules.parameters import VALUE
from sqlglot import exp


def apply() -> None:
    """Assign the fields of one row by position; leave every other SET to upstream."""
    stock = script.Interpreter.set

    def assign(self: Any, statement: Any) -> None:
        tree = sqlglot.parse_one(statement.text, dialect=BigQueryDialect)
        rows = [item.this for item in tree.expressions if _from_row(item.this)]
        if not rows:
            stock(self, statement)
        for assignment in rows:
            _assign_row(self, assignment.this.expressions, assignment.expression)

    script.Interpreter.set = assign


def _from_row(assignment: exp.Expression) -> bool:
    return isinstance(assignment.this, exp.Tuple) and not isinstance(assignment.expression, exp.Tuple)


def _assign_row(interpreter: Any, targets: list[exp.Expression], value: exp.Expression) -> None:
    _name_fields(value)
    table = script._temporary_table("row")
    query, bound = script.translate(script._select(value), interpreter.context)
    fields = ", ".join(f"struct_extract_at({VALUE}, {n + 1}) AS f{n}" for n in range(len(targets)))
    interpreter.cursor.execute(f"CREATE TEMP TABLE {table} AS SELECT {fields} FROM ({query})", bound)
    for n, target in enumerate(targets):
        interpreter.cursor.execute(
            f"UPDATE {interpreter.variable(target.name)} SET {VALUE} = (SELECT f{n} FROM {table})"
        )
    interpreter.cursor.execute(f"DROP TABLE {table}")


def _name_fields(value: exp.Expression) -> None:
    """`SELECT STRUCT(x, y)` has no field names, and DuckDB keeps no table of a struct without."""
    select = value.unnest()
    row = select.expressions[0] if isinstance(select, exp.Select) else select
    if isinstance(row, exp.Struct):
        named = [_named(n, field) for n, field in enumerate(row.expressions)]
        row.set("expressions", named)


def _named(n: int, field: exp.Expression) -> exp.Expression:
    if isinstance(field, exp.Alias | exp.PropertyEQ):
        return field
    return exp.PropertyEQ(this=exp.to_identifier(f"f{n}"), expression=field.copy())
