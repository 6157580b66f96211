"""The services that a program talks to: Pulumi's ResourceMonitor and Engine."""

# Names and arguments of the methods are the protocol's.
# ruff: noqa: ARG002, N802

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from embedded_engine import requests, urns, values
from embedded_engine.errors import EngineError, ProviderError, Refused, StepFailed
from embedded_engine.project import check_version
from embedded_engine.providers import Providers
from embedded_engine.registrar import Registrar
from embedded_engine.run import Run
from embedded_engine.state import State
from embedded_engine.values import Properties

# The SDK itself refuses what a monitor does not name here, and blames the CLI. So features that the engine refuses
# are named too: then their use reaches the engine, which says what to do instead.
_FEATURES = [
    getattr(resource_pb2, f"RESOURCE_MONITOR_FEATURE_{name}")
    for name in (
        "SECRETS",
        "RESOURCE_REFERENCES",
        "OUTPUT_VALUES",
        "ALIAS_SPECS",
        "DELETED_WITH",
        "REPLACE_WITH",
        "REPLACEMENT_TRIGGER",
        "TRANSFORMS",
        "INVOKE_TRANSFORMS",
        "PARAMETERIZATION",
        "RESOURCE_HOOKS",
        "ERROR_HOOKS",
    )
]
_LEGACY_FEATURES = {"secrets", "resourceReferences", "outputValues", "aliasSpecs"}
_STACK_REFERENCE = "pulumi:pulumi:StackReference"
_READ_OUTPUTS, _READ_RESOURCES = "pulumi:pulumi:readStackOutputs", "pulumi:pulumi:readStackResourceOutputs"
# Functions of the engine that read a recorded stack, and the argument that names it.
_OWN_STATE = {_READ_OUTPUTS: "name", _READ_RESOURCES: "stackName"}


class Monitor:
    """Serves one run of a program. `complete` is whether the program came to its end."""

    def __init__(
        self, run: Run, registrar: Registrar, providers: Providers, config: dict[str, str], root: Path
    ) -> None:
        self._run, self._registrar, self._providers = run, registrar, providers
        self._config, self._root = config, root
        self._component_providers: dict[str, dict[str, str]] = {}
        self._stack = ""
        self._stack_outputs: Properties | None = None
        self._lock = threading.Lock()

    @property
    def complete(self) -> bool:
        """Whether the program registered its stack's outputs, which is the last thing that a program does."""
        return self._stack_outputs is not None

    def finish(self) -> Properties:
        """Records the stack's outputs; after a failure those that were not computed anew keep their old values."""
        stack = self._run.news.get(self._stack)
        if stack is None or self._stack_outputs is None:
            return {}
        failed = self._run.failed
        self._set_outputs(stack, {**stack.outputs, **self._stack_outputs} if failed else self._stack_outputs)
        return stack.outputs

    # ResourceMonitor ------------------------------------------------------------------------------------------

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """What the program must know about its deployment."""
        return resource_pb2.DeploymentInfo(
            project=self._run.project,
            stack=self._run.stack,
            organization="organization",
            config=self._config,
            dryRun=self._run.preview,
            parallel=self._run.parallel,
            supportedFeatures=_FEATURES,
        )

    def SupportsFeature(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The same for SDKs that ask for one feature at a time."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing needs the program after its last registration."""
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Brings a resource to the state that the program wants."""
        return self._answer(context, lambda: self._register(request))

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Takes the outputs of a component; those of the stack are recorded when all else is done."""
        return self._answer(context, lambda: self._register_outputs(request))

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Reads a resource that exists outside of the stack."""
        return self._answer(context, lambda: self._read(request))

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Calls a function of a provider. Its error is the program's to handle, as with the CLI."""

        def work() -> Any:
            try:
                return self._invoke(request)
            except ProviderError as error:
                return error

        answer = self._answer(context, work)
        if isinstance(answer, ProviderError):
            context.abort(grpc.StatusCode.UNKNOWN, f"invocation of {request.tok} returned an error: {answer}")
        return answer

    # Engine ---------------------------------------------------------------------------------------------------

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Shows a message of the program or of a provider; an error fails the run."""
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        if severity == "debug" or (severity == "error" and self._run.failed):
            return empty_pb2.Empty()  # after a failure the program only repeats what was shown
        self._run.display.log(severity, request.urn, request.message)
        if severity == "error":
            self._run.failed = True
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The stack's own resource."""
        return engine_pb2.GetRootResourceResponse(urn=self._stack)

    def SetRootResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The program says which resource is the stack's own."""
        self._stack = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Checks a version range that the program states."""

        def check() -> Any:
            check_version(request.pulumi_version_range)
            return engine_pb2.RequirePulumiVersionResponse()

        return self._answer(context, check)

    # ----------------------------------------------------------------------------------------------------------

    def _answer(self, context: grpc.ServicerContext, work: Callable[[], Any]) -> Any:
        """Does what a call asks; a failure ends the call with a status at which the SDK stops the program."""
        try:
            try:
                return work()
            except Refused as refusal:
                self._run.refuse(refusal)
            except EngineError as error:
                self._run.fail("", str(error))
            except OSError as error:  # a full disk: nothing that a traceback explains
                said = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
                self._run.fail("", f"the state could not be written: {said}\n  fix: make room, then run it again")
        except StepFailed:
            self._stop(context)
        except Exception:
            self._run.failed = True
            self._run.display.log("error", "", "internal error of the embedded engine:\n" + traceback.format_exc())
            self._stop(context)

    @staticmethod
    def _stop(context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")

    def _register(self, request: Any) -> Any:
        requests.check(request)
        goal = requests.goal(request, self._run.goals.get(request.parent), self._provider(request), self._root)
        state = self._registrar.register(goal)
        if not state.custom:
            with self._lock:
                above = self._component_providers.get(request.parent, {})
                self._component_providers[state.urn] = {**above, **request.providers}
            if state.type == urns.STACK_TYPE:
                self._stack = state.urn
        outputs = state.outputs if state.custom else {}
        if not request.supportsPartialValues:
            known = {key: value for key, value in outputs.items() if not values.contains(value, values.is_unknown)}
            outputs = known
        id_ = "" if values.is_unknown(state.id) and not state.is_provider else state.id
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn, id=id_, object=values.dump_struct(outputs, request.acceptSecrets)
        )

    def _provider(self, request: Any) -> str:
        """The reference of the provider for a registration or a read: named, inherited or the default one."""
        package = urns.package_of(request.type)
        is_custom = getattr(request, "custom", True)
        if not is_custom or urns.is_provider(request.type):
            return ""
        if request.type == _STACK_REFERENCE:
            raise Refused(f"stack references ({request.name})")
        given = request.provider or getattr(request, "providers", {}).get(package, "")
        inherited = self._component_providers.get(request.parent, {}).get(package, "")
        parent = self._run.goals.get(request.parent)
        if not inherited and parent and parent.provider:
            of_parent = urns.package_of(urns.type_of(urns.split_reference(parent.provider)[0]))
            inherited = parent.provider if of_parent == package else ""
        return given or inherited or self._default(package, request)

    def _default(self, package: str, request: Any) -> str:
        return self._providers.default(package, request.version, request.pluginDownloadURL, self._registrar.register)

    def _register_outputs(self, request: Any) -> Any:
        outputs = {
            key: values.lower_outputs(value, set()) for key, value in values.load_struct(request.outputs).items()
        }
        state = self._run.news.get(request.urn)
        if state is None:
            raise EngineError(f"cannot complete a resource '{request.urn}' whose registration isn't pending")
        if state.type == urns.STACK_TYPE:
            self._stack, self._stack_outputs = state.urn, outputs
        else:
            self._set_outputs(state, outputs)
        return empty_pb2.Empty()

    def _set_outputs(self, state: State, outputs: Properties) -> None:
        if values.same(state.outputs, outputs):
            return
        with self._run.lock:
            state.outputs = outputs
            self._run.snapshot.touch(state)
        self._run.snapshot.save()

    def _read(self, request: Any) -> Any:
        goal = requests.read_goal(request, self._provider(request), self._root)
        state = self._registrar.read(goal, request.id)
        return resource_pb2.ReadResourceResponse(
            urn=state.urn, id=state.id, properties=values.dump_struct(state.outputs, request.acceptSecrets)
        )

    def _invoke(self, request: Any) -> Any:
        if request.packageRef:
            raise Refused(f"parameterized packages (function {request.tok})")
        arguments = values.load_struct(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            return self._get_resource(arguments["urn"])
        if request.tok in _OWN_STATE:
            return self._own_state(request.tok, arguments[_OWN_STATE[request.tok]])
        package = request.tok.partition(":")[0]
        if package == "pulumi":
            raise Refused(f"the function {request.tok}")
        reference = request.provider or self._default(package, request)
        result, failures = self._providers.of(reference).invoke(request.tok, arguments, self._run.preview)
        listed = [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]
        return _invoke_response(result, failures=listed)

    def _own_state(self, token: str, stack: str) -> Any:
        """What is recorded of this stack, as the CLI reads it from the backend: its outputs, or all resources."""
        if stack.rpartition("/")[2] != self._run.stack:
            raise Refused(f"reading the state of another stack ({stack})")
        recorded = self._run.snapshot.live()
        if token == _READ_OUTPUTS:
            root = next((state for state in recorded.values() if state.type == urns.STACK_TYPE), None)
            outputs = root.outputs if root else {}
            secret = sorted(key for key, value in outputs.items() if values.contains(value, values.is_secret))
            return _invoke_response({"name": stack, "outputs": outputs, "secretOutputNames": secret})
        if not recorded:
            raise EngineError(f"the stack {stack} has no state yet")  # the CLI of version 3.260 crashes here
        resources = {urn: {"type": state.type, "outputs": state.outputs} for urn, state in recorded.items()}
        return _invoke_response({"name": stack, "outputs": resources})

    def _get_resource(self, urn: str) -> Any:
        state = self._run.news.get(urn)
        if state is None:
            raise EngineError(f"unknown resource {urn}")
        found = {"urn": state.urn, "id": state.id, "state": state.outputs}
        return _invoke_response(found)


def _invoke_response(result: Properties, **fields: Any) -> Any:
    fields["return"] = values.dump_struct(result)  # a keyword of Python
    return resource_pb2.ResourceInvokeResponse(**fields)


def _refusal(feature: str) -> Callable[[Monitor, Any, grpc.ServicerContext], Any]:
    def refuse(self: Monitor, _: Any, context: grpc.ServicerContext) -> Any:
        def work() -> NoReturn:
            raise Refused(feature)

        return self._answer(context, work)

    return refuse


for _method, _feature in {
    "Call": "calls of component methods",
    "ExistsResource": "asking whether a resource exists",
    "RegisterStackTransform": "transforms",
    "RegisterStackInvokeTransform": "transforms of invokes",
    "RegisterResourceHook": "resource hooks",
    "RegisterErrorHook": "error hooks",
    "RegisterPackage": "parameterized packages",
    "StartDebugging": "attaching a debugger",
}.items():
    setattr(Monitor, _method, _refusal(_feature))
