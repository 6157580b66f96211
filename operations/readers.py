"""`eros readers`: who read a table, view or routine in the last 90 days, from the project's job history.

Asked before something goes that people or tools outside the stack may read. A table or view is found by what BigQuery
resolved, whatever dataset the statement took for its default, also where another view read it; a routine, and whatever
BigQuery did not resolve (a cached result), by the statement's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from google.cloud import bigquery

from catalog import Placement
from operations.job_history import DAYS, ask

__all__ = ["DAYS", "Reader", "readers", "rows_of"]

# referenced_tables: "Only populated for query jobs that are not cache hits" (the page of INFORMATION_SCHEMA.JOBS).
STATEMENT = """
SELECT j.user_email AS reader, COUNT(*) AS statements, MAX(j.creation_time) AS last_read
FROM {jobs} AS j
WHERE {since}
  AND j.job_type = 'QUERY'
  AND NOT REGEXP_CONTAINS(COALESCE(j.statement_type, ''), '^(CREATE|ALTER|DROP)')
  AND (
    REGEXP_CONTAINS(j.query, @form)
    OR EXISTS (
      SELECT 1
      FROM UNNEST(j.referenced_tables) AS t
      WHERE t.project_id = @project AND t.dataset_id = @dataset AND t.table_id = @name
    )
  )
GROUP BY j.user_email
ORDER BY last_read DESC, reader
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """An account, how many of its statements read the object, and when the last of them ran."""

    account: str
    statements: int
    last_read: datetime


def readers(client: bigquery.Client, place: Placement, location: str, name: str) -> tuple[Reader, ...]:
    """Who read an object, by its logical or physical name, the last one first. Errors: CloudError."""
    address = place.address(name)
    parts = {"project": address.project, "dataset": address.dataset, "name": address.name}
    form = _form(address.dataset, address.name)
    rows = ask(client, place.project, location, STATEMENT, form=form, **parts)
    return tuple(Reader(row["reader"] or "", row["statements"], row["last_read"]) for row in rows)


def _form(dataset: str, name: str) -> str:
    """`dataset.name` as statements write it: quoted as a whole, part by part, or not at all."""
    return rf"\b{re.escape(dataset)}`?\.`?{re.escape(name)}\b"


def rows_of(found: Sequence[Reader]) -> list[dict[str, object]]:
    """For programs."""
    return [{"reader": one.account, "statements": one.statements, "last_read": one.last_read} for one in found]
