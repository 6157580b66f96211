"""A damaged state is named, with the copy that can take its place, and nothing is changed."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from toy_stack import ToyStack, item

from embedded_engine import locks
from embedded_engine.cli import run
from embedded_engine.damage import Damaged
from embedded_engine.errors import EngineError

WRONG = {
    "empty": b"",
    "blank": b"  \n",
    "cut": b'{"version":3,"checkpoint":{"stack":"organ',
    "a list": b"[]",
    "a text": b'"state"',
    "another thing": b"{}",
    "garbage": bytes(range(256)),
    "no checkpoint": b'{"version":3}',
    "resources of another form": b'{"version":3,"checkpoint":{"latest":{"resources":[7]}}}',
    "a resource without a name": b'{"version":3,"checkpoint":{"latest":{"resources":[{"type":"t"}]}}}',
    "a pending operation of another form": b'{"version":3,"checkpoint":{"latest":{"pending_operations":[{}]}}}',
    "another magic": b'{"version":3,"checkpoint":{"latest":{"manifest":{"version":"v3.1.0","magic":"x"}}}}',
    "nested without end": b"[" * 100_000,
}


@pytest.fixture
def deployed(stack: ToyStack) -> ToyStack:
    stack.up(item("a"))
    stack.up(item("a"), item("b"))
    return stack


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_a_damaged_state_is_named_with_the_copy_from_before_the_last_step(deployed: ToyStack, content: bytes) -> None:
    path = deployed.session().files.checkpoint
    path.write_bytes(content)
    with pytest.raises(Damaged, match=f"{re.escape(str(path))} is damaged") as caught:
        deployed.session().deployment()
    copy = re.search(r"cp '([^']*)' '([^']*)'", str(caught.value))
    assert copy
    assert copy.groups() == (f"{path}.bak", str(path))
    assert path.read_bytes() == content

    shutil.copy(copy[1], copy[2])
    deployed.refresh()
    assert {state.name for state in deployed.session().deployment().resources} >= {"a", "b"}


def test_a_copy_that_is_damaged_too_is_not_offered(deployed: ToyStack) -> None:
    files = deployed.session().files
    files.add_history({"kind": "update"})
    files.checkpoint.write_bytes(b"")
    Path(f"{files.checkpoint}.bak").write_bytes(b"{")
    with pytest.raises(Damaged, match=r"cp '[^']*/backups/toy/dev/dev\.\d+\.json'"):
        deployed.session().deployment()
    for copy in files.root.glob("backups/**/*.json"):
        copy.unlink()
    with pytest.raises(Damaged, match=r"cp '[^']*/history/toy/dev/dev-\d+\.checkpoint\.json'"):
        deployed.session().deployment()
    for copy in files.root.glob("history/**/*.json"):
        copy.unlink()
    with pytest.raises(Damaged, match="put back a copy of your own"):
        deployed.session().deployment()


@pytest.mark.parametrize(
    "arguments",
    [
        "stack ls",
        "stack export -s dev",
        "stack output -s dev",
        "stack rm dev --yes",
        "preview -s dev",
        "refresh --yes -s dev",
    ],
)
def test_every_command_that_needs_a_damaged_state_says_so(
    deployed: ToyStack, arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = deployed.session().files.checkpoint
    path.write_bytes(b"{")
    for key, value in deployed.environment.items():
        monkeypatch.setenv(key, value)
    assert run([*arguments.split(), "-C", str(deployed.project)]) == 1
    said = capsys.readouterr().err
    assert f"the state file {path} is damaged" in said
    assert said.count("\n") == 2


def test_a_damaged_record_of_the_history_is_named_and_the_others_are_listed(
    deployed: ToyStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = deployed.session().files
    record = {"kind": "update", "message": "kept", "result": "succeeded", "version": 0, "environment": {}, "config": {}}
    files.add_history({**record, "startTime": 1, "endTime": 2})
    [path] = files.root.glob("history/toy/dev/*.history.json")
    for name, content in {"1": b"{", "2": b"[]", "3": b'{"kind": 7}', "4": bytes(range(256))}.items():
        path.with_name(f"dev-{name}.history.json").write_bytes(content)
    for key, value in deployed.environment.items():
        monkeypatch.setenv(key, value)
    for extra in ([], ["--json"]):
        assert run(["history", "-s", "dev", "-C", str(deployed.project), *extra]) == 0
        out, err = capsys.readouterr()
        assert "kept" in out
        assert [line for line in err.splitlines() if "is damaged and left out; fix: rm" in line] == err.splitlines()
        assert err.count("\n") == 4


def test_a_damaged_salt_is_told(deployed: ToyStack) -> None:
    path = deployed.project / "Pulumi.dev.yaml"
    for salt in ("v1", "v1:!:x", "v1:a:b", "x"):
        path.write_text(f"encryptionsalt: {salt}\n")
        with pytest.raises(EngineError, match=r"salt|passphrase|version"):
            _ = deployed.session().crypter


# Locks


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"pid": "x"}', b'{"pid": [], "username": 1}', b'"x"', b"7", bytes(range(256))]
)
def test_a_lock_that_cannot_be_read_is_respected_whatever_it_holds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "half.json").write_bytes(content)
    with pytest.raises(EngineError, match="unknown"), locks.held(tmp_path, pytest.fail):
        pytest.fail("got the lock")


def test_a_pid_that_no_system_has_is_dead(tmp_path: Path) -> None:
    holder = {"pid": 1 << 70, "username": "a", "hostname": socket.gethostname(), "timestamp": "2026-01-01T00:00:00"}
    (tmp_path / "x.json").write_text(json.dumps(holder))
    told: list[str] = []
    with locks.held(tmp_path, told.append):
        assert "broke the lock" in told[0]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell which processes are zombies")
def test_the_lock_of_a_zombie_is_broken(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "print('gone')"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read()
    stat = Path(f"/proc/{process.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "Z":
        pass
    holder = {
        "pid": process.pid,
        "username": "a",
        "hostname": socket.gethostname(),
        "timestamp": "2999-01-01T00:00:00Z",
    }
    (tmp_path / "x.json").write_text(json.dumps(holder))
    told: list[str] = []
    try:
        with locks.held(tmp_path, told.append):
            assert "broke the lock" in told[0]
    finally:
        process.wait()


# Who may read


def test_state_history_and_locks_are_for_their_owner_only(deployed: ToyStack) -> None:
    session = deployed.session()
    session.files.add_history({"kind": "update"})
    with session.locked(pytest.fail):
        modes = {path: path.stat().st_mode & 0o777 for path in sorted(session.files.root.rglob("*"))}
    files = {str(path): oct(mode) for path, mode in modes.items() if path.is_file()}
    assert len(files) >= 10
    assert {name: mode for name, mode in files.items() if mode != "0o600"} == {}
    assert session.files.root.stat().st_mode & 0o777 == 0o700


def test_a_stack_file_keeps_its_mode(deployed: ToyStack) -> None:
    path = deployed.project / "Pulumi.dev.yaml"
    path.chmod(0o664)
    deployed.session().file.change("toy:a", "b", "toy")
    assert path.stat().st_mode & 0o777 == 0o664
