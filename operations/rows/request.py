"""The REST body of a declared table, for a migration: it makes a table beside the stack, which the stack then adopts.

Everything else is made by the program through the provider. A test holds what is made here against what the provider
sends for the same file.
"""

from __future__ import annotations

from typing import Any

from catalog.exports.export_statements import partitions
from catalog.model import Table


def table_body(table: Table, project: str, dataset: str, name: str) -> dict[str, Any]:
    """The body of `tables.insert` for a table called `name`; int64 values are strings in Google's JSON."""
    body: dict[str, Any] = {
        "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
        "description": table.description,
        "labels": dict(table.labels),
        "schema": {"fields": [column.api_json() for column in table.columns]},
        **partitions(table.partitioning),
    }
    if table.require_partition_filter:
        body["requirePartitionFilter"] = True
    if table.clustering:
        body["clustering"] = {"fields": list(table.clustering)}
    if table.primary_key:
        body["tableConstraints"] = {"primaryKey": {"columns": list(table.primary_key)}}
    return body
