"""A view over a table that requires a partition filter cannot be made.

Fault: the rule for queries is applied when a view or a function is defined.
Why it matters: BigQuery makes the view; the filter has to be in the query that reads it. Here a deployment stopped
half way at the first such view.
Drop it when upstream asks queries only.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.errors import BigQueryError
from local_bigquery.sql.rules import tables as rules
from sqlglot import exp

REQUIRED = "that can be used for partition elimination"
DEFINED = ("VIEW", "FUNCTION")

_defining: ContextVar[bool] = ContextVar("defining", default=False)
"""Whether a query is translated to become the body of a view."""


def apply() -> None:
    """Leave the rule, which is the last that upstream checks, out of definitions."""
    check, create, update = rules._check, tables.create, tables.update

    def check_queries(tree: exp.Expression, *args: Any) -> None:
        try:
            check(tree, *args)
        except BigQueryError as error:
            is_definition = isinstance(tree, exp.Create) and tree.args.get("kind") in DEFINED
            if not (REQUIRED in error.message and (is_definition or _defining.get())):
                raise

    def defining(make: Any) -> Any:
        def define(*args: Any, **kwargs: Any) -> Any:
            token = _defining.set(True)
            try:
                return make(*args, **kwargs)
            finally:
                _defining.reset(token)

        return define

    rules._check = check_queries
    tables.create, tables.update = defining(create), defining(update)
