"""Custom quotas of BigQuery's queries, by project and by user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from services.conftest import Api

METRIC = "/serviceusage/v1beta1/projects/gcp-local/services/bigquery.googleapis.com/consumerQuotaMetrics"
USAGE = f"{METRIC}/bigquery.googleapis.com%2Fquota%2Fquery%2Fusage/limits"
PROJECT, USER = (f"{USAGE}/%2Fd%2F{limit}/consumerOverrides" for limit in ("project", "project%2Fuser"))
NAME = "Cg1RdW90YU92ZXJyaWRl"


def test_an_override_is_made_listed_changed_and_taken_away(api: Api) -> None:
    assert api("GET", PROJECT) == {}
    made = api("POST", PROJECT, {"overrideValue": "1024"}, force="true")["response"]
    assert made["name"].endswith(f"usage/limits/%2Fd%2Fproject/consumerOverrides/{NAME}")
    assert made["name"].startswith("projects/123456789012/services/bigquery.googleapis.com/")
    assert (made["overrideValue"], made["unit"]) == ("1024", "1/d/{project}")
    api.refused(409, "POST", PROJECT, {"overrideValue": "1024"}, force="true")
    api("PATCH", f"{PROJECT}/{NAME}", {"overrideValue": "2048"})
    (found,) = api("GET", PROJECT)["overrides"]
    assert found["overrideValue"] == "2048"
    assert api("GET", USER) == {}, "the limit of a user is another"
    api("DELETE", f"{PROJECT}/{NAME}")
    assert api("GET", PROJECT) == {}
    api.refused(404, "DELETE", f"{PROJECT}/{NAME}")


@pytest.mark.parametrize("path", [PROJECT, USER])
def test_a_limit_falls_by_a_tenth_at_most_unless_it_is_forced(api: Api, path: str) -> None:
    assert "force" in api.refused(400, "POST", path, {"overrideValue": "1000"})["message"]
    api("POST", path, {"overrideValue": "1000"}, force="true")
    assert "10%" in api.refused(400, "PATCH", f"{path}/{NAME}", {"overrideValue": "899"})["message"]
    api("PATCH", f"{path}/{NAME}", {"overrideValue": "900"})
    api("PATCH", f"{path}/{NAME}", {"overrideValue": "-1"})
    api.refused(400, "PATCH", f"{path}/{NAME}", {"overrideValue": "-2"}, force="true")
    assert api("GET", path)["overrides"][0]["overrideValue"] == "-1"


def test_a_metric_or_limit_that_nobody_has_is_not_found(api: Api) -> None:
    for path in (f"{METRIC}/bigquery.googleapis.com%2Fnone/limits/%2Fd%2Fproject", f"{USAGE}/%2Fmin%2Fproject"):
        assert "Quota limit not found" in api.refused(404, "GET", f"{path}/consumerOverrides")["message"]
