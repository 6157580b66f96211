"""Cloud KMS: key rings and symmetric keys with their versions and policies. Nothing here encrypts.

Rings and keys cannot be deleted, only the versions of a key (cloud.google.com/kms/docs/resource-hierarchy,
"Retrieving"; destroying: cloud.google.com/kms/docs/destroy-restore).
"""

from __future__ import annotations

import re
from datetime import timedelta

from gcp_local.services import policies, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import Json, already_exists, failed_precondition, invalid, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service

# Numbers: google-cloud-kms 3.18.0, google/cloud/kms_v1/types/resources.py. Two algorithms of the document are newer
# than that client: theirs are numbers that nobody sends.
ALGORITHMS = (
    0, 1, 41, 19, 42, 43, 44, 45, 2, 3, 4, 15, 5, 6, 7, 16, 28, 29, 30, 8, 9, 10, 17, 37, 38, 39, 12, 13, 31, 40, 32,
    33, 34, 35, 36, 18, 47, 48, 63, 68, 56, 69, 57, 60, 70, 67, 71, -1, -2, 73,
)  # fmt: skip
OVERLAY = Overlay(
    enums={
        "CryptoKey.purpose": Words("google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose", (0, 1, 5, 6, 7, 9, 10, 11)),
        "CryptoKeyVersionTemplate.algorithm": Words(
            "google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm", ALGORITHMS
        ),
        "CryptoKeyVersionTemplate.protectionLevel": Words("google.cloud.kms.v1.ProtectionLevel"),
        "KeyAccessJustificationsPolicy.allowedAccessReasons": Words("google.cloud.kms.v1.AccessReason"),
        "?view": Words("google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionView"),
        "AuditLogConfig.logType": policies.LOG_TYPES,
    },
    immutable={
        name: f"{name} cannot be changed."
        for name in ("CryptoKey.purpose", "CryptoKey.destroyScheduledDuration", "CryptoKey.importOnly")
    },
)
SERVICE = Service(
    name="cloudkms",
    documents=("v1",),
    overlay=OVERLAY,
    notes=("Keys encrypt nothing and do not rotate: rings, keys, versions and policies are kept.",),
)
RINGS, KEYS, VERSIONS = "cloudkms.keyRings", "cloudkms.cryptoKeys", "cloudkms.cryptoKeyVersions"
ID = re.compile(r"[a-zA-Z0-9_-]{1,63}")
DAY = timedelta(days=1).total_seconds()
UNDONE_FOR = "2592000s"
ENCRYPTING = ("CRYPTO_KEY_PURPOSE_UNSPECIFIED", "ENCRYPT_DECRYPT")


@SERVICE.handles("projects.locations.keyRings.create")
def create_ring(call: Call) -> Json:
    """Make a ring; it stays for ever."""
    name = f"{_place(call)}/keyRings/{_id(call, 'keyRingId')}"
    return _new(call.cloud, RINGS, "KeyRing", {"name": name, "createTime": call.cloud.now().isoformat()})


@SERVICE.handles("projects.locations.keyRings.get")
def get_ring(call: Call) -> Json:
    """One ring."""
    return _ring(call)


@SERVICE.handles("projects.locations.keyRings.list")
def list_rings(call: Call) -> Json:
    """The rings of a location."""
    found = [ring for ring in call.cloud.store.list(RINGS) if ring["name"].startswith(f"{_place(call)}/")]
    return page(call, "keyRings", found)


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.create")
def create_key(call: Call) -> Json:
    """Make a symmetric key with its first version; it stays for ever."""
    ring, now = _ring(call), call.cloud.now().isoformat()
    purpose = call.body.get("purpose", ENCRYPTING[0])
    if purpose == ENCRYPTING[0]:
        raise invalid("CryptoKey.purpose must be set.", field="crypto_key.purpose")
    if purpose not in ENCRYPTING:
        raise not_emulated(f"the purpose {purpose} of a key")
    template = {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"}
    key = {
        "destroyScheduledDuration": UNDONE_FOR,
        **call.body,
        "name": f"{ring['name']}/cryptoKeys/{_id(call, 'cryptoKeyId')}",
        "createTime": now,
        "versionTemplate": {**template, **call.body.get("versionTemplate", {})},
    }
    _check_rotation(key)
    with call.cloud.store.transaction():
        _new(call.cloud, KEYS, "CryptoKey", key)
        if not call.flag("skipInitialVersionCreation"):
            version = {"name": f"{key['name']}/cryptoKeyVersions/1", "state": "ENABLED", **key["versionTemplate"]}
            call.cloud.store.put(VERSIONS, version["name"], {**version, "createTime": now, "generateTime": now})
    return _shown(call.cloud, key)


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.get")
def get_key(call: Call) -> Json:
    """One key with its primary version."""
    return _shown(call.cloud, _key(call))


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.patch")
def patch_key(call: Call) -> Json:
    """Change what the mask names: rotation, labels, template."""
    paths = read_mask(call.parameter("updateMask"))
    if not paths:
        raise invalid("The update mask must not be empty.", field="update_mask")
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        key = apply_mask(_key(call), call.body, paths)
        _check_rotation(key)
        call.cloud.store.put(KEYS, key["name"], key)
    return _shown(call.cloud, key)


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list")
def list_versions(call: Call) -> Json:
    """The versions of a key, those included that are to be destroyed."""
    return page(call, "cryptoKeyVersions", _versions(call.cloud, _key(call)))


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy")
def destroy_version(call: Call) -> Json:
    """Let a version be destroyed when the key's time for a change of mind has passed."""
    key = _key(call)
    name = f"{key['name']}/cryptoKeyVersions/{call.path['cryptoKeyVersionsId']}"
    with call.cloud.store.transaction():
        version = call.cloud.store.get(VERSIONS, name)
        if version is None:
            raise not_found(f"CryptoKeyVersion {name} not found.")
        if version["state"] != "ENABLED":
            raise failed_precondition(f"{name} is not enabled or disabled, current state is: {version['state']}.")
        after = timedelta(seconds=float(key["destroyScheduledDuration"][:-1]))
        due = (call.cloud.now() + after).isoformat()
        version = {**version, "state": "DESTROY_SCHEDULED", "destroyTime": due}
        call.cloud.store.put(VERSIONS, name, version)
    return version


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may use the key."""
    return policies.read_policy(call.cloud, _guarded(call), call.number("options.requestedPolicyVersion", 0))


@SERVICE.handles("projects.locations.keyRings.cryptoKeys.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Say who may use the key."""
    policy, mask = call.body.get("policy", {}), call.body.get("updateMask", "")
    return policies.write_policy(call.cloud, _guarded(call), policy, mask)


def _place(call: Call) -> str:
    return f"projects/{call.cloud.project}/locations/{call.path['locationsId']}"


def _id(call: Call, parameter: str) -> str:
    given = call.parameter(parameter)
    if not ID.fullmatch(given):
        raise invalid(f"{parameter} '{given}' must match [a-zA-Z0-9_-]{{1,63}}.", field=parameter)
    return given


def _new(cloud: Cloud, collection: str, kind: str, document: Json) -> Json:
    with cloud.store.transaction():
        if cloud.store.get(collection, document["name"]):
            raise already_exists(f"{kind} {document['name']} already exists.")
        cloud.store.put(collection, document["name"], document)
    return document


def _ring(call: Call) -> Json:
    name = f"{_place(call)}/keyRings/{call.path['keyRingsId']}"
    ring = call.cloud.store.get(RINGS, name)
    if ring is None:
        raise not_found(f"KeyRing {name} not found.")
    return ring


def _key(call: Call) -> Json:
    name = f"{_ring(call)['name']}/cryptoKeys/{call.path['cryptoKeysId']}"
    key = call.cloud.store.get(KEYS, name)
    if key is None:
        raise not_found(f"CryptoKey {name} not found.")
    return key


def _versions(cloud: Cloud, key: Json) -> list[Json]:
    found = [one for one in cloud.store.list(VERSIONS) if one["name"].startswith(f"{key['name']}/")]
    passed = cloud.now().isoformat()
    return [{**one, "state": "DESTROYED"} if one.get("destroyTime", passed) < passed else one for one in found]


def _shown(cloud: Cloud, key: Json) -> Json:
    versions = _versions(cloud, key)
    return {**key, "primary": versions[-1]} if versions else key


def _guarded(call: Call) -> policies.Place:
    return policies.Place(_key(call)["name"], roles.fits_key)


def _check_rotation(key: Json) -> None:
    """cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys, fields of that name."""
    period, due = key.get("rotationPeriod"), key.get("nextRotationTime")
    if period and (not due or float(period[:-1]) < DAY):
        raise invalid("rotationPeriod must be at least 24 hours and needs nextRotationTime.", field="rotation_period")
