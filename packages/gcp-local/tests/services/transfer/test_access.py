"""What a query needs of the live objects, and by which grants its account has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gcp_local.services import policies
from gcp_local.services.cloud import Cloud
from gcp_local.services.storage import buckets
from gcp_local.services.transfer import access
from gcp_local.services.transfer.warehouse import Warehouse

if TYPE_CHECKING:
    from services.conftest import Api


ACCOUNT = "acme-runner@gcp-local.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{ACCOUNT}"
OWNERS = {"role": "OWNER", "specialGroup": "projectOwners"}
READ, WRITE, CALL = access.READ, access.WRITE, access.CALL


class Bigquery:
    """Two datasets of tables, views and routines, answered as BigQuery's REST API does."""

    def __init__(self) -> None:
        self.access: dict[str, list[dict[str, Any]]] = {"ds": [OWNERS], "base": [OWNERS]}
        self.tables: dict[str, str] = {"ds.t": "", "ds.log": "", "base.raw": ""}
        self.tables["ds.v"] = "SELECT * FROM `gcp-local.base.raw`"
        self.tables["ds.outer"] = "SELECT * FROM ds.v"
        self.routines = {
            "ds.job": "BEGIN INSERT INTO ds.log (n) SELECT ds.f(n) FROM ds.outer; CALL ds.sub(); END",
            "ds.sub": "BEGIN UPDATE ds.t SET n = 1 WHERE TRUE; END",
            "ds.f": "x + 1",
        }
        self.policies: dict[str, list[dict[str, Any]]] = {}

    def grant(self, path: str, role: str) -> None:
        self.policies.setdefault(path, []).append({"role": role, "members": [MEMBER]})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        _, _, _, _, _, dataset, *rest = request.url.path.lstrip("/").split("/")
        if dataset not in self.access:
            error = {"code": 404, "message": "Not found", "errors": [{"reason": "notFound"}]}
            return httpx.Response(404, json={"error": error})
        if not rest:
            return httpx.Response(200, json={"access": self.access[dataset]})
        kind, *names = rest
        if not names:
            return httpx.Response(200, json={kind: list(self._listed(dataset, kind))})
        if names[0].endswith(":getIamPolicy"):
            name = f"{dataset}.{names[0].partition(':')[0]}"
            return httpx.Response(200, json={"bindings": self.policies.get(name, [])})
        text = getattr(self, kind)[f"{dataset}.{names[0]}"]
        return httpx.Response(200, json={"definitionBody": text} if kind == "routines" else {"view": {"query": text}})

    def _listed(self, dataset: str, kind: str) -> Any:
        for path, text in getattr(self, kind).items():
            place, name = path.split(".")
            if place == dataset and kind == "tables":
                yield {"tableReference": {"tableId": name}, "type": "VIEW" if text else "TABLE"}
            elif place == dataset:
                yield {"routineReference": {"routineId": name}}


@pytest.fixture
def bigquery() -> Bigquery:
    return Bigquery()


@pytest.fixture
def look(cloud: Cloud, bigquery: Bigquery) -> Callable[[], Warehouse]:
    """A fresh look at it."""
    return lambda: Warehouse(cloud, httpx.Client(transport=httpx.MockTransport(bigquery)))


def needed(warehouse: Warehouse, sql: str) -> set[tuple[str, str]]:
    return {(f"{need.item.dataset}.{need.item.name}", need.permission) for need in access.needs(warehouse, sql)}


def lacking(warehouse: Warehouse, sql: str) -> list[str]:
    return [need.refusal() for need in access.missing(warehouse, ACCOUNT, access.needs(warehouse, sql))]


ALL_OF_JOB = {
    ("ds.job", CALL), ("ds.sub", CALL), ("ds.f", CALL), ("ds.log", WRITE), ("ds.outer", READ), ("ds.v", READ),
    ("base.raw", READ), ("ds.t", READ), ("ds.t", WRITE),
}  # fmt: skip


def test_a_call_needs_what_its_procedures_and_views_do(look: Callable[[], Warehouse]) -> None:
    assert needed(look(), "CALL `gcp-local.ds.job`()") == ALL_OF_JOB


def test_an_export_needs_the_rights_on_objects_of_a_bucket(
    cloud: Cloud, look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    export = "BEGIN EXPORT DATA OPTIONS (uri = CONCAT(p_folder, '*.avro'), format = 'AVRO') AS SELECT 1 AS n; END"
    bigquery.routines["ds.export"] = export
    bigquery.grant("ds.export", "roles/bigquery.routineDataEditor")
    bigquery.access["ds"].append({"role": "roles/bigquery.routineDataEditor", "userByEmail": ACCOUNT})
    assert lacking(look(), "SELECT 'EXPORT DATA' AS n -- EXPORT DATA") == []
    denied = lacking(look(), "CALL ds.export()")
    assert [text.partition("have ")[2].partition(" access")[0] for text in denied] == list(access.OBJECTS)
    cloud.store.put(buckets.COLLECTION, "acme-backups", {"name": "acme-backups"})
    binding = {"role": "roles/storage.objectAdmin", "members": [MEMBER]}
    cloud.store.put(policies.COLLECTION, buckets.policy_key("acme-backups"), {"bindings": [binding]})
    assert lacking(look(), "CALL ds.export()") == []


LOAD = "LOAD DATA OVERWRITE TEMP TABLE t FROM FILES (format = 'AVRO', uris = ['gs://acme-backups/*.avro'])"


@pytest.mark.parametrize("sql", [LOAD, f'EXECUTE IMMEDIATE CONCAT("{LOAD}", "")'])
def test_a_load_needs_to_see_the_objects_of_a_bucket(cloud: Cloud, look: Callable[[], Warehouse], sql: str) -> None:
    assert lacking(look(), "SELECT 1 AS n -- LOAD DATA") == []
    denied = lacking(look(), sql)
    assert [text.partition("have ")[2].partition(" access")[0] for text in denied] == list(access.LOADED)
    assert all("globbing" in text for text in denied)
    cloud.store.put(buckets.COLLECTION, "acme-backups", {"name": "acme-backups"})
    binding = {"role": "roles/storage.objectViewer", "members": [MEMBER]}
    cloud.store.put(policies.COLLECTION, buckets.policy_key("acme-backups"), {"bindings": [binding]})
    assert lacking(look(), sql) == []


def test_names_of_columns_aliases_and_other_projects_need_nothing(look: Callable[[], Warehouse]) -> None:
    assert needed(look(), "SELECT log.n, a.b FROM UNNEST([1]) AS log, other.ds2.t") == set()


def test_an_authorised_view_reads_for_the_caller(look: Callable[[], Warehouse], bigquery: Bigquery) -> None:
    view = {"projectId": "gcp-local", "datasetId": "ds", "tableId": "v"}
    bigquery.access["base"].append({"view": view})
    assert needed(look(), "SELECT * FROM ds.outer") == {("ds.outer", READ), ("ds.v", READ)}


def test_an_authorised_dataset_lets_its_views_read_but_not_its_routines(
    look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    place = {"projectId": "gcp-local", "datasetId": "ds"}
    bigquery.access["base"].append({"dataset": {"dataset": place, "targetTypes": ["VIEWS"]}})
    bigquery.routines["ds.rows"] = "SELECT * FROM base.raw"
    assert ("base.raw", READ) not in needed(look(), "SELECT * FROM ds.v")
    assert ("base.raw", READ) in needed(look(), "SELECT * FROM ds.rows()")


def test_what_an_authorised_view_names_may_read_its_own_dataset_and_no_other(
    look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    place = {"projectId": "gcp-local", "datasetId": "ds"}
    bigquery.access["base"].append({"dataset": {"dataset": place, "targetTypes": ["VIEWS"]}})
    bigquery.tables |= {"base.inner": "SELECT base.f(n) FROM base.raw", "ds.shown": "SELECT * FROM base.inner"}
    bigquery.routines["base.f"] = "x + 1"
    assert needed(look(), "SELECT * FROM ds.shown") == {("ds.shown", READ)}
    asked_itself = {("base.inner", READ), ("base.raw", READ), ("base.f", CALL)}
    assert needed(look(), "SELECT * FROM ds.shown, base.inner") == {("ds.shown", READ), *asked_itself}
    bigquery.tables["base.inner"] = "SELECT * FROM ds.t"
    assert needed(look(), "SELECT * FROM ds.shown") == {("ds.shown", READ), ("ds.t", READ)}


@pytest.mark.parametrize("jobs", ["JOBS", "`JOBS_BY_PROJECT`", "jobs"])
def test_the_history_of_jobs_takes_a_role_in_the_project_also_through_an_authorised_view(
    api: Api, runner_account: str, look: Callable[[], Warehouse], bigquery: Bigquery, jobs: str
) -> None:
    bigquery.access["ds"].append({"role": "READER", "userByEmail": ACCOUNT})
    bigquery.tables["ds.v"] = f"SELECT user_email FROM `region-eu`.INFORMATION_SCHEMA.{jobs}"
    (denied,) = lacking(look(), "SELECT * FROM ds.v")
    assert denied.startswith("Access Denied: Table gcp-local:region-eu.INFORMATION_SCHEMA.JOBS")
    grant_in_project(api, "roles/bigquery.resourceViewer")
    assert lacking(look(), "SELECT * FROM ds.v") == []


@pytest.mark.parametrize("member", ["user:ann@example.com", "group:team@example.com"])
def test_people_may_what_an_entry_of_theirs_gives(
    look: Callable[[], Warehouse], bigquery: Bigquery, member: str
) -> None:
    kind, _, name = member.partition(":")
    bigquery.access["ds"].append({"role": "READER", "userByEmail" if kind == "user" else "groupByEmail": name.upper()})
    needs = access.needs(look(), "SELECT * FROM ds.t")
    assert access.missing(look(), member, needs) == []
    assert access.missing(look(), f"{'user' if kind == 'group' else 'group'}:{name}", needs)
    assert [need.item.name for need in access.missing(look(), member, access.needs(look(), "SELECT 1 FROM ds.v"))] == [
        "raw"
    ]


def test_nothing_is_granted_by_the_access_list_of_a_new_dataset(
    look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    bigquery.access["ds"] += [
        {"role": "WRITER", "specialGroup": "projectWriters"},
        {"role": "READER", "specialGroup": "projectReaders"},
    ]
    assert lacking(look(), "SELECT * FROM ds.t") == [
        "Access Denied: Table gcp-local:ds.t: User does not have permission to query table gcp-local:ds.t, or "
        "perhaps it does not exist."
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"role": "WRITER", "userByEmail": ACCOUNT},
        {"role": "roles/bigquery.dataEditor", "userByEmail": ACCOUNT.upper()},
        {"role": "OWNER", "iamMember": MEMBER},
    ],
)
def test_an_entry_of_the_datasets_list_covers_its_objects_and_no_other_dataset(
    look: Callable[[], Warehouse], bigquery: Bigquery, entry: dict[str, Any]
) -> None:
    bigquery.access["ds"].append(entry)
    assert lacking(look(), "UPDATE ds.t SET n = 1 WHERE TRUE") == []
    assert [text.partition(": User")[0] for text in lacking(look(), "SELECT * FROM ds.v")] == [
        "Access Denied: Table gcp-local:base.raw"
    ]


def test_a_special_group_means_those_with_the_basic_role(
    api: Api, runner_account: str, cloud: Cloud, look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    bigquery.access["ds"].append({"role": "WRITER", "specialGroup": "projectWriters"})
    assert lacking(look(), "SELECT * FROM ds.t")
    grant_in_project(api, "roles/editor")
    assert lacking(look(), "UPDATE ds.t SET n = 1 WHERE TRUE") == []
    assert lacking(look(), "SELECT * FROM base.raw")


def test_a_role_in_the_project_covers_every_dataset(
    api: Api, runner_account: str, look: Callable[[], Warehouse]
) -> None:
    grant_in_project(api, "roles/bigquery.dataViewer")
    assert lacking(look(), "SELECT ds.f(1) FROM ds.v") == []
    assert lacking(look(), "INSERT INTO ds.log (n) VALUES (1)") == [
        "Access Denied: Table gcp-local:ds.log: Permission bigquery.tables.updateData denied on table "
        "gcp-local:ds.log (or it may not exist)."
    ]


def test_a_custom_role_on_a_table_allows_what_it_lists_until_it_is_deleted(
    api: Api, cloud: Cloud, look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    role = {"title": "Reads", "includedPermissions": [READ]}
    name = api("POST", "/iam/v1/projects/gcp-local/roles", {"roleId": "reads", "role": role})["name"]
    bigquery.grant("ds.t", name)
    assert lacking(look(), "SELECT * FROM ds.t") == []
    assert len(lacking(look(), "DELETE FROM ds.t WHERE TRUE")) == 1
    api("DELETE", f"/iam/v1/{name}")
    assert lacking(look(), "SELECT * FROM ds.t")
    api("POST", f"/iam/v1/{name}:undelete", {})
    assert lacking(look(), "SELECT * FROM ds.t") == []


def test_a_routine_is_callable_by_a_grant_on_itself(look: Callable[[], Warehouse], bigquery: Bigquery) -> None:
    assert lacking(look(), "SELECT ds.f(1)") == [
        "Access Denied: Routine gcp-local:ds.f: Permission bigquery.routines.get denied on routine gcp-local:ds.f "
        "(or it may not exist)."
    ]
    bigquery.grant("ds.f", "roles/bigquery.dataViewer")
    assert lacking(look(), "SELECT ds.f(1)") == []


def test_making_and_dropping_a_table_need_more_than_writing_it(
    look: Callable[[], Warehouse], bigquery: Bigquery
) -> None:
    bigquery.access["ds"].append({"role": "roles/bigquery.dataViewer", "userByEmail": ACCOUNT})
    permissions = {need.permission for need in access.needs(look(), "CREATE TABLE ds.made (n INT64); DROP TABLE ds.t")}
    assert permissions == {"bigquery.tables.create", "bigquery.tables.delete", WRITE}
    assert len(lacking(look(), "CREATE TABLE ds.made (n INT64); DROP TABLE ds.t")) == 3


def grant_in_project(api: Api, role: str) -> None:
    project = "/cloudresourcemanager/v1/projects/gcp-local"
    policy = api("POST", f"{project}:getIamPolicy", {})
    policy["bindings"].append({"role": role, "members": [MEMBER]})
    api("POST", f"{project}:setIamPolicy", {"policy": policy})
