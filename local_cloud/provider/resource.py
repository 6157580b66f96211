"""One resource type: its facts, its own rules of comparison, and its life in the cloud.

A service module subclasses `Resource`; what it does not override behaves as its facts say.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from local_cloud.provider import labels, plan, schema
from local_cloud.provider.check import Failure, check
from local_cloud.provider.diff import Difference, difference
from local_cloud.provider.facts import Facts
from local_cloud.provider.values import Bag


class ProviderError(Exception):
    """The provider refuses or failed; the message is for the person who deploys."""


class Resource:
    """Check and Diff of one type. Property bags are plain: without secret markers."""

    facts: ClassVar[Facts]

    @cached_property
    def root(self) -> schema.Property:
        """The type's properties."""
        return schema.load(self.facts)

    def check(self, inputs: Mapping[str, Any]) -> list[Failure]:
        """Why the inputs are refused before any plan is made."""
        return check(self.root, self.facts, inputs)

    def refusal(self, inputs: Mapping[str, Any]) -> str | None:  # noqa: ARG002 - for subclasses
        """Why the inputs are refused when the plan is made (at preview, but not in Check)."""
        return None

    def planned(self, former: Mapping[str, Any], inputs: Mapping[str, Any]) -> Bag:
        """Outputs to expect of an update."""
        expected = plan.planned(self.root, former, inputs)
        if self.facts.labelled:
            labels.plan(former, expected, inputs)
        self.adjust(former, expected)
        return expected

    def expected(self, inputs: Mapping[str, Any]) -> Bag:
        """Outputs to expect of a create: UNKNOWN is what only the cloud can say."""
        expected = plan.fresh(self.root, inputs)
        if self.facts.labelled:
            labels.plan({}, expected, inputs)
        self.adjust({}, expected)
        return expected

    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """Complete the expected outputs in place by rules that no single property carries."""

    def must_replace(self, former: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:  # noqa: ARG002 - same
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
