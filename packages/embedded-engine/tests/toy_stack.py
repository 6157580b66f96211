"""A stack of the toy cloud in a temporary folder, and a program that is a list of resources.

The program registers over gRPC like the SDK does, but in the test's own process, which saves a second a run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import alias_pb2, resource_pb2, resource_pb2_grpc
from toy_cloud import BOX, ITEM, ToyCloud

from embedded_engine import urns
from embedded_engine.operation import Operation, Outcome
from embedded_engine.run import Run, Step
from embedded_engine.session import Session
from embedded_engine.state import State
from embedded_engine.values import OUTPUT, SIGNATURE, dump_struct, load_struct, secret

STACK_TYPE = urns.STACK_TYPE
GROUP = "toy:index:Group"


@dataclass(frozen=True)
class Ref:
    """The output of another resource, or its id."""

    name: str
    key: str = "id"


@dataclass(frozen=True)
class Resource:
    """One registration. `options` are fields of RegisterResourceRequest."""

    type: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    depends_on: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def box(
    name: str, /, depends_on: Sequence[str] = (), parent: str = "", options: Any = None, **properties: Any
) -> Resource:
    """A box."""
    return Resource(BOX, name, properties, parent, depends_on, options or {})


def item(
    name: str, /, depends_on: Sequence[str] = (), parent: str = "", options: Any = None, **properties: Any
) -> Resource:
    """An item."""
    return Resource(ITEM, name, properties, parent, depends_on, options or {})


def group(name: str, parent: str = "", options: Any = None) -> Resource:
    """A component."""
    return Resource(GROUP, name, {}, parent, (), options or {})


def alias(**spec: Any) -> alias_pb2.Alias:
    """An alias, as fields of its specification."""
    return alias_pb2.Alias(spec=alias_pb2.Alias.Spec(**spec))


class ListProgram:
    """Registers resources as their dependencies allow, all others at once.

    `exports` are the stack's outputs; with `completes=False` the program ends with success before its end.
    """

    def __init__(
        self, resources: Sequence[Resource], exports: Mapping[str, Any] | None = None, completes: bool = True
    ) -> None:
        self._resources, self._exports, self._completes = resources, exports or {}, completes
        self.answers: dict[str, Any] = {}
        self._done: dict[str, Future[Any]] = {}

    def run(self, run: Run, address: str) -> int:
        with grpc.insecure_channel(address) as channel:
            self._stub = resource_pb2_grpc.ResourceMonitorStub(channel)
            try:
                self._run(run)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                return 1
        return 0

    def stop(self) -> None:
        """Registrations fail on their own when the run stops."""

    def _run(self, run: Run) -> None:
        stack = resource_pb2.RegisterResourceRequest(type=STACK_TYPE, name=f"{run.project}-{run.stack}")
        self._stack = self._stub.RegisterResource(stack, timeout=60).urn
        with ThreadPoolExecutor(16) as pool:
            for resource in self._resources:
                self._done[resource.name] = pool.submit(self._register, resource)
        for resource in self._resources:
            self.answers[resource.name] = self._done[resource.name].result()
        if self._completes:
            outputs = dump_struct({key: self._value(value, set()) for key, value in self._exports.items()})
            request = resource_pb2.RegisterResourceOutputsRequest(urn=self._stack, outputs=outputs)
            self._stub.RegisterResourceOutputs(request, timeout=60)

    def _register(self, resource: Resource) -> Any:
        needed = {self._answer(name).urn for name in resource.depends_on}
        properties, per_property = {}, {}
        for key, value in resource.properties.items():
            urns_of_value: set[str] = set()
            properties[key] = self._value(value, urns_of_value)
            needed |= urns_of_value
            per_property[key] = resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=sorted(urns_of_value))
        options = dict(resource.options)
        timeouts = options.pop("customTimeouts", None)
        if timeouts:
            options["customTimeouts"] = resource_pb2.RegisterResourceRequest.CustomTimeouts(**timeouts)
        if isinstance(options.get("provider"), Ref):
            answer = self._answer(options["provider"].name)
            options["provider"] = f"{answer.urn}::{answer.id}"
            needed.add(answer.urn)
        request = resource_pb2.RegisterResourceRequest(
            type=resource.type,
            name=resource.name,
            custom=resource.type != GROUP,
            parent=self._answer(resource.parent).urn if resource.parent else self._stack,
            object=dump_struct(properties),
            dependencies=sorted(needed),
            propertyDependencies=per_property,
            acceptSecrets=True,
            supportsPartialValues=True,
            **options,
        )
        return self._stub.RegisterResource(request, timeout=60)

    def _answer(self, name: str) -> Any:
        return self._done[name].result()

    def _value(self, value: Any, dependencies: set[str]) -> Any:
        if not isinstance(value, Ref):
            return value
        answer = self._answer(value.name)
        dependencies.add(answer.urn)
        known = answer.id if value.key == "id" else load_struct(answer.object).get(value.key)
        envelope = {SIGNATURE: OUTPUT, "dependencies": [answer.urn]}
        return {**envelope, "value": known} if known else envelope


class Recorder:
    """A display that remembers."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.logs: list[tuple[str, str]] = []

    def started(self, op: str, state: State) -> None:
        pass

    def step(self, step: Step) -> None:
        self.steps.append(step)

    def log(self, severity: str, urn: str, message: str) -> None:
        self.logs.append((severity, message))

    def errors(self) -> str:
        return "\n".join(message for severity, message in self.logs if severity == "error")

    def ops(self, name: str) -> list[str]:
        """What was done to the resource of this name, in order."""
        return [step.op for step in self.steps if step.state.name == name]


@dataclass
class Result:
    """What an operation did."""

    outcome: Outcome
    shown: Recorder
    program: ListProgram

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.outcome.counts)


class ToyStack:
    """A stack named `dev` of the project `toy`."""

    def __init__(self, folder: Path, port: int, cloud: ToyCloud) -> None:
        self.cloud = cloud
        self.project, self.backend = folder / "project", folder / "backend"
        self.project.mkdir(exist_ok=True)
        self.backend.mkdir(exist_ok=True)
        if not (self.project / "Pulumi.yaml").exists():
            (self.project / "Pulumi.yaml").write_text("name: toy\nruntime: python\n")
        self.environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "phrase",
            "PULUMI_DEBUG_PROVIDERS": f"toy:{port}",
        }
        session = self.session(checked=False)
        if not session.files.exists():
            session.create()

    def session(self, checked: bool = True) -> Session:
        opening = Session.open if checked else Session.unchecked
        return opening(self.project, "dev", self.environment)

    def up(self, *resources: Resource, preview: bool = False, exports: Any = None, completes: bool = True) -> Result:
        return self._perform("update", preview, ListProgram(resources, exports, completes))

    def preview(self, *resources: Resource, exports: Any = None) -> Result:
        return self.up(*resources, preview=True, exports=exports)

    def refresh(self, preview: bool = False, targets: Sequence[str] = ()) -> Result:
        return self._perform("refresh", preview, ListProgram([]), targets)

    def destroy(self, preview: bool = False) -> Result:
        return self._perform("destroy", preview, ListProgram([]))

    def _perform(self, kind: str, preview: bool, program: ListProgram, targets: Sequence[str] = ()) -> Result:
        shown = Recorder()
        session = self.session()
        operation = Operation(session, kind, preview, shown, parallel=8, program=program, targets=targets)
        if preview:
            return Result(operation.perform(), shown, program)
        with session.locked(lambda text: shown.log("warning", "", text)):
            return Result(operation.perform(), shown, program)

    @property
    def document(self) -> dict[str, Any]:
        """The state file's `latest`."""
        latest: dict[str, Any] = json.loads(self.session().files.checkpoint.read_bytes())["checkpoint"]["latest"]
        return latest

    @property
    def recorded(self) -> dict[str, dict[str, Any]]:
        """The recorded resources by name, as written; providers and the stack left out."""
        return {
            urns.name_of(entry["urn"]): entry
            for entry in self.document.get("resources", [])
            if not urns.is_provider(entry["type"]) and entry["type"] != STACK_TYPE
        }

    def ids(self) -> list[str]:
        """The ids of all recorded objects, sorted; with one that occurs twice listed twice."""
        return sorted(
            entry["id"]
            for entry in self.document.get("resources", [])
            if entry["custom"] and not urns.is_provider(entry["type"]) and not entry.get("external")
        )


def hidden(text: str) -> Any:
    """A secret."""
    return secret(text)
