"""What no bucket may be."""

from __future__ import annotations

from typing import Any

import pytest

from gcp_local.services.errors import ApiError
from gcp_local.services.storage.buckets import merge_patch
from gcp_local.services.storage.rules import check_bucket, check_name, location_type

DELETE = {"type": "Delete"}


@pytest.mark.parametrize("name", ["abc", "gcp-local-backups", "a_b-c9", "x" * 63])
def test_a_good_name_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "ab", "Upper", "-a-b", "ab-", "x" * 64, "192.168.1.1", "goog-x", "my-google-x", "a..b", "a b c", "a.example"],
)
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ApiError):
        check_name(name)


@pytest.mark.parametrize(
    ("location", "kind"), [("US", "multi-region"), ("NAM4", "dual-region"), ("US-CENTRAL1", "region")]
)
def test_a_location_has_a_type(location: str, kind: str) -> None:
    assert location_type(location) == kind


def test_an_unknown_location_is_refused() -> None:
    with pytest.raises(ApiError, match="location constraint is not valid: MARS"):
        location_type("MARS")


@pytest.mark.parametrize(
    ("bucket", "message"),
    [
        ({"storageClass": "standard"}, "storage class"),
        ({"iamConfiguration": {"publicAccessPrevention": "on"}}, "public access prevention"),
        ({"softDeletePolicy": {"retentionDurationSeconds": "60"}}, "Soft delete"),
        ({"labels": {"Upper": "x"}}, "label key"),
        ({"labels": {"a": "B C"}}, "label value"),
        ({"lifecycle": {"rule": [{"action": {"type": "Remove"}, "condition": {"age": 1}}]}}, "lifecycle action"),
        ({"lifecycle": {"rule": [{"action": DELETE}]}}, "At least one condition"),
        ({"lifecycle": {"rule": [{"action": DELETE, "condition": {"age": -1}}]}}, "negative"),
        ({"lifecycle": {"rule": [{"action": DELETE, "condition": {"createdBefore": "soon"}}]}}, "must be a date"),
        ({"lifecycle": {"rule": [{"action": {**DELETE, "storageClass": "X"}, "condition": {"age": 1}}]}}, "no storage"),
        ({"lifecycle": {"rule": [{"action": {"type": "SetStorageClass"}, "condition": {"age": 1}}]}}, "storage class"),
        ({"lifecycle": {"rule": [{}] * 101}}, "at most 100 rules"),
    ],
)
def test_a_bad_value_is_refused(bucket: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError, match=message):
        check_bucket(bucket)


def test_the_platforms_own_bucket_is_taken() -> None:
    check_bucket(
        {
            "storageClass": "STANDARD",
            "labels": {"environment": "local", "goog-pulumi-provisioned": "true"},
            "lifecycle": {"rule": [{"action": DELETE, "condition": {"age": 30}}]},
            "softDeletePolicy": {"retentionDurationSeconds": "0"},
            "iamConfiguration": {"publicAccessPrevention": "enforced"},
        }
    )


def test_a_patch_merges_objects_replaces_lists_and_removes_nulls() -> None:
    stored = {"labels": {"a": "1", "b": "2"}, "rules": [1, 2], "name": "x"}
    assert merge_patch(stored, {"labels": {"a": None, "c": "3"}, "rules": [3]}) == {
        "labels": {"b": "2", "c": "3"},
        "rules": [3],
        "name": "x",
    }
