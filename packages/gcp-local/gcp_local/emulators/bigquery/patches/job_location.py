"""A job forgets its location, and errors about jobs do not name it.

Fault: whatever `jobReference.location` says, the job is in US; "Not found: Job p:id" and "Already Exists: Job
p:id" lack the location that BigQuery writes: `p:US.id`.
Why it matters: what reads a job back compares its reference with what it sent.
Drop it when upstream keeps the location.
"""

from __future__ import annotations

import contextvars
import functools
from typing import Any

from local_bigquery import errors
from local_bigquery.api import jobs
from local_bigquery.app import PREFIX
from local_bigquery.jobs import runner

DEFAULT = "US"
_location: contextvars.ContextVar[str] = contextvars.ContextVar("location", default=DEFAULT)


def apply() -> None:
    """Carry the location from the request to the job that is made of it."""
    make, insert = runner._job, jobs.insert_job

    def make_there(project_id: str, job_id: str | None, configuration: Any) -> Any:
        job = make(project_id, job_id, configuration)
        location = _location.get()
        return job.replace(
            id=f"{project_id}:{location}.{job_id}",
            selfLink=f"{PREFIX}/projects/{project_id}/jobs/{job_id}?location={location}",
            jobReference=job.jobReference.dump() | {"location": location},
        )

    @functools.wraps(insert)  # the web framework reads the parameters from the signature
    def insert_there(project_id: str, body: Any) -> Any:
        given = body.jobReference and body.jobReference.location
        token = _location.set(given or DEFAULT)
        try:
            return insert(project_id, body)
        finally:
            _location.reset(token)

    runner._job = make_there
    runner.not_found = _named(errors.not_found)
    runner.already_exists = _named(errors.already_exists)
    _route(insert).endpoint = insert_there


def _named(error: Any) -> Any:
    def named(kind: str, name: str) -> Any:
        project_id, _, job_id = name.partition(":")
        return error(kind, f"{project_id}:{_location.get()}.{job_id}")

    return named


def _route(endpoint: Any) -> Any:
    return next(route for route in jobs.router.routes if getattr(route, "endpoint", None) is endpoint)
