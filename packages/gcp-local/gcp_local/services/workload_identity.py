"""IAM's workload identity pools and their providers: made, changed, deleted for 30 days, taken back.

A deleted pool or provider keeps its id: until it is purged it can be undeleted and no other can have it
(cloud.google.com/iam/docs/manage-workload-identity-pools-providers). Tokens are exchanged for nobody here.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

from gcp_local.services.cloud import Cloud
from gcp_local.services.custom_roles import SERVICE
from gcp_local.services.errors import Json, already_exists, failed_precondition, invalid, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call

__all__ = ["SERVICE"]

POOLS, PROVIDERS = "iam.workloadIdentityPools", "iam.workloadIdentityPoolProviders"
PARENT = "projects.locations.workloadIdentityPools"
KEPT_FOR = timedelta(days=30)
ID = re.compile(r"(?!gcp-)[0-9a-z-]{4,32}")
ABSENT = {
    "WorkloadIdentityPool": ("inlineCertificateIssuanceConfig", "inlineTrustConfig"),
    "WorkloadIdentityPoolProvider": ("aws", "saml", "x509", "actorProviders"),
}
LONGEST = {"displayName": 32, "description": 256, "attributeCondition": 4096}


@SERVICE.handles(f"{PARENT}.create")
def create_pool(call: Call) -> Json:
    """Make a pool; the id of a deleted one is taken for 30 days."""
    _check("WorkloadIdentityPool", call.body)
    name = f"{_place(call)}/workloadIdentityPools/{_id(call, 'workloadIdentityPoolId')}"
    return _create(call.cloud, POOLS, {"mode": "FEDERATION_ONLY", **call.body, "name": name})


@SERVICE.handles(f"{PARENT}.providers.create")
def create_provider(call: Call) -> Json:
    """Make a provider of OpenID Connect tokens."""
    pool = _find(call.cloud, POOLS, _pool_name(call))
    _check("WorkloadIdentityPoolProvider", call.body)
    _check_oidc(call.body)
    name = f"{pool['name']}/providers/{_id(call, 'workloadIdentityPoolProviderId')}"
    return _create(call.cloud, PROVIDERS, {**call.body, "name": name})


@SERVICE.handles(f"{PARENT}.get", f"{PARENT}.providers.get")
def get(call: Call) -> Json:
    """One of them, also one that was deleted and can be taken back."""
    return _find(call.cloud, *_named(call))


@SERVICE.handles(f"{PARENT}.list")
def list_pools(call: Call) -> Json:
    """The project's pools; deleted ones when asked for."""
    return page(call, "workloadIdentityPools", _listed(call, POOLS, _place(call)), default=50)


@SERVICE.handles(f"{PARENT}.providers.list")
def list_providers(call: Call) -> Json:
    """A pool's providers; deleted ones when asked for."""
    return page(call, "workloadIdentityPoolProviders", _listed(call, PROVIDERS, _pool_name(call)), default=50)


@SERVICE.handles(f"{PARENT}.patch", f"{PARENT}.providers.patch")
def patch(call: Call) -> Json:
    """Change what the mask names."""
    collection, name = _named(call)
    paths = read_mask(call.parameter("updateMask"))
    if not paths:
        raise invalid("The update mask must not be empty.", field="update_mask")
    check_mask(paths, call.schema)
    if "mode" in paths:
        raise invalid("Attempted to update an immutable field.", field="mode")
    with call.cloud.store.transaction():
        changed = apply_mask(_alive(call.cloud, collection, name), call.body, paths)
        kind = "WorkloadIdentityPool" if collection == POOLS else "WorkloadIdentityPoolProvider"
        _check(kind, changed)
        if collection == PROVIDERS:
            _check_oidc(changed)
        call.cloud.store.put(collection, name, changed)
    return _done(name, changed)


@SERVICE.handles(f"{PARENT}.delete", f"{PARENT}.providers.delete")
def delete(call: Call) -> Json:
    """Delete it: tokens are no longer taken, the id stays reserved for 30 days."""
    collection, name = _named(call)
    with call.cloud.store.transaction():
        found = _alive(call.cloud, collection, name)
        gone = {**found, "state": "DELETED", "expireTime": (call.cloud.now() + KEPT_FOR).isoformat()}
        call.cloud.store.put(collection, name, gone)
    return _done(name, gone)


@SERVICE.handles(f"{PARENT}.undelete", f"{PARENT}.providers.undelete")
def undelete(call: Call) -> Json:
    """Take a deleted one back."""
    collection, name = _named(call)
    with call.cloud.store.transaction():
        found = _find(call.cloud, collection, name)
        if found["state"] != "DELETED":
            raise failed_precondition(f"{name} is not deleted.")
        back = {**{key: value for key, value in found.items() if key != "expireTime"}, "state": "ACTIVE"}
        call.cloud.store.put(collection, name, back)
    return _done(name, back)


def _place(call: Call) -> str:
    # The API names the project by its number, whatever the request calls it.
    if call.path["locationsId"] != "global":
        raise invalid(f"Location '{call.path['locationsId']}' is not supported: pools are global.", field="parent")
    return f"projects/{call.cloud.number}/locations/global"


def _pool_name(call: Call) -> str:
    return f"{_place(call)}/workloadIdentityPools/{call.path['workloadIdentityPoolsId']}"


def _named(call: Call) -> tuple[str, str]:
    provider = call.path.get("providersId")
    return (PROVIDERS, f"{_pool_name(call)}/providers/{provider}") if provider else (POOLS, _pool_name(call))


def _id(call: Call, parameter: str) -> str:
    given = call.parameter(parameter)
    if not ID.fullmatch(given):
        raise invalid(f"{parameter} '{given}' must be 4 to 32 characters of [a-z0-9-], not gcp-.", field=parameter)
    return given


def _create(cloud: Cloud, collection: str, document: Json) -> Json:
    with cloud.store.transaction():
        if _stored(cloud, collection, document["name"]):
            raise already_exists("Requested entity already exists")
        made = {**document, "state": "ACTIVE"}
        cloud.store.put(collection, document["name"], made)
    return _done(document["name"], made)


def _stored(cloud: Cloud, collection: str, name: str) -> Json | None:
    """The document, unless it was purged meanwhile, by itself or with its pool."""
    if collection == PROVIDERS:
        _stored(cloud, POOLS, name.partition("/providers/")[0])
    found = cloud.store.get(collection, name)
    expires = found.get("expireTime") if found else None
    if not expires or datetime.fromisoformat(expires) >= cloud.now():
        return found
    cloud.store.delete(collection, name)
    for provider in cloud.store.list(PROVIDERS):
        if provider["name"].startswith(f"{name}/"):
            cloud.store.delete(PROVIDERS, provider["name"])
    return None


def _find(cloud: Cloud, collection: str, name: str) -> Json:
    found = _stored(cloud, collection, name)
    if found is None:
        raise not_found("Requested entity was not found.")
    return found


def _alive(cloud: Cloud, collection: str, name: str) -> Json:
    found = _find(cloud, collection, name)
    if found["state"] == "DELETED":
        raise not_found("Requested entity was not found.")
    return found


def _listed(call: Call, collection: str, parent: str) -> list[Json]:
    names = [one["name"] for one in call.cloud.store.list(collection) if one["name"].startswith(f"{parent}/")]
    found = [one for name in names if (one := _stored(call.cloud, collection, name))]
    return [one for one in found if call.flag("showDeleted") or one["state"] != "DELETED"]


def _check(kind: str, document: Json) -> None:
    for name in ABSENT[kind]:
        if document.get(name):
            raise not_emulated(f"the field {name} of a {kind}")
    for name, longest in LONGEST.items():
        if len(document.get(name, "")) > longest:
            raise invalid(f"{name} has more than {longest} characters.", field=name)


def _check_oidc(provider: Json) -> None:
    """cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers, its mapping."""
    issuer = provider.get("oidc", {}).get("issuerUri", "")
    if not issuer.startswith("https://"):
        raise invalid("oidc.issuer_uri must be set and begin with https://.", field="oidc.issuer_uri")
    mapping = provider.get("attributeMapping", {})
    if "google.subject" not in mapping:
        raise invalid("The attribute mapping must map google.subject.", field="attribute_mapping")
    for key in mapping:
        if not re.fullmatch(r"google\.(subject|groups)|attribute\.[a-z0-9_]{1,100}", key):
            raise invalid(f"The attribute mapping has the unknown key {key}.", field="attribute_mapping")


def _done(name: str, document: Json) -> Json:
    """The operation of a change, which has ended."""
    return {"name": f"{name}/operations/{uuid.uuid4().hex}", "done": True, "response": document}
