"""Table functions with a declared result, or with a body that starts with WITH, are refused.

Fault: `CREATE TABLE FUNCTION f() RETURNS TABLE<...> AS ...` is a syntax error, also when the clause comes from
a REST resource's `returnTableType`; so is a body `WITH ... SELECT ...`; and the declared result is not kept.
Why it matters: our table functions declare their result, and what is read back must be what was sent.
Drop it when upstream parses the clause and keeps `returnTableType`.
"""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from local_bigquery.catalog import routines
from local_bigquery.models import Routine
from local_bigquery.sql import script
from local_bigquery.sql.dialect import BigQueryDialect
from sqlglot import exp

CLAUSE = re.compile(r"\bRETURNS\s+TABLE\s*<", re.IGNORECASE)
BODY_WITH = re.compile(r"\bAS\s+(?=WITH\b)", re.IGNORECASE)


def split_clause(text: str) -> tuple[str, str]:
    """The statement without its RETURNS TABLE clause, and the text between the clause's brackets."""
    match = CLAUSE.search(text)
    if not match:
        return text, ""
    end, depth = match.end(), 1
    while depth and end < len(text):
        depth += {"<": 1, ">": -1}.get(text[end], 0)
        end += 1
    return text[: match.start()] + text[end:], text[match.end() : end - 1]


def wrap_with(text: str) -> str:
    """`AS WITH x AS (...) SELECT ...` as `AS SELECT * FROM (WITH ...)`, which the parser takes."""
    match = BODY_WITH.search(text)
    if not match:
        return text
    return f"{text[: match.end()]}SELECT * FROM ({text[match.end() :].rstrip().rstrip(';')}\n)"


def columns(clause: str) -> list[dict[str, Any]]:
    """The clause's columns in the form of the REST resource's `returnTableType.columns`."""
    struct = exp.DataType.build(f"STRUCT<{clause}>", dialect=BigQueryDialect)
    return [{"name": field.name, "type": routines.data_type(field.kind).dump()} for field in struct.expressions]


def apply() -> None:
    """Take the clause off before parsing; keep its columns with the recorded routine."""
    parse_statement, record = script.Parser.statement, routines.record
    declared: dict[str, str] = {}

    def statement(self: Any) -> Any:
        parsed = parse_statement(self)
        if parsed.kind == "TABLE_FUNCTION":
            text, clause = split_clause(parsed.text)
            parsed.text = wrap_with(text)
            if clause:
                declared[_name(parsed.text)] = clause
        return parsed

    def record_with_result(tree: exp.Expression, project_id: str, dataset_id: str | None) -> None:
        record(tree, project_id, dataset_id)
        target = tree.find(exp.Table)
        clause = declared.pop(target.sql(dialect=BigQueryDialect), None) if target is not None else None
        if not clause or not isinstance(tree, exp.Create):
            return
        reference = routines.names.reference(target, project_id, dataset_id)
        stored = routines.load(*reference)
        result = Routine.model_validate({"returnTableType": {"columns": columns(clause)}})
        routines.save(*reference, stored.merged(result))

    script.Parser.statement = statement
    routines.record = record_with_result


def _name(text: str) -> str:
    """The function's name as the parsed tree will print it."""
    try:
        target = sqlglot.parse_one(text, dialect=BigQueryDialect).find(exp.Table)
    except sqlglot.errors.SqlglotError:
        return ""
    return target.sql(dialect=BigQueryDialect) if target is not None else ""
