"""Parts of a resource's urn: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""

from __future__ import annotations


def stack_of(urn: str) -> str:
    """The stack; empty if there is no urn."""
    return urn.removeprefix("urn:pulumi:").split("::")[0] if urn else ""


def type_of(urn: str) -> str:
    """The resource's own type, without its parents'."""
    return urn.split("::")[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """The logical name."""
    return urn.split("::", 3)[3]
