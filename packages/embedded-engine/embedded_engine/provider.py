"""The client side of Pulumi's ResourceProvider protocol."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from embedded_engine import urns
from embedded_engine.errors import InitFailed, ProviderError
from embedded_engine.paths import ignore_changes
from embedded_engine.state import State
from embedded_engine.values import (
    Properties,
    contains,
    dump_struct,
    is_secret,
    is_unknown,
    load_struct,
    mark_secrets,
    reveal,
    same,
)

MESSAGE_LIMITS = [("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20)]
_CONNECT_SECONDS = 10.0
_SHORT_CALL_SECONDS = 30.0
# A create or update may wait for the cloud for long; a provider that hangs for hours is broken.
_CALL_SECONDS = 6 * 3600.0


@dataclass
class Diff:
    """What a provider says about the difference between a resource and its new inputs.

    `detailed` maps property paths to (kind, whether it is a difference of inputs); kinds are the protocol's
    names in lower case with dashes, such as `add`, `update-replace`.
    """

    changed: bool = False
    replace_keys: list[str] = field(default_factory=list)
    changed_keys: list[str] = field(default_factory=list)
    detailed: dict[str, tuple[str, bool]] | None = None
    delete_first: bool = False

    @property
    def replaces(self) -> bool:
        """Whether the resource must be replaced."""
        return self.changed and bool(self.replace_keys)


@dataclass(frozen=True)
class Failure:
    """An input that a provider does not accept; an empty property means the resource as a whole."""

    property: str
    reason: str


class Provider:
    """One configured provider behind a port on this machine. All methods raise ProviderError."""

    def __init__(self, package: str, port: str, engine: str) -> None:
        self._package = package
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=MESSAGE_LIMITS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._accepts_secrets = self._supports_preview = True
        try:
            grpc.channel_ready_future(self._channel).result(timeout=_CONNECT_SECONDS)
        except grpc.FutureTimeoutError:
            why = "is it still running, and does PULUMI_DEBUG_PROVIDERS name its present port?"
            raise ProviderError(f"could not connect to the {package} provider on port {port}: {why}") from None
        hello = provider_pb2.ProviderHandshakeRequest(engine_address=engine, configure_with_urn=True)
        self._optional("Handshake", hello)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def cancel(self) -> None:
        """Asks the provider to give up what it is doing."""
        self._optional("Cancel", empty_pb2.Empty())

    # Provider resources ---------------------------------------------------------------------------------------

    def check_config(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        """Validates the configuration and fills in defaults."""
        request = provider_pb2.CheckRequest(olds=self._dump(olds), news=self._dump(news), **_named(urn))
        answer = self._optional("CheckConfig", request)
        return (news, []) if answer is None else (load_struct(answer.inputs), _failures(answer))

    def diff_config(self, urn: str, old: State, news: Properties) -> Diff:
        """Compares a provider's configuration with a new one; both without engine keys."""
        request = provider_pb2.DiffRequest(
            id=old.id,
            old_inputs=self._dump(old.inputs),
            olds=self._dump(old.outputs),
            news=self._dump(news),
            **_named(urn),
        )
        return _diff(self._optional("DiffConfig", request), old.inputs, news)

    def configure(self, urn: str, id_: str, inputs: Properties) -> None:
        """Makes the provider ready for the calls below."""
        variables = {
            f"{self._package}:config:{key}": value if isinstance(value, str) else str(value)
            for key, value in reveal(inputs).items()
        }
        request = provider_pb2.ConfigureRequest(
            variables=variables,
            args=dump_struct(inputs),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            id=id_,
            **_named(urn),
        )
        answer = self._call("Configure", request)
        self._accepts_secrets, self._supports_preview = answer.acceptSecrets, answer.supportsPreview

    # Resources ------------------------------------------------------------------------------------------------

    def check(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        """Validates inputs and fills in defaults; `olds` are empty for a new resource."""
        request = provider_pb2.CheckRequest(
            olds=self._dump(olds), news=self._dump(news), randomSeed=os.urandom(32), **_named(urn)
        )
        answer = self._call("Check", request)
        return self._load(answer.inputs, news), _failures(answer)

    def diff(self, old: State, news: Properties, ignored: Sequence[str] = ()) -> Diff:
        """Compares a resource with new inputs."""
        request = provider_pb2.DiffRequest(
            id=old.id,
            old_inputs=self._dump(old.inputs),
            olds=self._dump(old.outputs),
            news=self._dump(news),
            ignoreChanges=ignored,
            **_named(old.urn),
        )
        return _diff(self._call("Diff", request), old.inputs, ignore_changes(news, old.inputs, ignored))

    def create(self, new: State, preview: bool) -> tuple[str, Properties]:
        """Creates a resource: its id and outputs. In a preview the id is empty."""
        if preview and not self._supports_preview:
            return "", new.inputs
        request = provider_pb2.CreateRequest(
            properties=self._dump(new.inputs),
            preview=preview,
            timeout=new.custom_timeouts.get("create", 0),
            **_named(new.urn),
        )
        answer = self._call("Create", request, new.inputs)
        if not answer.id and not preview:
            raise ProviderError("provider did not return an ID from Create")
        return answer.id, self._load(answer.properties, new.inputs)

    def update(self, old: State, new: State, preview: bool) -> Properties:
        """Updates a resource in place: its outputs."""
        if preview and not self._supports_preview:
            return new.inputs
        request = provider_pb2.UpdateRequest(
            id=old.id,
            olds=self._dump(old.outputs),
            old_inputs=self._dump(old.inputs),
            news=self._dump(new.inputs),
            preview=preview,
            ignoreChanges=new.ignore_changes,
            timeout=new.custom_timeouts.get("update", 0),
            **_named(new.urn),
        )
        return self._load(self._call("Update", request, new.inputs).properties, new.inputs)

    def delete(self, old: State) -> None:
        """Deletes a resource; one that is gone already is no error of any provider."""
        request = provider_pb2.DeleteRequest(
            id=old.id,
            properties=self._dump(old.outputs),
            old_inputs=self._dump(old.inputs),
            timeout=old.custom_timeouts.get("delete", 0),
            **_named(old.urn),
        )
        self._call("Delete", request)

    def read(
        self, urn: str, id_: str, inputs: Properties, outputs: Properties
    ) -> tuple[str, Properties | None, Properties]:
        """The resource as it is: id (empty if it is gone), inputs if the provider tells them, outputs."""
        request = provider_pb2.ReadRequest(
            id=id_, inputs=self._dump(inputs), properties=self._dump(outputs), **_named(urn)
        )
        answer = self._call("Read", request, inputs)
        found = self._load(answer.inputs, inputs) if answer.HasField("inputs") else None
        return answer.id, found, self._load(answer.properties, inputs)

    def invoke(self, token: str, arguments: Properties, preview: bool) -> tuple[Properties, list[Failure]]:
        """Calls a function of the provider."""
        request = provider_pb2.InvokeRequest(tok=token, args=self._dump(arguments), preview=preview)
        answer = self._call("Invoke", request)
        return load_struct(getattr(answer, "return")), _failures(answer)

    # ----------------------------------------------------------------------------------------------------------

    def _dump(self, properties: Properties) -> Any:
        return dump_struct(properties, self._accepts_secrets)

    def _load(self, struct: Any, inputs: Properties) -> Properties:
        properties = load_struct(struct)
        if not self._accepts_secrets and contains(inputs, is_secret):
            mark_secrets(properties, inputs)
        return properties

    def _optional(self, method: str, request: Any) -> Any:
        """Calls a method that a provider may leave out; None if it does."""
        try:
            return getattr(self._stub, method)(request, timeout=_SHORT_CALL_SECONDS)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise ProviderError(error.details()) from None

    def _call(self, method: str, request: Any, inputs: Properties | None = None) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            detail = _init_failure(error)
            if detail is None:
                raise ProviderError(error.details()) from None
            outputs = self._load(detail.properties, inputs or {})
            found = self._load(detail.inputs, inputs or {})
            raise InitFailed(detail.id, list(detail.reasons), outputs, found) from None


def _named(urn: str) -> dict[str, Any]:
    return {"urn": urn, "name": urns.name_of(urn), "type": urns.type_of(urn)}


def _failures(answer: Any) -> list[Failure]:
    return [Failure(item.property, item.reason) for item in answer.failures]


def _init_failure(error: Any) -> Any:
    """The detail with which a provider says that a resource exists but is not ready."""
    for key, blob in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(blob).details:
                failure = provider_pb2.ErrorResourceInitFailed()
                if detail.Unpack(failure):
                    return failure
    return None


def _diff(answer: Any, olds: Properties, news: Properties) -> Diff:
    if answer is None or answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN:
        return plain_diff(olds, news)
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {
        key: (kinds.Name(item.kind).lower().replace("_", "-"), item.inputDiff)
        for key, item in answer.detailedDiff.items()
    }
    return Diff(
        changed=answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
        replace_keys=list(answer.replaces),
        changed_keys=list(answer.diffs),
        detailed=detailed if answer.hasDetailedDiff else None,
        delete_first=answer.deleteBeforeReplace,
    )


def plain_diff(olds: Properties, news: Properties) -> Diff:
    """The difference of inputs, where no provider has an opinion."""
    olds, news = reveal(olds), reveal(news)
    detailed = {}
    for key in sorted(olds.keys() | news.keys()):
        if key not in olds:
            detailed[key] = ("add", True)
        elif key not in news:
            detailed[key] = ("delete", True)
        elif is_unknown(news[key]) or not same(olds[key], news[key]):
            detailed[key] = ("update", True)
    return Diff(changed=bool(detailed), changed_keys=list(detailed), detailed=detailed)
