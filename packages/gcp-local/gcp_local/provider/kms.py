"""`gcp:kms`: KeyRing, CryptoKey and CryptoKeyIAMMember.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/kms: resource_kms_key_ring.go:118-141 (schema),
:285-292 (a ring is forgotten, never deleted); resource_kms_crypto_key.go:148-321 (schema), :947-967 (the next
rotation is set with the period), :620-640 (update mask), :670-709 (its versions are destroyed and its rotation ends,
the key stays); kms_utils.go:102-110 (ways to name a ring), :138-167 (periods), :246-305; iam_kms_crypto_key.go:31-37
(member), the rest as for every member (`policies`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import labels, rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import KMS, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, VERSION, PolicyMember
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

KEY: Final = re.compile(r"(?P<keyRing>projects/[^/]+/locations/[^/]+/keyRings/[^/]+)/cryptoKeys/(?P<name>[^/]+)")
DAY_SECONDS: Final = 86400.0
PERIOD: Final = re.compile(r"([0-9.]*[0-9])s")


def _period(value: Any) -> str | None:
    match = PERIOD.fullmatch(str(value)) if value else None
    if not value:
        return None
    if match is None:
        return f"must be seconds such as 7776000s; got {value!r}."
    if float(match[1]) < DAY_SECONDS:
        return f"must be greater than one day; got {value!r}."
    return None if len(match[1].partition(".")[2]) <= 9 else "cannot have more than 9 fractional digits."


class KeyRing(Resource):
    """A ring, which nobody can delete."""

    id_template = "projects/{project}/locations/{location}/keyRings/{name}"
    facts = Facts(
        "gcp:kms/keyRing:KeyRing",
        force_new=paths("location name project"),
        computed=paths("project"),
        autoname=AutoName(),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the ring."""
        wanted = self.wanted(cloud, inputs)
        parent = f"projects/{wanted['project']}/locations/{wanted['location']}"
        cloud.call(KMS, "POST", f"{parent}/keyRings", {}, {"keyRingId": wanted["name"]})
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The ring, if it is there."""
        return self.parts(identity, cloud.project) if cloud.get(KMS, identity) else None

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """A ring cannot be deleted; it is forgotten."""


class CryptoKey(Resource):
    """A key with its versions; only these can be destroyed."""

    id_template = "{keyRing}/cryptoKeys/{name}"
    facts = Facts(
        "gcp:kms/cryptoKey:CryptoKey",
        force_new=paths(
            "keyRing name cryptoKeyBackend destroyScheduledDuration importOnly purpose versionTemplate.protectionLevel"
        ),
        computed=paths(
            "cryptoKeyBackend destroyScheduledDuration importOnly keyAccessJustificationsPolicy versionTemplate "
            "deletionPolicy"
        ),
        defaults={"purpose": "ENCRYPT_DECRYPT", "versionTemplate.protectionLevel": "SOFTWARE"},
        checks={"rotationPeriod": _period},
        nullable=paths("skipInitialVersionCreation"),
        local=paths("skipInitialVersionCreation deletionPolicy"),
        autoname=AutoName(),
        labelled=True,
    )

    @override
    def parts(self, identity: str, project: str) -> dict[str, str]:
        """Ring and name."""
        match = KEY.fullmatch(identity)
        if match is None:
            raise ProviderError(
                f"the id {identity!r} is not of the form projects/P/locations/L/keyRings/R/cryptoKeys/K"
            )
        return match.groupdict()

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the key with its first version."""
        wanted = self.wanted(cloud, inputs)
        skip = "true" if wanted.get("skipInitialVersionCreation") else "false"
        query = {"cryptoKeyId": wanted["name"], "skipInitialVersionCreation": skip}
        cloud.call(KMS, "POST", f"{wanted['keyRing']}/cryptoKeys", _key_body(wanted), query)
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The key as KMS has it."""
        found = cloud.get(KMS, identity)
        if found is None:
            return None
        names = "purpose rotationPeriod versionTemplate destroyScheduledDuration importOnly cryptoKeyBackend"
        return {
            **given(found, f"{names} keyAccessJustificationsPolicy"),
            **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
            **self.parts(identity, cloud.project),
            "primaries": [given(found["primary"], "name state")] if found.get("primary") else [],
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        named = {
            "rotationPeriod": "rotationPeriod,nextRotationTime",
            "versionTemplate": "versionTemplate.algorithm",
            "keyAccessJustificationsPolicy": "keyAccessJustificationsPolicy",
            "effectiveLabels": "labels",
        }
        if mask := ",".join(fields for name, fields in named.items() if name in changed):
            body = _key_body(self.wanted(cloud, inputs, former))
            cloud.call(KMS, "PATCH", identity, body, {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Destroy the versions and end the rotation; the key itself stays."""
        listed = cloud.get(KMS, f"{identity}/cryptoKeyVersions") or {}
        for version in listed.get("cryptoKeyVersions") or []:
            if version["state"] not in ("DESTROYED", "DESTROY_SCHEDULED"):
                cloud.call(KMS, "POST", f"{version['name']}:destroy", {})
        if former.get("rotationPeriod"):
            cloud.call(KMS, "PATCH", identity, {}, {"updateMask": "rotationPeriod,nextRotationTime"})


def _key_body(wanted: Mapping[str, Any]) -> Bag:
    names = "purpose rotationPeriod versionTemplate destroyScheduledDuration importOnly cryptoKeyBackend"
    body: Bag = pruned(given(wanted, f"{names} keyAccessJustificationsPolicy"))
    if wanted.get("rotationPeriod"):
        due = datetime.now(UTC) + timedelta(seconds=float(wanted["rotationPeriod"][:-1]))
        body["nextRotationTime"] = due.isoformat()
    return {**body, "labels": wanted["effectiveLabels"]}


class CryptoKeyIAMMember(PolicyMember):
    """One member with one role on a key."""

    facts = Facts(
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        force_new=paths(f"cryptoKeyId role member {CONDITION_PATHS}"),
        checks={"member": rules.member},
        same={"member": rules.same_member},
    )
    target = "cryptoKeyId"

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The key's policy."""
        return cloud.call(KMS, "GET", f"{target}:getIamPolicy", params={"options.requestedPolicyVersion": VERSION})

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(KMS, "POST", f"{target}:setIamPolicy", {"policy": policy})
