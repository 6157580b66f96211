"""What the runs of each schedule were billed: the statements of its jobs, from the project's job history.

A run's job is a script, and each of its statements a job of its own that names it; the script's own bytes are theirs
once more (cloud.google.com/bigquery/docs/information-schema-jobs, parent_job_id). Which schedule a run belongs to says
its text. Runs by hand are other jobs, and runs of an earlier text no runs of this schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import bigquery

from catalog import Placement
from catalog.schedules import Schedule
from operations import job_history

# The service calls the jobs of its scheduled queries so.
PREFIX = "scheduled_query_"
DAYS = 30
STATEMENT = f"""
SELECT run.text, COUNT(DISTINCT run.job_id) AS runs, SUM(j.total_bytes_billed) AS bytes
FROM (
  SELECT r.job_id, r.query AS text
  FROM {{jobs}} AS r
  WHERE r.creation_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {DAYS} DAY)
    AND r.parent_job_id IS NULL AND STARTS_WITH(r.job_id, '{PREFIX}')
) AS run
LEFT JOIN {{jobs}} AS j
  ON j.parent_job_id = run.job_id AND j.creation_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {DAYS} DAY)
GROUP BY run.text
"""


@dataclass(frozen=True, slots=True)
class Bill:
    """The runs of a schedule in DAYS days, and their bytes together."""

    runs: int
    bytes: int

    @property
    def bytes_a_run(self) -> float:
        return self.bytes / self.runs if self.runs else 0.0


def billed(
    client: bigquery.Client, place: Placement, location: str, schedules: Mapping[str, Schedule]
) -> dict[str, Bill]:
    """By schedule, those that have run. Errors: CloudError."""
    names = {" ".join(schedule.query(place).split()): name for name, schedule in schedules.items()}
    found = job_history.ask(client, place.project, location, STATEMENT)
    return {
        names[text]: Bill(int(row.runs), int(row.bytes or 0))
        for row in found
        if (text := " ".join(row.text.split())) in names
    }
