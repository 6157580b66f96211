"""Policy packs: the same pack stops the same program on this engine and on the CLI, before anything is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_cloud import ITEM, ToyCloud, ToyProvider, serve
from toy_project import ToyProject

# The rules: no value `bad`, better no value `odd`, no two items of one address, kept things are protected.
PACK = """
import os, sys, time
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as pb, analyzer_pb2_grpc, plugin_pb2

Path("pid").write_text(str(os.getpid()))
LEVEL = pb.REMEDIATE if Path("remediates").exists() else pb.MANDATORY


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetAnalyzerInfo(self, request, context):
        return pb.AnalyzerInfo(
            name="toys", version="1.0.0", policies=[pb.PolicyInfo(name="no-bad", enforcementLevel=LEVEL)]
        )

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Configure(self, request, context):
        return empty_pb2.Empty()

    def ConfigureStack(self, request, context):
        self.stack = f"{request.project} {request.stack} {sorted(request.config)} {sorted(request.config.values())}"
        return pb.AnalyzerStackConfigureResponse()

    def Remediate(self, request, context):
        return pb.RemediateResponse()

    def Analyze(self, request, context):
        value = request.properties["value"] if "value" in request.properties else ""
        if value == "bad":
            return self.says("no-bad", pb.MANDATORY, f"{request.name} is bad")
        if value == "odd":
            return self.says("no-odd", pb.ADVISORY, f"{request.name} is odd")
        if value == "kept" and not request.options.protect:
            return self.says("kept", pb.MANDATORY, f"{request.name} is not protected")
        if value == "who":
            provider = request.provider.type
            return self.says("who", pb.ADVISORY, f"{self.stack} {provider}")
        if value == "crash":
            raise ValueError("the rule is broken")
        return pb.AnalyzeResponse()

    def AnalyzeStack(self, request, context):
        colours = [one.properties["colour"] for one in request.resources if "colour" in one.properties]
        if len(set(colours)) > 1:
            return self.says("one-colour", pb.MANDATORY, f"{len(colours)} things, {len(set(colours))} colours")
        return pb.AnalyzeResponse()

    def says(self, policy, level, message):
        return pb.AnalyzeResponse(diagnostics=[pb.AnalyzeDiagnostic(
            policyName=policy, policyPackName="toys", policyPackVersion="1.0.0", description="a rule",
            message=message, enforcementLevel=level,
        )])


server = grpc.server(futures.ThreadPoolExecutor(4))
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""
CONFIG = "\nconfig:\n  word: {type: string, default: hello}\n  token: {type: string, secret: true}\n"
Run = Callable[..., subprocess.CompletedProcess[str]]
no_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


@pytest.fixture
def project(tmp_path: Path, cloud: ToyCloud) -> Iterator[ToyProject]:
    server, port = serve(ToyProvider(cloud))
    made = ToyProject(tmp_path / "project", tmp_path / "backend", port, CONFIG)
    pack = made.folder / "rules"
    pack.mkdir()
    runtime = (made.folder / "Pulumi.yaml").read_text().splitlines()[1]
    (pack / "PulumiPolicy.yaml").write_text(f"{runtime}\nversion: 1.0.0\n")
    (pack / "__main__.py").write_text(PACK)
    yield made
    server.stop(None)


@pytest.fixture(params=["embedded", pytest.param("cli", marks=[pytest.mark.cli, no_cli])])
def engine(request: pytest.FixtureRequest, project: ToyProject) -> Run:
    def run(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = getattr(project, request.param)
        result: subprocess.CompletedProcess[str] = command(verb, "-s", "dev", "--policy-pack", "rules", *arguments)
        return result

    return run


def item(name: str, value: str = "", **more: Any) -> dict[str, Any]:
    return {"type": ITEM, "name": name, "properties": {"name": name, "value": value}, **more}


def test_what_breaks_a_mandatory_policy_is_refused_before_anything_is_changed(
    project: ToyProject, cloud: ToyCloud, engine: Run
) -> None:
    project.declare([item("good"), item("rotten", "bad")])
    for arguments in (["preview"], ["up", "--yes"]):
        done = engine(*arguments)
        said = done.stdout + done.stderr
        assert done.returncode != 0, said
        for words in ("no-bad", "mandatory", "rotten is bad"):
            assert words in said
        assert cloud.objects() == {}


def test_without_a_preview_the_embedded_engine_refuses_all_the_same(project: ToyProject, cloud: ToyCloud) -> None:
    project.declare([item("good"), item("rotten", "bad")])
    for flags in (["--skip-preview"], ["--yes", "--json"]):
        done = project.embedded("up", "-s", "dev", "--policy-pack", "rules", *flags)
        assert done.returncode == 1
        assert "policy toys/no-bad [mandatory]: rotten is bad" in done.stderr
        assert "nothing was changed" in done.stderr
        assert cloud.objects() == {}


def test_advice_is_given_and_stops_nothing(project: ToyProject, cloud: ToyCloud, engine: Run) -> None:
    project.declare([item("strange", "odd"), item("mine", "kept", options={"protect": True})])
    done = engine("up", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "strange is odd" in done.stdout + done.stderr
    assert sorted(cloud.objects()) == ["mine", "strange"]


def test_a_policy_sees_the_options_of_a_resource(project: ToyProject, engine: Run) -> None:
    project.declare([item("mine", "kept")])
    done = engine("preview")
    assert (done.returncode != 0, "mine is not protected" in done.stdout + done.stderr) == (True, True)


def test_a_policy_of_the_stack_sees_all_resources_together(project: ToyProject, cloud: ToyCloud, engine: Run) -> None:
    painted = [item(name) | {"properties": {"name": name, "colour": name}} for name in ("red", "green")]
    project.declare(painted)
    done = engine("preview")
    assert (done.returncode != 0, "2 things, 2 colours" in done.stdout + done.stderr) == (True, True), done.stdout
    project.declare(painted[:1])
    assert engine("preview").returncode == 0


def test_a_policy_knows_stack_and_provider_and_no_secret(project: ToyProject) -> None:
    project.declare([item("asked", "who")])
    done = project.embedded("preview", "-s", "dev", "--policy-pack", "rules")
    assert "toy dev ['toy:word'] ['hello'] pulumi:providers:toy" in done.stdout
    assert "s3cr3t" not in done.stdout + done.stderr


def test_a_pack_ends_with_its_run(project: ToyProject) -> None:
    project.declare([item("good")])
    assert project.embedded("preview", "-s", "dev", "--policy-pack", "rules").returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((project.folder / "rules" / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("missing", "is no policy pack: it has no PulumiPolicy.yaml"),
        ("syntax", "did not start"),
        ("remediates", "the embedded engine does not support the policy pack toys"),
        ("crash", "failed in Analyze"),
    ],
)
def test_a_pack_that_does_not_work_stops_the_update(
    project: ToyProject, cloud: ToyCloud, broken: str, message: str
) -> None:
    project.declare([item("one", "crash" if broken == "crash" else "")])
    pack = project.folder / "rules"
    if broken == "missing":
        (pack / "PulumiPolicy.yaml").unlink()
    elif broken == "syntax":
        (pack / "__main__.py").write_text("this is no Python")
    elif broken == "remediates":
        (pack / "remediates").touch()
    done = project.embedded("up", "--yes", "-s", "dev", "--policy-pack", "rules")
    said = done.stdout + done.stderr
    assert (done.returncode, message in said, "Traceback" in said) == (1, True, False), said
    assert cloud.objects() == {}
