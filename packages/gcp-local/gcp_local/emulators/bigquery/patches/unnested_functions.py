"""`FROM UNNEST([f(1, 2)])` fails with a message that blames the statement.

Fault: a function whose body holds a query is put into the argument of a table function, which DuckDB refuses: "Table
function cannot contain subqueries". BigQuery runs it.
Why it matters: the reader looks for a mistake in a valid statement. This emulator cannot run it, and says so.
Drop it when upstream evaluates the argument in a query of its own.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query

ENGINES = "Table function cannot contain subqueries"
OURS = (
    "The local BigQuery cannot run UNNEST over a function whose body holds a query, although BigQuery can: call the "
    "function in a common table expression and UNNEST its column."
)


def apply() -> None:
    """Name the gap as the emulator's."""
    translate = query.from_duckdb

    def from_duckdb(error: Exception, *args: Any) -> Any:
        return BigQueryError("notImplemented", OURS) if ENGINES in str(error) else translate(error, *args)

    query.from_duckdb = from_duckdb
