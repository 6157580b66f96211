"""IAM on buckets. A new bucket starts with the legacy grants to the project's owners, editors and viewers."""

from __future__ import annotations

from gcp_local.services import policies, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json
from gcp_local.services.registry import Call
from gcp_local.services.storage.buckets import find, policy_key
from gcp_local.services.storage.service import SERVICE


@SERVICE.handles("buckets.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may do what in the bucket."""
    version = call.number("optionsRequestedPolicyVersion", 1)
    with call.cloud.store.transaction():
        place = _place(call.cloud, call.path["bucket"])
        return _answer(call, policies.read_policy(call.cloud, place, version))


@SERVICE.handles("buckets.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Replace the policy."""
    with call.cloud.store.transaction():
        place = _place(call.cloud, call.path["bucket"])
        return _answer(call, policies.write_policy(call.cloud, place, call.body))


@SERVICE.handles("buckets.testIamPermissions")
def test_permissions(call: Call) -> Json:
    """All that is asked for: the caller owns the project."""
    find(call.cloud, call.path["bucket"])
    return {"kind": "storage#testIamPermissionsResponse", "permissions": call.query.get("permissions", [])}


def _place(cloud: Cloud, bucket: str) -> policies.Place:
    found = find(cloud, bucket)
    prevented = found["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    place = policies.Place(
        policy_key(bucket),
        roles.fits_bucket,
        extra_members=rf"project(Owner|Editor|Viewer):{cloud.project}",
        stale=ApiError(412, "The etag does not match the etag of the bucket's current policy."),
        public=not prevented,
    )
    if cloud.store.get(policies.COLLECTION, place.key) is None:
        policies.write_policy(cloud, place, {"bindings": _first_bindings(cloud.project)})
    return place


def _first_bindings(project: str) -> list[Json]:
    owners = [f"projectEditor:{project}", f"projectOwner:{project}"]
    return [
        {"role": "roles/storage.legacyBucketOwner", "members": owners},
        {"role": "roles/storage.legacyBucketReader", "members": [f"projectViewer:{project}"]},
    ]


def _answer(call: Call, policy: Json) -> Json:
    resource = f"projects/_/buckets/{call.path['bucket']}"
    return {"kind": "storage#policy", "resourceId": resource, **policy}
