"""A project: enabled services, their identities, project members."""

from __future__ import annotations

import time
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import RESOURCE_MANAGER, SERVICE_USAGE, SERVICE_USAGE_V1, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, VERSION, PolicyMember
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

PATIENCE_SECONDS: Final = 120.0


def finished(cloud: Cloud, operation: Bag) -> Bag:
    """The response of a long-running operation, once it is done."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not operation.get("done"):
        if time.monotonic() > end:
            raise ProviderError(f"{operation.get('name')} did not end in {PATIENCE_SECONDS:.0f} seconds")
        time.sleep(0.2)
        operation = cloud.call(SERVICE_USAGE, "GET", str(operation["name"]))
    if operation.get("error"):
        raise ProviderError(f"{operation.get('name')} failed: {operation['error'].get('message')}")
    return dict(operation.get("response") or {})


def _service(value: Any) -> str | None:
    if value == "bigquery-json.googleapis.com":
        return 'is retired: use "bigquery.googleapis.com".'
    return None if "." in str(value) else f"must be a domain like serviceusage.googleapis.com; got {value!r}."


def _path(parts: dict[str, str]) -> str:
    return f"{SERVICE_USAGE_V1}projects/{parts['project']}/services/{parts['service']}"


class Service(Resource):
    """An enabled API."""

    id_template = "{project}/{service}"
    facts = Facts(
        "gcp:projects/service:Service",
        force_new=paths("service project"),
        computed=paths("project deletionPolicy"),
        checks={"service": _service},
        same={"project": rules.same_last_name},
        nullable=paths("checkIfServiceHasUsageOnDestroy disableDependentServices disableOnDestroy"),
        local=paths("checkIfServiceHasUsageOnDestroy disableDependentServices disableOnDestroy deletionPolicy"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Enable the API. One that is enabled already is only taken note of; a newly enabled one is read back."""
        identity = self.identity(self.wanted(cloud, inputs))
        path = _path(self.parts(identity, cloud.project))
        if (cloud.get(SERVICE_USAGE, path) or {}).get("state") != "ENABLED":
            finished(cloud, cloud.call(SERVICE_USAGE, "POST", f"{path}:enable", {}))
            self._require_project(cloud, identity)
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """Whether the API is still enabled."""
        parts = self.parts(identity, cloud.project)
        # What was just made was looked at by `create`; else the engine hands over the outputs, or nothing (an import).
        if "id" in known or not known:
            self._require_project(cloud, identity)
        found = cloud.get(SERVICE_USAGE, _path(parts))
        return parts if found and found.get("state") == "ENABLED" else None

    def _require_project(self, cloud: Cloud, identity: str) -> None:
        """The real provider's Read asks Resource Manager for the project first, so it fails where that is disabled.

        resource_google_project_service.go, resourceGoogleProjectServiceRead: `Projects.Get(project)`.
        """
        cloud.call(RESOURCE_MANAGER, "GET", f"projects/{self.parts(identity, cloud.project)['project']}")

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Only what the program keeps can change."""

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Disable the API if the program said so; else leave it enabled."""
        if not former.get("disableOnDestroy"):
            return
        parts = self.parts(identity, cloud.project)
        body = {"disableDependentServices": bool(former.get("disableDependentServices"))}
        finished(
            cloud,
            cloud.call(SERVICE_USAGE, "POST", _path(parts) + ":disable", body),
        )


class ServiceIdentity(Resource):
    """The account under which a Google service acts in the project."""

    id_template = "projects/{project}/services/{service}"
    facts = Facts(
        "gcp:projects/serviceIdentity:ServiceIdentity",
        force_new=paths("service project"),
        computed=paths("project"),
        local=paths("email member"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make sure that the identity exists."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity(wanted)
        finished(cloud, cloud.call(SERVICE_USAGE, "POST", f"{identity}:generateServiceIdentity", {}))
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """What was learned when it was made: the API cannot be asked, only told again."""
        found: Bag = dict(self.parts(identity, cloud.project))
        if not known.get("email"):
            operation = cloud.call(SERVICE_USAGE, "POST", f"{identity}:generateServiceIdentity", {})
            email = finished(cloud, operation).get("email")
            found.update(email=email, member=f"serviceAccount:{email}" if email else None)
        return found

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """An identity cannot be deleted; it is forgotten."""


class ProjectIAMMember(PolicyMember):
    """One member with one role on a project."""

    facts = Facts(
        "gcp:projects/iAMMember:IAMMember",
        force_new=paths(f"project role member {CONDITION_PATHS}"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "project": rules.same_project},
        delete_first=True,
    )
    target = "project"

    @override
    def address(self, inputs: Bag, project: str) -> str:
        """Ids and outputs name the project without `projects/`."""
        return str(inputs[self.target]).removeprefix("projects/")

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The project's policy."""
        body = {"options": {"requestedPolicyVersion": VERSION}}
        return cloud.call(RESOURCE_MANAGER, "POST", f"projects/{target}:getIamPolicy", body)

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        body = {"policy": policy, "updateMask": "bindings,etag,auditConfigs"}
        return cloud.call(RESOURCE_MANAGER, "POST", f"projects/{target}:setIamPolicy", body)
