"""Transfer configs: what is taken, what is refused, what a change does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock


PARENT = "/bigquerydatatransfer/v1/projects/gcp-local/locations/US"
BASE = "/bigquerydatatransfer/v1/"
ACCOUNT = "acme-runner@gcp-local.iam.gserviceaccount.com"
GOOD: dict[str, Any] = {
    "displayName": "sweep",
    "dataSourceId": "scheduled_query",
    "schedule": "every day 13:07",
    "params": {"query": "CALL ds.sweep()"},
}


def test_a_new_config_is_named_by_project_number_and_knows_its_next_run(
    api: Api, create: Callable[..., dict[str, Any]]
) -> None:
    config = create()
    assert config["name"].startswith("projects/123456789012/locations/us/transferConfigs/")
    assert config["nextRunTime"] == "2026-03-01T13:07:00Z"
    assert (config["state"], config["datasetRegion"]) == ("PENDING", "us")
    assert "disabled" not in config
    assert api("GET", BASE + config["name"]) == {**config, "ownerInfo": {"email": ACCOUNT}}
    by_id = config["name"].replace("123456789012", "gcp-local").replace("/us/", "/US/")
    assert api("GET", BASE + by_id)["name"] == config["name"]
    without_location = by_id.replace("locations/US/", "")
    assert api("GET", BASE + without_location)["name"] == config["name"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Every  Day 13:07", "every day 13:07"), ("", "every 24 hours"), ("every 60 minutes", "every 60 minutes")],
)
def test_a_schedule_is_answered_in_its_canonical_spelling(
    create: Callable[..., dict[str, Any]], given: str, kept: str
) -> None:
    assert create(schedule=given)["schedule"] == kept


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": "every 4 minutes"}, "Invalid schedule [every 4 minutes]"),
        ({"schedule": "0 3 * * *"}, "Invalid schedule [0 3 * * *]"),
        ({"displayName": " "}, "display name"),
        ({"params": {}}, "Parameter id: query"),
        ({"params": {"query": " "}}, "Parameter id: query"),
        (
            {"params": {"query": "SELECT 1", "service_account_name": "x"}},
            "Data source definition doesn't define this parameter Id: service_account_name",
        ),
        ({"params": {"query": "SELECT 1", "write_disposition": "TRUNCATE"}}, "write_disposition is not allowed"),
        ({"params": {"query": 1}}, "must be a string"),
        (
            {"params": {"query": "SELECT 1", "destination_table_name_template": "t"}},
            "A destination dataset is required",
        ),
        ({"destinationDatasetId": "a-b"}, "Invalid dataset ID"),
        ({"dataRefreshWindowDays": 3}, "data refresh window"),
        (
            {"scheduleOptions": {"startTime": "2026-03-02T00:00:00Z", "endTime": "2026-03-01T00:00:00Z"}},
            "end time",
        ),
        ({"scheduleOptions": {"startTime": "today"}}, "Illegal timestamp format"),
        ({"query": "SELECT 1"}, "Unknown name \"query\" at 'transfer_config'"),
    ],
)
def test_what_google_refuses_is_refused(api: Api, runner_account: str, change: dict[str, Any], message: str) -> None:
    path = f"{PARENT}/transferConfigs"
    error = api.refused(400, "POST", path, {**GOOD, **change}, serviceAccountName=ACCOUNT)
    assert message in error["message"]
    assert api("GET", path) == {}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"dataSourceId": "google_cloud_storage"}, "google_cloud_storage"),
        ({"scheduleOptionsV2": {"manualSchedule": {}}}, "scheduleOptionsV2"),
        ({"encryptionConfiguration": {"kmsKeyName": "k"}}, "encryptionConfiguration"),
    ],
)
def test_what_only_google_has_is_refused_by_name(
    api: Api, runner_account: str, change: dict[str, Any], name: str
) -> None:
    path = f"{PARENT}/transferConfigs"
    assert name in api.refused(501, "POST", path, {**GOOD, **change}, serviceAccountName=ACCOUNT)["message"]


def test_an_unknown_data_source_is_not_found(api: Api, runner_account: str) -> None:
    body = {**GOOD, "dataSourceId": "scheduled_queries"}
    api.refused(404, "POST", f"{PARENT}/transferConfigs", body, serviceAccountName=ACCOUNT)


def test_an_unknown_location_is_refused(api: Api, runner_account: str) -> None:
    path = PARENT.replace("/US", "/MARS") + "/transferConfigs"
    assert "MARS" in api.refused(400, "POST", path, GOOD, serviceAccountName=ACCOUNT)["message"]


class TestOwner:
    """A config runs as a service account, which the transfer agent must be able to become."""

    def refusal(self, api: Api, code: int, **parameters: str) -> str:
        return str(api.refused(code, "POST", f"{PARENT}/transferConfigs", GOOD, **parameters)["message"])

    def test_a_config_without_account_is_refused(self, api: Api, runner_account: str) -> None:
        assert "Failed to find a valid credential" in self.refusal(api, 400)

    def test_an_account_that_does_not_exist_is_refused(self, api: Api, runner_account: str) -> None:
        name = "none@gcp-local.iam.gserviceaccount.com"
        assert "iam.serviceAccounts.actAs" in self.refusal(api, 403, serviceAccountName=name)

    def test_a_disabled_account_is_refused(self, api: Api, runner_account: str) -> None:
        api("POST", f"/iam/v1/projects/gcp-local/serviceAccounts/{ACCOUNT}:disable", {})
        assert "disabled" in self.refusal(api, 400, serviceAccountName=ACCOUNT)

    def test_without_token_creator_the_agent_cannot_act_as_the_account(self, api: Api, runner_account: str) -> None:
        path = f"/iam/v1/projects/gcp-local/serviceAccounts/{ACCOUNT}:setIamPolicy"
        api("POST", path, {"policy": {"bindings": []}})
        message = self.refusal(api, 400, serviceAccountName=ACCOUNT)
        assert "P4 service account needs iam.serviceAccounts.getAccessToken permission" in message

    def test_token_creator_on_the_whole_project_is_enough(self, api: Api, runner_account: str) -> None:
        path = f"/iam/v1/projects/gcp-local/serviceAccounts/{ACCOUNT}:setIamPolicy"
        api("POST", path, {"policy": {"bindings": []}})
        agent = "serviceAccount:service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
        binding = {"role": "roles/iam.serviceAccountTokenCreator", "members": [agent]}
        path = "/cloudresourcemanager/v1/projects/gcp-local:setIamPolicy"
        api("POST", path, {"policy": {"bindings": [binding]}})
        api("POST", f"{PARENT}/transferConfigs", GOOD, serviceAccountName=ACCOUNT)

    def test_a_users_credentials_are_refused_by_name(self, api: Api, runner_account: str) -> None:
        assert "versionInfo" in self.refusal(api, 501, versionInfo="abc")


class TestPatch:
    """A change touches what the mask names."""

    def patch(self, api: Api, config: dict[str, Any], mask: str, **body: Any) -> dict[str, Any]:
        return api("PATCH", BASE + config["name"], body, updateMask=mask)

    def test_only_what_the_mask_names_changes(self, api: Api, create: Callable[..., dict[str, Any]]) -> None:
        config = create()
        changed = self.patch(api, config, "params", params={"query": "CALL ds.other()"}, displayName="ignored")
        assert changed["params"] == {"query": "CALL ds.other()"}
        assert changed["displayName"] == "sweep"
        assert changed["nextRunTime"] == config["nextRunTime"]

    def test_a_new_schedule_sets_the_next_run_anew(
        self, api: Api, create: Callable[..., dict[str, Any]], clock: Clock
    ) -> None:
        config = create()
        clock.advance(minutes=3)
        assert self.patch(api, config, "schedule", schedule="every 6 hours")["nextRunTime"] == "2026-03-01T18:03:00Z"

    def test_a_paused_config_has_no_next_run_until_it_is_resumed(
        self, api: Api, create: Callable[..., dict[str, Any]], clock: Clock
    ) -> None:
        config = create()
        assert "nextRunTime" not in self.patch(api, config, "disabled", disabled=True)
        clock.advance(days=2)
        resumed = self.patch(api, config, "disabled", disabled=False)
        assert resumed["nextRunTime"] == "2026-03-03T13:07:00Z"
        assert "disabled" not in resumed

    def test_manual_only_and_ended_configs_have_no_next_run(
        self, api: Api, create: Callable[..., dict[str, Any]]
    ) -> None:
        assert "nextRunTime" not in create(scheduleOptions={"disableAutoScheduling": True})
        assert "nextRunTime" not in create(scheduleOptions={"endTime": "2026-03-01T13:00:00Z"})

    def test_intervals_count_from_the_start_time(self, create: Callable[..., dict[str, Any]]) -> None:
        config = create(schedule="every 6 hours", scheduleOptions={"startTime": "2026-01-01T02:17:00Z"})
        assert config["nextRunTime"] == "2026-03-01T14:17:00Z"

    def test_an_interval_without_start_time_begins_at_once(self, create: Callable[..., dict[str, Any]]) -> None:
        assert create(schedule="every 6 hours")["nextRunTime"] == "2026-03-01T12:00:00Z"

    @pytest.mark.parametrize("mask", ["", "nonsense", "dataSourceId", "params.query"])
    def test_a_mask_that_cannot_be_is_refused(self, api: Api, create: Callable[..., dict[str, Any]], mask: str) -> None:
        config = create()
        api.refused(400, "PATCH", BASE + config["name"], GOOD, updateMask=mask)

    def test_a_bad_value_leaves_the_config_as_it_was(self, api: Api, create: Callable[..., dict[str, Any]]) -> None:
        config = create()
        body = {"schedule": "hourly"}
        api.refused(400, "PATCH", BASE + config["name"], body, updateMask="schedule")
        assert api("GET", BASE + config["name"])["schedule"] == "every day 13:07"

    def test_the_account_changes_with_parameter_and_mask(self, api: Api, create: Callable[..., dict[str, Any]]) -> None:
        config = create()
        path = "/iam/v1/projects/gcp-local/serviceAccounts"
        api("POST", path, {"accountId": "acme-other"})
        other = "acme-other@gcp-local.iam.gserviceaccount.com"
        parameters = {"updateMask": "serviceAccountName", "serviceAccountName": other}
        api.refused(400, "PATCH", BASE + config["name"], {}, **parameters)
        policy = api("POST", f"{path}/{ACCOUNT}:getIamPolicy")
        del policy["etag"]
        api("POST", f"{path}/{other}:setIamPolicy", {"policy": policy})
        api("PATCH", BASE + config["name"], {}, **parameters)
        assert api("GET", BASE + config["name"])["ownerInfo"] == {"email": other}


def test_a_deleted_config_is_gone_with_its_runs(api: Api, create: Callable[..., dict[str, Any]]) -> None:
    config = create()
    at = {"requestedRunTime": "2026-03-01T11:00:00Z"}
    run = api("POST", f"{BASE}{config['name']}:startManualRuns", at)["runs"][0]
    api("DELETE", BASE + config["name"])
    api.refused(404, "GET", BASE + config["name"])
    api.refused(404, "GET", BASE + run["name"])
    api.refused(404, "DELETE", BASE + config["name"])


def test_configs_are_listed_by_location_and_data_source(api: Api, create: Callable[..., dict[str, Any]]) -> None:
    create(displayName="b")
    create(displayName="a")
    listed = api("GET", f"{PARENT}/transferConfigs", dataSourceIds="scheduled_query")["transferConfigs"]
    assert [config["displayName"] for config in listed] == ["a", "b"]
    assert api("GET", f"{PARENT}/transferConfigs", dataSourceIds="other") == {}
    assert api("GET", PARENT.replace("/US", "/EU") + "/transferConfigs") == {}
    assert len(api("GET", PARENT.replace("/US", "/-") + "/transferConfigs")["transferConfigs"]) == 2


def test_the_data_source_says_what_it_takes(api: Api) -> None:
    source = api("GET", f"{PARENT}/dataSources/scheduled_query")
    assert source["minimumScheduleInterval"] == "300s"
    assert [one["paramId"] for one in source["parameters"] if one.get("required")] == ["query"]
    assert api("GET", f"{PARENT}/dataSources")["dataSources"] == [source]
    assert api("POST", f"{PARENT}/dataSources/scheduled_query:checkValidCreds", {}) == {}
    assert api("POST", f"{PARENT}:enrollDataSources", {"dataSourceIds": ["scheduled_query"]}) == {}
    api.refused(501, "POST", f"{PARENT}:enrollDataSources", {"dataSourceIds": ["amazon_s3"]})
