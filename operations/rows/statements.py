"""Statements on whole tables, run to their end, with errors as operations state them."""

from __future__ import annotations

from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import bigquery

from operations.errors import CloudError

# A copy of the largest table, the messages, is a minute's work; ten leave room for a busy reservation.
STATEMENT_SECONDS = 600.0


def run(client: bigquery.Client, statement: str) -> list[Any]:
    """Rows of a statement, none for DML and DDL. Errors: CloudError with the service's words."""
    try:
        return list(client.query(statement, timeout=60).result(timeout=STATEMENT_SECONDS))
    except (GoogleAPICallError, RetryError) as error:
        raise CloudError(f"{getattr(error, 'message', error)}\n  statement: {statement.splitlines()[0]}") from error
