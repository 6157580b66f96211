"""The project's job history: who did something in the last 90 days.

Every job is in it, whoever started it, for 180 days (https://cloud.google.com/bigquery/docs/information-schema-jobs);
rows that are streamed in leave none. It needs bigquery.jobs.listAll: without it the answer is an error, never an empty
list.
"""

from __future__ import annotations

from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from operations.errors import CloudError

DAYS = 90
QUERY_SECONDS = 120.0
SINCE = f"j.creation_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {DAYS} DAY)"


def ask(client: bigquery.Client, project: str, location: str, sql: str, /, **parameters: str) -> list[Any]:
    """Rows of a statement over the jobs, which it calls {jobs}. Errors: CloudError."""
    typed = [bigquery.ScalarQueryParameter(name, "STRING", value) for name, value in parameters.items()]
    config = bigquery.QueryJobConfig(query_parameters=typed)
    statement = sql.format(jobs=f"`{project}.region-{location.lower()}`.INFORMATION_SCHEMA.JOBS", since=SINCE)
    try:
        return list(client.query(statement, config, timeout=QUERY_SECONDS).result(timeout=QUERY_SECONDS))
    except GoogleAPICallError as error:
        message = f"the job history of {project} cannot be read: {error.message or error}"
        raise CloudError(message, fix="ask for bigquery.jobs.listAll (roles/bigquery.resourceViewer)") from error
