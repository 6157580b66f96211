"""Who wrote into the dataset, from the project's job history: so show what no list of schedules names.

A cron line, an Apps Script, a person at the console: each runs jobs as some account. Rows that are streamed in leave
no job; they stay on the list of what cannot be seen (`cutover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from google.cloud import bigquery

from operations.job_history import ask
from settings.model import Settings

# A statement's own target is its destination table, for DML too; the rows of a SELECT go into a hidden dataset.
STATEMENT = """
SELECT
  j.user_email AS account,
  COUNT(*) AS jobs,
  MAX(j.creation_time) AS last_job,
  STRING_AGG(DISTINCT COALESCE(j.statement_type, j.job_type), ', ') AS kinds,
  STRING_AGG(DISTINCT j.destination_table.table_id, ', ') AS tables
FROM {jobs} AS j
WHERE {since}
  AND j.destination_table.project_id = @project
  AND j.destination_table.dataset_id = @dataset
  AND j.error_result IS NULL
  AND NOT ENDS_WITH(j.destination_table.table_id, '_migrating')
  AND (
    j.job_type IN ('LOAD', 'COPY')
    OR COALESCE(j.statement_type, '') = 'CREATE_TABLE_AS_SELECT'
    OR NOT REGEXP_CONTAINS(COALESCE(j.statement_type, ''), '^(CREATE|ALTER|DROP)')
  )
  AND COALESCE(j.user_email, '') NOT IN UNNEST(SPLIT(@ours))
GROUP BY j.user_email
ORDER BY last_job DESC, account
"""


@dataclass(frozen=True, slots=True)
class Hand:
    """An account, how many jobs of which kinds wrote into which tables, and when the last of them began."""

    account: str
    jobs: int
    last_job: datetime
    kinds: tuple[str, ...]
    tables: tuple[str, ...]


def hands(client: bigquery.Client, settings: Settings) -> tuple[Hand, ...]:
    """Every account but the stack's own that wrote into the dataset in the last 90 days. Errors: CloudError."""
    parameters = {
        "project": settings.project,
        "dataset": settings.dataset,
        "ours": ",".join(settings.account_emails.values()),
    }
    rows = ask(client, settings.project, settings.location, STATEMENT, **parameters)
    return tuple(
        Hand(row["account"] or "unknown", row["jobs"], row["last_job"], _listed(row["kinds"]), _listed(row["tables"]))
        for row in rows
    )


def _listed(joined: str) -> tuple[str, ...]:
    return tuple(sorted(joined.split(", ")))
