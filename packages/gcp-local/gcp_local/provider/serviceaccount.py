"""IAM: service accounts and their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given
from gcp_local.provider.cloud import IAM, Cloud, Conflict
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, VERSION, PolicyMember
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import UNKNOWN, Bag


def _account_id(value: Any) -> str | None:
    if not 6 <= len(str(value)) <= 30:
        return f"must be between 6 and 30 characters long; got {value!r}."
    fits = rules.ACCOUNT_ID.fullmatch(str(value))
    return None if fits else f"must be lower-case letters, digits and dashes, a letter first; got {value!r}."


def _account_link(value: Any) -> str | None:
    fits = rules.ACCOUNT_LINK.match(str(value))
    return None if fits else f"must be projects/PROJECT/serviceAccounts/EMAIL; got {value!r}."


class Account(Resource):
    """A service account. Its e-mail address is known before it exists."""

    facts = Facts(
        "gcp:serviceaccount/account:Account",
        force_new=paths("accountId project"),
        computed=paths("project deletionPolicy"),
        defaults={"disabled": False},
        checks={"accountId": _account_id, "description": rules.no_longer_than(256)},
        nullable=paths("createIgnoreAlreadyExists"),
        local=paths("createIgnoreAlreadyExists deletionPolicy"),
        autoname=AutoName("accountId", longest=30),
    )

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """The address follows from id and project."""
        account, project = expected.get("accountId"), expected.get("project")
        if former and former.get("accountId") == account:
            return
        if isinstance(account, str) and isinstance(project, str):
            expected["email"] = f"{account}@{project}.iam.gserviceaccount.com"
            expected["member"] = f"serviceAccount:{expected['email']}"
        else:
            expected["email"] = expected["member"] = UNKNOWN

    @override
    def foreseen(self, cloud: Cloud, inputs: Mapping[str, Any]) -> str | None:
        """An account is known by its address."""
        wanted = self.wanted(cloud, inputs)
        return f"projects/{wanted['project']}/serviceAccounts/{wanted['email']}"

    @override
    def later_steps(self, wanted: Mapping[str, Any]) -> frozenset[str]:
        """An account is born enabled."""
        return frozenset({"disabled"})

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the account."""
        wanted = self.wanted(cloud, inputs)
        body = {"accountId": wanted["accountId"], "serviceAccount": given(wanted, "displayName description")}
        identity = f"projects/{wanted['project']}/serviceAccounts/{wanted['email']}"
        try:
            cloud.call(IAM, "POST", f"projects/{wanted['project']}/serviceAccounts", body)
        except Conflict:
            if not inputs.get("createIgnoreAlreadyExists"):
                raise
        if wanted.get("disabled"):
            cloud.call(IAM, "POST", f"{identity}:disable", {})
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The account as IAM has it."""
        found = cloud.get(IAM, identity)
        if found is None:
            return None
        return {
            **given(found, "name email uniqueId displayName description disabled"),
            "project": found.get("projectId") or identity.split("/")[1],
            "accountId": str(found["email"]).partition("@")[0],
            "member": f"serviceAccount:{found['email']}",
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change texts, and whether it may be used."""
        changed = set(self.diff(former, inputs).properties)
        wanted = self.wanted(cloud, inputs, former)
        texts = sorted(changed & {"displayName", "description"})
        if texts:
            account = {name: wanted.get(name) or "" for name in texts}
            cloud.call(IAM, "PATCH", identity, {"serviceAccount": account, "updateMask": ",".join(texts)})
        if "disabled" in changed:
            cloud.call(IAM, "POST", f"{identity}:{'disable' if wanted['disabled'] else 'enable'}", {})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the account."""
        cloud.remove(IAM, identity)

    @override
    def canonical(self, identity: str, project: str) -> str:
        """An import may give the address alone."""
        email = identity.rpartition("/")[2]
        return identity if "/" in identity else f"projects/{project}/serviceAccounts/{email}"


class AccountIAMMember(PolicyMember):
    """One member with one role on a service account."""

    facts = Facts(
        "gcp:serviceaccount/iAMMember:IAMMember",
        force_new=paths(f"serviceAccountId role member {CONDITION_PATHS}"),
        checks={"member": rules.member, "serviceAccountId": _account_link},
        same={"member": rules.same_member},
    )
    target = "serviceAccountId"

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The account's policy."""
        options = {"options.requestedPolicyVersion": VERSION}
        return cloud.call(IAM, "POST", f"{target}:getIamPolicy", params=options)

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(IAM, "POST", f"{target}:setIamPolicy", {"policy": policy})
