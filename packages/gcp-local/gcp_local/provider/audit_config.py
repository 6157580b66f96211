"""`gcp:projects/iAMAuditConfig:IAMAuditConfig`: which accesses to one service are logged.

Rules: terraform-provider-google-beta (93c65b2), google-beta/tpgiamresource/resource_iam_audit_config.go:32-63
(schema: another service is no replacement, and leaves the former one's entry behind), :154-209 (the service's entry
is written as a whole, the rest of the policy stays); google-beta/services/resourcemanager/iam_project.go:34-41 (the
project).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import Cloud, retried
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.policies import VERSION
from gcp_local.provider.projects import ProjectIAMMember
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

LOGGED, EXEMPT = "auditLogConfigs", "exemptedMembers"


class IAMAuditConfig(Resource):
    """The audit configuration of one service in the project's policy."""

    id_template = "{project}/audit_config/{service}"
    facts = Facts(
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        force_new=paths("project"),
        sets=paths(f"{LOGGED} {LOGGED}.{EXEMPT}"),
        same={"project": rules.same_project},
    )
    _project = ProjectIAMMember()

    @override
    def canonical(self, identity: str, project: str) -> str:
        """An import may name project and service with a blank between them."""
        words = identity.replace("/audit_config/", " ").split()
        if len(words) != 2:
            raise ProviderError(f"the id {identity!r} is not of the form PROJECT SERVICE")
        return f"{words[0]}/audit_config/{words[1]}"

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Write the service's entry."""
        self._write(cloud, inputs["project"], inputs["service"], inputs[LOGGED])
        return self.identity(inputs)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The service's entry, if the policy has one."""
        parts = self.parts(identity, cloud.project)
        policy = self._project.load(cloud, _short(parts["project"]))
        for entry in policy.get("auditConfigs") or []:
            if entry["service"] == parts["service"]:
                logged = [{EXEMPT: [], **each} for each in entry.get(LOGGED) or []]
                return {**parts, LOGGED: logged, "etag": policy.get("etag")}
        return None

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Write the service's entry anew."""
        self._write(cloud, inputs["project"], inputs["service"], inputs[LOGGED])

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Take the service's entry out."""
        parts = self.parts(identity, cloud.project)
        self._write(cloud, parts["project"], parts["service"], [])

    def _write(self, cloud: Cloud, project: str, service: str, logged: list[Any]) -> None:
        def change(policy: Bag) -> Bag:
            others = [entry for entry in policy.get("auditConfigs") or [] if entry["service"] != service]
            own = [{"service": service, LOGGED: [_entry(each) for each in logged]}] if logged else []
            return {**policy, "auditConfigs": others + own, "version": VERSION}

        self._changed(cloud, _short(project), change)

    def _changed(self, cloud: Cloud, project: str, change: Callable[[Bag], Bag]) -> None:
        # The same lock as for the members of the project: they are parts of one policy.
        with cloud.locked(f"project:{project}"):
            retried(lambda: self._project.save(cloud, project, change(self._project.load(cloud, project))))


def _short(project: str) -> str:
    return project.rpartition("/")[2]


def _entry(logged: Bag) -> Bag:
    return {name: logged[name] for name in ("logType", EXEMPT) if logged.get(name)}
