"""The fields of a bucket: kept as given, with what the service adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services.storage import buckets

if TYPE_CHECKING:
    from services.conftest import Api, Clock


BUCKETS = "/storage/v1/b"
NOON, LATER = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"


@pytest.fixture(autouse=True)
def no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    # The emulator behind keeps objects; there are none here.
    monkeypatch.setattr(buckets, "_create_twin", lambda cloud, name: None)


def create(api: Api, **fields: Any) -> dict[str, Any]:
    return api("POST", BUCKETS, {"name": "acme-backups", **fields}, project="gcp-local")


@pytest.mark.parametrize(
    "config",
    [
        "customerManagedEncryptionEnforcementConfig",
        "customerSuppliedEncryptionEnforcementConfig",
        "googleManagedEncryptionEnforcementConfig",
    ],
)
def test_an_encryption_may_be_restricted_and_says_since_when(api: Api, clock: Clock, config: str) -> None:
    made = create(api, encryption={config: {"restrictionMode": "NotRestricted"}})
    assert made["encryption"] == {config: {"restrictionMode": "NotRestricted", "effectiveTime": NOON}}
    clock.advance(hours=1)
    path = f"{BUCKETS}/acme-backups"
    unchanged = api("PATCH", path, {"labels": {"a": "b"}, "encryption": made["encryption"]})
    assert unchanged["encryption"][config]["effectiveTime"] == NOON
    changed = api("PATCH", path, {"encryption": {config: {"restrictionMode": "FullyRestricted"}}})
    assert changed["encryption"][config] == {"restrictionMode": "FullyRestricted", "effectiveTime": LATER}
    wrong = {"encryption": {config: {"restrictionMode": "Open"}}}
    assert config.casefold() in api.refused(400, "PATCH", path, wrong)["message"].replace("_", "").casefold()
    assert "encryption" not in api("PATCH", path, {"encryption": None})


def test_a_pause_of_hard_deletion_is_kept(api: Api, clock: Clock) -> None:
    policy = {"retentionDurationSeconds": "604800", "hardDeletePause": {"enabled": True}}
    made = create(api, softDeletePolicy=policy)["softDeletePolicy"]
    assert made["hardDeletePause"] == {"enabled": True, "effectiveTime": NOON}
    clock.advance(hours=1)
    pause = {"softDeletePolicy": {"hardDeletePause": {"enabled": False}}}
    changed = api("PATCH", f"{BUCKETS}/acme-backups", pause)["softDeletePolicy"]
    assert changed == {**made, "hardDeletePause": {"enabled": False, "effectiveTime": LATER}}


def test_sizes_in_lifecycle_conditions_and_ip_filters_are_kept(api: Api) -> None:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 0, "sizeAboveBytes": "5", "sizeBelowBytes": "9"}}
    ip_filter = {"mode": "Disabled", "publicNetworkSource": {"allowedIpCidrRanges": ["192.0.2.0/24"]}}
    made = create(api, lifecycle={"rule": [rule]}, ipFilter=ip_filter)
    assert made["lifecycle"]["rule"] == [rule]
    assert api("GET", f"{BUCKETS}/acme-backups")["ipFilter"] == ip_filter


def test_grants_on_a_bucket_are_kept_with_all_their_fields(api: Api) -> None:
    grant = {"entity": "project-owners-1", "role": "OWNER", "projectTeam": {"projectNumber": "1", "team": "owners"}}
    create(api, acl=[grant])
    assert api("GET", f"{BUCKETS}/acme-backups", projection="full")["acl"] == [grant]
    assert "acl" not in api("GET", f"{BUCKETS}/acme-backups")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lifecycle": {"rule": [{"condition": {"sizeOver": 1}}]}}, "sizeOver"),
        ({"softDeletePolicy": {"hardDeletePause": {"on": True}}}, "on"),
        ({"acl": [{"entity": "x", "colour": "red"}]}, "colour"),
    ],
)
def test_a_field_that_no_bucket_has_is_refused_wherever_it_stands(api: Api, change: dict[str, Any], field: str) -> None:
    error = api.refused(400, "POST", BUCKETS, {"name": "acme-backups", **change}, project="gcp-local")
    assert f'Unknown name "{field}"' in error["message"]


@pytest.mark.parametrize(
    "change", [{"location": "EU"}, {"name": "other"}, {"hierarchicalNamespace": {"enabled": True}}]
)
def test_a_field_that_a_bucket_keeps_for_ever_is_refused(api: Api, change: dict[str, Any]) -> None:
    create(api)
    error = api.refused(400, "PATCH", f"{BUCKETS}/acme-backups", change)
    assert error["message"] == f"The field {next(iter(change))} of a bucket cannot be changed."
