"""Cloud Scheduler: jobs with what the service fills in, their next time, paused and resumed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from gcp_local.services import crontab

if TYPE_CHECKING:
    from services.conftest import Api

PLACE = "/cloudscheduler/v1/projects/gcp-local/locations/us-central1/jobs"
NAME = "projects/gcp-local/locations/us-central1/jobs/weekly"
JOB = f"{PLACE}/weekly"
URI = "https://run.googleapis.com/v2/projects/gcp-local/locations/us-central1/jobs/weekly:run"
EMAIL = "starter@gcp-local.iam.gserviceaccount.com"
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def wanted(**changes: Any) -> dict[str, Any]:
    target = {"uri": URI, "oauthToken": {"serviceAccountEmail": EMAIL}}
    stated = {"name": NAME, "schedule": "0 10 * * 1", "timeZone": LOS_ANGELES.key, "httpTarget": target}
    return {**stated, **changes}


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    api("POST", "/iam/v1/projects/gcp-local/serviceAccounts", {"accountId": "starter"})
    made: dict[str, Any] = api("POST", PLACE, wanted(retryConfig={"retryCount": 2}))
    return made


def test_scheduler_fills_in_what_a_job_leaves_open(api: Api, job: dict[str, Any]) -> None:
    assert job == api("GET", JOB)
    assert (job["state"], job["attemptDeadline"], job["httpTarget"]["httpMethod"]) == ("ENABLED", "180s", "POST")
    assert job["httpTarget"]["headers"] == {"User-Agent": "Google-Cloud-Scheduler"}
    assert job["httpTarget"]["oauthToken"]["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert job["retryConfig"] == {
        **{"retryCount": 2, "maxRetryDuration": "0s", "minBackoffDuration": "5s"},
        **{"maxBackoffDuration": "3600s", "maxDoublings": 5},
    }
    assert datetime.fromisoformat(job["scheduleTime"]).astimezone(LOS_ANGELES).strftime("%a %H:%M") == "Mon 10:00"
    assert [one["name"] for one in api("GET", PLACE)["jobs"]] == [NAME]


def test_a_change_keeps_the_state_and_what_it_does_not_name(api: Api, job: dict[str, Any]) -> None:
    assert api("POST", f"{JOB}:pause", {})["state"] == "PAUSED"
    assert "scheduleTime" not in api("GET", JOB)
    changed = api("PATCH", JOB, {"schedule": "30 6 * * *", "description": "x"}, updateMask="schedule")
    assert (changed["schedule"], changed.get("description"), changed["state"]) == ("30 6 * * *", None, "PAUSED")
    assert api("PATCH", JOB, {"description": "y"})["description"] == "y"
    assert api("POST", f"{JOB}:resume", {})["state"] == "ENABLED"
    assert api("POST", f"{JOB}:resume", {})["state"] == "ENABLED"
    api("DELETE", JOB)
    api.refused(404, "POST", f"{JOB}:pause", {})


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"schedule": "61 * * * *"}, 400, "Schedule or time zone"),
        ({"schedule": "every monday 10:00"}, 501, "English"),
        ({"timeZone": "America/Nowhere"}, 400, "Schedule or time zone"),
        ({"httpTarget": {"uri": "run.googleapis.com"}}, 400, "http://"),
        ({"pubsubTarget": {"topicName": "projects/gcp-local/topics/t"}}, 400, "target"),
        ({"retryConfig": {"retryCount": 6}}, 400, "retry_count"),
        ({"attemptDeadline": "1801s"}, 400, "attempt_deadline"),
        ({"name": "weekly"}, 400, "Job name must be formatted"),
        ({"httpTarget": {"uri": URI, "oidcToken": {"serviceAccountEmail": "no@gcp-local.iam.gserviceaccount.com"}}},
         404, "lacks iam.serviceAccounts.actAs"),
    ],
)  # fmt: skip
def test_a_job_that_cannot_be_is_refused_and_not_kept(api: Api, changes: dict[str, Any], code: int, said: str) -> None:
    assert said in api.refused(code, "POST", PLACE, wanted(**changes))["message"]
    api.refused(404, "GET", JOB)


def test_a_name_is_given_once_and_in_a_region(api: Api, job: dict[str, Any]) -> None:
    assert "already exists" in api.refused(409, "POST", PLACE, wanted())["message"]
    api.refused(403, "POST", PLACE.replace("us-central1", "US"), wanted())


def test_no_target_is_ever_called(api: Api, job: dict[str, Any]) -> None:
    said = api.refused(501, "POST", f"{JOB}:run", {})["message"]
    assert "cloudscheduler.projects.locations.jobs.run is not emulated" in said


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("0 10 * * 1", "2026-03-02T18:00", "2026-03-09T17:00"),  # the clocks went forward on the 8th
        ("0 10 * * MON", "2026-10-26T17:00", "2026-11-02T18:00"),  # and back on the 1st
        ("30 2 * * *", "2026-03-08T08:00", "2026-03-09T09:30"),  # 02:30 is skipped on the 8th
        ("0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T08:00"),
        ("*/20 9-17 * * *", "2026-07-01T16:45", "2026-07-01T17:00"),
        ("0 0 1 * 7", "2026-07-02T07:00", "2026-07-05T07:00"),  # either day
        ("0 0 31 2 *", "2026-01-01T00:00", None),
    ],
)
def test_the_next_time_is_one_of_the_clock_on_the_wall(schedule: str, after: str, due: str | None) -> None:
    found = crontab.read(schedule)
    assert found
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None
    assert found.after(datetime.fromisoformat(after).replace(tzinfo=UTC), LOS_ANGELES) == expected


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "5-1 * * * *", "*/0 * * * *", "* * 0 * *", "a * * * *"])
def test_what_is_no_crontab_is_none(text: str) -> None:
    assert crontab.read(text) is None
