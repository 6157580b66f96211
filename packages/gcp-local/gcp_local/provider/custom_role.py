"""`gcp:projects/iAMCustomRole:IAMCustomRole`.

As resource_google_project_iam_custom_role.go: a role that was deleted is taken back by the next create, and one that
somebody else deleted is not noticed (`deleted` is an output that nothing is compared with).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given
from gcp_local.provider.cloud import IAM, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import UNKNOWN, Bag

STAGES: Final = ("ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP")


def _stage(old: Any, new: Any) -> bool:
    """EmptyOrDefaultStringSuppress("ALPHA"): the API leaves its default out."""
    return {old or "", new or ""} <= {"", "ALPHA"}


class IAMCustomRole(Resource):
    """A role of the project with the permissions that the program lists."""

    id_template = "projects/{project}/roles/{roleId}"
    facts = Facts(
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        force_new=paths("roleId project"),
        computed=paths("project deletionPolicy"),
        defaults={"stage": "GA"},
        enums={"stage": STAGES},
        checks={"roleId": rules.matches(r"[a-zA-Z0-9_\.]{3,64}", "must match ^[a-zA-Z0-9_\\.]{3,64}$")},
        sets=paths("permissions"),
        same={"stage": _stage},
        autoname=AutoName("roleId"),
    )

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """The name is what the API answers."""
        if not former:
            expected["name"] = expected["deleted"] = UNKNOWN

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the role, or take it back if it was deleted a short while ago."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity(wanted)
        found = cloud.get(IAM, identity)
        if found is None:
            body = {"roleId": wanted["roleId"], "role": _body(wanted)}
            cloud.call(IAM, "POST", f"projects/{wanted['project']}/roles", body)
        elif found.get("deleted"):
            self._write(cloud, identity, wanted)
        else:
            raise ProviderError(f"Custom project role {identity} already exists and must be imported")
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The role as IAM has it, also while it is deleted."""
        found = cloud.get(IAM, identity)
        if found is None:
            return None
        return {
            **self.parts(identity, cloud.project),
            **given(found, "name title description stage deleted"),
            "permissions": found.get("includedPermissions", []),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change texts, stage and permissions; a deleted role is taken back first."""
        self._write(cloud, identity, self.wanted(cloud, inputs, former))

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the role; its id stays taken for 37 days."""
        cloud.call(IAM, "DELETE", identity)

    def _write(self, cloud: Cloud, identity: str, wanted: Bag) -> None:
        if cloud.call(IAM, "GET", identity).get("deleted"):
            cloud.call(IAM, "POST", f"{identity}:undelete", {})
        cloud.call(IAM, "PATCH", identity, _body(wanted))


def _body(wanted: Bag) -> Bag:
    return {**given(wanted, "title description stage"), "includedPermissions": wanted["permissions"]}
