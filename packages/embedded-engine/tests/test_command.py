"""The engine as a command, with an unmodified program in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_cloud import BOX, ITEM, ToyCloud, ToyProvider, serve
from toy_project import ToyProject

from embedded_engine import crypter
from embedded_engine.__main__ import main

CONFIG = """
config:
  word: {type: string, default: hello}
  token: {type: string, secret: true}
"""


@pytest.fixture
def project(tmp_path: Path, cloud: ToyCloud) -> Iterator[ToyProject]:
    server, port = serve(ToyProvider(cloud))
    yield ToyProject(tmp_path / "project", tmp_path / "backend", port, CONFIG)
    server.stop(None)


RESOURCES: list[dict[str, Any]] = [
    {"type": "toy:index:Group", "name": "g"},
    {"type": BOX, "name": "a", "parent": "g"},
    {
        "type": ITEM,
        "name": "b",
        "properties": {"inside": {"ref": "a", "key": "id"}, "value": {"config": "word"}, "name": "b"},
    },
    {"type": ITEM, "name": "c", "properties": {"token": {"config": "token", "hidden": True}, "name": "c"}},
]
EXPORTS = {"address": {"ref": "b", "key": "address"}, "token": {"config": "token", "hidden": True}}


def test_a_program_is_deployed_changed_and_destroyed(project: ToyProject, cloud: ToyCloud) -> None:
    project.declare(RESOURCES, EXPORTS)

    up = project.embedded("up", "--yes", "-s", "dev", "-m", "first")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "+ 5 to create" in up.stdout
    assert "+ 5 created" in up.stdout
    assert cloud.objects()["b"]["value"] == "hello"
    assert "s3cr3t" not in up.stdout + up.stderr + json.dumps(project.state)

    assert "toy://b" in up.stdout

    again = project.embedded("preview", "-s", "dev", "--expect-no-changes")
    assert (again.returncode, "5 unchanged" in again.stdout) == (0, True), again.stdout + again.stderr
    assert "Outputs:" not in again.stdout
    project.declare(RESOURCES, {**EXPORTS, "further": {"ref": "b", "key": "address"}})
    further = project.embedded("preview", "-s", "dev").stdout
    assert re.findall(r"^ {4}(\w+) *: (.*)$", further, re.MULTILINE) == [("further", '"toy://b"')]
    assert "Outputs:" not in project.embedded("preview", "-s", "dev", "--suppress-outputs").stdout
    project.declare(RESOURCES, EXPORTS)

    assert project.embedded("config", "set", "word", "goodbye", "-s", "dev").returncode == 0
    changed = project.embedded("preview", "-s", "dev", "--json", "--expect-no-changes")
    assert changed.returncode == 7
    assert json.loads(changed.stdout)["changeSummary"] == {"same": 4, "update": 1}

    outputs = project.embedded("stack", "output", "-s", "dev", "--json")
    assert json.loads(outputs.stdout) == {"address": "toy://b", "token": "[secret]"}
    token = project.embedded("stack", "output", "token", "-s", "dev", "--show-secrets")
    assert token.stdout == "s3cr3t\n"

    destroy = project.embedded("destroy", "--yes", "-s", "dev", "--skip-preview")
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert cloud.objects() == {}

    listed = json.loads(project.embedded("history", "-s", "dev", "--json").stdout)
    assert [entry["kind"] for entry in listed] == ["destroy", "update"]
    assert listed[1]["message"] == "first"
    assert listed[1]["config"]["toy:token"] == {"secret": True}
    assert listed[1]["environment"]["pulumi.flag.message"] == "set"
    assert project.embedded("stack", "rm", "dev", "--yes").returncode == 0


def test_what_the_sdk_would_refuse_for_a_cli_is_refused_by_name_before_anything_is_made(
    project: ToyProject, cloud: ToyCloud
) -> None:
    project.declare(RESOURCES[:2])
    program = project.folder / "__main__.py"
    transform = "pulumi.runtime.register_resource_transform(lambda args: None)\n"
    program.write_text(program.read_text() + transform)

    result = project.embedded("up", "--yes", "--skip-preview", "-s", "dev")

    assert result.returncode == 1
    assert "the embedded engine does not support transforms; install the Pulumi CLI" in result.stderr
    assert cloud.events() == []
    assert "resources" not in project.state


def test_a_program_that_does_not_come_to_its_end_deletes_nothing(project: ToyProject, cloud: ToyCloud) -> None:
    project.declare(RESOURCES[:2])
    assert project.embedded("up", "--yes", "--skip-preview", "-s", "dev").returncode == 0

    for ending, message in {
        "import sys; sys.exit(0)": "the program ended with success before its end",
        "import os; os._exit(0)": "the program ended with success before its end",
        "import sys; sys.exit(3)": "exited with non-zero exit code: 3",
        "raise ValueError('broken')": "ValueError: broken",
    }.items():
        (project.folder / "__main__.py").write_text(ending)
        result = project.embedded("up", "--yes", "--skip-preview", "-s", "dev")
        assert (result.returncode, message in result.stdout) == (1, True), (ending, result.stdout)
        assert set(cloud.objects()) == {"a"}

    assert json.loads(project.embedded("history", "-s", "dev", "--json").stdout)[0]["result"] == "failed"


def _is_creating(project: ToyProject, name: str) -> bool:
    """Read once: the engine replaces the file meanwhile."""
    pending = project.state.get("pending_operations") or []
    return any(entry["type"] == "creating" and entry["resource"]["urn"].endswith(f"::{name}") for entry in pending)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_an_update_cleanly(project: ToyProject, cloud: ToyCloud, number: signal.Signals) -> None:
    project.declare([*RESOURCES[:2], {"type": ITEM, "name": "z", "depends_on": ["a"]}])
    cloud.set("delay", 3.0)
    command = [sys.executable, "-m", "embedded_engine", "up", "--yes", "--skip-preview", "-s", "dev"]
    with (project.folder / "output").open("w") as output:
        process = subprocess.Popen(
            command, cwd=project.folder, env=project.environment, stdout=output, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + 100
    while not _is_creating(project, "a"):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)

    process.send_signal(number)
    code = process.wait(timeout=100)

    assert (code, "update canceled" in (project.folder / "output").read_text()) == (1, True)
    assert set(cloud.objects()) == {"a"}
    assert [entry["urn"].rpartition("::")[2] for entry in project.state["resources"]][-1] == "a"
    assert "pending_operations" not in project.state
    assert list((project.backend / ".pulumi/locks/organization/toy/dev").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["preview", "-s", "nowhere"], 6, "no stack named 'nowhere' found"),
        (["preview"], 6, "needs -s/--stack or PULUMI_STACK"),
        (["up", "-s", "dev"], 2, "--yes or --skip-preview or --preview-only must be passed in"),
        (["up", "--nonsense", "-s", "dev"], 2, "unrecognized arguments: --nonsense"),
        (["up", "--parallel", "0", "-s", "dev"], 2, "must be at least 1"),
        (["config", "get", "nothing", "-s", "dev"], 1, "configuration key 'nothing' not found"),
    ],
)
def test_wrong_invocations_end_with_the_cli_s_exit_codes(
    project: ToyProject,
    arguments: list[str],
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for key, value in project.environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    monkeypatch.setattr(crypter, "_ROUNDS", 1_000_000)

    assert main(arguments) == code
    assert message in capsys.readouterr().err


def test_a_wrong_passphrase_is_told(project: ToyProject) -> None:
    result = project.embedded("preview", "-s", "dev", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (result.returncode, result.stderr) == (1, "error: incorrect passphrase\n")
