"""Buckets: kept here with every field, since the object emulator forgets most of them; it gets an empty twin."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx

from gcp_local.services import identities, policies
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp
from gcp_local.services.storage import effective, rules
from gcp_local.services.storage.service import SERVICE

COLLECTION = "storage.buckets"
# What Google answers for a bucket created without saying otherwise: seven days of soft delete.
SOFT_DELETE_DEFAULT = "604800"
EMULATOR_TIMEOUT = 30.0
# For so long uniform access can be switched off again.
UNIFORM_ACCESS_LOCK = timedelta(days=90)


@SERVICE.handles("buckets.insert")
def insert(call: Call) -> Json:
    """Create a bucket with Google's defaults for what is not given."""
    cloud = call.cloud
    cloud.require_project(call.parameter("project"))
    name = call.body.get("name", "")
    rules.check_name(name)
    bucket = _with_defaults(cloud, merge_patch({}, call.body))
    rules.check_bucket(bucket)
    with cloud.store.transaction():
        if cloud.store.get(COLLECTION, name):
            raise ApiError(
                409,
                "Your previous request to create the named bucket succeeded and you already own it.",
                reason="conflict",
            )
        _create_twin(cloud, name)
        return _save(call, bucket, 1)


@SERVICE.handles("buckets.get")
def get(call: Call) -> Json:
    """One bucket."""
    bucket = find(call.cloud, call.path["bucket"])
    _check_metageneration(call, bucket)
    return _answer(call, bucket)


@SERVICE.handles("buckets.list")
def list_buckets(call: Call) -> Json:
    """The project's buckets, or those whose name starts with `prefix`."""
    call.cloud.require_project(call.parameter("project"))
    found = call.cloud.store.list(COLLECTION, call.parameter("prefix"))
    listed = [_answer(call, bucket) for bucket in found]
    return {"kind": "storage#buckets", **page(call, "items", listed, size_name="maxResults")}


@SERVICE.handles("buckets.patch")
def patch(call: Call) -> Json:
    """Change the given fields: objects are merged, a null removes, lists are replaced."""
    with call.cloud.store.transaction():
        stored = find(call.cloud, call.path["bucket"])
        _check_metageneration(call, stored)
        return _change(call, stored, merge_patch(stored, call.body))


@SERVICE.handles("buckets.update")
def update(call: Call) -> Json:
    """Replace all fields that can change; what is left out returns to its default."""
    with call.cloud.store.transaction():
        stored = find(call.cloud, call.path["bucket"])
        _check_metageneration(call, stored)
        fixed = {name: stored[name] for name in (*call.schema.immutable, "timeCreated") if name in stored}
        return _change(call, stored, _with_defaults(call.cloud, {**merge_patch({}, call.body), **fixed}))


@SERVICE.handles("buckets.delete")
def delete(call: Call) -> Json:
    """Delete an empty bucket; one with objects, or with older versions of them, is refused."""
    cloud, name = call.cloud, call.path["bucket"]
    with cloud.store.transaction():
        _check_metageneration(call, find(cloud, name))
        if _has_objects(cloud, name):
            raise ApiError(409, "The bucket you tried to delete is not empty.", reason="conflict")
        cloud.store.delete(COLLECTION, name)
        policies.delete_policy(cloud, policy_key(name))
        _emulator(cloud, "DELETE", f"/storage/v1/b/{name}", accepted=(200, 204, 404))
    return {}


@SERVICE.handles("buckets.getStorageLayout")
def get_storage_layout(call: Call) -> Json:
    """Where a bucket's data is and whether it has folders."""
    bucket = find(call.cloud, call.path["bucket"])
    return {
        "kind": "storage#storageLayout",
        "bucket": bucket["name"],
        "location": bucket["location"],
        "locationType": bucket["locationType"],
        "hierarchicalNamespace": bucket.get("hierarchicalNamespace", {"enabled": False}),
    }


@SERVICE.handles("anywhereCaches.list")
def list_caches(call: Call) -> Json:
    """None, ever: asked for by tools before they delete a bucket."""
    find(call.cloud, call.path["bucket"])
    return {"kind": "storage#anywhereCaches"}


@SERVICE.handles("projects.serviceAccount.get")
def get_service_account(call: Call) -> Json:
    """The account with which Cloud Storage itself acts."""
    email = identities.storage_agent_email(call.cloud)
    return {"kind": "storage#serviceAccount", "email_address": email}


def find(cloud: Cloud, name: str) -> Json:
    """The stored bucket; raises 404."""
    bucket = cloud.store.get(COLLECTION, name)
    if bucket is None:
        raise not_found("The specified bucket does not exist.")
    return bucket


def policy_key(name: str) -> str:
    """Where the policy of a bucket is kept."""
    return f"buckets/{name}"


def merge_patch(stored: Any, change: Any) -> Any:
    """JSON merge patch (RFC 7396)."""
    if not isinstance(change, dict) or not isinstance(stored, dict):
        return change
    answer = dict(stored)
    for name, value in change.items():
        if value is None:
            answer.pop(name, None)
        else:
            answer[name] = merge_patch(stored.get(name, {}), value) if isinstance(value, dict) else value
    return answer


def _with_defaults(cloud: Cloud, given: Json) -> Json:
    bucket = dict(given)
    bucket["location"] = bucket.get("location", "US").upper()
    bucket["locationType"] = rules.location_type(bucket["location"])
    bucket.setdefault("storageClass", "STANDARD")
    if bucket["locationType"] != "region":
        bucket.setdefault("rpo", "DEFAULT")
    bucket["iamConfiguration"] = _access(cloud, bucket.get("iamConfiguration", {}))
    bucket.setdefault("softDeletePolicy", {"retentionDurationSeconds": SOFT_DELETE_DEFAULT})
    return bucket


def _access(cloud: Cloud, given: Json) -> Json:
    access = dict(given)
    # The older name of the same switch; both are answered, as Google does.
    switch = dict(access.get("uniformBucketLevelAccess") or access.get("bucketPolicyOnly") or {"enabled": False})
    if switch.get("enabled"):
        switch.setdefault("lockedTime", timestamp(cloud.now() + UNIFORM_ACCESS_LOCK))
    else:
        switch.pop("lockedTime", None)
    access["uniformBucketLevelAccess"] = access["bucketPolicyOnly"] = switch
    access.setdefault("publicAccessPrevention", "inherited")
    return access


def _change(call: Call, stored: Json, changed: Json) -> Json:
    for name, reason in call.schema.immutable.items():
        old, new = stored.get(name), changed.get(name)
        if name == "location" and isinstance(new, str):
            new = new.upper()
        if new != old:
            raise rules.refuse(reason)
    changed["location"] = stored["location"]
    changed["iamConfiguration"] = _access(call.cloud, changed.get("iamConfiguration", {}))
    rules.check_bucket(changed)
    return _save(call, changed, int(stored["metageneration"]) + 1, stored)


def _save(call: Call, bucket: Json, metageneration: int, before: Json | None = None) -> Json:
    now = timestamp(call.cloud.now())
    if not bucket.get("lifecycle", {}).get("rule"):
        bucket.pop("lifecycle", None)
    soft_delete = bucket.get("softDeletePolicy", {})
    old_seconds = (before or {}).get("softDeletePolicy", {}).get("retentionDurationSeconds")
    soft_delete.setdefault("retentionDurationSeconds", "0")
    if soft_delete["retentionDurationSeconds"] != old_seconds or "effectiveTime" not in soft_delete:
        bucket["softDeletePolicy"] = {**soft_delete, "effectiveTime": now}
    bucket = effective.stamp(bucket, before, now)
    bucket.update(
        kind="storage#bucket",
        id=bucket["name"],
        projectNumber=call.cloud.number,
        generation=bucket.get("generation") or str(int(call.cloud.now().timestamp() * 1_000_000)),
        metageneration=str(metageneration),
        etag=base64.b64encode(f"CA{metageneration}".encode()).decode(),
        timeCreated=(before or {}).get("timeCreated", now),
        updated=now,
    )
    call.cloud.store.put(COLLECTION, bucket["name"], bucket)
    return _answer(call, bucket)


def _answer(call: Call, bucket: Json) -> Json:
    hidden = () if call.parameter("projection") == "full" else ("acl", "defaultObjectAcl")
    shown = {name: value for name, value in bucket.items() if name not in hidden and value not in ({}, [])}
    return {**shown, "selfLink": f"{call.base_url}/storage/v1/b/{bucket['name']}"}


def _check_metageneration(call: Call, bucket: Json) -> None:
    current = bucket["metageneration"]
    wanted = call.parameter("ifMetagenerationMatch", current)
    unwanted = call.parameter("ifMetagenerationNotMatch")
    if wanted != current or unwanted == current:
        raise ApiError(412, "At least one of the pre-conditions you specified did not hold.")


def _create_twin(cloud: Cloud, name: str) -> None:
    # 409: left by a process that was killed between the two stores; it is empty and the same.
    _emulator(cloud, "POST", f"/storage/v1/b?project={cloud.project}", accepted=(200, 201, 409), json={"name": name})


def _has_objects(cloud: Cloud, name: str) -> bool:
    path = f"/storage/v1/b/{name}/o?maxResults=1&versions=true"
    response = _emulator(cloud, "GET", path, accepted=(200, 404))
    return bool(response.status_code == 200 and response.json().get("items"))


def _emulator(
    cloud: Cloud, verb: str, path: str, *, accepted: tuple[int, ...], json: Json | None = None
) -> httpx.Response:
    try:
        response = httpx.request(
            verb, cloud.storage_url + path, json=json, timeout=EMULATOR_TIMEOUT, trust_env=False, verify=False
        )
    except httpx.HTTPError as error:
        raise ApiError(503, f"The object emulator at {cloud.storage_url} does not answer: {error}") from error
    if response.status_code not in accepted:
        raise ApiError(502, f"The object emulator answered {response.status_code} to {verb} {path}.")
    return response
