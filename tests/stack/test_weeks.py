"""The Cloud Run job that builds weeks: nothing of it while no image is named, and the least with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from catalog import load_cached, placement, rights_of_weeks
from catalog.told import told
from operations.project import stack_values
from policies.rules import Facts, Resource, violations
from settings.load import parse
from settings.model import Settings
from tests.stack.conftest import ROOT, Program

IMAGE = "us-docker.pkg.dev/of-scheduler-proj/eros/eros:1.4.0"
JOB, SCHEDULE = "gcp:cloudrunv2/job:Job", "gcp:cloudscheduler/job:Job"
INVOKER, TABLE_MEMBER = "gcp:cloudrunv2/jobIamMember:JobIamMember", "gcp:bigquery/iamMember:IamMember"
BUILDER = "eros-wks-prod@of-scheduler-proj.iam.gserviceaccount.com"
STARTER = "serviceAccount:eros-cue-prod@example.iam.gserviceaccount.com"
DEPLOYER = "serviceAccount:ci@p.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def built(run_program: Callable[..., Program]) -> Program:
    """The production stack with an image."""
    return run_program("prod", weekImage=IMAGE, deployers=json.dumps([DEPLOYER]))


def task_of(program: Program) -> dict[str, Any]:
    task: dict[str, Any] = program.one(JOB).inputs["template"]["template"]
    return task


def test_without_an_image_there_is_no_job_no_account_and_no_api_of_it(prod: Program) -> None:
    assert not [item.name for item in prod.resources if "-week-" in item.name or "cloudrun" in item.type]
    services = {item.inputs["service"] for item in prod.of("gcp:projects/service:Service").values()}
    assert not services & {"run.googleapis.com", "cloudscheduler.googleapis.com"}


def test_the_job_runs_the_monday_run_once_as_its_own_account_with_bounds_and_no_secret(built: Program) -> None:
    job, task = built.one(JOB).inputs, task_of(built)
    (container,) = task["containers"]
    assert container["image"] == IMAGE
    assert container["args"] == ["week", "run", "--once", "--all", "--stack", "prod"]
    assert task["serviceAccount"].startswith("eros-wks-prod@")
    assert (task["maxRetries"], task["timeout"], job["deletionProtection"]) == (1, "3600s", False)
    assert (job["template"]["taskCount"], job["location"], job["labels"]["environment"]) == (1, "us-central1", "prod")
    assert [one["name"] for one in container["envs"]] == ["EROS_PLACEMENT"]


def test_the_job_is_told_where_the_objects_are_as_the_program_knows_it(built: Program) -> None:
    (variable,) = task_of(built)["containers"][0]["envs"]
    settings = parse("prod", stack_values(ROOT, "prod"), Settings)
    assert told({variable["name"]: variable["value"]}, "prod") == placement(load_cached(ROOT), settings)


def test_the_schedule_starts_that_job_on_mondays_at_ten_in_los_angeles(built: Program) -> None:
    schedule, job = built.one(SCHEDULE).inputs, built.one(JOB).inputs
    assert (schedule["schedule"], schedule["timeZone"], schedule["paused"]) == (
        *("0 10 * * 1", "America/Los_Angeles"),
        False,
    )
    path = f"projects/{job['project']}/locations/{job['location']}/jobs/{job['name']}"
    assert schedule["httpTarget"]["uri"] == f"https://run.googleapis.com/v2/{path}:run"
    assert f"serviceAccount:{schedule['httpTarget']['oauthToken']['serviceAccountEmail']}" == STARTER
    assert schedule["retryConfig"]["retryCount"] == 3


def test_while_schedules_are_paused_nothing_starts_the_job(run_program: Callable[..., Program]) -> None:
    paused = run_program("prod", weekImage=IMAGE, pauseSchedules="true")
    assert paused.one(SCHEDULE).inputs["paused"] is True


def test_the_starter_may_start_this_job_and_nothing_else(built: Program) -> None:
    granted = [item for item in built.resources if item.inputs.get("member") == STARTER]
    assert [(item.type, item.inputs["role"], item.inputs["name"]) for item in granted] == [
        (INVOKER, "roles/run.invoker", "eros-wks-prod")
    ]


def test_the_builder_reaches_what_its_statements_touch_and_runs_queries(built: Program) -> None:
    granted = [item for item in built.resources if item.inputs.get("member") == f"serviceAccount:{BUILDER}"]
    tables = {
        item.inputs["tableId"]: item.inputs["role"].rpartition("_")[2] for item in granted if item.type == TABLE_MEMBER
    }
    rights = rights_of_weeks(load_cached(ROOT))
    assert tables == {**dict.fromkeys(rights.reads, "reader"), **dict.fromkeys(rights.writes, "writer")}
    others = [(item.type, item.inputs["role"]) for item in granted if item.type != TABLE_MEMBER]
    assert others == [("gcp:projects/iAMMember:IAMMember", "roles/bigquery.jobUser")]
    accesses = built.dataset.inputs["accesses"]
    named = [entry["role"] for entry in accesses if entry.get("userByEmail") == BUILDER]
    assert named == ["projects/of-scheduler-proj/roles/eros_prod_caller"]


def test_who_deploys_may_give_both_accounts_away_before_the_job_is_made(built: Program) -> None:
    members = built.of("gcp:serviceaccount/iAMMember:IAMMember").values()
    acting = {item.name: item.urn for item in members if "-week-" in item.name and item.inputs["member"] == DEPLOYER}
    assert len(acting) == 2
    assert set(acting.values()) <= built.one(JOB).depends_on


def test_nothing_is_granted_before_the_accounts_are_there_and_the_job_waits_for_every_grant(built: Program) -> None:
    accounts = {item.urn for name, item in built.of("gcp:serviceaccount/account:Account").items() if "week" in name}
    assert len(accounts) == 2
    dataset = built.dataset
    assert accounts <= dataset.depends_on
    granted = [item for item in built.resources if item.inputs.get("member") == f"serviceAccount:{BUILDER}"]
    assert all({dataset.urn, *accounts} & item.depends_on for item in granted)
    assert {item.urn for item in granted} <= built.one(JOB).depends_on
    assert {built.one(JOB).urn, built.one(INVOKER).urn} <= built.one(SCHEDULE).depends_on


def test_the_policies_find_nothing_in_it_and_see_a_job_on_another_continent(built: Program) -> None:
    for item in built.resources:
        declared = Resource(item.type, item.name, item.inputs, item.protect)
        assert violations(declared, Facts("US")) == [], item.name
    job = built.one(JOB)
    moved = Resource(job.type, job.name, {**job.inputs, "location": "europe-west1"})
    assert [one.policy for one in violations(moved, Facts("US"))] == ["one-location"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"weekImage": "eros"}, "weekImage.*must be an image with tag or digest"),
        ({"weekImage": "us-docker.pkg.dev/p/eros/eros"}, "must be an image with tag or digest"),
        ({"weekImage": IMAGE, "weekRegion": "US"}, "weekRegion.*must be a region"),
        ({"weekImage": IMAGE, "weekRegion": "europe-west1"}, "weekRegion.*lies outside US"),
    ],
)
def test_a_wrong_image_or_region_is_refused_with_its_key(
    run_program: Callable[..., Program], values: dict[str, str], said: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"(?s){said}.*fix: pulumi config"):
        run_program("prod", **values)


@pytest.mark.parametrize(
    ("location", "stated", "region"),
    [
        ("US", "", "us-central1"),
        ("EU", "", "europe-west1"),
        ("europe-west3", "", "europe-west3"),
        ("US", "us-west2", "us-west2"),
    ],
)
def test_the_job_lies_where_the_data_is(location: str, stated: str, region: str) -> None:
    values = {**stack_values(ROOT, "prod"), "location": location, "weekRegion": stated}
    assert parse("prod", values, Settings).week_place == region
