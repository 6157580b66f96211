"""Cloud KMS: what is made stays, what is destroyed can be taken back for a while, who may use a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

PARENT = "/cloudkms/v1/projects/gcp-local/locations/us/keyRings"
KEYS = f"{PARENT}/state/cryptoKeys"
ENCRYPTS = {"purpose": "ENCRYPT_DECRYPT"}
MEMBER = {"role": "roles/cloudkms.cryptoKeyDecrypter", "members": ["user:a@example.com"]}


@pytest.fixture
def key(api: Api) -> dict[str, Any]:
    api("POST", PARENT, {}, keyRingId="state")
    return api("POST", KEYS, ENCRYPTS, cryptoKeyId="secrets")


def test_a_key_has_a_first_version_and_googles_defaults(api: Api, key: dict[str, Any]) -> None:
    name = "projects/gcp-local/locations/us/keyRings/state/cryptoKeys/secrets"
    assert key["name"] == name
    assert key["primary"]["name"] == f"{name}/cryptoKeyVersions/1"
    assert (key["primary"]["state"], key["destroyScheduledDuration"]) == ("ENABLED", "2592000s")
    assert key["versionTemplate"] == {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"}
    assert api("GET", f"{KEYS}/secrets") == key
    assert [ring["name"].rpartition("/")[2] for ring in api("GET", PARENT)["keyRings"]] == ["state"]


def test_a_name_is_given_once_and_never_comes_free(api: Api, key: dict[str, Any]) -> None:
    assert "already exists" in api.refused(409, "POST", PARENT, {}, keyRingId="state")["message"]
    assert "already exists" in api.refused(409, "POST", KEYS, ENCRYPTS, cryptoKeyId="secrets")["message"]
    for path in (f"{PARENT}/state", f"{KEYS}/secrets"):
        assert "is not emulated" in api.refused(501, "DELETE", path)["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "purpose must be set"),
        ({**ENCRYPTS, "rotationPeriod": "7776000s"}, "needs nextRotationTime"),
        ({**ENCRYPTS, "rotationPeriod": "60s", "nextRotationTime": "2026-04-01T00:00:00Z"}, "at least 24 hours"),
    ],
)
def test_a_key_that_google_refuses_is_refused(api: Api, key: dict[str, Any], body: dict[str, Any], said: str) -> None:
    assert said in api.refused(400, "POST", KEYS, body, cryptoKeyId="other")["message"]
    api.refused(404, "GET", f"{KEYS}/other")


def test_rotation_is_changed_and_ended_by_mask_and_the_purpose_never(api: Api, key: dict[str, Any]) -> None:
    rotation = {"rotationPeriod": "7776000s", "nextRotationTime": "2026-06-01T00:00:00Z"}
    mask = "rotationPeriod,nextRotationTime"
    assert api("PATCH", f"{KEYS}/secrets", rotation, updateMask=mask)["rotationPeriod"] == "7776000s"
    assert "rotationPeriod" not in api("PATCH", f"{KEYS}/secrets", {}, updateMask=mask)
    api.refused(400, "PATCH", f"{KEYS}/secrets", {"purpose": "MAC"}, updateMask="purpose")


def test_a_version_is_destroyed_when_its_time_for_second_thoughts_is_over(
    api: Api, key: dict[str, Any], clock: Clock
) -> None:
    versions = f"{KEYS}/secrets/cryptoKeyVersions"
    assert api("POST", f"{versions}/1:destroy", {})["state"] == "DESTROY_SCHEDULED"
    api.refused(400, "POST", f"{versions}/1:destroy", {})
    clock.advance(days=31)
    assert [version["state"] for version in api("GET", versions)["cryptoKeyVersions"]] == ["DESTROYED"]


def test_who_may_use_a_key_stands_in_its_own_policy(api: Api, key: dict[str, Any]) -> None:
    policy = {"bindings": [MEMBER]}
    api("POST", f"{KEYS}/secrets:setIamPolicy", {"policy": policy})
    assert api("GET", f"{KEYS}/secrets:getIamPolicy")["bindings"] == [MEMBER]
    other = {"bindings": [{**MEMBER, "role": "roles/storage.objectViewer"}]}
    api.refused(400, "POST", f"{KEYS}/secrets:setIamPolicy", {"policy": other})
