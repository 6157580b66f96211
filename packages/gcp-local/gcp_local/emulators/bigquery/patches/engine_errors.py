"""An error of the engine outside a job breaks the client's next request.

Fault: only the package's own errors are handled as HTTP errors. An error of DuckDB or of the SQL parser (a
view over an absent table, say) is answered and then raised again, on which the server closes the connection
without saying so; the client's next request on it fails with "Connection reset by peer".
Why it matters: a refused create makes an unrelated call fail at random.
Drop it when upstream handles `duckdb.Error` and `sqlglot` errors like its own.
"""

from __future__ import annotations

import duckdb
from local_bigquery.app import app, handle_error
from sqlglot.errors import SqlglotError


def apply() -> None:
    """Answer these errors as upstream does, and be done with them."""
    for error in (duckdb.Error, SqlglotError, NotImplementedError):
        app.add_exception_handler(error, handle_error)
