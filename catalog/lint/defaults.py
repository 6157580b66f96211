"""DEFAULT of a column: what BigQuery takes, and of which type.

Source: cloud.google.com/bigquery/docs/default-values, "Default value expression": a literal or one of eight functions,
also composed to a STRUCT or ARRAY, of a type that matches or coerces to the column's.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from catalog.lint.rule import Problem, TableRule, table_rule
from catalog.lint.trees import parsed_expression
from catalog.model import Table
from catalog.schema import Column

FUNCTIONS = {
    "CURRENT_DATE": "DATE",
    "CURRENT_DATETIME": "DATETIME",
    "CURRENT_TIME": "TIME",
    "CURRENT_TIMESTAMP": "TIMESTAMP",
    "GENERATE_UUID": "STRING",
    "RAND": "FLOAT64",
    "SESSION_USER": "STRING",
    "ST_GEOGPOINT": "GEOGRAPHY",
}
# To which column types a value of each type goes by itself (GoogleSQL, conversion rules; the last three of STRING for
# literals only, which a DEFAULT is).
COERCES = {
    "INT64": {"NUMERIC", "BIGNUMERIC", "FLOAT64"},
    "FLOAT64": {"NUMERIC", "BIGNUMERIC"},
    "NUMERIC": {"BIGNUMERIC", "FLOAT64"},
    "BIGNUMERIC": {"FLOAT64"},
    "STRING": {"BYTES", "DATE", "DATETIME", "TIME", "TIMESTAMP"},
    "DATE": {"DATETIME", "TIMESTAMP"},
    "DATETIME": {"TIMESTAMP"},
}
FIX = f"write a literal or {', '.join(FUNCTIONS)}(); compute anything else where the row is written"


@table_rule("default-value", "BigQuery takes only literals and a few functions as DEFAULT")
def default_value(table: Table) -> Iterator[Problem]:
    for column in table.columns:
        if column.default is None:
            continue
        tree = parsed_expression(column.default)
        found = _type(tree) if tree is not None else None
        if found is None:
            yield Problem(
                column.line, f"DEFAULT {column.default} of {column.name} is neither literal nor function", FIX
            )
        elif not _fits(found, column):
            kind = f"ARRAY<{column.type}>" if column.mode == "REPEATED" else column.type
            fix = f"write a value of type {kind}"
            yield Problem(column.line, f"DEFAULT {column.default} of {column.name} is {found}, not {kind}", fix)


def _fits(found: str, column: Column) -> bool:
    if found in ("ARRAY", "NULL"):
        return (found == "ARRAY") == (column.mode == "REPEATED")
    if column.mode == "REPEATED":
        return False
    return found in ("STRUCT", column.type) or column.type in COERCES.get(found, ())


def _type(tree: exp.Expr) -> str | None:
    """Type of a value that BigQuery takes, None for any other. ARRAY and STRUCT are not looked into any deeper."""
    inner = tree.unnest()
    if isinstance(inner, exp.Array | exp.Tuple | exp.Struct):
        known = all(_type(_value(part)) is not None for part in inner.expressions)
        return ("ARRAY" if isinstance(inner, exp.Array) else "STRUCT") if known else None
    if isinstance(inner, exp.Cast) and isinstance(inner.this, exp.Literal) and inner.this.is_string:
        return inner.to.sql(dialect="bigquery")
    if isinstance(inner, exp.Neg):
        return _literal(inner.this.unnest())
    return _literal(inner) or FUNCTIONS.get(inner.sql(dialect="bigquery").split("(")[0].upper())


def _value(part: exp.Expr) -> exp.Expr:
    """What a field of a STRUCT holds; an element of an ARRAY is itself."""
    return part.this if isinstance(part, exp.Alias) else part.expression if isinstance(part, exp.PropertyEQ) else part


def _literal(tree: exp.Expr) -> str | None:
    if isinstance(tree, exp.Literal):
        if tree.is_string:
            return "STRING"
        return "INT64" if str(tree.this).isdigit() else "FLOAT64"
    if isinstance(tree, exp.Interval):
        return "INTERVAL"
    if isinstance(tree, exp.Boolean):
        return "BOOL"
    if isinstance(tree, exp.Null):
        return "NULL"
    if isinstance(tree, exp.ParseJSON):
        return "JSON"
    return "BYTES" if isinstance(tree, exp.ByteString) else "STRING" if isinstance(tree, exp.RawString) else None


DEFAULT_RULES: tuple[TableRule, ...] = (default_value,)
