"""`gcp:serviceusage/consumerQuotaOverride:ConsumerQuotaOverride`: what a project allows itself of an API.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/serviceusage/
resource_service_usage_consumer_quota_override.go: :149-215 (schema; metric and limit stand in the address as they are
given, so the program encodes their slashes), :234 (create), :263-291 (the name is the last part of the API's), :337 (it
is read from the list of its limit), :490 (patch without mask), :590 (delete).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from gcp_local.provider.cloud import SERVICE_USAGE, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.projects import finished
from gcp_local.provider.resource import NamedByItsApi
from gcp_local.provider.values import Bag

LIMIT = "projects/{project}/services/{service}/consumerQuotaMetrics/{metric}/limits/{limit}/consumerOverrides"


class ConsumerQuotaOverride(NamedByItsApi):
    """The override of one limit."""

    id_template = f"{LIMIT}/{{name}}"
    facts = Facts(
        "gcp:serviceusage/consumerQuotaOverride:ConsumerQuotaOverride",
        force_new=paths("limit metric service dimensions project"),
        computed=paths("project deletionPolicy"),
        defaults={"force": False},
        local=paths("force deletionPolicy"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the override."""
        wanted = self.wanted(cloud, inputs)
        made = finished(cloud, cloud.call(SERVICE_USAGE, "POST", LIMIT.format(**wanted), _body(wanted), _force(wanted)))
        return self.id_template.format(**{**wanted, "name": _last(made)})

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The override, as its limit lists it."""
        parts = self.parts(identity, cloud.project)
        listed = cloud.get(SERVICE_USAGE, LIMIT.format(**parts)) or {}
        for found in listed.get("overrides") or ():
            if _last(found) == parts["name"]:
                return {
                    **parts,
                    "overrideValue": found.get("overrideValue", "0"),
                    "dimensions": found.get("dimensions"),
                }
        return None

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Another value."""
        wanted = self.wanted(cloud, inputs, former)
        if "overrideValue" in self.diff(former, inputs).properties:
            finished(cloud, cloud.call(SERVICE_USAGE, "PATCH", identity, _body(wanted), _force(wanted)))

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Back to the default."""
        cloud.remove(SERVICE_USAGE, identity, _force(former))


def _force(wanted: Mapping[str, Any]) -> dict[str, str]:
    return {"force": str(bool(wanted.get("force"))).lower()}


def _body(wanted: Mapping[str, Any]) -> Bag:
    body: Bag = {"overrideValue": wanted["overrideValue"]}
    return body | ({"dimensions": wanted["dimensions"]} if wanted.get("dimensions") else {})


def _last(found: Mapping[str, Any]) -> str:
    return str(found["name"]).rpartition("/")[2]
