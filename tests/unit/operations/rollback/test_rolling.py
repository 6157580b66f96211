"""A rollback that dies at any moment is finished by the next command: deployed once, schedules running, nothing left.

The cloud and the engine are fakes that may die at any of their calls; git, the history and the journal are real.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from operations.errors import EngineFailed, NotConfirmed
from operations.history import recorded
from operations.notify import Status
from operations.releases.deployments import DeploymentResult
from operations.releases.verifying import Verified
from operations.rollback import building
from operations.rollback.asking import NotWell, RollbackAsk
from operations.rollback.choosing import OutOfReach
from operations.rollback.rolling import Rollback
from settings.errors import ErosError
from tests.unit.operations.history.past import Past
from tests.unit.operations.rollback.fakes import Cloud, Died, FakeStack, clone_of
from tests.unit.operations.rollback.test_building import git


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path / "backend", monkeypatch)


@pytest.fixture
def cloud(past: Past) -> Cloud:
    return Cloud(past)


@pytest.fixture
def stack(tmp_path: Path, past: Past, cloud: Cloud) -> FakeStack:
    return clone_of(tmp_path / "clone", past, cloud)


def rollback(stack: FakeStack, ask: RollbackAsk | None = None, typed: Sequence[str] = ()) -> Any:
    answers = list(typed)

    def prompt(_: str) -> str:
        if not answers:
            raise EOFError
        return answers.pop(0)

    said: list[str] = []
    done = Rollback(stack, lambda: stack.cloud, said.append, prompt).run(ask or RollbackAsk(yes=True, reason="r"))
    return done, said


def marks(stack: FakeStack) -> list[tuple[int, int, str]]:
    return [(one.mark.of, one.mark.to, one.result) for one in recorded.updates(stack) if one.mark]


def is_clean(stack: FakeStack) -> bool:
    left = list((stack.root / ".eros" / "rollback-dev").glob("*"))
    return not left and git(stack.root, "worktree", "list").count("\n") == 0


def test_the_steps_come_in_their_order(stack: FakeStack, cloud: Cloud) -> None:
    done, said = rollback(stack)
    assert cloud.log == [
        *(
            "backup",
            "verify",
            "running",
            "stop a",
            "stop b",
            "up begun: good",
            "up ended",
            "stop a",
            "stop b",
            "verify",
        ),
        *("start a", "start b", "closed"),
    ]
    assert cloud.schedules == {"a": True, "b": True, "off": False}
    assert marks(stack) == [(2, 1, "succeeded")]
    assert cloud.told == [Status.STARTED, Status.SUCCEEDED]
    assert [one.rollback_of for one in cloud.opened_as] == ["update 2"]
    assert [one.result for one in cloud.rows_of.values()] == [DeploymentResult.SUCCEEDED]
    report = done.report.read_text()
    for text in ("update 2", "update 1", "2025-11-04_200000", "| t | 3 | 4 |", "- Reason: r"):
        assert text in report
    assert any("the next deployment from git brings update 2" in line for line in said)
    assert is_clean(stack)


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "interrupted"])
@pytest.mark.parametrize("moment", range(1, 14))
def test_whenever_it_dies_the_next_command_finishes_it(
    stack: FakeStack, cloud: Cloud, moment: int, is_killed: bool
) -> None:
    cloud.dies_at, cloud.is_killed = moment, is_killed
    if is_killed:
        threading.Thread(target=rollback, args=(stack,), daemon=True).start()
        assert cloud.gone.wait(60)
    else:
        with pytest.raises(Died):
            rollback(stack)
    cloud.dies_at = -1
    rollback(stack, RollbackAsk(yes=True))
    assert cloud.schedules == {"a": True, "b": True, "off": False}
    assert [mark for mark in marks(stack) if mark[2] == "succeeded"] == [(2, 1, "succeeded")]
    assert cloud.log.count("up ended") == 1
    assert is_clean(stack)
    assert {one.rollback_of for one in cloud.opened_as} == {"update 2"}
    assert len({one.id for one in cloud.opened_as}) == 1, "a second row for one rollback"


def test_an_update_that_fails_leaves_schedules_running_says_so_and_is_gone_on_with(
    stack: FakeStack, cloud: Cloud
) -> None:
    cloud.up_code = 1
    with pytest.raises(EngineFailed) as caught:
        rollback(stack)
    assert caught.value.exit_code == 3
    assert cloud.schedules == {"a": True, "b": True, "off": False}
    assert cloud.told == [Status.STARTED, Status.FAILED]
    cloud.up_code = 0
    _, said = rollback(stack, RollbackAsk(yes=True))
    assert "going on with rollback" in said[0]
    assert cloud.log.count("backup") == 1
    assert marks(stack) == [(2, 1, "failed"), (2, 1, "succeeded")]


def test_what_is_deployed_already_is_no_target_and_nothing_is_made_or_written(stack: FakeStack, cloud: Cloud) -> None:
    done, said = rollback(stack, RollbackAsk(to="2", yes=True))
    assert said[-1].startswith("update 2 is what is deployed: nothing changes\n")
    assert (done.code, done.document["rolled_back"], cloud.log) == (0, False, [])
    rollback(stack)
    log = list(cloud.log)
    building.checkout(stack.root, "rollback-dev", "HEAD")  # of one that was killed when all was done
    for again in ("1", "3"):  # update 3 is the rollback to 1
        done, said = rollback(stack, RollbackAsk(to=again, yes=True))
        assert said[-1].startswith("update 1 is what is deployed: nothing changes\n") is (again == "1")
        assert not any("warning" in line for line in said)
    assert cloud.log == log
    assert is_clean(stack)


def test_rows_go_back_also_under_the_program_that_is_deployed_and_no_deployment_is_said_to_undo_it(
    stack: FakeStack, cloud: Cloud
) -> None:
    done, said = rollback(stack, RollbackAsk(to="2", with_data="b", yes=True))
    assert "restore b" in cloud.log
    assert said[-1] == "this is the program of update 2, as before: no deployment undoes it"
    assert "take the change back in git" not in done.report.read_text()


@pytest.mark.parametrize("kind", ["refresh", "destroy"])
def test_what_changed_the_stack_after_the_update_makes_it_a_target_again(
    stack: FakeStack, cloud: Cloud, past: Past, kind: str
) -> None:
    past.add(kind=kind, message="since")
    done, _ = rollback(stack, RollbackAsk(to="2", yes=True))
    assert done.document["rolled_back"]
    assert "up ended" in cloud.log


def test_somebody_who_deployed_meanwhile_is_not_overwritten(stack: FakeStack, cloud: Cloud, past: Past) -> None:
    cloud.dies_at = 1
    with pytest.raises(Died):
        rollback(stack)
    cloud.dies_at = -1
    past.add(message="somebody else")
    with pytest.raises(ErosError, match=r"update 3 was made meanwhile(?s:.*)--abandon"):
        rollback(stack, RollbackAsk(yes=True))
    assert not any(entry.startswith("up") for entry in cloud.log)
    Rollback(stack, lambda: cloud, lambda _: None, lambda _: "").abandon()
    assert is_clean(stack)


def test_another_target_waits_until_the_first_is_finished(stack: FakeStack, cloud: Cloud) -> None:
    cloud.dies_at = 3
    with pytest.raises(Died):
        rollback(stack)
    with pytest.raises(ErosError, match="to update 1 is not finished"):
        rollback(stack, RollbackAsk(to="2", yes=True))


TABLE = {"type": "gcp:bigquery/table:Table", "custom": True, "inputs": {"tableId": "t", "schema": "[]"}}
COLUMNS = {**TABLE, "inputs": {"tableId": "t", "schema": '[{"name": "a", "type": "STRING"}]'}}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"steps": [{"op": "delete", "urn": "x::t", "oldState": TABLE}]}, "table t would be deleted"),
        ({"steps": [{"op": "replace", "urn": "x::t", "oldState": TABLE, "newState": TABLE}]}, "would be replaced"),
        ({"steps": [{"op": "update", "urn": "x::t", "oldState": COLUMNS, "newState": TABLE}]}, "table t: column a"),
        ({"diagnostics": [{"severity": "error", "message": "error: no such key"}]}, "deployed today: no such key"),
    ],
)
def test_what_would_take_data_away_is_refused_before_anything_is_done(
    stack: FakeStack, cloud: Cloud, plan: dict[str, Any], said: str
) -> None:
    cloud.plan = plan
    with pytest.raises(OutOfReach, match=said):
        rollback(stack)
    assert cloud.log == []
    assert is_clean(stack)


def test_a_dry_run_a_word_not_typed_and_nobody_to_ask_change_nothing(stack: FakeStack, cloud: Cloud) -> None:
    done, _ = rollback(stack, RollbackAsk(dry_run=True))
    assert (done.document["of"], done.document["to"], done.document["rolled_back"]) == (2, 1, False)
    done, said = rollback(stack, RollbackAsk(), ["yes"])
    assert "cancelled" in said[-1]
    with pytest.raises(NotConfirmed):
        rollback(stack, RollbackAsk())
    assert cloud.log == []
    assert is_clean(stack)
    rollback(stack, RollbackAsk(), ["ROLLBACK", "because"])
    assert recorded.updates(stack)[-1].message.endswith(": because")


def test_checks_that_failed_before_do_not_count_and_new_ones_need_a_person(stack: FakeStack, cloud: Cloud) -> None:
    cloud.verified = [Verified(2, ("v1 x",)), Verified(2, ("v1 x",))]
    rollback(stack)
    cloud.verified = [Verified(2, ("v1 x",)), Verified(1, ("v1 x", "v2 y"))]
    with pytest.raises(NotWell, match="2 of 3 checks failed") as caught:
        rollback(stack, RollbackAsk(to="2", yes=True))
    assert caught.value.exit_code == 5
    assert cloud.told[-1] is Status.FAILED
    assert is_clean(stack)


def test_when_schedules_run_is_asked_for_when_they_do_again(stack: FakeStack, cloud: Cloud) -> None:
    cloud.verified = [Verified(3), Verified(2, ("d2 schedules run when declared",)), Verified(1)]
    done, _ = rollback(stack)
    assert done.document["verified"] == "3 checks passed"
    assert cloud.log[-4:] == ["start a", "start b", "verify", "closed"]


def test_rows_come_back_only_where_a_backup_is_named(stack: FakeStack, cloud: Cloud) -> None:
    rollback(stack, RollbackAsk(yes=True, with_data="2025-11-01_000000"))
    order = [entry for entry in cloud.log if entry in ("up ended", "verify") or entry.startswith("restore")]
    assert order == ["verify", "up ended", "restore 2025-11-01_000000", "verify"]


def test_a_report_that_cannot_be_written_is_printed(stack: FakeStack, cloud: Cloud) -> None:
    (stack.root / ".eros").mkdir()
    (stack.root / ".eros" / "reports").write_text("a file in the way")
    done, said = rollback(stack)
    assert done.report is None
    assert any("# Rollback" in line for line in said)


def test_a_journal_that_cannot_be_read_says_what_to_do(stack: FakeStack) -> None:
    folder = stack.root / ".eros" / "rollback-dev"
    folder.mkdir(parents=True)
    (folder / "journal.json").write_text(json.dumps({"id": 1}))
    with pytest.raises(ErosError, match=r"cannot be read(?s:.*)eros resume"):
        rollback(stack)
    assert subprocess.run(["git", "status", "--porcelain"], cwd=stack.root, capture_output=True).stdout == b""
