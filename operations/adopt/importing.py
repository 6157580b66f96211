"""The import: the engine's file, the run of it, and the look at what it led to.

Owns the form of the file (pulumi, `pkg/cmd/pulumi/operations/import.go`, importFile) and the conditions under which an
import counts as done: every object is in the state under its id, and the next update neither replaces nor deletes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from operations.adopt.declared import PROVIDER_TYPE, Declared
from operations.adopt.verdict import ADOPTED, OPEN, Verdict
from operations.engines import Engine
from operations.stack import Stack
from settings.errors import ErosError

# Before, an import under another id than the canonical one could lead to a deletion later (pulumi#23834).
OLDEST_CLI = (3, 252, 0)
# From here on an import file may declare the provider itself (pulumi#24135); before, it has to be in the state.
PROVIDERS_IN_FILE = (3, 256, 0)
LOSSES = ("replace", "create-replacement", "delete-replaced", "delete", "discard", "discard-replaced")


class ImportRefused(ErosError):
    """The import cannot be made, or is no success."""


def check_engine(engine: Engine) -> None:
    """Errors: ImportRefused for a CLI whose imports could lose something."""
    if not engine.embedded and _version(engine) < OLDEST_CLI:
        raise ImportRefused(
            f"Pulumi CLI {engine.version} imports unsafely: an id in another spelling deletes the object later",
            fix="install Pulumi 3.252 or newer (https://www.pulumi.com/docs/install/)",
        )


def document(declared: Sequence[Declared], verdicts: Sequence[Verdict], *, with_provider: bool) -> dict[str, Any]:
    """The import file: what is adopted, the components that hold it and, if wanted, the provider."""
    by_urn = {resource.urn: resource for resource in declared}
    adopted = {verdict.urn: verdict.id for verdict in verdicts if verdict.verdict in ADOPTED}
    needed = {urn for start in adopted for urn in _above(start, by_urn)}
    providers = {by_urn[urn].provider for urn in adopted}
    entries: list[dict[str, Any]] = []
    table: dict[str, str] = {}
    for urn, resource in by_urn.items():
        if urn in providers and not with_provider:
            table[_name(resource)] = urn
        elif urn in providers:
            entries.append(_entry(resource) | {"inputs": dict(resource.inputs), "version": resource.version})
        elif urn in needed:
            entries.append(_entry(resource, by_urn) | {"component": True})
        elif urn in adopted:
            provider = _name(by_urn[resource.provider])
            entries.append(_entry(resource, by_urn) | {"id": adopted[urn], "provider": provider})
    _refuse_shared_names(entries)
    return {"nameTable": table, "resources": entries}


def run(stack: Stack, declared: Sequence[Declared], verdicts: Sequence[Verdict], path: Path) -> dict[str, int]:
    """Imports, checks the state and previews. Returns what the next update would do.

    Errors: ImportRefused, EngineFailed.
    """
    refuse_open(stack.name, verdicts)
    check_engine(stack.engine)
    if not any(verdict.verdict in ADOPTED for verdict in verdicts):
        return _plan(stack)  # an engine takes a file without resources for a mistake
    with_provider = stack.engine.embedded or _version(stack.engine) >= PROVIDERS_IN_FILE
    write(path, document(declared, verdicts, with_provider=with_provider))
    if not with_provider:
        provider = next(resource.urn for resource in declared if resource.type == PROVIDER_TYPE)
        stack.must("up", "--target", provider, "--yes", "--skip-preview", "--message", "the provider, for an import")
    arguments = ("--file", str(path), "--yes", "--protect=true", "--generate-code=false")
    # Its exit code alone proves nothing, either way (pulumi#22829): the state does.
    code = stack.run("import", arguments)
    _refuse_missing(stack, verdicts, code)
    return _plan(stack)


def refuse_open(stack: str, verdicts: Sequence[Verdict]) -> None:
    """Errors: ImportRefused while an object is neither to be adopted nor ours already."""
    if open_ := [verdict for verdict in verdicts if verdict.verdict in OPEN]:
        names = ", ".join(f"{verdict.name} ({verdict.verdict.value})" for verdict in open_)
        raise ImportRefused(f"not imported while these are open: {names}", fix=f"eros adopt -s {stack}")


def refuse_unprepared(verdicts: Sequence[Verdict]) -> None:
    """Errors: ImportRefused while something is to be done by hand before an object can be adopted."""
    if steps := [step for verdict in verdicts if verdict.verdict in ADOPTED for step in verdict.steps]:
        raise ImportRefused(f"not imported: {len(steps)} objects end by themselves", fix="\n  ".join(steps))


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def recorded(stack: Stack) -> dict[str, str]:
    """Ids in the stack's state by URN. Errors: EngineFailed."""
    return {entry["urn"]: entry.get("id", "") for entry in stack.resources() if not entry.get("delete")}


def _refuse_missing(stack: Stack, verdicts: Sequence[Verdict], code: int) -> None:
    found = recorded(stack)
    wrong = [v.name for v in verdicts if v.verdict in ADOPTED and found.get(v.urn) != v.id]
    if wrong:
        raise ImportRefused(
            f"the engine (exit code {code}) did not import: {', '.join(wrong)}",
            fix=f"see above; then eros adopt -s {stack.name} --import again, which goes on with what is missing",
        )


def _plan(stack: Stack) -> dict[str, int]:
    steps = stack.plan()
    lost = [f"{op} {urn.rpartition('::')[2]}" for urn, op in steps if op in LOSSES]
    if lost:
        raise ImportRefused(
            "imported, but the next update would lose something: " + ", ".join(lost),
            fix=f"do not run it; eros preview -s {stack.name} --diff shows why",
        )
    counts: dict[str, int] = {}
    for _, op in steps:
        counts[op] = counts.get(op, 0) + 1
    return counts


def _above(urn: str, by_urn: Mapping[str, Declared]) -> Iterator[str]:
    parent = by_urn[urn].parent
    while parent:
        yield parent
        parent = by_urn[parent].parent


def _entry(resource: Declared, by_urn: Mapping[str, Declared] | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": resource.type, "name": _name(resource), "logicalName": resource.name}
    return entry | {"parent": _name(by_urn[resource.parent])} if by_urn and resource.parent else entry


def _name(resource: Declared) -> str:
    """The name inside the file, where a component, a provider and a table may not share one (pulumi#15454)."""
    return f"{resource.type.rpartition(':')[2]}.{resource.name}"


def _refuse_shared_names(entries: Sequence[Mapping[str, Any]]) -> None:
    names = [entry["name"] for entry in entries]
    if shared := sorted({name for name in names if names.count(name) > 1}):
        raise ImportRefused(f"two resources of one type share a name: {', '.join(shared)}")


def _version(engine: Engine) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", engine.version)[:3])
