"""A view whose table or function has gone cannot be read by REST.

Fault: tables.get runs the view's query to find its columns: the answer is 404 for a view that is there when a
routine or table of it was deleted, 400 when a column was dropped.
Why it matters: a refresh takes such a view for deleted, and the next update fails with 409.
Here it has no columns until what it needs is back; BigQuery shows those that it had.
Drop it when upstream keeps the schema of a view.
"""

from __future__ import annotations

from typing import Any

import duckdb
from local_bigquery.catalog import tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError


def apply() -> None:
    """Let a view that cannot be run stand without columns."""
    columns = tables.columns

    def columns_if_any(project_id: str, dataset_id: str, table_id: str) -> Any:
        try:
            return columns(project_id, dataset_id, table_id)
        except (duckdb.Error, BigQueryError):
            if not _is_view(project_id, dataset_id, table_id):
                raise
            return []

    tables.columns = columns_if_any


def _is_view(project_id: str, dataset_id: str, table_id: str) -> bool:
    kinds = [row[1] for row in database.objects(*tables.physical(project_id, dataset_id, table_id))]
    return kinds == ["VIEW"]
