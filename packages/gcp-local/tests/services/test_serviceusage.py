"""Which APIs are enabled, and the agents of Google's services."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.conftest import Api


PARENT = "/serviceusage/v1/projects/gcp-local"
TRANSFER = "bigquerydatatransfer.googleapis.com"
AGENT = "service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"


def enabled(api: Api) -> set[str]:
    answer = api("GET", f"{PARENT}/services", filter="state:ENABLED", pageSize=200)
    return {service["name"].rpartition("/")[2] for service in answer["services"]}


def test_a_new_project_has_bigquery_and_storage_but_no_transfers(new_project: Api) -> None:
    found = enabled(new_project)
    assert {"bigquery.googleapis.com", "storage.googleapis.com", "monitoring.googleapis.com"} <= found
    assert not {TRANSFER, "iam.googleapis.com", "cloudresourcemanager.googleapis.com"} & found


def test_resource_manager_answers_only_after_it_was_enabled(new_project: Api) -> None:
    for verb, path in (("GET", ""), ("POST", ":getIamPolicy")):
        error = new_project.refused(403, verb, f"/cloudresourcemanager/v1/projects/gcp-local{path}", {})
        assert error["status"] == "PERMISSION_DENIED"
        assert error["message"].startswith("Cloud Resource Manager API has not been used in project 123456789012 ")
        assert error["details"][0]["reason"] == "SERVICE_DISABLED"
    new_project("POST", f"{PARENT}/services/cloudresourcemanager.googleapis.com:enable", {})
    assert new_project("GET", "/cloudresourcemanager/v1/projects/gcp-local")["projectId"] == "gcp-local"


def test_enabling_is_done_at_once_and_with_what_is_needed(new_project: Api) -> None:
    new_project("POST", f"{PARENT}/services/bigquery.googleapis.com:disable", {})
    operation = new_project("POST", f"{PARENT}/services:batchEnable", {"serviceIds": [TRANSFER]})
    assert operation["done"] is True
    assert operation["response"]["services"][0]["state"] == "ENABLED"
    assert {TRANSFER, "bigquery.googleapis.com"} <= enabled(new_project)
    assert new_project("GET", f"/serviceusage/v1/{operation['name']}") == operation


def test_enabling_again_is_no_operation(new_project: Api) -> None:
    new_project("POST", f"{PARENT}/services/{TRANSFER}:enable", {})
    again = new_project("POST", f"{PARENT}/services/{TRANSFER}:enable", {})
    assert again["name"] == "operations/noop.DONE_OPERATION"


def test_an_unknown_api_is_refused_and_nothing_is_enabled(new_project: Api) -> None:
    before = enabled(new_project)
    body = {"serviceIds": [TRANSFER, "bigquerry.googleapis.com"]}
    error = new_project.refused(403, "POST", f"{PARENT}/services:batchEnable", body)
    assert error["message"] == "Not found or permission denied for service(s): bigquerry.googleapis.com."
    assert enabled(new_project) == before


def test_more_than_twenty_at_once_are_refused(new_project: Api) -> None:
    new_project.refused(400, "POST", f"{PARENT}/services:batchEnable", {"serviceIds": [TRANSFER] * 21})


def test_an_api_that_another_needs_is_disabled_only_with_it(new_project: Api) -> None:
    new_project("POST", f"{PARENT}/services/{TRANSFER}:enable", {})
    path = f"{PARENT}/services/bigquery.googleapis.com:disable"
    error = new_project.refused(400, "POST", path, {})
    assert TRANSFER in error["message"]
    assert error["status"] == "FAILED_PRECONDITION"
    new_project("POST", path, {"disableDependentServices": True})
    assert not {TRANSFER, "bigquery.googleapis.com"} & enabled(new_project)


def test_several_apis_can_be_read_at_once(new_project: Api) -> None:
    names = [f"projects/gcp-local/services/{host}" for host in (TRANSFER, "bigquery.googleapis.com")]
    answer = new_project("GET", f"{PARENT}/services:batchGet", names=names)
    assert [service["state"] for service in answer["services"]] == ["DISABLED", "ENABLED"]


def test_an_unknown_filter_is_refused(new_project: Api) -> None:
    new_project.refused(400, "GET", f"{PARENT}/services", filter="state:SLEEPING")


def test_the_transfer_agent_exists_once_it_was_generated(api: Api) -> None:
    api("POST", "/iam/v1/projects/gcp-local/serviceAccounts", {"accountId": "acme-runner"})
    one = "/iam/v1/projects/gcp-local/serviceAccounts/acme-runner@gcp-local.iam.gserviceaccount.com"
    binding = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{AGENT}"]}
    body = {"policy": {"bindings": [binding]}}
    assert "does not exist" in api.refused(400, "POST", f"{one}:setIamPolicy", body)["message"]
    path = f"/serviceusage/v1beta1/projects/gcp-local/services/{TRANSFER}:generateServiceIdentity"
    operation = api("POST", path)
    assert operation["done"] is True
    assert operation["response"]["email"] == AGENT
    assert api("POST", path)["response"] == operation["response"]
    api("POST", f"{one}:setIamPolicy", body)


def test_both_versions_enable_and_show_the_same_api(new_project: Api) -> None:
    beta = PARENT.replace("/v1/", "/v1beta1/")
    assert new_project("POST", f"{beta}/services/{TRANSFER}:enable", {})["done"] is True
    shown = new_project("GET", f"{beta}/services/{TRANSFER}")
    assert shown["state"] == "ENABLED"
    assert shown == new_project("GET", f"{PARENT}/services/{TRANSFER}")
