"""The files that an update leaves: those of Pulumi's file backend."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_stack import ToyStack, item

from embedded_engine import blobs, history
from embedded_engine.__main__ import main
from embedded_engine.config import Value
from embedded_engine.errors import EngineError


def test_each_file_has_its_attributes_beside_it(tmp_path: Path) -> None:
    blobs.write(tmp_path / "a.json", b"content")

    attributes = json.loads((tmp_path / "a.json.attrs").read_text())
    assert base64.b64decode(attributes["md5"]) == hashlib.md5(b"content").digest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.json.attrs"]


def test_a_backup_keeps_the_content_from_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (b"one", b"two", b"three"):
        blobs.keep_backup(path)
        blobs.write(path, content)
        assert path.read_bytes() == content
    assert (tmp_path / "a.json.bak").read_bytes() == b"two"
    assert (
        json.loads((tmp_path / "a.json.bak.attrs").read_text())["md5"]
        == base64.b64encode(hashlib.md5(b"two").digest()).decode()
    )


def test_a_file_is_on_disk_before_it_takes_the_old_one_s_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting(name: str, call: Callable[..., None]) -> Callable[..., None]:
        def noted(*given: Any) -> None:
            order.append(name)
            call(*given)

        return noted

    monkeypatch.setattr(os, "fsync", noting("sync", fsync))
    monkeypatch.setattr(os, "replace", noting("replace", replace))

    blobs.write(tmp_path / "a.json", b"x")

    assert order == ["sync", "replace", "sync", "replace", "sync"]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs.write(tmp_path / "a.json", b"old")

    def full(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        blobs.write(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.json.attrs"]


def test_saves_that_are_asked_for_during_a_write_are_done_by_one_write(stack: ToyStack) -> None:
    stack.up(*(item(f"i{number}") for number in range(4)))
    writes, gate = [], threading.Event()
    snapshot = stack.session().snapshot(preview=False)

    def slow(document: bytes) -> None:
        writes.append(document)
        gate.wait(10)

    object.__setattr__(snapshot._writer, "save", slow)
    first = threading.Thread(target=snapshot.save)
    first.start()
    while not writes:
        pass
    others = [threading.Thread(target=snapshot.begin, args=(state, "updating")) for state in snapshot.base[2:]]
    for thread in others:
        thread.start()
    while snapshot._version < 5:
        pass
    gate.set()
    for thread in [first, *others]:
        thread.join()
    assert len(writes) == 2
    assert writes[1].count(b'"type":"updating"') == 4


def test_a_new_stack_is_an_empty_state_with_the_salt_of_its_file(stack: ToyStack) -> None:
    assert "resources" not in stack.document
    salt = stack.document["secrets_providers"]["state"]["salt"]
    assert f"encryptionsalt: {salt}" in (stack.project / "Pulumi.dev.yaml").read_text()
    assert (stack.backend / ".pulumi/meta.yaml").read_text() == "version: 1\n"
    with pytest.raises(EngineError, match="stack 'dev' already exists"):
        stack.session().create()


def test_unknown_stacks_and_folders_are_told(stack: ToyStack) -> None:
    stack.environment["PULUMI_BACKEND_URL"] = "file:///nowhere/at/all"
    with pytest.raises(EngineError, match="is not a folder"):
        stack.session()
    stack.environment["PULUMI_BACKEND_URL"] = ""
    with pytest.raises(EngineError, match="PULUMI_BACKEND_URL is not set"):
        stack.session()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def test_the_record_of_an_update_says_which_commit_it_was(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/file").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "The title\n\nThe body")
    git(tmp_path, "remote", "add", "origin", "git@github.com:owner/repository.git")

    title, facts = history.environment(tmp_path / "infra", {"PULUMI_X": "s3cr3t", "HOME": "h"}, {"yes": "true"})

    assert title == "The title"
    assert facts["git.head"] == git(tmp_path, "rev-parse", "HEAD")
    assert facts["git.headName"] == "refs/heads/main"
    assert (facts["git.author"], facts["git.committer.email"]) == ("Ann", "ann@example.com")
    assert facts["git.dirty"] == "false"
    assert (facts["vcs.owner"], facts["vcs.repo"], facts["vcs.kind"]) == ("owner", "repository", "github.com")
    assert facts["vcs.root"] == "infra"
    assert facts["pulumi.env.PULUMI_X"] == "set"
    assert facts["pulumi.flag.yes"] == "true"
    assert "s3cr3t" not in str(facts)
    (tmp_path / "infra/file").write_text("y")
    assert history.environment(tmp_path, {}, {})[1]["git.dirty"] == "true"


def test_outside_of_a_repository_there_are_no_git_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    title, facts = history.environment(tmp_path, {}, {})
    assert title == ""
    assert not [key for key in facts if key.startswith(("git.", "vcs."))]


def test_history_is_listed_newest_first_with_its_states(stack: ToyStack) -> None:
    files = stack.session().files
    stack.up(item("a"))
    for number, succeeded in enumerate([True, False]):
        record = history.record("update", number, succeeded, Counter(create=1), {}, f"message {number}", {})
        files.add_history(record)

    records = files.history(pytest.fail)

    assert [(entry["message"], entry["result"]) for entry in records] == [
        ("message 1", "failed"),
        ("message 0", "succeeded"),
    ]
    folder = stack.backend / ".pulumi"
    assert len(list((folder / "history/toy/dev").glob("*.checkpoint.json"))) == 2
    backups = list((folder / "backups/toy/dev").glob("dev.*.json"))
    assert [path.read_bytes() for path in backups] == [files.checkpoint.read_bytes()] * 2


def test_the_listing_hides_secret_configuration_unless_asked() -> None:
    config = {
        "p:a": Value("plain", "plain", False, "plain"),
        "p:b": Value({"secure": "v1:x"}, "s3cr3t", True, "[secret]"),
        "p:c": Value({"d": {"secure": "v1:x"}, "e": 1}, "", True, ""),
        "p:f": Value(["x"], '["x"]', False, ""),
    }
    record = history.record("update", 0, True, Counter(same=1), config, "m", {})

    shown = history.as_json(record, None)
    assert shown["config"]["p:b"] == shown["config"]["p:c"] == {"secret": True}
    assert shown["config"]["p:a"] == {"value": "plain", "secret": False}
    assert shown["config"]["p:f"] == {"value": '["x"]', "objectValue": ["x"], "secret": False}
    assert shown["startTime"] == "1970-01-01T00:00:00.000Z"

    opened = history.as_json(record, lambda text: f"opened {text}")
    assert opened["config"]["p:b"] == {"value": "opened v1:x", "secret": True}
    assert opened["config"]["p:c"]["objectValue"] == {"d": "opened v1:x", "e": 1}


def test_an_exported_state_takes_the_place_of_the_recorded_one_and_nothing_else_does(
    stack: ToyStack, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.up(item("a"), item("b"))
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    named = ["--stack", "dev", "-C", str(stack.project)]
    assert main(["stack", "export", *named]) == 0
    before = json.loads(capsys.readouterr().out)
    changed = json.loads(json.dumps(before))
    for resource in changed["deployment"]["resources"]:
        resource["protect"] = True
    given = tmp_path / "state.json"
    given.write_text(json.dumps(changed))
    assert main(["stack", "import", *named, "--file", str(given)]) == 0
    capsys.readouterr()
    main(["stack", "export", *named])
    assert json.loads(capsys.readouterr().out)["deployment"]["resources"] == changed["deployment"]["resources"]

    recorded = stack.document
    for wrong in (
        "",
        "[]",
        "{}",
        json.dumps({"version": 9, "deployment": {}}),
        given.read_text().replace(":dev::", ":x::"),
    ):
        given.write_text(wrong)
        assert main(["stack", "import", *named, "--file", str(given)]) != 0
        assert "Traceback" not in capsys.readouterr().err
    assert stack.document == recorded
