"""URNs and provider references: the names under which resources are known to the engine and to the state."""

from __future__ import annotations

STACK_TYPE = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:"


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; it holds the chain of its parents' types, but not the stack's."""
    chain = qualified_type(parent) if parent else ""
    qualified = type_ if chain in ("", STACK_TYPE) else f"{chain}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def place(urn: str) -> tuple[str, str]:
    """The stack and the project that the URN belongs to."""
    head, project, _ = urn.split("::", 2)
    return head.removeprefix("urn:pulumi:"), project


def qualified_type(urn: str) -> str:
    """The types of the resource's parents and its own, separated by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The resource's name in the program."""
    return urn.split("::", 3)[3]


def is_provider(type_: str) -> bool:
    """Whether a type is a provider's."""
    return type_.startswith(_PROVIDER)


def provider_type(package: str) -> str:
    """The type of a package's provider."""
    return _PROVIDER + package


def package_of(type_: str) -> str:
    """The package that a type belongs to; of a provider, the package that it provides."""
    return type_.removeprefix(_PROVIDER) if is_provider(type_) else type_.partition(":")[0]


def split_reference(reference: str) -> tuple[str, str]:
    """Splits a provider reference into the provider's URN and its id; both empty if there is none."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_
