"""One resource type: its facts, its own rules of comparison, and its life in the cloud.

A service module subclasses `Resource`; what it does not override behaves as its facts say. Property bags are
plain here: without secret markers.
"""

# ruff: noqa: ARG002 - the hooks here do nothing by themselves

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gcp_local.provider import identities, labels, plan, schema
from gcp_local.provider.check import Failure, check
from gcp_local.provider.diff import Difference, difference
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import Facts
from gcp_local.provider.values import UNKNOWN, Bag

if TYPE_CHECKING:
    from gcp_local.provider.cloud import Cloud

DELETION_POLICY = "deletionPolicy"


class Resource:
    """Check, Diff, Create, Read, Update and Delete of one type."""

    facts: ClassVar[Facts]
    #: Form of the id where it follows from the inputs: `projects/{project}/datasets/{datasetId}`.
    id_template: ClassVar[str] = ""

    @cached_property
    def root(self) -> schema.Property:
        """The type's properties."""
        return schema.load(self.facts)

    # What to expect

    def check(self, inputs: Mapping[str, Any]) -> list[Failure]:
        """Why the inputs are refused before any plan is made."""
        return check(self.root, self.facts, inputs)

    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """Why the inputs are refused when the plan is made (at preview, but not in Check)."""
        return None

    def planned(self, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> Bag:
        """Outputs to expect of an update."""
        expected = plan.planned(self.root, former, inputs)
        if self.facts.labelled:
            labels.plan(former, expected, inputs)
        self.adjust(former, expected)
        return expected

    def expected(self, inputs: Mapping[str, Any], project: str) -> Bag:
        """Outputs to expect of a create: UNKNOWN is what only the cloud can say."""
        expected = {**plan.fresh(self.root, inputs), "id": UNKNOWN}
        for name, value in (("project", project), (DELETION_POLICY, "DELETE")):
            if expected.get(name) is UNKNOWN and inputs.get(name) is None:
                expected[name] = value
        if self.facts.labelled:
            labels.plan({}, expected, inputs)
        self.adjust({}, expected)
        return expected

    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """Complete the expected outputs in place by rules that no single property carries."""

    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """Whether the change needs a new resource by a rule that no single property carries."""
        return False

    def diff(self, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> Difference:
        """What an update would change. Raises ProviderError if the plan is refused."""
        reason = self.refusal(inputs)
        if reason:
            raise ProviderError(reason)
        expected = self.planned(former, inputs)
        replace = self.must_replace(former, expected)
        return difference(self.root, self.facts, former, expected, inputs, must_replace=replace)

    def parts(self, identity: str, project: str) -> dict[str, str]:
        """The variables of an id."""
        return identities.parts(identity, self.id_template, project)

    def canonical(self, identity: str, project: str) -> str:
        """The full form of an id that an import may give in short."""
        return self.id_template.format(**self.parts(identity, project)) if self.id_template else identity

    def identity(self, wanted: Mapping[str, Any]) -> str:
        """The id that follows from what is wanted."""
        return self.id_template.format(**wanted)

    def foreseen(self, cloud: Cloud, inputs: Mapping[str, Any]) -> str | None:
        """The id that a create will give; None if only the cloud can say."""
        return self.identity(self.wanted(cloud, inputs)) if self.id_template else None

    def later_steps(self, wanted: Mapping[str, Any]) -> frozenset[str]:
        """Properties that a create writes after the object is there."""
        return frozenset()

    def wanted(self, cloud: Cloud, inputs: Mapping[str, Any], former: Mapping[str, Any] | None = None) -> Bag:
        """All that is to be set: inputs, defaults, labels, and for an update what stays of the former outputs."""
        expected = self.planned(former, inputs) if former else self.expected(inputs, cloud.project)
        return {name: _known(value) for name, value in expected.items()}

    # What to do. `known` are former outputs, or the inputs of a resource that was just created.

    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make it; the id."""
        raise self._only_compared("create")

    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """Outputs as the cloud has them, without those that the cloud does not keep; None if it is gone.

        `known` is empty for an import: then everything must follow from the id.
        """
        raise self._only_compared("read")

    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change it in place."""
        raise self._only_compared("update")

    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Remove it; it may be gone already."""
        raise self._only_compared("delete")

    def _only_compared(self, verb: str) -> ProviderError:
        return ProviderError(
            f"the local cloud cannot {verb} {self.facts.type} yet: the provider checks and compares this type only"
        )


class NamedByItsApi(Resource):
    """A type whose objects get their `name`, the last part of the id, when they are made."""

    def foreseen(self, cloud: Cloud, inputs: Mapping[str, Any]) -> str | None:
        """Only the cloud can say."""
        return None

    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """The name is what the API answers."""
        if not former:
            expected["name"] = UNKNOWN


def _known(value: Any) -> Any:
    """The value without the parts that only the cloud can say."""
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items() if item is not UNKNOWN}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return None if value is UNKNOWN else value
