"""A little engine that asks the provider over gRPC what a real one asks, in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from gcp_local.provider.values import decode, encode, plain

SECONDS = 60
NAMES = {0: "ADD", 1: "ADD_REPLACE", 2: "DELETE", 3: "DELETE_REPLACE", 4: "UPDATE", 5: "UPDATE_REPLACE"}


@dataclass
class Made:
    """A resource as an engine records it."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any] = field(repr=False)

    def output(self, name: str) -> Any:
        return plain(self.outputs)[name]


@dataclass
class Case:
    """A resource, its change in place, and what is to be seen of both."""

    token: str
    inputs: dict[str, Any]
    id: str
    known: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ("id",)
    stays: bool = False
    kind: str = ""

    def __str__(self) -> str:
        return self.token.split(":")[-1] + (f"-{self.kind}" if self.kind else "")


class Engine:
    """Calls of one stack; `close` ends the connection."""

    def __init__(self, port: int, stack: str = "local") -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        grpc.channel_ready_future(self._channel).result(timeout=SECONDS)
        self.provider: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._stack = stack

    def close(self) -> None:
        self._channel.close()

    def urn(self, token: str, name: str) -> str:
        return f"urn:pulumi:{self._stack}::test::{token}::{name}"

    def check(self, token: str, name: str, inputs: Mapping[str, Any], former: Mapping[str, Any] | None = None) -> Any:
        request = proto.CheckRequest(
            urn=self.urn(token, name), news=encode(inputs), olds=encode(former or {}), randomSeed=b"\x07" * 32
        )
        answer = self.provider.Check(request, timeout=SECONDS)
        assert not answer.failures, answer.failures
        return decode(answer.inputs)

    def preview(self, token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        checked = self.check(token, name, inputs)
        request = proto.CreateRequest(urn=self.urn(token, name), properties=encode(checked), preview=True)
        return decode(self.provider.Create(request, timeout=SECONDS).properties)

    def create(self, token: str, name: str, inputs: Mapping[str, Any]) -> Made:
        checked = self.check(token, name, inputs)
        request = proto.CreateRequest(urn=self.urn(token, name), properties=encode(checked))
        answer = self.provider.Create(request, timeout=SECONDS)
        return Made(self.urn(token, name), answer.id, checked, decode(answer.properties))

    def diff(self, made: Made, inputs: Mapping[str, Any]) -> dict[str, str]:
        """Property paths and kinds of change."""
        _, _, token, name = made.urn.split("::")
        checked = self.check(token, name, inputs, made.inputs)
        request = proto.DiffRequest(
            urn=made.urn, id=made.id, olds=encode(made.outputs), news=encode(checked), old_inputs=encode(made.inputs)
        )
        answer = self.provider.Diff(request, timeout=SECONDS)
        return {path: NAMES[each.kind] for path, each in answer.detailedDiff.items()}

    def update(self, made: Made, inputs: Mapping[str, Any]) -> Made:
        _, _, token, name = made.urn.split("::")
        checked = self.check(token, name, inputs, made.inputs)
        request = proto.UpdateRequest(
            urn=made.urn, id=made.id, olds=encode(made.outputs), news=encode(checked), old_inputs=encode(made.inputs)
        )
        answer = self.provider.Update(request, timeout=SECONDS)
        return Made(made.urn, made.id, checked, decode(answer.properties))

    def refresh(self, made: Made) -> Made | None:
        request = proto.ReadRequest(
            urn=made.urn, id=made.id, properties=encode(made.outputs), inputs=encode(made.inputs)
        )
        answer = self.provider.Read(request, timeout=SECONDS)
        return Made(made.urn, answer.id, decode(answer.inputs), decode(answer.properties)) if answer.id else None

    def imported(self, token: str, name: str, identity: str) -> Made | None:
        urn = self.urn(token, name)
        answer = self.provider.Read(proto.ReadRequest(urn=urn, id=identity), timeout=SECONDS)
        return Made(urn, answer.id, decode(answer.inputs), decode(answer.properties)) if answer.id else None

    def delete(self, made: Made) -> None:
        request = proto.DeleteRequest(
            urn=made.urn, id=made.id, properties=encode(made.outputs), old_inputs=encode(made.inputs)
        )
        self.provider.Delete(request, timeout=SECONDS)

    def invoke(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.provider.Invoke(proto.InvokeRequest(tok=token, args=encode(args)), timeout=SECONDS)
        return decode(getattr(answer, "return"))
