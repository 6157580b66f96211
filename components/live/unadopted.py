"""Stops a preview that would create what exists already: whose it is, and what is to become of it, says `eros adopt`.

The engine itself is asked, by registering: in a preview a resource has an id if, and only if, the state holds it. No
label or mark is read, so that what was just imported counts as ours before any update, and what an older release
deployed too. A resource that is to be replaced has no id either; then, and only then, the state is read.
Routines cannot be listed by the provider: where only they exist, Google refuses their creation (409).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from settings.errors import ErosError
from settings.model import Settings

READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
LISTED = 10


class UnadoptedError(ErosError):
    """An object exists without being the stack's."""


def refuse_unadopted(held: Mapping[str, pulumi.CustomResource], settings: Settings) -> None:
    """Errors: UnadoptedError in a preview, when one of these resources, whose objects exist, would be created."""
    if not pulumi.runtime.is_dry_run():
        return  # too late to ask: every id is known by now. Google refuses to create what exists.
    names = _sync_await(_unadopted(held))
    if names:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        raise UnadoptedError(
            f"nothing was changed: {settings.dataset} holds objects that are not in the state of stack "
            f"{settings.stack}: {', '.join(names[:LISTED])}{more}",
            fix=f"eros adopt -s {settings.stack}",
        )


async def _unadopted(held: Mapping[str, pulumi.CustomResource]) -> list[str]:
    known = await asyncio.gather(*(each.id.is_known() for each in held.values()), return_exceptions=True)
    # What failed to register is no answer: the engine says why.
    created = {name: each for (name, each), has_id in zip(held.items(), known, strict=True) if has_id is False}
    if not created:
        return []
    recorded = await _recorded()
    urns = await asyncio.gather(*(each.urn.future() for each in created.values()))
    return sorted(name for name, urn in zip(created, urns, strict=True) if urn not in recorded)


async def _recorded() -> set[str]:
    """URNs in the state. Without outputs there may be no state at all, and reading it would crash the CLI."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    outputs = await invoke_async(READ_OUTPUTS, {"name": name})
    if not outputs.get("outputs"):
        return set()
    return set((await invoke_async(READ_RESOURCES, {"stackName": name}))["outputs"])
