"""The pack as engines meet it: the same broken program is refused by both, before anything is created."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

ROOT = Path(__file__).resolve().parents[3]
# Resources as `resources.json` lists them: type, name, inputs, and whether they are protected.
PROGRAM = """
import json
from pathlib import Path
import pulumi

for type_, name, inputs, protect in json.loads(Path("resources.json").read_text()):
    pulumi.CustomResource(type_, name, inputs, pulumi.ResourceOptions(protect=protect))
"""
LABELS = {"system": "eros", "environment": "test", "owner": "data-platform"}
DATASET = ["gcp:bigquery/dataset:Dataset", "data", {"labels": LABELS, "location": "US"}, True]
MEMBER = ["gcp:projects/iAMMember:IAMMember", "grant", {"member": "user:a@example.com", "role": "roles/x.y"}, False]
no_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


class Google(provider_pb2_grpc.ResourceProviderServicer):
    """A provider that accepts everything and counts what it was asked to create."""

    def __init__(self) -> None:
        self.created: list[str] = []

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="10.2.0")

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:
        if not request.preview:
            self.created.append(request.urn.rsplit("::", 1)[-1])
        return provider_pb2.CreateResponse(id="" if request.preview else "made", properties=request.properties)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


@dataclass
class Project:
    """A project that keeps to the product's policies, and its engine."""

    folder: Path
    google: Google
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    def declare(self, *resources: list[Any]) -> None:
        (self.folder / "resources.json").write_text(json.dumps(resources))

    def run(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=200,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=["embedded", pytest.param("cli", marks=[pytest.mark.cli, no_cli])])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    google, server = Google(), grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(google, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    keys = {"location": {"type": "string", "default": "US"}, "protect": {"type": "boolean", "default": True}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "broken", "runtime": runtime, "config": keys}))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "state").mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")} | {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_DEBUG_PROVIDERS": f"gcp:{port}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_HOME": str(tmp_path / "home"),
    }
    command = ["pulumi"] if request.param == "cli" else [sys.executable, "-m", "embedded_engine"]
    made = Project(tmp_path, google, command, environment)
    code, said = made.run("stack", "init", "dev", "--non-interactive")
    assert code == 0, said
    yield made
    server.stop(None)


def test_a_program_that_breaks_policies_is_refused_with_every_reason_and_creates_nothing(project: Project) -> None:
    dataset = [*DATASET[:2], {"labels": {}, "location": "EU"}, False]
    member = [*MEMBER[:2], {"member": "allUsers", "role": "roles/owner"}, False]
    project.declare(dataset, member)
    code, said = project.run("up", "--yes", "-s", "dev", "--policy-pack", str(ROOT / "policies"), "--non-interactive")
    assert code != 0
    for words in (
        "data-is-protected",
        "data holds data and is not protected",
        "fix: protect=True in its ResourceOptions",
        "data has no label system, environment, owner",
        "data lies in EU, the stack in US",
        "grant lets allUsers in",
        "grant grants the basic role roles/owner",
    ):
        assert words in said, said
    assert project.google.created == []


def test_a_program_that_keeps_to_them_is_deployed(project: Project) -> None:
    project.declare(DATASET, MEMBER)
    code, said = project.run("up", "--yes", "-s", "dev", "--policy-pack", str(ROOT / "policies"), "--non-interactive")
    assert code == 0, said
    assert sorted(project.google.created) == ["data", "grant"]


def test_configuration_lifts_the_protection_of_a_throw_away_stack_only(project: Project) -> None:
    project.declare([*DATASET[:3], False], MEMBER)
    code, said = project.run("config", "set", "protect", "false", "-s", "dev")
    assert code == 0, said
    code, said = project.run("preview", "-s", "dev", "--policy-pack", str(ROOT / "policies"), "--non-interactive")
    assert code == 0, said
