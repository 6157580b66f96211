"""The SQL of what changes: a readable diff, and which columns come, go or are computed otherwise."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterator

from sqlglot import exp

from catalog.model import Table
from catalog.reference.columns import Results
from catalog.sqltree import deep_enough, parsed
from operations.review.previewed import Inputs, PlannedStep

CONTEXT = 3
LONGEST = 150_000


def body(inputs: Inputs) -> str:
    """The SQL of a view or routine, a table's columns one a line; '' for anything else."""
    if "definitionBody" in inputs:
        return str(inputs["definitionBody"])
    for key in ("view", "materializedView"):
        if key in inputs:
            return str((inputs[key] or {}).get("query", ""))
    if "schema" in inputs:
        return "\n".join(_column_lines(json.loads(inputs["schema"] or "[]")))
    return ""


def diff(step: PlannedStep, prefix: str) -> str:
    """The unified diff without heads, names without `prefix` (PROJECT.DATASET.), what is new or gone as a whole."""
    before, after = (_bare(body(inputs), prefix) for inputs in (step.before, step.after))
    if step.op == "delete":
        after = ""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT)
    # Its two heads name no file; a comment of SQL that goes looks like one.
    text = "\n".join(itertools.islice(lines, 2, None))
    return text if len(text) <= LONGEST else text[:LONGEST] + "\n... cut here"


def rows_differ(before: Results | None, after: Results, name: str) -> bool:
    """Whether the change may change which rows there are, or, of a routine without columns, anything.

    Not when only what stands between SELECT and FROM differs. Without what was there before the change: yes.
    """
    old, new = (results.catalog.objects.get(name) if results else None for results in (before, after))
    if isinstance(new, Table) or isinstance(old, Table):
        return False
    if old is None or new is None:
        return True
    if not after.of(name):
        return True
    return _without_projections(old.sql.text) != _without_projections(new.sql.text)


def _without_projections(sql: str) -> str:
    with deep_enough():
        tree = parsed(sql).copy()
        for select in list(tree.find_all(exp.Select)):
            if not select.args.get("distinct") and not _aggregates(select):
                select.set("expressions", [exp.Star()])
        return tree.sql(dialect="bigquery", comments=False)


def _aggregates(select: exp.Select) -> bool:
    """One row instead of many: taking the aggregate out of SELECT would change that."""
    return not select.args.get("group") and any(part.find(exp.AggFunc) for part in select.expressions)


def changed_columns(before: Results | None, after: Results, name: str) -> tuple[list[str], list[str], list[str]]:
    """Columns of a view, table or table function that come, go, or whose type or expression differs.

    Without what was there before the change nothing is known of it: none.
    """
    if before is None:
        return [], [], []
    old, new = before.of(name), after.of(name)
    added = [column.name for key, column in new.items() if key not in old]
    removed = [column.name for key, column in old.items() if key not in new]
    changed = [
        column.name
        for key, column in new.items()
        if key in old
        and (column.type, column.expression, column.inputs) != (old[key].type, old[key].expression, old[key].inputs)
    ]
    return added, removed, changed


def _bare(text: str, prefix: str) -> str:
    return re.sub(rf"`{re.escape(prefix)}(\w+)`", r"\1", text)


def _column_lines(fields: list[Inputs], indent: str = "") -> Iterator[str]:
    for field in fields:
        mode = {"REQUIRED": " NOT NULL", "REPEATED": " REPEATED"}.get(str(field.get("mode")), "")
        about = f"  -- {field['description']}" if field.get("description") else ""
        yield f"{indent}{field['name']} {field['type']}{mode}{about}"
        yield from _column_lines(field.get("fields") or [], indent + "  ")
