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

# Those of other packages that upstream has an answer for (`local_bigquery.errors.from_exception`). sqlglot raises the
# last where a node has no such operation; it is answered 501.
ANSWERED = (duckdb.Error, SqlglotError, NotImplementedError)


def apply() -> None:
    """Answer these errors as upstream does, and be done with them."""
    for error in ANSWERED:
        app.add_exception_handler(error, handle_error)
