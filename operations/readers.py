"""`eros readers`: who named a table, view or routine in the last 90 days, from the project's job history.

Asked before something goes that people or tools outside the stack may read. Finds statements by their text, so also
those that read a view or call a routine; what reads through another view names that one. The history needs
bigquery.jobs.listAll: without it the answer is an error, never an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from catalog import Placement
from operations.errors import CloudError

DAYS = 90
QUERY_SECONDS = 120.0
# https://cloud.google.com/bigquery/docs/information-schema-jobs: 180 days are kept, partitioned by creation_time.
STATEMENT = """
SELECT j.user_email AS reader, COUNT(*) AS statements, MAX(j.creation_time) AS last_read
FROM `{project}.region-{location}`.INFORMATION_SCHEMA.JOBS AS j
WHERE j.creation_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {days} DAY)
  AND j.job_type = 'QUERY'
  AND NOT REGEXP_CONTAINS(COALESCE(j.statement_type, ''), '^(CREATE|ALTER|DROP)')
  AND REGEXP_CONTAINS(j.query, @form)
GROUP BY j.user_email
ORDER BY last_read DESC, reader
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """An account, how many of its statements name the object, and when the last of them ran."""

    account: str
    statements: int
    last_read: datetime


def readers(client: bigquery.Client, place: Placement, location: str, name: str) -> tuple[Reader, ...]:
    """Who read an object, by its logical or physical name, the last one first. Errors: CloudError."""
    address = place.address(name)
    parameter = bigquery.ScalarQueryParameter("form", "STRING", _form(address.dataset, address.name))
    config = bigquery.QueryJobConfig(query_parameters=[parameter])
    sql = STATEMENT.format(project=place.project, location=location.lower(), days=DAYS)
    try:
        rows = client.query(sql, config, timeout=QUERY_SECONDS).result(timeout=QUERY_SECONDS)
    except GoogleAPICallError as error:
        message = f"the job history of {place.project} cannot be read: {error.message or error}"
        raise CloudError(message, fix="ask for bigquery.jobs.listAll (roles/bigquery.resourceViewer)") from error
    return tuple(Reader(row["reader"] or "", row["statements"], row["last_read"]) for row in rows)


def _form(dataset: str, name: str) -> str:
    """`dataset.name` as statements write it: quoted as a whole, part by part, or not at all."""
    return rf"\b{re.escape(dataset)}`?\.`?{re.escape(name)}\b"


def rows_of(found: Sequence[Reader]) -> list[dict[str, object]]:
    """For programs."""
    return [{"reader": one.account, "statements": one.statements, "last_read": one.last_read} for one in found]
