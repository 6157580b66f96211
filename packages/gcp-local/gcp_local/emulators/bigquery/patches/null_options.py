"""`ALTER TABLE t SET OPTIONS (expiration_timestamp = NULL)` answers 500.

Fault: NULL is handed to the reader of each option as if it were a value.
Why it matters: this is how somebody keeps a table that was to end by itself. "Setting the value to NULL clears the
table's value for that option" (docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language,
ALTER TABLE SET OPTIONS).
Drop it when upstream clears the option.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import ddl, models
from local_bigquery.catalog import options as upstream
from sqlglot import exp


def apply() -> None:
    """Read NULL as the absence of a value, wherever options are read."""
    ddl.options = models.options = options


def options(node: exp.Expression | None, mapping: dict[str, Any], evaluate: upstream.Evaluate) -> dict[str, Any]:
    """The stated options under the names of REST; None clears one."""
    found: dict[str, Any] = {}
    for prop in node.find_all(exp.Property) if node else ():
        if option := mapping.get(prop.name.lower()):
            value = prop.args["value"]
            found[option.key] = None if isinstance(value, exp.Null) else option.parse(value, evaluate)
    return found
