"""Policy packs: started in a process of their own and asked over Pulumi's Analyzer protocol, as the CLI does.

A pack sees each resource's inputs before anything is done with it, and all resources at the end of the program; what
its rules are is its own matter. Left to the CLI: packs that change resources (remediation) or that have configuration.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from embedded_engine import urns, values
from embedded_engine.errors import EngineError, Refused
from embedded_engine.project import python_of
from embedded_engine.provider import MESSAGE_LIMITS
from embedded_engine.run import Run
from embedded_engine.session import Session
from embedded_engine.state import State
from embedded_engine.yamlfile import YamlFile

FILE = "PulumiPolicy.yaml"
_ANSWER_SECONDS = 60.0
# `python -m pulumi.policy ADDRESS FOLDER`, as the CLI's language plugin starts it (pulumi-language-python/main.go,
# RunPlugin), in a process that ends with the engine.
_HOST = """
import runpy, signal, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Pack:
    """A pack that runs."""

    folder: Path
    name: str
    stub: Any


class Policies:
    """The packs of a run, none until they are started. What breaks a mandatory policy fails an update, makes a preview
    unsound, and is in `broken`.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._packs: list[Pack] = []
        self.broken: list[str] = []

    @contextlib.contextmanager
    def started(self, folders: Sequence[Path], session: Session, address: str) -> Iterator[None]:
        """Starts the packs in the folders and ends them. Errors: EngineError, Refused."""
        with contextlib.ExitStack() as stack:
            self._packs = [stack.enter_context(_started(folder, session, self._run, address)) for folder in folders]
            yield

    def check(self, state: State) -> None:
        """Asks about one resource. Errors: StepFailed in an update that must not go on."""
        if not self._packs:
            return
        request = analyzer_pb2.AnalyzeRequest(**self._described(state, state.inputs))
        self._judge(((pack, _ask(pack, "Analyze", request)) for pack in self._packs), state.urn)

    def check_stack(self) -> None:
        """Asks about all resources that the program declared."""
        if not self._packs:
            return
        with self._run.lock:
            states = list(self._run.news.values())
        resources = [
            analyzer_pb2.AnalyzerResource(
                **self._described(state, state.outputs),
                parent=state.parent,
                dependencies=state.dependencies,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=needed)
                    for key, needed in state.property_dependencies.items()
                },
            )
            for state in states
        ]
        request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
        answers = ((pack, _ask(pack, "AnalyzeStack", request)) for pack in self._packs)
        self._judge(answers, next((state.urn for state in states if state.type == urns.STACK_TYPE), ""))

    def _described(self, state: State, properties: values.Properties) -> dict[str, Any]:
        """The fields that both kinds of request have; inputs before a step, outputs at the end."""
        options = analyzer_pb2.AnalyzerResourceOptions(
            protect=state.protect,
            ignoreChanges=state.ignore_changes,
            additionalSecretOutputs=state.additional_secret_outputs,
            parent=state.parent,
        )
        found = _named(state, properties) | {"options": options}
        if provider := self._run.news.get(state.provider_urn):
            found["provider"] = analyzer_pb2.AnalyzerProviderResource(**_named(provider, provider.inputs))
        return found

    def _judge(self, answers: Iterable[tuple[Pack, Any]], urn: str) -> None:
        said = [(entry.urn or urn, *_text(pack, entry)) for pack, answer in answers for entry in answer.diagnostics]
        for place, severity, text in said:
            self._run.display.log(severity, place, text)
        broken = [text for _, severity, text in said if severity == "error"]
        if not broken:
            return
        with self._run.lock:
            self.broken += broken
        if not self._run.preview:
            self._run.fail(urn, "a policy stops the update (above)")
        self._run.unsound = True


@contextlib.contextmanager
def _started(folder: Path, session: Session, run: Run, address: str) -> Iterator[Pack]:
    try:
        content = YamlFile.read(folder / FILE).content
    except (FileNotFoundError, NotADirectoryError):
        raise EngineError(f"{folder} is no policy pack: it has no {FILE}") from None
    python = python_of(folder, content.get("runtime"), FILE)
    plain = {key: value.text for key, value in session.config.items() if not value.is_secret}
    facts = {"PROJECT": run.project, "STACK": run.stack, "DRY_RUN": json.dumps(run.preview)}
    process = subprocess.Popen(
        [str(python), "-u", "-c", _HOST, address, str(folder)],
        cwd=folder,
        env={
            **os.environ,
            **{f"PULUMI_{key}": text for key, text in facts.items()},
            "PULUMI_CONFIG": json.dumps(plain),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            yield _connected(folder, process, plain, run)
        finally:
            process.kill()


def _connected(folder: Path, process: subprocess.Popen[str], config: dict[str, str], run: Run) -> Pack:
    output = process.stdout
    assert output is not None
    said: list[str] = []
    # The port is the first line that is a number: whatever comes before is what the pack says of itself.
    port = next((line.strip() for line in _kept(output, said) if line.strip().isdigit()), "")
    if not port:
        raise EngineError(f"the policy pack {folder} did not start: {' '.join(' '.join(said[-8:]).split())}")
    _listen(output, lambda line: run.display.log("info", "", line))
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=MESSAGE_LIMITS)
    pack = Pack(folder, folder.name, analyzer_pb2_grpc.AnalyzerStub(channel))
    info = _ask(pack, "GetAnalyzerInfo", empty_pb2.Empty())
    if info.initialConfig or any(one.enforcementLevel == analyzer_pb2.REMEDIATE for one in info.policies):
        raise Refused(f"the policy pack {info.name}: it has configuration, or policies that change resources")
    request = analyzer_pb2.AnalyzerStackConfigureRequest(
        stack=run.stack, project=run.project, organization="organization", dry_run=run.preview, config=config
    )
    _ask(pack, "ConfigureStack", request, optional=True)
    return Pack(folder, info.name, pack.stub)


def _ask(pack: Pack, call: str, request: Any, optional: bool = False) -> Any:
    try:
        return getattr(pack.stub, call)(request, timeout=_ANSWER_SECONDS)
    except grpc.RpcError as error:
        if optional and error.code() == grpc.StatusCode.UNIMPLEMENTED:
            return None
        said = " ".join(str(error.details()).split())
        raise EngineError(f"the policy pack {pack.folder} failed in {call}: {said}") from None


def _named(state: State, properties: values.Properties) -> dict[str, Any]:
    return {"type": state.type, "urn": state.urn, "name": state.name, "properties": values.dump_struct(properties)}


def _text(pack: Pack, entry: Any) -> tuple[str, str]:
    """Severity and words of a violation; nothing of one that is disabled gets here."""
    mandatory = entry.enforcementLevel != analyzer_pb2.ADVISORY
    level = "mandatory" if mandatory else "advisory"
    message = entry.message or entry.description
    return (
        "error" if mandatory else "warning",
        f"policy {entry.policyPackName or pack.name}/{entry.policyName} [{level}]: {message}",
    )


def _kept(lines: Iterable[str], said: list[str]) -> Iterator[str]:
    for line in lines:
        said.append(line)
        yield line


def _listen(output: Iterable[str], say: Callable[[str], None]) -> None:
    """Passes on what the pack prints; it would stop when nobody read it."""

    def pass_on() -> None:
        with contextlib.suppress(ValueError):  # closed with the process
            for line in output:
                say(line.rstrip("\n"))

    threading.Thread(target=pass_on, daemon=True).start()
