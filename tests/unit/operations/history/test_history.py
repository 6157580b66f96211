"""Updates keep their numbers for good, and whatever lies in the folder of the history, there is an answer."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from operations import clients
from operations.backup.backup_facts import File
from operations.backup.bucket import Bucket
from operations.history import history_report, recorded
from operations.history.resource_changes import Difference, differences
from operations.history.updates import Mark, Update, rollback_message, rolled_back, source_of
from operations.project import PROJECT
from operations.stack import Stack
from settings.errors import ErosError
from tests.unit.operations.history.past import CONFIG, Past, table
from tests.unit.operations.recorder import calls, recording_stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return recording_stack(tmp_path)


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path, monkeypatch)


def test_a_stack_without_a_history_has_no_updates(stack: Stack, past: Past) -> None:
    assert recorded.updates(stack) == ()
    with pytest.raises(ErosError, match=r"no update 1: there is none yet(?s:.*)eros history -s dev"):
        recorded.update_at(1, (), "dev")


def test_numbers_count_from_the_oldest_and_a_damaged_record_keeps_its_place(stack: Stack, past: Past) -> None:
    for _ in range(4):
        past.add()
    past.path(2).write_bytes(b'{"kind": "upd')
    past.path(3).write_bytes(b"[]")
    found = recorded.updates(stack)
    assert [(one.number, one.result) for one in found] == [
        (1, "succeeded"),
        (2, "unreadable"),
        (3, "unreadable"),
        (4, "succeeded"),
    ]
    assert "dev-2000.history.json: damaged" in found[1].problem
    assert found[3].commit == f"{4:040x}"
    assert found[3].seconds == 42
    assert found[3].who == "Ada"
    assert not calls(stack), "an engine was asked, which needs a passphrase"


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08garbage", b"{}", b"null", b'{"kind": 1, "startTime": "x"}'])
def test_no_content_of_a_record_is_more_than_an_unreadable_update(stack: Stack, past: Past, content: bytes) -> None:
    past.add()
    past.path(1).write_bytes(content)
    (one,) = recorded.updates(stack)
    assert (one.number, one.result) == (1, "unreadable")
    history_report.listed([one])


def test_compressed_records_and_states_are_read_as_plain_ones(stack: Stack, past: Past) -> None:
    past.add(form=".gz", resources=[table("a")])
    past.add(resources=[table("a"), table("b")])
    found = recorded.updates(stack)
    assert [one.result for one in found] == ["succeeded", "succeeded"]
    before, after = (recorded.resources(stack, one) for one in found)
    assert differences(before, after) == (Difference("created", "table", "b"),)


def test_a_record_compressed_with_zstd_is_read_where_the_command_is_and_named_where_it_is_not(
    stack: Stack, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.add()
    plain, name = past.path(1).read_bytes(), past.path(1)
    # A zstd frame of one raw block (RFC 8878, 3.1.1): a header that states the size in four bytes, then the block.
    block = (len(plain) << 3 | 1).to_bytes(3, "little")
    name.with_name(f"{name.name}.zst").write_bytes(
        b"\x28\xb5\x2f\xfd\xa0" + len(plain).to_bytes(4, "little") + block + plain
    )
    name.unlink()
    real = shutil.which("zstd")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (one,) = recorded.updates(stack)
    assert "compressed with zstd" in one.problem
    monkeypatch.setattr(shutil, "which", lambda _: real or "zstd")
    if real is None:
        cut = len(plain)

        def decompressed(_: object, **given: bytes) -> subprocess.CompletedProcess[bytes]:
            return subprocess.CompletedProcess((), 0, stdout=given["input"][-cut:])

        monkeypatch.setattr(subprocess, "run", decompressed)
    (one,) = recorded.updates(stack)
    assert one.result == "succeeded"


def test_an_update_without_a_state_says_so(stack: Stack, past: Past) -> None:
    past.add()
    past.path(1, "checkpoint").unlink()
    with pytest.raises(recorded.HistoryUnreadable, match="update 1 left no state"):
        recorded.resources(stack, recorded.updates(stack)[0])


def test_what_an_update_changed_is_told_by_resource_and_never_by_value() -> None:
    before = [table("gone"), table("same"), table("changed", "[]", description="secret-like")]
    after = [table("same"), table("changed", "[1]", description="other"), table("new")]
    assert differences(before, after) == (
        Difference("changed", "table", "changed", ("description", "schema")),
        Difference("gone", "table", "gone"),
        Difference("created", "table", "new"),
    )


def test_the_same_configuration_has_the_same_digest_whatever_its_secrets_are(stack: Stack, past: Past) -> None:
    past.add()
    past.add(config={**CONFIG, "eros-platform:slackToken": {"secure": "v1:another"}})
    past.add(config={**CONFIG, "eros-platform:project": "q"})
    first, second, third = (one.digest for one in recorded.updates(stack))
    assert first == second != third
    assert len(first) == 12


def test_a_rollback_is_known_by_its_message_and_marks_what_it_took_back(stack: Stack, past: Past) -> None:
    good = past.add(commit="a" * 40)
    bad = past.add()
    past.add(message=rollback_message(bad, good, "a" * 40, "wrong\nnumbers"), commit="", result="failed")
    assert rolled_back(recorded.updates(stack)) == {}
    past.add(message=rollback_message(bad, good, "a" * 40, "wrong\nnumbers"), commit="", dirty=True)
    found = recorded.updates(stack)
    assert found[3].mark == Mark(bad, good, "a" * 40, "wrong numbers")
    assert rolled_back(found) == {bad: 4}
    assert source_of(found[3], found).number == good
    assert (found[3].commit, found[3].is_dirty) == ("a" * 40, False)
    shown = history_report.as_json(found[1], found)
    assert (shown["rolled_back_by"], shown["rollback"]) == (4, None)
    assert "v1:a:b" not in json.dumps(history_report.as_json(found[0], found), default=str)


def test_another_backend_is_asked_through_the_cli_for_all_of_its_updates(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    answer = [
        {
            "version": 0,
            "kind": "update",
            "startTime": "2025-11-04T10:00:00.000Z",
            "endTime": "2025-11-04T10:01:00.000Z",
            "message": "later",
            "environment": {"git.head": "b" * 40},
            "config": {
                "eros-platform:t": {"secret": True},
                "eros-platform:l": {"value": "[1]", "objectValue": [1], "secret": False},
            },
            "result": "failed",
            "resourceChanges": {"same": 1},
        },
        {"version": 0, "kind": "update", "startTime": "2025-11-03T10:00:00.000Z", "result": "succeeded"},
    ]
    (stack.root / "answer-stack-history").write_text(json.dumps(answer))
    first, second = recorded.updates(stack)
    assert (first.number, second.number, second.result, second.seconds) == (1, 2, "failed", 60)
    assert second.config == {"eros-platform:t": {"secure": ""}, "eros-platform:l": [1]}
    assert "--page-size" in calls(stack)[0]
    with pytest.raises(recorded.HistoryUnreadable, match="only its own tools"):
        recorded.resources(stack, second)


def test_a_state_that_lies_in_a_bucket_is_read_from_there(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://states/team?x=1")
    folder = f"team/.pulumi/history/{PROJECT}/dev/dev-"
    state = json.dumps({"checkpoint": {"latest": {"resources": [table("a")]}}}).encode()
    there = {
        f"{folder}9.history.json": b"{}",
        f"{folder}9.checkpoint.json": b"{}",
        f"{folder}10.history.json.gz": b"",
        f"{folder}10.checkpoint.json.gz": gzip.compress(state),
        f"{folder}11.history.json": b"{}",
    }
    monkeypatch.setattr(clients, "storage_client", lambda _: None)
    monkeypatch.setattr(Bucket, "files", lambda _, prefix: [File(name, 1) for name in there if name.startswith(prefix)])
    monkeypatch.setattr(Bucket, "content", lambda _, name: there[name])
    assert recorded.resources(stack, Update(2)) == [table("a")]
    assert recorded.resources(stack, Update(1)) == []
    for number in (3, 4):
        with pytest.raises(recorded.HistoryUnreadable, match=f"update {number} left no state in gs://states/team"):
            recorded.resources(stack, Update(number))
