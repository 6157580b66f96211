"""A job that was running when the emulator died stays RUNNING for ever.

Fault: jobs are kept across restarts with their last state; nothing ends those that a kill interrupted.
Why it matters: whoever waits for such a job (a client, the transfer service) waits for ever.
Drop it when upstream ends them on start.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from local_bigquery.catalog import metadata
from local_bigquery.engine import database

ERROR = {"reason": "stopped", "message": "Job execution was interrupted: the server stopped while it ran"}


def apply() -> None:
    """End what an earlier run of the emulator left unfinished, before the first request is served."""
    connect = database._connect

    @functools.cache
    def connect_and_end_jobs() -> Any:
        connection = connect()
        left = "SELECT project_id, job_id, resource FROM emulator.main.jobs WHERE state <> 'DONE'"
        for project_id, job_id, resource in connection.execute(left).fetchall():
            connection.execute(
                "UPDATE emulator.main.jobs SET state = 'DONE', resource = ? WHERE project_id = ? AND job_id = ?",
                [json.dumps(_ended(json.loads(resource))), project_id, job_id],
            )
        return connection

    database._connect = connect_and_end_jobs


def _ended(job: dict[str, Any]) -> dict[str, Any]:
    status = {"state": "DONE", "errorResult": ERROR, "errors": [ERROR]}
    return job | {"status": status, "statistics": job["statistics"] | {"endTime": metadata.now()}}
