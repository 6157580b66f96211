"""What every service has in common: projects, enabled APIs, parameters, unknown methods, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from services.conftest import Api


ACCOUNTS = "/iam/v1/projects/gcp-local/serviceAccounts"


def test_the_process_says_that_it_is_ready(new_project: Api) -> None:
    answer = new_project("GET", "/healthz")
    assert answer["project"] == "gcp-local"
    assert {"iam", "storage", "monitoring", "bigquerydatatransfer"} <= set(answer["services"])


def test_a_service_that_is_not_enabled_refuses_and_says_how_to_enable_it(new_project: Api) -> None:
    error = new_project.refused(403, "GET", ACCOUNTS)
    assert "has not been used in project 123456789012 before or it is disabled" in error["message"]
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"
    assert error["details"][0]["metadata"]["service"] == "iam.googleapis.com"


def test_another_project_is_refused(api: Api) -> None:
    error = api.refused(403, "GET", "/iam/v1/projects/acme-prod/serviceAccounts")
    assert error["status"] == "PERMISSION_DENIED"
    assert "acme-prod" in error["message"]


def test_the_project_may_be_given_by_number(api: Api) -> None:
    assert api("GET", "/iam/v1/projects/123456789012/serviceAccounts") == {}


def test_a_real_method_that_is_absent_is_refused_by_its_name(api: Api) -> None:
    error = api.refused(501, "GET", f"{ACCOUNTS}/a@gcp-local.iam.gserviceaccount.com/keys")
    assert "iam.projects.serviceAccounts.keys.list" in error["message"]
    assert error["status"] == "UNIMPLEMENTED"


@pytest.mark.parametrize("path", ["/iam/v1/nonsense", "/cloudscheduler/v1/jobs", "/nothing", "/iam"])
def test_an_unknown_method_is_refused_with_its_path(api: Api, path: str) -> None:
    assert "not emulated by the local cloud" in api.refused(501, "POST", path)["message"]


def test_an_unknown_query_parameter_is_refused(api: Api) -> None:
    error = api.refused(400, "GET", ACCOUNTS, pageSizes=3)
    assert 'Unknown name "pageSizes": Cannot bind query parameter' in error["message"]


def test_the_parameters_of_every_google_api_are_taken(api: Api) -> None:
    assert api("GET", ACCOUNTS, alt="json", prettyPrint="false", fields="accounts(name)") == {}
    assert api("GET", ACCOUNTS, access_token="x", upload_protocol="raw", **{"$alt": "json", "$.xgafv": "2"}) == {}


def test_a_parameter_may_be_written_in_snake_case(api: Api) -> None:
    assert api("GET", ACCOUNTS, page_size=3) == {}


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    response = api.client.post(ACCOUNTS, content=b"{nope", headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert "Invalid JSON payload received" in response.json()["error"]["message"]


def test_pages_hold_everything_once(api: Api) -> None:
    for number in range(5):
        api("POST", ACCOUNTS, {"accountId": f"account-{number}"})
    seen, token = [], ""
    while True:
        answer = api("GET", ACCOUNTS, pageSize=2, pageToken=token)
        seen += [account["email"].partition("@")[0] for account in answer["accounts"]]
        token = answer.get("nextPageToken", "")
        if not token:
            break
    assert seen == [f"account-{number}" for number in range(5)]


@pytest.mark.parametrize("size", ["many", "-1"])
def test_a_page_size_that_is_no_number_is_refused(api: Api, size: str) -> None:
    assert "pageSize" in api.refused(400, "GET", ACCOUNTS, pageSize=size)["message"]


def test_a_made_up_page_token_is_refused(api: Api) -> None:
    assert "page token" in api.refused(400, "GET", ACCOUNTS, pageToken="xyz")["message"]
