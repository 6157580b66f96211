"""IAM members: one member with one role in the policy of a project, an account, a bucket or a table.

Read, change, write back with the policy's etag, and again if somebody else came between: as many members as there
are may be written at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.cloud import ApiError, Cloud, retried
from gcp_local.provider.identities import member_parts
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

CONDITION_PATHS: Final = "condition condition.expression condition.title condition.description"
VERSION: Final = 3


def normalized(member: str) -> str:
    """The member as the cloud keeps it: lower case, where case is no part of the name."""
    kind, colon, name = member.partition(":")
    if not colon or member.startswith(rules.CASE_SENSITIVE):
        return member
    return f"{kind}:{name.lower()}"


class PolicyMember(Resource, ABC):
    """A member of a policy. Subclasses say where the policy is."""

    #: The input that names the resource with the policy.
    target: ClassVar[str]

    def address(self, inputs: Bag, project: str) -> str:  # noqa: ARG002 - for subclasses
        """The resource with the policy, as outputs and ids name it; `project` where the inputs leave it out."""
        return str(inputs[self.target])

    def place(self, address: str) -> Bag:
        """The outputs that name it."""
        return {self.target: address}

    @abstractmethod
    def load(self, cloud: Cloud, target: str) -> Bag:
        """Its policy."""

    @abstractmethod
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write the policy back."""

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Add the member."""
        address = self.address(inputs, cloud.project)
        member = normalized(inputs["member"])
        condition = inputs.get("condition")
        self._change(cloud, address, lambda policy: _added(policy, inputs["role"], member, condition))
        suffix = f"/{condition['title']}" if condition else ""
        return f"{address}/{inputs['role']}/{member}{suffix}"

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The member, if the policy still has it."""
        condition = known.get("condition")
        address, role, member = _parts(identity, condition)
        try:
            policy = self.load(cloud, address)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        binding = _binding(policy, role, condition)
        if binding is None or member not in [normalized(each) for each in binding.get("members", [])]:
            return None
        shown = {"role": role, "member": member, "etag": policy.get("etag"), "condition": condition}
        return {**self.place(address), **shown}

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Take the member out."""
        condition = former.get("condition")
        address, role, member = _parts(identity, condition)
        try:
            self._change(cloud, address, lambda policy: _removed(policy, role, member, condition))
        except ApiError as error:
            if error.status != 404:
                raise

    def _change(self, cloud: Cloud, address: str, change: Callable[[Bag], bool]) -> None:
        def attempt() -> Bag:
            policy = self.load(cloud, address)
            return self.save(cloud, address, {**policy, "version": VERSION}) if change(policy) else policy

        with cloud.locked(f"{self.target}:{address}"):
            retried(attempt)


def _parts(identity: str, condition: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """As `member_parts`; the name of a federated principal has slashes, so that a condition's title ends it alone."""
    address, role, member = member_parts(identity)
    return address, role, member.removesuffix(f"/{condition['title']}") if condition else member


def _same_condition(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    fields = ("title", "expression", "description")
    return all(((one or {}).get(name) or "") == ((other or {}).get(name) or "") for name in fields)


def _binding(policy: Bag, role: str, condition: Mapping[str, Any] | None) -> Bag | None:
    for binding in policy.get("bindings") or []:
        if binding.get("role") == role and _same_condition(binding.get("condition"), condition):
            return dict(binding)
    return None


def _added(policy: Bag, role: str, member: str, condition: Mapping[str, Any] | None) -> bool:
    """Put the member into the policy; whether that changed it."""
    bindings = list(policy.get("bindings") or [])
    for binding in bindings:
        if binding.get("role") == role and _same_condition(binding.get("condition"), condition):
            if member in [normalized(each) for each in binding.get("members", [])]:
                return False
            binding["members"] = [*binding.get("members", []), member]
            break
    else:
        bindings.append({"role": role, "members": [member], **({"condition": dict(condition)} if condition else {})})
    policy["bindings"] = bindings
    return True


def _removed(policy: Bag, role: str, member: str, condition: Mapping[str, Any] | None) -> bool:
    """Take the member out of the policy; whether that changed it."""
    changed = False
    for binding in policy.get("bindings") or []:
        if binding.get("role") == role and _same_condition(binding.get("condition"), condition):
            left = [each for each in binding.get("members", []) if normalized(each) != member]
            changed = changed or len(left) != len(binding.get("members", []))
            binding["members"] = left
    policy["bindings"] = [each for each in policy.get("bindings") or [] if each.get("members")]
    return changed
