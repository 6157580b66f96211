"""Importing: objects that the cloud holds already become resources of the stack, from a file that names them.

Owns the file (the CLI's `pulumi import --file`, JSON) and the import itself. Nothing in the cloud is changed: each
object is read, and what its provider says of it becomes its state. Leaves to others: code for the program.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_engine import urns, values
from embedded_engine.errors import EngineError, ProviderError, Refused, StepFailed
from embedded_engine.policies import Policies
from embedded_engine.providers import Providers, engine_keys
from embedded_engine.registrar import Registrar
from embedded_engine.run import Run, Step
from embedded_engine.state import Goal, State, now
from embedded_engine.steps import Steps
from embedded_engine.values import Properties

_KEYS = frozenset(
    {"type", "name", "id", "parent", "provider", "version", "pluginDownloadUrl", "component", "logicalName", "inputs"}
)
_REFUSED = ("remote", "outputs", "parameterization", "extension", "properties")


@dataclass(frozen=True)
class Import:
    """One entry of the file. `parent` and `provider` are URNs; empty for the stack and the default provider."""

    urn: str
    id: str = ""
    parent: str = ""
    provider: str = ""
    version: str = ""
    url: str = ""
    component: bool = False
    inputs: Properties = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The resource's type."""
        return urns.type_of(self.urn)

    @property
    def is_provider(self) -> bool:
        """Whether the entry declares a provider, which is made rather than read."""
        return urns.is_provider(self.type)


@dataclass(frozen=True)
class Imports:
    """What to import, and whether it is protected afterwards."""

    entries: tuple[Import, ...]
    protect: bool

    @classmethod
    def load(cls, path: Path, stack: str, project: str, protect: bool) -> Imports:
        """Reads a file. Errors: EngineError with everything that is wrong in it, Refused for what only the CLI has."""
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EngineError(f"could not read import file: {error}") from None
        if document.get("providerInputs"):
            raise Refused("`providerInputs` in an import file (declare the provider among its resources)")
        specs = [_checked(number, spec) for number, spec in enumerate(document.get("resources") or ())]
        if not specs:
            raise EngineError(f"{path} names no resources to import")
        named = _resolved(specs, dict(document.get("nameTable") or {}), stack, project)
        return cls(tuple(_entry(spec, named) for spec in specs), protect)


def _checked(number: int, spec: Mapping[str, Any]) -> dict[str, Any]:
    name = spec.get("name") or spec.get("logicalName") or ""
    what = f"resource '{name or spec.get('id') or number}'" + (f" of type '{spec['type']}'" if "type" in spec else "")
    for key in spec:
        if key in _REFUSED and spec[key]:
            raise Refused(f"`{key}` in an import file ({what})")
        if key not in (*_KEYS, *_REFUSED):
            raise EngineError(f"{what}: unknown key `{key}`")
    if not spec.get("type") or not name:
        raise EngineError(f"{what} has no {'type' if name else 'name'}")
    if urns.is_provider(spec["type"]):
        if spec.get("id"):
            raise EngineError(f"{what} has an ID, but is a provider, which is created rather than read")
    elif bool(spec.get("id")) == bool(spec.get("component")):
        raise EngineError(f"{what} has " + ("an ID, but is marked as a component" if spec.get("id") else "no ID"))
    return {**spec, "name": name, "logicalName": spec.get("logicalName") or name}


def _resolved(specs: list[dict[str, Any]], named: dict[str, str], stack: str, project: str) -> dict[str, str]:
    """URN by name in the file; each entry's own URN under `urn` in its specification."""
    waiting = list(specs)
    while waiting:
        ready = [spec for spec in waiting if not spec.get("parent") or spec["parent"] in named]
        if not ready:
            spec = waiting[0]
            raise EngineError(f"the parent '{spec['parent']}' for '{spec['name']}' has no entry in 'nameTable'")
        for spec in ready:
            parent = named.get(spec.get("parent") or "", "")
            spec["urn"] = urns.make(stack, project, parent, spec["type"], spec["logicalName"])
            if spec["urn"] in (other.get("urn") for other in specs if other is not spec):
                raise EngineError(f"'{spec['name']}' has an ambiguous URN, set name (or logical name) to be unique")
        named |= {spec["name"]: spec["urn"] for spec in ready}
        waiting = [spec for spec in waiting if spec not in ready]
    return named


def _entry(spec: Mapping[str, Any], named: Mapping[str, str]) -> Import:
    provider = spec.get("provider") or ""
    if provider and not urns.is_provider(urns.type_of(named.get(provider, "::::::"))):
        raise EngineError(f"the provider '{provider}' for '{spec['name']}' is not a provider of the file or its table")
    return Import(
        urn=spec["urn"],
        id=spec.get("id") or "",
        parent=named.get(spec.get("parent") or "", ""),
        provider=named.get(provider, ""),
        version=spec.get("version") or "",
        url=spec.get("pluginDownloadUrl") or "",
        component=bool(spec.get("component")),
        inputs=dict(spec.get("inputs") or {}),
    )


class Importer:
    """One import. What is recorded already stays; each new resource is saved when it was read."""

    def __init__(self, run: Run, providers: Providers, imports: Imports) -> None:
        self._run, self._providers, self._imports = run, providers, imports
        self._steps, self._registrar = Steps(run, providers), Registrar(run, providers, Policies(run))

    def perform(self) -> None:
        """Imports all entries, parents before their children, others side by side."""
        run = self._run
        recorded = dict(run.olds)
        for old in recorded.values():
            run.seen.add(old.urn)
            self._steps.same(old.copy(), old, None)
        root = self._root()
        for entry in self._imports.entries:
            if entry.is_provider and entry.urn not in recorded:
                self._make_provider(entry)
        wanted = list(self._new(recorded))
        with ThreadPoolExecutor(run.parallel) as pool:
            while wanted:
                coming = {entry.urn for entry in wanted}
                batch = [entry for entry in wanted if entry.parent not in coming]
                list(pool.map(lambda entry: self._try(entry, root), batch))
                run.check_running()
                wanted = [entry for entry in wanted if entry not in batch]

    def _new(self, recorded: Mapping[str, State]) -> Iterable[Import]:
        """The entries that are not recorded. One that is recorded under another id is an error."""
        for entry in self._imports.entries:
            old = recorded.get(entry.urn)
            if old is not None and (old.import_id or old.id) != entry.id and not entry.is_provider:
                self._run.fail(entry.urn, f"resource '{entry.urn}' already exists")
            if old is None and not entry.is_provider:
                yield entry

    def _root(self) -> str:
        """The stack's own resource, made if this is the first that is recorded."""
        run = self._run
        found = next((urn for urn, old in run.olds.items() if old.type == urns.STACK_TYPE), "")
        if found:
            return found
        urn = urns.make(run.stack, run.project, "", urns.STACK_TYPE, f"{run.project}-{run.stack}")
        run.seen.add(urn)
        self._steps.create(State(urn=urn, type=urns.STACK_TYPE, custom=False), None)
        return urn

    def _make_provider(self, entry: Import) -> None:
        inputs = {**entry.inputs, **engine_keys(entry.version, entry.url)}
        goal = Goal(entry.type, urns.name_of(entry.urn), custom=True, properties=inputs, parent=entry.parent)
        self._registrar.register(goal)

    def _try(self, entry: Import, root: str) -> None:
        with contextlib.suppress(StepFailed):  # reported; whoever waits for the batch stops
            self._import(entry, root)

    def _import(self, entry: Import, root: str) -> None:
        run, start = self._run, time.monotonic()
        parent = entry.parent or root
        if parent not in run.news:
            run.fail(entry.urn, f"unknown parent '{parent}' for resource '{entry.urn}'")
        new = State(
            urn=entry.urn,
            type=entry.type,
            custom=not entry.component,
            inputs=entry.inputs,
            parent=parent,
            provider="" if entry.component else self._reference(entry),
            protect=self._imports.protect,
        )
        with run.doing(new, "reading", "import"):
            if new.custom:
                self._read(new, entry)
            new.created = new.modified = now()
            self._steps.record(new)
        run.report(Step("import", new, seconds=time.monotonic() - start))

    def _read(self, new: State, entry: Import) -> None:
        provider = self._providers.of(new.provider)
        found, inputs, outputs = provider.read(new.urn, entry.id, {}, {})
        if not found:
            raise ProviderError(f"resource '{entry.id}' does not exist")
        if inputs is None:
            raise ProviderError(f"the provider of {new.type} does not support importing resources")
        new.id, new.outputs = found, outputs
        new.inputs = {**inputs, **dict(_gaps(inputs, entry.inputs))}
        for failure in provider.check(new.urn, new.inputs, new.inputs)[1]:
            text = f"an imported input failed to validate: {failure.property}: {failure.reason}"
            self._run.display.log("warning", new.urn, text)

    def _reference(self, entry: Import) -> str:
        if not entry.provider:
            package = urns.package_of(entry.type)
            return self._providers.default(package, entry.version, entry.url, self._registrar.register)
        provider = self._run.news.get(entry.provider)
        if provider is None:
            self._run.fail(entry.urn, f"the provider {entry.provider} is neither in the file nor in the state")
        return f"{provider.urn}::{provider.id}"


def _gaps(read: Properties, supplied: Properties) -> Iterator[tuple[str, Any]]:
    """Supplied inputs where the provider has none; what was supplied as a secret stays one."""
    for key, value in supplied.items():
        if read.get(key) is None:
            yield key, value
        elif values.is_secret(value) and not values.is_secret(read[key]):
            yield key, values.secret(read[key])
