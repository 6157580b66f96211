"""Stops a preview that would create what exists already: whose it is, and what is to become of it, says `eros adopt`.

The engine itself is asked, by registering: in a preview a resource has an id if, and only if, the state holds it. No
label or mark is read, so that what was just imported counts as ours before any update, and what an older release
deployed too. A resource that is to be replaced has no id either; then, and only then, the state is read.
Google is asked for a kind only when one of that kind would be created: a stack that is deployed costs no call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from components import rest
from components.live.kinds import KINDS, ROUTINE, ListedKind
from settings.errors import ErosError
from settings.model import Settings

READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
LISTED = 10


class UnadoptedError(ErosError):
    """An object exists without being the stack's."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the program registered, as far as it could exist already."""

    held: Mapping[str, pulumi.CustomResource]
    """Dataset, tables and views whose objects exist, by what people call them."""
    others: Collection[pulumi.CustomResource]
    """Resources of the types in KINDS: whether their objects exist is asked here."""
    has_dataset: bool
    """Whether there is a dataset that could hold routines."""


def refuse_unadopted(made: Made, settings: Settings, provider: pulumi.ProviderResource) -> None:
    """Errors: UnadoptedError in a preview, when one of these resources, whose objects exist, would be created."""
    if not pulumi.runtime.is_dry_run():
        return  # too late to ask: every id is known by now. Google refuses to create what exists.
    names = _sync_await(_unadopted(made, settings, pulumi.InvokeOptions(provider=provider)))
    if names:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        raise UnadoptedError(
            f"nothing was changed: these exist already and are not in the state of stack {settings.stack}: "
            f"{', '.join(names[:LISTED])}{more}",
            fix=f"eros adopt -s {settings.stack} (left by an interrupted update of this stack? then at once: "
            f"eros adopt -s {settings.stack} --import)",
        )


async def _unadopted(made: Made, settings: Settings, options: pulumi.InvokeOptions) -> list[str]:
    held = {name: each for name, each in made.held.items() if not await _has_id(each)}
    held |= await _held(made, settings, options)
    if not held:
        return []
    recorded = await _recorded()
    urns = await asyncio.gather(*(each.urn.future() for each in held.values()))
    return sorted(name for name, urn in zip(held, urns, strict=True) if urn not in recorded)


async def _has_id(resource: pulumi.CustomResource) -> bool:
    """What failed to register is no answer: the engine says why."""
    try:
        return await resource.id.is_known()
    except Exception:
        return True


async def _held(made: Made, settings: Settings, options: pulumi.InvokeOptions) -> dict[str, pulumi.CustomResource]:
    """Those of the others that would be created although their objects exist."""
    by_kind: dict[str, list[pulumi.CustomResource]] = {}
    for each in made.others:
        if not await _has_id(each):
            by_kind.setdefault(each.pulumi_resource_type, []).append(each)
    if not made.has_dataset:
        by_kind.pop(ROUTINE, None)
    if not by_kind:
        return {}
    token = await rest.token(options)
    if not token:
        return {}  # a provider that cannot sign a call has nothing to ask: a test's
    found = await asyncio.gather(*(_of_kind(KINDS[type_], each, settings, token) for type_, each in by_kind.items()))
    return {name: resource for kind in found for name, resource in kind.items()}


async def _of_kind(
    kind: ListedKind, created: Collection[pulumi.CustomResource], settings: Settings, token: str
) -> dict[str, pulumi.CustomResource]:
    names = {str(await getattr(each, kind.attribute).future()): each for each in created}
    try:
        there = await _there(kind, names, settings, token)
    except rest.Unreadable as error:
        pulumi.log.warn(
            f"whether a {kind.words} of this stack exists already could not be read: {error}\n"
            f"  see: eros adopt -s {settings.stack}"
        )
        return {}
    return {f"{kind.words} {name}": each for name, each in names.items() if name in there}


async def _there(kind: ListedKind, names: Collection[str], settings: Settings, token: str) -> Collection[str]:
    """Of a kind that is listed all names, of one that is not those of `names` that exist."""
    if kind.entries:
        entries = await rest.read(token, kind.api, kind.where(settings), kind.entries, kind.parameters)
        return {kind.name_of(entry) for entry in entries}
    return [name for name in names if await rest.read(token, kind.api, kind.where(settings, name), "", {})]


async def _recorded() -> set[str]:
    """URNs in the state. Without outputs there may be no state at all, and reading it would crash the CLI."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    outputs = await invoke_async(READ_OUTPUTS, {"name": name})
    if not outputs.get("outputs"):
        return set()
    return set((await invoke_async(READ_RESOURCES, {"stackName": name}))["outputs"])
