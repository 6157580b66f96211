"""What each account is granted is what its schedules need: on a deployed stack, and with each grant taken in turn.

Rights are decided by the services' own eyes (`transfer.access`), on what the live cloud answers; a grant is taken from
what was read, so that nothing has to be written and asked for again. That runs obey, the last tests see by running.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog import Placement, grants_of_accounts, report_views, rights_of, tables_of
from catalog import load_cached as load
from gcp_local import environment
from gcp_local.services.cloud import Cloud
from gcp_local.services.store import Store
from gcp_local.services.transfer import access, grants, queries
from gcp_local.services.transfer.access import ALL_JOBS, CALL, LOADED, OBJECTS, READ, WRITE, Need
from gcp_local.services.transfer.warehouse import Warehouse
from local.cloud import DATASET, PROJECT
from settings.roles import ACCOUNTS
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

DOMAIN = f"{PROJECT}.iam.gserviceaccount.com"
EMAILS = {purpose: f"{beginning}-local@{DOMAIN}" for purpose, beginning in ACCOUNTS.items()}
MEMBERS = {purpose: f"serviceAccount:{email}" for purpose, email in EMAILS.items()}
READERS = "group:readers@example.com"
REPORTS = f"{DATASET}_reports"
DATASETS = f"/bigquery/v2/projects/{PROJECT}/datasets"
POLICY = f"/cloudresourcemanager/v1/projects/{PROJECT}"
CONFIGS = f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/us/transferConfigs"
ROLES = f"projects/{PROJECT}/roles/eros_local_"
RUN_SECONDS = 120
CATALOG = load(ROOT)
RUN_BY = {name: schedule.account for name, schedule in CATALOG.schedules.items()}
pytestmark = pytest.mark.timeout(1800)


class Platform:
    """A deployed stack, the services' own eyes on it, and REST behind its back."""

    def __init__(self, deployment: Deployment, state: Path, client: httpx.Client) -> None:
        self.deployment = deployment
        bigquery = environment.url(deployment.ports[environment.BIGQUERY])
        self.cloud = Cloud(Store(state / "services" / "services.sqlite3"), bigquery, "http://127.0.0.1:1")
        # One look for all: each thing is read once.
        self.seen = Warehouse(self.cloud, client)
        place = Placement(PROJECT, DATASET)
        texts = {name: schedule.query(place) for name, schedule in CATALOG.schedules.items()}
        self.needs = {name: access.needs(self.seen, sql) for name, sql in texts.items()}
        self.items = {need.item.name: need.item for needs in self.needs.values() for need in needs}

    def failing(self, seen: Warehouse | None = None) -> set[str]:
        """The schedules whose runs would be refused."""
        stopped = {purpose for purpose, email in EMAILS.items() if grants.run_problem(self.cloud, email)}
        return {
            name
            for name, needs in self.needs.items()
            if RUN_BY[name] in stopped or access.missing(seen or self.seen, EMAILS[RUN_BY[name]], needs)
        }

    def with_policy(self, name: str, bindings: list[dict[str, Any]]) -> Warehouse:
        """What was seen, but for the policy of one table."""
        path = self.items[name].path
        return replace(self.seen, _policies={**self.seen._policies, path: {"bindings": bindings}})

    def policy(self, name: str) -> list[dict[str, Any]]:
        """The bindings of a table or view."""
        return list(self.seen.policy(self.items[name]).get("bindings", ()))

    def users(self, purpose: str, *permissions: str, name: str | None = None) -> set[str]:
        """The schedules of an account that need one of the permissions, on an object if it is named."""
        return {
            schedule
            for schedule, needs in self.needs.items()
            if RUN_BY[schedule] == purpose
            and any(need.permission in permissions and name in (None, need.item.name) for need in needs)
        }

    def rest(self, method: str, path: str, query: Mapping[str, str] | None = None, **body: Any) -> Any:
        process = environment.BIGQUERY if path.startswith("/bigquery/") else environment.SERVICES
        url = environment.url(self.deployment.ports[process], path)
        answer = httpx.request(method, url, params=query, json=body, timeout=60, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    @contextmanager
    def project_without(self, role: str, member: str) -> Iterator[None]:
        """The project's policy without a binding for a while."""
        policy = self.rest("POST", f"{POLICY}:getIamPolicy")["bindings"]
        kept = [
            {**one, "members": [who for who in one["members"] if (one["role"], who) != (role, member)]}
            for one in policy
        ]
        self.rest("POST", f"{POLICY}:setIamPolicy", policy={"bindings": kept})
        try:
            yield
        finally:
            self.rest("POST", f"{POLICY}:setIamPolicy", policy={"bindings": policy})

    def run(self, config: str) -> dict[str, Any]:
        """One run of a transfer config, to its end."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        started = self.rest("POST", f"/bigquerydatatransfer/v1/{config}:startManualRuns", requestedRunTime=at)
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            run = self.rest("GET", f"/bigquerydatatransfer/v1/{started['runs'][0]['name']}")
            if run["state"] not in ("PENDING", "RUNNING"):
                return dict(run)
            time.sleep(0.2)
        raise AssertionError(f"{config} did not end in {RUN_SECONDS} s")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with (
        deployed(folder, state, shared_folder(tmp_path_factory)) as stack,
        queries.client(queries.TIMEOUT) as client,
    ):
        yield Platform(stack, state, client)


def by_permission(needs: frozenset[Need], permission: str) -> set[str]:
    return {need.item.name for need in needs if need.permission == permission}


def test_the_catalog_and_the_live_objects_say_the_same_of_every_schedule(platform: Platform) -> None:
    assert platform.needs
    for name, needs in platform.needs.items():
        rights = rights_of(CATALOG, CATALOG.schedules[name].sql)
        assert by_permission(needs, CALL) == rights.calls, name
        assert by_permission(needs, WRITE) == rights.writes, name
        assert by_permission(needs, READ) | rights.writes == rights.reads | rights.writes, name
    found = grants_of_accounts(CATALOG)
    for purpose, granted in found.items():
        roles = {grant.role for grant in granted}
        assert ("exporter" in roles) is bool(platform.users(purpose, *OBJECTS)), purpose
        assert ("loader" in roles) is bool(platform.users(purpose, *LOADED)), purpose
        assert ("roles/bigquery.resourceViewer" in roles) is bool(platform.users(purpose, ALL_JOBS)), purpose
    assert platform.users("backup", *OBJECTS) == {"backup_export"}
    assert platform.users("monitoring", ALL_JOBS) == {"cost_report", "health_check"}


def test_each_account_may_do_all_that_its_schedules_need_and_nothing_else(platform: Platform) -> None:
    assert platform.failing() == set()
    wanted: dict[str, set[tuple[str, str]]] = {}
    for purpose, granted in grants_of_accounts(CATALOG).items():
        for name, role in tables_of(granted).items():
            wanted.setdefault(name, set()).add((f"{ROLES}{role}", MEMBERS[purpose]))
    for name in sorted(platform.seen.items(PROJECT, DATASET).keys() - CATALOG.routines.keys()):
        answer = platform.seen.policy(platform.seen.items(PROJECT, DATASET)[name])
        bindings = answer.get("bindings", ())
        assert {(one["role"], who) for one in bindings for who in one["members"]} == wanted.get(name, set()), name
    entries = (platform.seen.dataset(PROJECT, DATASET) or {})["access"]
    reports = {"dataset": {"projectId": PROJECT, "datasetId": REPORTS}, "targetTypes": ["VIEWS"]}
    callers = [{"role": f"{ROLES}caller", "userByEmail": email} for email in EMAILS.values()]
    expected = [{"role": "OWNER", "specialGroup": "projectOwners"}, {"dataset": reports}, *callers]
    assert [one for one in entries if one not in expected] == [one for one in expected if one not in entries] == []
    policy = platform.rest("POST", f"{POLICY}:getIamPolicy")["bindings"]
    held = {key: [one["role"] for one in policy if who in one["members"]] for key, who in MEMBERS.items()}
    jobs, history = "roles/bigquery.jobUser", "roles/bigquery.resourceViewer"
    assert held == {"automation": [jobs], "monitoring": [jobs, history], "backup": [jobs]}


@pytest.mark.parametrize("purpose", ACCOUNTS)
def test_without_a_tables_grant_exactly_the_schedules_of_the_account_fail_that_use_it(
    platform: Platform, purpose: str
) -> None:
    granted = tables_of(grants_of_accounts(CATALOG)[purpose])
    assert granted
    reader = f"{ROLES}reader"
    for name, role in granted.items():
        others = [one for one in platform.policy(name) if MEMBERS[purpose] not in one["members"]]
        shared = [one for one in platform.policy(name) if MEMBERS[purpose] in one["members"]]
        kept = [{**one, "members": [who for who in one["members"] if who != MEMBERS[purpose]]} for one in shared]
        taken = [*others, *kept]
        users = platform.users(purpose, READ, WRITE, name=name)
        assert users, f"nothing needs {name}"
        assert platform.failing(platform.with_policy(name, taken)) == users, name
        lesser = [*taken, {"role": reader, "members": [MEMBERS[purpose]]}]
        writers = platform.users(purpose, WRITE, name=name) if role == "writer" else set()
        assert platform.failing(platform.with_policy(name, lesser)) == writers, name


@pytest.mark.parametrize("purpose", ACCOUNTS)
def test_without_an_entry_a_role_or_a_bucket_exactly_the_schedules_of_the_account_fail(
    platform: Platform, purpose: str
) -> None:
    own = {name for name, account in RUN_BY.items() if account == purpose}
    found = platform.seen.dataset(PROJECT, DATASET) or {}
    entries = [one for one in found["access"] if one.get("userByEmail") != EMAILS[purpose]]
    uncalled = {(PROJECT, DATASET): {**found, "access": entries}}
    assert platform.failing(replace(platform.seen, _datasets={**platform.seen._datasets, **uncalled})) == own
    with platform.project_without("roles/bigquery.jobUser", MEMBERS[purpose]):
        assert platform.failing() == own
    with platform.project_without("roles/bigquery.resourceViewer", MEMBERS[purpose]):
        assert platform.failing() == platform.users(purpose, ALL_JOBS)
    buckets = {name: platform.rest("GET", f"/storage/v1/b/{name}/iam") for name in bucket_names(platform)}
    for key, permissions in (("exporter", OBJECTS), ("loader", LOADED)):
        for name, policy in buckets.items():
            bound = [one for one in policy.get("bindings", ()) if one["role"] != f"{ROLES}{key}"]
            other = [one for one in policy.get("bindings", ()) if one["role"] == f"{ROLES}{key}"]
            kept = [{**one, "members": [who for who in one["members"] if who != MEMBERS[purpose]]} for one in other]
            platform.rest(
                "PUT", f"/storage/v1/b/{name}/iam", bindings=[*bound, *(one for one in kept if one["members"])]
            )
        assert platform.failing() == platform.users(purpose, *permissions), key
        for name, policy in buckets.items():
            platform.rest("PUT", f"/storage/v1/b/{name}/iam", bindings=policy.get("bindings", []))
    assert platform.failing() == set()


def bucket_names(platform: Platform) -> list[str]:
    return [one["name"] for one in platform.rest("GET", "/storage/v1/b", {"project": PROJECT})["items"]]


def test_without_the_agents_role_nothing_runs(platform: Platform) -> None:
    role = "roles/bigquerydatatransfer.serviceAgent"
    policy = platform.rest("POST", f"{POLICY}:getIamPolicy")["bindings"]
    (agent,) = next(one["members"] for one in policy if one["role"] == role)
    with platform.project_without(role, agent):
        assert platform.failing() == set(platform.needs)
    assert platform.failing() == set()


def test_a_reader_sees_every_report_view_and_no_table_or_view_of_the_platform(platform: Platform) -> None:
    shown = {view.name for view in report_views(CATALOG)}
    assert platform.seen.items(PROJECT, REPORTS).keys() == shown

    def lacks(dataset: str, name: str) -> list[Need]:
        needs = access.needs(platform.seen, f"SELECT * FROM `{PROJECT}.{dataset}.{name}`")
        assert needs, name
        return access.missing(platform.seen, READERS, needs)

    for name in sorted(shown):
        assert lacks(REPORTS, name) == [], name
    for name in sorted(CATALOG.objects.keys() - CATALOG.routines.keys()):
        assert lacks(DATASET, name), name


def test_a_reading_account_runs_a_report_and_is_denied_a_source(platform: Platform) -> None:
    looker = f"looker@{DOMAIN}"
    platform.rest("POST", f"/iam/v1/projects/{PROJECT}/serviceAccounts", accountId="looker")
    reading = [*platform.rest("GET", f"{DATASETS}/{REPORTS}")["access"], {"role": "READER", "userByEmail": looker}]
    platform.rest("PATCH", f"{DATASETS}/{REPORTS}", access=reading)
    policy = platform.rest("POST", f"{POLICY}:getIamPolicy")["bindings"]
    (agent,) = next(one["members"] for one in policy if one["role"] == "roles/bigquerydatatransfer.serviceAgent")
    acting = {"role": "roles/iam.serviceAccountTokenCreator", "members": [agent]}
    path = f"/iam/v1/projects/{PROJECT}/serviceAccounts/{looker}:setIamPolicy"
    platform.rest("POST", path, policy={"bindings": [acting]})
    starting = {"role": "roles/bigquery.jobUser", "members": [f"serviceAccount:{looker}"]}
    platform.rest("POST", f"{POLICY}:setIamPolicy", policy={"bindings": [*policy, starting]})
    found = {}
    for name, dataset in (("monitoring_queue", REPORTS), ("mass_messages", DATASET)):
        body = {
            "displayName": name,
            "dataSourceId": "scheduled_query",
            "params": {"query": f"SELECT COUNT(*) AS n FROM `{PROJECT}.{dataset}.{name}`"},
            "schedule": "every 24 hours",
        }
        made = platform.rest("POST", CONFIGS, {"serviceAccountName": looker}, **body)
        found[name] = platform.run(made["name"])
    assert found["monitoring_queue"]["state"] == "SUCCEEDED"
    assert found["mass_messages"]["state"] == "FAILED"
    assert "User does not have permission to query table" in found["mass_messages"]["errorStatus"]["message"]


def test_a_run_says_what_was_denied_and_runs_again_once_it_is_granted(platform: Platform) -> None:
    path = f"{DATASETS}/{DATASET}/tables/lock_sweep_log"
    bindings = platform.policy("lock_sweep_log")
    configs = platform.rest("GET", CONFIGS)["transferConfigs"]
    (config,) = [one["name"] for one in configs if "sweep_expired_caption_locks" in one["params"]["query"]]
    platform.rest("POST", f"{path}:setIamPolicy", policy={"bindings": []})
    denied = platform.run(config)
    assert denied["state"] == "FAILED"
    assert "bigquery.tables.updateData denied on table" in denied["errorStatus"]["message"]
    assert "lock_sweep_log" in denied["errorStatus"]["message"]
    platform.rest("POST", f"{path}:setIamPolicy", policy={"bindings": bindings})
    assert platform.run(config)["state"] == "SUCCEEDED"
