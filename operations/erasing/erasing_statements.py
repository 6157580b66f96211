"""Statements of an erasure, run to their end: values are parameters, errors say what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from google.cloud import bigquery

from operations.clients import answering
from operations.errors import CloudError

SECONDS = 600.0
TYPES = {int: "INT64", str: "STRING"}
STREAMED = re.compile(r"streaming buffer", re.IGNORECASE)
# "would affect rows in the streaming buffer, which is not supported": rows of the last 30 minutes, some for up to 90
# (https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations).
WAIT = (
    "wait until what streams into the table has been quiet for 30 minutes (90 at most), then run the command again:"
    " it goes on"
)


def rows(client: bigquery.Client, what: str, sql: str, values: Mapping[str, Any]) -> list[Any]:
    """The result of a statement. Errors: CloudError that begins with `what`."""
    with answering(what):
        return list(_job(client, sql, values).result(timeout=SECONDS))


def change(client: bigquery.Client, what: str, sql: str, values: Mapping[str, Any]) -> int:
    """Runs a DML statement; how many rows it changed. Errors: CloudError, also for rows that have just streamed in."""
    try:
        with answering(what):
            job = _job(client, sql, values)
            job.result(timeout=SECONDS)
    except CloudError as error:
        if STREAMED.search(error.message):
            message = f"{what}: it holds rows that have just streamed in, which BigQuery lets nobody change yet"
            raise CloudError(message, fix=WAIT) from error
        raise
    return int(job.num_dml_affected_rows or 0)


def _job(client: bigquery.Client, sql: str, values: Mapping[str, Any]) -> bigquery.QueryJob:
    used = {name: value for name, value in values.items() if re.search(rf"@{name}\b", sql)}
    config = bigquery.QueryJobConfig(query_parameters=[_parameter(*item) for item in used.items()])
    # What is erased must not come back from a cache of results, nor prove itself gone by one.
    config.use_query_cache = False
    return client.query(sql, config, timeout=SECONDS)


def _parameter(name: str, value: Any) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, "STRING", value)
    return bigquery.ScalarQueryParameter(name, TYPES[type(value)], value)
