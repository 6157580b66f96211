"""What BigQuery tells of the jobs of a run that succeeded: an audit entry for each statement, points of its metrics.

docs.cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/BigQueryAuditMetadata (JobChange, JobConfig,
JobStats) and docs.cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-bigquery. Of jobs that others send straight to
the emulator nothing is told.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import httpx

from gcp_local.services import points
from gcp_local.services.cloud import Cloud, system_clock
from gcp_local.services.errors import Json
from gcp_local.services.logs import history as entries
from gcp_local.services.monitoring.series import BYTES_BILLED, DISTRIBUTION, QUERY_SECONDS
from gcp_local.services.scalars import timestamp
from gcp_local.services.transfer import queries

LOG = "cloudaudit.googleapis.com/data_access"
TYPES = "type.googleapis.com/google.cloud"
# The emulator numbers the children of a script; one statement has none and stands for itself.
MOST = 1000
# Longer texts are cut in the log (JobConfig.Query.queryTruncated).
LONGEST = 10_000
SECONDS = 30.0


def tell(cloud: Cloud, run: Json, account: str) -> None:
    """Tell of the run's statements; what cannot be asked is not told, and the run is none the worse."""
    try:
        found = _jobs(cloud, run)
    except queries.QueryError as error:
        logging.getLogger(__name__).warning("statements of %s: %s", run["name"], error.message)
        return
    with cloud.store.transaction():
        for job in found:
            _tell(cloud, job, account)


def _jobs(cloud: Cloud, run: Json) -> list[Json]:
    """The statements of a run as jobs, oldest first."""
    jobs = f"{cloud.bigquery_url}/bigquery/v2/projects/{cloud.project}/jobs"
    parent = queries.job_id(run)
    with queries.client(httpx.Timeout(SECONDS, connect=5.0)) as bigquery:
        listed = queries.request(
            bigquery, "GET", jobs, params={"parentJobId": parent, "maxResults": MOST, "projection": "full"}
        )
        children: list[Json] = listed.get("jobs", [])
        if not children:
            children = [queries.request(bigquery, "GET", f"{jobs}/{parent}")]
    return sorted(children, key=lambda job: int(job["statistics"]["startTime"]))


def _tell(cloud: Cloud, job: Json, account: str) -> None:
    statistics, asked = job["statistics"], job["configuration"]["query"]
    query = statistics.get("query", {})
    billed, kind = int(query.get("totalBytesBilled", 0)), query.get("statementType", "")
    started, ended = (_instant(cloud, statistics[name]) for name in ("startTime", "endTime"))
    resource = {"type": "bigquery_project", "labels": {"location": job["jobReference"].get("location", "")}}
    seconds = (ended - started).total_seconds()
    priority = {"priority": "interactive"}
    points.record(cloud, QUERY_SECONDS, priority, resource, seconds, value_type=DISTRIBUTION, at=ended)
    points.record(cloud, BYTES_BILLED, {**priority, "statement_type": kind}, resource, billed, at=ended)
    text = asked.get("query", "")
    config = {"query": text[:LONGEST], "statementType": kind, **({"queryTruncated": True} if text[LONGEST:] else {})}
    stats = {
        "startTime": timestamp(started),
        "endTime": timestamp(ended),
        "queryStats": {"totalBilledBytes": str(billed)},
        **({"parentJobName": _name(cloud, statistics["parentJobId"])} if "parentJobId" in statistics else {}),
    }
    change = {
        "after": "DONE",
        "job": {
            "jobName": _name(cloud, job["jobReference"]["jobId"]),
            "jobConfig": {"type": "QUERY", "queryConfig": config, "labels": job["configuration"].get("labels", {})},
            "jobStatus": {"jobState": "DONE"},
            "jobStats": stats,
        },
    }
    payload = {
        "@type": f"{TYPES}.audit.AuditLog",
        "serviceName": "bigquery.googleapis.com",
        "methodName": "google.cloud.bigquery.v2.JobService.InsertJob",
        "authenticationInfo": {"principalEmail": account},
        "metadata": {"@type": f"{TYPES}.audit.BigQueryAuditMetadata", "jobChange": change},
    }
    entries.write(cloud, LOG, resource, "INFO", protoPayload=payload, timestamp=timestamp(ended))


def _instant(cloud: Cloud, milliseconds: str) -> datetime:
    """By the clock of this cloud; the emulator knows the system's."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) + (cloud.now() - system_clock())


def _name(cloud: Cloud, job: str) -> str:
    return f"projects/{cloud.project}/jobs/{job}"
