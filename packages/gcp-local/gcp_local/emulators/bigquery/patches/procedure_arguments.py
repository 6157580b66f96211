"""CREATE PROCEDURE cuts an argument's type at a comma.

Fault: in DDL, `p_items ARRAY<STRUCT<a INT64, b DATE>>` is read as two arguments. (By REST it works: there the
resource's arguments are kept.)
Why it matters: procedures take lists of structs, and tests define them in SQL.
Drop it when upstream counts the angle brackets.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.sql import script


def apply() -> None:
    """Join again what was cut inside angle brackets."""
    procedure = script.Parser.procedure

    def procedure_with_whole_types(self: Any) -> Any:
        statement = procedure(self)
        statement.items = [(text, None) for text in join([text for text, _ in statement.items])]
        return statement

    script.Parser.procedure = procedure_with_whole_types


def join(parts: list[str]) -> list[str]:
    """`["p ARRAY<STRUCT<a INT64", " b DATE>>"]` as one argument again."""
    whole: list[str] = []
    for part in parts:
        if whole and whole[-1].count("<") > whole[-1].count(">"):
            whole[-1] += f", {part.strip()}"
        else:
            whole.append(part)
    return whole
