"""The provider's gRPC service: requests to operations, errors to statuses. One server for all provider instances.

Requests do not say which provider instance they belong to, so nothing here depends on a provider's configuration.
"""

# ruff: noqa: N802, ARG002 - names and signatures are gRPC's

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from gcp_local import environment
from gcp_local.provider import guard, invokes
from gcp_local.provider.cloud import Cloud
from gcp_local.provider.defaults import Naming, complete
from gcp_local.provider.diff import Difference
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.journal import Journal
from gcp_local.provider.operations import Operations, Unfinished
from gcp_local.provider.registry import resource
from gcp_local.provider.urns import name_of, type_of
from gcp_local.provider.values import Bag, decode, encode, plain

VERSION: Final = "10.2.0"
THREADS: Final = 32
HOST: Final = "127.0.0.1"
LARGEST_MESSAGE: Final = 400 * 1024 * 1024


class Provider(provider_pb2_grpc.ResourceProviderServicer):  # type: ignore[misc, unused-ignore]
    """Google's resources in the local cloud."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._cloud = operations.cloud

    # The provider itself

    def Handshake(self, request: Any, context: Any) -> Any:
        """What the provider understands."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """The version of the real provider that this one stands in for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Attach(self, request: Any, context: Any) -> Any:
        """An engine attached itself; there is nothing to remember of it."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """An engine was interrupted; what is under way ends by itself."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Provider configuration is taken as it is; Configure judges it."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another project is another provider."""
        old, new = plain(decode(request.old_inputs or request.olds)), plain(decode(request.news))
        changed = sorted(name for name in {*old, *new} - {"version"} if old.get(name) != new.get(name))
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=[name for name in changed if name == "project"],
        )

    def Configure(self, request: Any, context: Any) -> Any:
        """Refuses whatever is not meant for the local cloud."""
        project = plain(decode(request.args)).get("project") or request.variables.get("gcp:config:project")
        with _reported(context):
            guard.configure(self._cloud, request.urn, project)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        """A function of the provider."""
        with _reported(context):
            result = invokes.invoke(self._cloud, request.tok, plain(decode(request.args)))
        fields: dict[str, Any] = {"return": encode(result)}
        return provider_pb2.InvokeResponse(**fields)

    # Resources

    def Check(self, request: Any, context: Any) -> Any:
        """Refuse wrong inputs; complete right ones."""
        with _reported(context):
            kind = resource(type_of(request.urn))
            inputs, former = decode(request.news), decode(request.olds)
            naming = Naming(name_of(request.urn), request.randomSeed)
            failures = kind.check(plain(inputs))
            completed = complete(kind.root, kind.facts, inputs, former, naming)
        return provider_pb2.CheckResponse(
            inputs=encode(completed),
            failures=[provider_pb2.CheckFailure(property=each.property, reason=each.reason) for each in failures],
        )

    def Diff(self, request: Any, context: Any) -> Any:
        """What would change."""
        with _reported(context):
            kind = resource(type_of(request.urn))
            self._operations.journal.forget(request.urn, request.id)
            former, inputs = plain(decode(request.olds)), plain(decode(request.news))
            inputs = _ignoring(request.ignoreChanges, plain(decode(request.old_inputs)) or former, inputs)
            found = kind.diff(former, inputs)
        return _diff_response(found)

    def Create(self, request: Any, context: Any) -> Any:
        """Make a resource, or say what it would be."""
        inputs = decode(request.properties)
        with _reported(context, inputs):
            if request.preview:
                return provider_pb2.CreateResponse(
                    id="", properties=encode(self._operations.preview(request.urn, inputs))
                )
            identity, found = self._operations.create(request.urn, inputs)
        return provider_pb2.CreateResponse(id=identity, properties=encode(found))

    def Read(self, request: Any, context: Any) -> Any:
        """The resource as it is now; an empty id if it is gone."""
        with _reported(context):
            found = self._operations.read(request.urn, request.id, decode(request.properties), decode(request.inputs))
        if found is None:
            return provider_pb2.ReadResponse()
        identity, properties, inputs = found
        return provider_pb2.ReadResponse(id=identity, properties=encode(properties), inputs=encode(inputs))

    def Update(self, request: Any, context: Any) -> Any:
        """Change a resource, or say what it would be."""
        former, inputs = decode(request.olds), decode(request.news)
        inputs = _ignoring(request.ignoreChanges, decode(request.old_inputs) or former, inputs)
        with _reported(context, inputs):
            if request.preview:
                found = self._operations.preview_update(request.urn, former, inputs)
            else:
                found = self._operations.update(request.urn, request.id, former, inputs)
        return provider_pb2.UpdateResponse(properties=encode(found))

    def Delete(self, request: Any, context: Any) -> Any:
        """Remove a resource."""
        with _reported(context):
            self._operations.delete(request.urn, request.id, decode(request.properties))
        return empty_pb2.Empty()


def _ignoring(paths: Any, former: Mapping[str, Any], inputs: Bag) -> Bag:
    """The inputs with the former values of the properties whose changes are to be ignored."""
    changed = dict(inputs)
    for path in paths:
        _copy(path.replace("[", ".").replace("]", "").replace('"', "").split("."), former, changed)
    return changed


def _copy(steps: list[str], source: Any, target: Any) -> None:
    head, *rest = steps
    if isinstance(target, list) and isinstance(source, list) and head.isdigit():
        position = int(head)
        if position < len(target) and position < len(source):
            target[position] = source[position]
    elif rest and isinstance(target, dict) and isinstance(target.get(head), dict | list):
        target[head] = target[head].copy()
        _copy(rest, source.get(head) if isinstance(source, dict) else None, target[head])
    elif isinstance(target, dict) and isinstance(source, dict):
        if source.get(head) is None:
            target.pop(head, None)
        else:
            target[head] = source[head]


def _diff_response(found: Difference) -> Any:
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {path: provider_pb2.PropertyDiff(kind=kinds.Value(kind)) for path, kind in found.detailed.items()}
    answer = provider_pb2.DiffResponse
    return answer(
        changes=answer.DIFF_SOME if found.changed else answer.DIFF_NONE,
        diffs=found.properties,
        replaces=found.replaces,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_before_replace,
    )


@contextmanager
def _reported(context: Any, inputs: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Turns the provider's errors into gRPC statuses; a bug keeps its traceback on standard error."""
    try:
        yield
    except ProviderError as error:
        if isinstance(error, Unfinished):
            context.set_trailing_metadata((("grpc-status-details-bin", _details(error, inputs or {})),))
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _details(error: Unfinished, inputs: Mapping[str, Any]) -> bytes:
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.identity,
            properties=encode(error.found),
            inputs=encode(inputs),
            reasons=[str(error)],
        )
    )
    return bytes(status.SerializeToString())


def serve(port: int, provider: Provider | None = None) -> tuple[Any, int]:
    """A running server on 127.0.0.1 and its port (0 picks a free one). Raises ProviderError if the port is taken."""
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=options)
    service = provider or Provider(Operations(Cloud(), Journal(environment.state_folder())))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    try:
        bound = server.add_insecure_port(f"{HOST}:{port}")
    except RuntimeError as error:
        raise ProviderError(f"port {port} of {HOST} is taken: {error}") from error
    server.start()
    return server, bound
