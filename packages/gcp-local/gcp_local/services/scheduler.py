"""Cloud Scheduler: jobs with their times, paused and resumed. Nothing here calls a target.

What the API fills in: cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs (Job, HttpTarget,
RetryConfig). A job that was not paused is resumed all the same: the provider does so after each creation
(terraform-provider-google-beta 93c65b2, google-beta/services/cloudscheduler/resource_cloud_scheduler_job.go:703-731).
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from gcp_local.services import crontab, identities
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import ApiError, Json, already_exists, invalid, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service, merged

METHODS = Words("google.cloud.scheduler.v1.HttpMethod")
TARGETS = ("appEngineHttpTarget", "httpTarget", "pubsubTarget")
SERVICE = Service(
    name="cloudscheduler",
    documents=("v1",),
    overlay=Overlay(
        enums={"HttpTarget.httpMethod": METHODS, "AppEngineHttpTarget.httpMethod": METHODS},
        oneofs={"Job": {"target": TARGETS}, "HttpTarget": {"authorization_header": ("oauthToken", "oidcToken")}},
    ),
    notes=("Jobs are kept with their next time; no target is ever called. Schedules are crontabs.",),
)
JOBS = "cloudscheduler.jobs"
ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
RETRIES = {"maxRetryDuration": "0s", "minBackoffDuration": "5s", "maxBackoffDuration": "3600s", "maxDoublings": 5}
MOST_RETRIES = 5
DEADLINE, SHORTEST, LONGEST = "180s", 15.0, 1800.0
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@SERVICE.handles("projects.locations.jobs.create")
def create(call: Call) -> Json:
    """Make a job, which is enabled."""
    place = _place(call)
    name = call.body.get("name", "")
    if not name.startswith(f"{place}/jobs/") or not ID.fullmatch(name.removeprefix(f"{place}/jobs/")):
        raise invalid(f'Job name must be formatted: "{place}/jobs/<JOB_ID>"; it is {name!r}.', field="job.name")
    with call.cloud.store.transaction():
        if call.cloud.store.get(JOBS, name):
            raise already_exists(f"Job {name} already exists.")
        return _kept(call.cloud, {**call.body, "state": "ENABLED"})


@SERVICE.handles("projects.locations.jobs.get")
def get(call: Call) -> Json:
    """One job."""
    return _job(call)


@SERVICE.handles("projects.locations.jobs.list")
def list_jobs(call: Call) -> Json:
    """The jobs of a region."""
    return page(call, "jobs", call.cloud.store.list(JOBS, f"{_place(call)}/jobs/"), default=500, largest=500)


@SERVICE.handles("projects.locations.jobs.patch")
def patch(call: Call) -> Json:
    """Change what the mask names; without a mask, what is given."""
    paths = read_mask(call.parameter("updateMask")) or sorted(set(call.body) - {"name"})
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        job = _job(call)
        return _kept(call.cloud, {**apply_mask(job, call.body, paths), "name": job["name"], "state": job["state"]})


@SERVICE.handles("projects.locations.jobs.delete")
def delete(call: Call) -> Json:
    """Delete a job."""
    with call.cloud.store.transaction():
        call.cloud.store.delete(JOBS, _job(call)["name"])
    return {}


@SERVICE.handles("projects.locations.jobs.pause")
def pause(call: Call) -> Json:
    """Let the job wait until it is resumed."""
    return _switched(call, "PAUSED")


@SERVICE.handles("projects.locations.jobs.resume")
def resume(call: Call) -> Json:
    """Let the job go by its times again."""
    return _switched(call, "ENABLED")


def _place(call: Call) -> str:
    location = call.path["locationsId"]
    if not REGION.fullmatch(location):
        raise ApiError(403, f"Location {location} is not found or access is unauthorized.")
    return f"projects/{call.cloud.project}/locations/{location}"


def _job(call: Call) -> Json:
    job = call.cloud.store.get(JOBS, f"{_place(call)}/jobs/{call.path['jobsId']}")
    if job is None:
        raise not_found("Job not found.")
    return job


def _switched(call: Call, state: str) -> Json:
    with call.cloud.store.transaction():
        return _kept(call.cloud, {**_job(call), "state": state})


def _kept(cloud: Cloud, job: Json) -> Json:
    """Store the job as Scheduler shows it: defaults filled in, next time set."""
    schedule, zone = _schedule(job), _zone(job)
    if not any(target in job for target in TARGETS):
        raise invalid("Job.target must be specified.", field="job.target")
    if retry := job.get("retryConfig"):
        if not 0 <= retry.get("retryCount", 0) <= MOST_RETRIES:
            raise invalid(f"Job.retry_config.retry_count must be from 0 to {MOST_RETRIES}.", field="job.retry_config")
        job = {**job, "retryConfig": {**RETRIES, **retry}}
    if "httpTarget" in job:
        job = {**job, "attemptDeadline": _deadline(job), "httpTarget": _http(cloud, job["httpTarget"])}
    due = None if job["state"] == "PAUSED" else schedule.after(cloud.now(), zone)
    shown = {"timeZone": zone.key, "scheduleTime": due.isoformat() if due else None}
    job = merged({**job, **shown}, userUpdateTime=cloud.now().isoformat())
    cloud.store.put(JOBS, job["name"], job)
    return job


def _schedule(job: Json) -> crontab.Crontab:
    text = job.get("schedule", "")
    found = crontab.read(text)
    if found is None and text.lower().startswith(("every ", "1st ", "2nd ", "3rd ", "first ")):
        raise not_emulated(f"the English schedule {text!r}")
    if found is None:
        raise invalid(f"Schedule or time zone is invalid: {text!r}.", field="job.schedule")
    return found


def _zone(job: Json) -> ZoneInfo:
    try:
        return ZoneInfo(job.get("timeZone") or "UTC")
    except (KeyError, ValueError, OSError):
        raise invalid(f"Schedule or time zone is invalid: {job['timeZone']!r}.", field="job.time_zone") from None


def _deadline(job: Json) -> str:
    deadline = str(job.get("attemptDeadline", DEADLINE))
    if not SHORTEST <= float(deadline[:-1]) <= LONGEST:
        raise invalid("Job.attempt_deadline must be from 15 seconds to 30 minutes.", field="job.attempt_deadline")
    return deadline


def _http(cloud: Cloud, given: Json) -> Json:
    """A target with the headers and parts of tokens that Scheduler adds."""
    uri = given.get("uri", "")
    if not uri.startswith(("http://", "https://")):
        raise invalid("HttpTarget.uri must begin with http:// or https://.", field="job.http_target.uri")
    headers = {**given.get("headers", {}), "User-Agent": "Google-Cloud-Scheduler"}
    if "body" in given:
        headers = {"Content-Type": "application/octet-stream", **headers}
    target = {"httpMethod": "POST", **given, "headers": headers}
    for name, default in (("oauthToken", {"scope": CLOUD_PLATFORM}), ("oidcToken", {"audience": uri})):
        if name in target:
            target[name] = {**default, **target[name]}
            _check_account(cloud, target[name].get("serviceAccountEmail", ""))
    return target


def _check_account(cloud: Cloud, email: str) -> None:
    if not identities.service_account_exists(cloud, email):
        raise not_found(f"The caller lacks iam.serviceAccounts.actAs on {email}, or it does not exist.")
