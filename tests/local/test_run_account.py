"""What the run account is granted is what its queries need: read from the live cloud, and each grant taken in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog import Placement, rights_of
from catalog import load_cached as load
from gcp_local import environment
from gcp_local.services.cloud import Cloud
from gcp_local.services.store import Store
from gcp_local.services.transfer import access, grants, queries
from gcp_local.services.transfer.access import CALL, LOADED, OBJECTS, READ, WRITE, Need
from gcp_local.services.transfer.warehouse import Warehouse
from local.cloud import DATASET, PROJECT
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

EMAIL = f"eros-run-local@{PROJECT}.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{EMAIL}"
DATASET_PATH = f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}"
POLICY = f"/cloudresourcemanager/v1/projects/{PROJECT}"
RUN_SECONDS = 120
pytestmark = pytest.mark.timeout(1800)


class Platform:
    """A deployed stack, the services' own eyes on it, and REST behind its back."""

    def __init__(self, deployment: Deployment, state: Path) -> None:
        self.deployment = deployment
        bigquery = environment.url(deployment.ports[environment.BIGQUERY])
        self.cloud = Cloud(Store(state / "services" / "services.sqlite3"), bigquery, "http://127.0.0.1:1")
        catalog = load(ROOT)
        place = Placement(PROJECT, DATASET)
        self.rights = {name: rights_of(catalog, schedule.sql) for name, schedule in catalog.schedules.items()}
        texts = {name: schedule.query(place) for name, schedule in catalog.schedules.items()}
        self.needs = {name: self.look(lambda w, sql=sql: access.needs(w, sql)) for name, sql in texts.items()}

    def look(self, question: Callable[..., Any]) -> Any:
        with queries.client(queries.TIMEOUT) as client:
            return question(Warehouse(self.cloud, client))

    def failing(self) -> set[str]:
        """The schedules whose runs would be refused now."""
        if grants.run_problem(self.cloud, EMAIL):
            return set(self.needs)
        # One look for all: each policy is read once.
        refused: set[str] = self.look(lambda w: {name for name, n in self.needs.items() if access.missing(w, EMAIL, n)})
        return refused

    def rest(self, method: str, path: str, **body: Any) -> Any:
        process = environment.BIGQUERY if path.startswith("/bigquery/") else environment.SERVICES
        url = environment.url(self.deployment.ports[process], path)
        answer = httpx.request(method, url, json=body, timeout=60, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def table_policies(self) -> dict[str, dict[str, Any]]:
        """The policy of every table and view that has one."""
        tables = self.rest("GET", f"{DATASET_PATH}/tables?maxResults=1000")["tables"]
        names = [entry["tableReference"]["tableId"] for entry in tables]
        found = {name: self.rest("POST", f"{DATASET_PATH}/tables/{name}:getIamPolicy") for name in names}
        return {name: policy for name, policy in found.items() if policy.get("bindings")}

    @contextmanager
    def without(self, path: str, policy: dict[str, Any]) -> Iterator[None]:
        """The policy at a path emptied for a while."""
        self.rest("POST", f"{path}:setIamPolicy", policy={"bindings": []})
        try:
            yield
        finally:
            self.rest("POST", f"{path}:setIamPolicy", policy={"bindings": policy["bindings"]})

    def run(self, name: str) -> dict[str, Any]:
        """One run of a schedule, to its end."""
        configs = self.rest("GET", f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/-/transferConfigs")
        (config,) = [one for one in configs["transferConfigs"] if name in one["params"]["query"]]
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        started = self.rest("POST", f"/bigquerydatatransfer/v1/{config['name']}:startManualRuns", requestedRunTime=at)
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            run = self.rest("GET", f"/bigquerydatatransfer/v1/{started['runs'][0]['name']}")
            if run["state"] not in ("PENDING", "RUNNING"):
                return dict(run)
            time.sleep(0.2)
        raise AssertionError(f"{name} did not end in {RUN_SECONDS} s")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployed(folder, state, shared_folder(tmp_path_factory)) as stack:
        yield Platform(stack, state)


def by_permission(needs: frozenset[Need], permission: str) -> set[str]:
    return {need.item.name for need in needs if need.permission == permission}


def test_the_catalog_and_the_live_objects_say_the_same_of_every_schedule(platform: Platform) -> None:
    assert platform.rights
    for name, rights in platform.rights.items():
        needs = platform.needs[name]
        assert by_permission(needs, CALL) == rights.calls, name
        assert by_permission(needs, WRITE) == rights.writes, name
        assert by_permission(needs, READ) | rights.writes == rights.reads | rights.writes, name
        assert {need.permission for need in needs} - {*OBJECTS, *LOADED} == {CALL, READ, WRITE}
    writing_files = {name for name, needs in platform.needs.items() if by_permission(needs, OBJECTS[0])}
    assert "backup_export" in writing_files
    assert {name for name, needs in platform.needs.items() if by_permission(needs, LOADED[0])} == {"daily_automation"}


def test_the_account_may_do_all_that_the_schedules_need_and_nothing_else(platform: Platform) -> None:
    assert platform.failing() == set()
    needed = frozenset[Need]().union(*platform.needs.values())
    written, read = by_permission(needed, WRITE), by_permission(needed, READ)
    roles = f"projects/{PROJECT}/roles/eros_local_"
    granted = {name: policy["bindings"] for name, policy in platform.table_policies().items()}
    assert granted == {
        name: [{"role": f"{roles}{'writer' if name in written else 'reader'}", "members": [MEMBER]}]
        for name in written | read
    }
    entries = platform.rest("GET", DATASET_PATH)["access"]
    assert entries == [
        {"role": "OWNER", "specialGroup": "projectOwners"},
        {"role": f"{roles}caller", "userByEmail": EMAIL},
    ]
    bindings = platform.rest("POST", f"{POLICY}:getIamPolicy")["bindings"]
    in_project = [one["role"] for one in bindings if MEMBER in one["members"]]
    # The second lets it read the history of jobs, which costs are counted from.
    assert in_project == ["roles/bigquery.jobUser", "roles/bigquery.resourceViewer"]


def test_without_a_tables_grant_exactly_the_schedules_fail_that_use_the_table(platform: Platform) -> None:
    for name, policy in platform.table_policies().items():
        users = {schedule for schedule, needs in platform.needs.items() if name in {need.item.name for need in needs}}
        with platform.without(f"{DATASET_PATH}/tables/{name}", policy):
            assert platform.failing() == users, name
    assert platform.failing() == set()


def test_a_reader_cannot_write_so_a_lesser_role_fails_what_writes(platform: Platform) -> None:
    reader = f"projects/{PROJECT}/roles/eros_local_reader"
    policies = platform.table_policies()
    assert policies
    for name, policy in policies.items():
        writers = {schedule for schedule, needs in platform.needs.items() if name in by_permission(needs, WRITE)}
        path = f"{DATASET_PATH}/tables/{name}:setIamPolicy"
        platform.rest("POST", path, policy={"bindings": [{"role": reader, "members": [MEMBER]}]})
        try:
            assert platform.failing() == writers, name
        finally:
            platform.rest("POST", path, policy={"bindings": policy["bindings"]})


def test_without_the_right_to_call_or_to_start_jobs_nothing_runs(platform: Platform) -> None:
    before = platform.rest("GET", DATASET_PATH)["access"]
    platform.rest("PATCH", DATASET_PATH, access=before[:1])
    try:
        assert platform.failing() == set(platform.needs)
    finally:
        platform.rest("PATCH", DATASET_PATH, access=before)
    policy = platform.rest("POST", f"{POLICY}:getIamPolicy")
    for role in ("roles/bigquery.jobUser", "roles/bigquerydatatransfer.serviceAgent"):
        kept = [binding for binding in policy["bindings"] if binding["role"] != role]
        platform.rest("POST", f"{POLICY}:setIamPolicy", policy={"bindings": kept})
        try:
            assert platform.failing() == set(platform.needs), role
        finally:
            platform.rest("POST", f"{POLICY}:setIamPolicy", policy={"bindings": policy["bindings"]})
    assert platform.failing() == set()


def test_a_run_says_what_was_denied_and_runs_again_once_it_is_granted(platform: Platform) -> None:
    policy = platform.table_policies()["lock_sweep_log"]
    with platform.without(f"{DATASET_PATH}/tables/lock_sweep_log", policy):
        denied = platform.run("sweep_expired_caption_locks")
        assert denied["state"] == "FAILED"
        assert "bigquery.tables.updateData denied on table" in denied["errorStatus"]["message"]
        assert "lock_sweep_log" in denied["errorStatus"]["message"]
    assert platform.run("sweep_expired_caption_locks")["state"] == "SUCCEEDED"
