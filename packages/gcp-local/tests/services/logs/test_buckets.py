"""The two log buckets of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.conftest import Api

BUCKETS = "/logging/v2/projects/gcp-local/locations/global/buckets"


def test_a_project_has_two_buckets_one_of_which_keeps_what_it_is_told(api: Api) -> None:
    assert [bucket["retentionDays"] for bucket in api("GET", BUCKETS)["buckets"]] == [30, 400]
    changed = api("PATCH", f"{BUCKETS}/_Default", {"retentionDays": 90}, updateMask="retentionDays")
    assert changed["retentionDays"] == 90
    assert api("GET", f"{BUCKETS}/_Default") == changed
    assert changed["description"] == "Default bucket"


def test_what_cannot_be_kept_is_refused(api: Api) -> None:
    fixed = api.refused(400, "PATCH", f"{BUCKETS}/_Required", {"retentionDays": 90}, updateMask="retentionDays")
    assert "cannot be changed" in fixed["message"]
    for days in (0, 3651):
        api.refused(400, "PATCH", f"{BUCKETS}/_Default", {"retentionDays": days}, updateMask="retentionDays")
    assert "locked" in api.refused(501, "PATCH", f"{BUCKETS}/_Default", {}, updateMask="locked")["message"]
    api.refused(404, "GET", f"{BUCKETS}/mine")
    assert api("GET", f"{BUCKETS}/_Default")["retentionDays"] == 30
