"""`UPDATE t SET list = ARRAY(SELECT ...)` is refused: "Equality is not defined for arguments of type ARRAY".

Fault: the `=` of an assignment is taken for a comparison, of which BigQuery has none for arrays.
Why it matters: elements of a list are changed in no other way.
Drop it when upstream tells assignments from comparisons.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.sql import rules
from sqlglot import exp


def apply() -> None:
    """Put the assigned array in parentheses, also in a MERGE: what is compared stays as it is."""
    rules.STATEMENT_RULES.insert(0, bracket_assigned_arrays)


def bracket_assigned_arrays(tree: exp.Expression, _context: Any) -> exp.Expression:
    """The same statement, in which no assignment looks like a comparison of arrays."""
    for update in tree.find_all(exp.Update):
        for assignment in update.expressions:
            value = assignment.args.get("expression")
            if isinstance(value, exp.Array):
                assignment.set("expression", exp.Paren(this=value))
    return tree
