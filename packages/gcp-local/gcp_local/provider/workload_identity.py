"""`gcp:iam`: WorkloadIdentityPool and WorkloadIdentityPoolProvider.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/iambeta:
resource_iam_workload_identity_pool.go:57-88 (ids), :172-406 (schema), :475 (create), :787-812 (update mask), :905
(delete), :1354-1360 (a deleted one counts as gone); resource_iam_workload_identity_pool_provider.go:57-101 (ids, keys
as JSON), :189-501 (schema), :569 (create), :857-896 (update mask), :940 (delete), :1423-1429 (as above).
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import IAM, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

FAMILY = ".svc.id.goog"


def _pool_id(value: Any) -> str | None:
    # The real rule cuts letters of the ending, not the ending (TrimRight): it also eats letters of the id.
    text = str(value)
    return _id(text.rstrip(FAMILY) if text.endswith(FAMILY) else text)


def _id(value: Any) -> str | None:
    text = str(value)
    if text.startswith("gcp-"):
        return f'cannot start with "gcp-"; got {text!r}.'
    if not re.fullmatch(r"[0-9a-z-]+", text):
        return f"must contain only lower-case letters, digits and dashes; got {text!r}."
    return None if 4 <= len(text) <= 32 else f"must have 4 to 32 characters; it has {len(text)}."


class _Federated(Resource):
    """What pools and providers have in common: one API, one way to change, gone as soon as it is deleted."""

    #: Properties of the API, in the order of the update mask.
    names: ClassVar[str]
    #: Mask of a property that is not changed as a whole.
    masks: ClassVar[dict[str, str]] = {}

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make it; the id may still be taken by one that was deleted."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity(wanted)
        parent, _, last = identity.rpartition("/")
        kind = "workloadIdentityPoolProviderId" if parent.endswith("/providers") else "workloadIdentityPoolId"
        cloud.call(IAM, "POST", parent, pruned(given(wanted, self.names)), {kind: last})
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """As IAM has it; None while it is only kept for being taken back."""
        found = cloud.get(IAM, identity)
        if found is None or found.get("state") == "DELETED":
            return None
        return {**given(found, f"{self.names} name state"), **self.parts(identity, cloud.project)}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        if mask := ",".join(self.masks.get(name, name) for name in self.names.split() if name in changed):
            body = pruned(given(self.wanted(cloud, inputs, former), self.names))
            cloud.call(IAM, "PATCH", identity, body, {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete it; its id stays reserved for 30 days."""
        cloud.remove(IAM, identity)


class WorkloadIdentityPool(_Federated):
    """A pool of identities that come from elsewhere."""

    id_template = "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
    names = "displayName description disabled mode inlineCertificateIssuanceConfig inlineTrustConfig"
    facts = Facts(
        "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
        force_new=paths("workloadIdentityPoolId project"),
        computed=paths(
            "project mode deletionPolicy inlineCertificateIssuanceConfig.keyAlgorithm "
            "inlineCertificateIssuanceConfig.lifetime inlineCertificateIssuanceConfig.rotationWindowPercentage"
        ),
        enums={
            "mode": ("FEDERATION_ONLY", "TRUST_DOMAIN", "SYSTEM_TRUST_DOMAIN", ""),
            "inlineCertificateIssuanceConfig.keyAlgorithm": (
                "RSA_2048", "RSA_3072", "RSA_4096", "ECDSA_P256", "ECDSA_P384", "",
            ),
        },
        checks={"workloadIdentityPoolId": _pool_id},
        sets=paths("attestationRules inlineTrustConfig.additionalTrustBundles"),
        exactly_one=(
            ("inlineCertificateIssuanceConfig.caPools", "inlineCertificateIssuanceConfig.useDefaultSharedCa"),
        ),
    )  # fmt: skip


class WorkloadIdentityPoolProvider(_Federated):
    """Whose tokens a pool takes, and what becomes of their claims."""

    id_template = (
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
        "/providers/{workloadIdentityPoolProviderId}"
    )
    names = "displayName description disabled attributeMapping attributeCondition aws oidc saml x509"
    masks: ClassVar[dict[str, str]] = {"oidc": "oidc.allowed_audiences,oidc.issuer_uri,oidc.jwks_json"}
    facts = Facts(
        "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        force_new=paths("workloadIdentityPoolId workloadIdentityPoolProviderId project"),
        computed=paths("project deletionPolicy"),
        checks={"workloadIdentityPoolProviderId": _id},
        same={"oidc.jwksJson": rules.same_json},
        exactly_one=(("aws", "oidc", "saml", "x509"),),
    )
