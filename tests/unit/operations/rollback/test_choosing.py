"""The target is the last good update before the current one; what is passed over is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.history import recorded
from operations.history.updates import rollback_message
from operations.releases.deployments import deployment_message
from operations.rollback.choosing import Choice, OutOfReach, choose, out_of_reach
from operations.stack import Stack
from operations.teardown import MESSAGE
from tests.unit.operations.history.past import Past
from tests.unit.operations.recorder import recording_stack
from tests.unit.operations.rollback.fakes import Cloud, clone_of


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return recording_stack(tmp_path)


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path, monkeypatch)


def chosen(stack: Stack, to: str = "") -> Choice:
    return choose(recorded.updates(stack), to, "dev")


def test_failed_updates_and_other_operations_are_passed_over_and_named(stack: Stack, past: Past) -> None:
    past.add()
    past.add("failed")
    past.add(kind="refresh")
    past.add(message=MESSAGE)
    past.add()
    past.path(past.add()).write_text("?")
    past.add()
    found = chosen(stack)
    assert (found.current.number, found.target.number) == (7, 5)
    assert "update 6 cannot be read" in found.skipped[0]
    past.add("failed")
    assert (chosen(stack).current.number, chosen(stack).target.number) == (8, 7)
    past.path(5).write_text("?")
    past.path(7).write_text("?")
    found = chosen(stack)
    assert found.target.number == 1
    assert [line.partition(" (")[0] for line in found.skipped[-3:]] == [
        "update 4 lifted the protection for a destroy",
        "update 3 is a refresh",
        "update 2 is failed",
    ]


def test_an_update_that_changed_nothing_of_what_is_deployed_is_no_target(stack: Stack, past: Past) -> None:
    past.add()
    past.add(commit="b" * 40)
    past.add(commit="b" * 40)
    assert chosen(stack).target.number == 1
    past.add(commit="b" * 40, config={"eros-platform:project": "q"})
    assert chosen(stack).target.number == 3


def test_undoing_twice_goes_further_back_and_never_to_what_was_taken_back(stack: Stack, past: Past) -> None:
    oldest = past.add()
    good, bad = past.add(commit="c" * 40), past.add()
    past.add(message=rollback_message(bad, good, "c" * 40, ""), commit="", dirty=True)
    assert chosen(stack).target.number == oldest
    assert chosen(stack, str(bad)).target.number == bad
    past.add()
    found = chosen(stack)
    assert found.target.number == good
    assert found.skipped == ("update 4 is itself a rollback, to update 2", "update 3 was taken back by update 4")


def test_after_a_rollback_that_failed_the_target_is_the_same_again(stack: Stack, past: Past) -> None:
    past.add()
    good, bad = past.add(commit="c" * 40), past.add()
    past.add("failed", message=rollback_message(bad, good, "c" * 40, ""), commit="")
    assert chosen(stack).target.number == good


def test_going_back_to_a_rollback_builds_what_that_went_back_to(stack: Stack, past: Past) -> None:
    good, bad = past.add(commit="c" * 40), past.add()
    again = past.add(message=rollback_message(bad, good, "c" * 40, ""), commit="")
    past.add()
    assert chosen(stack, str(again)).target.number == good


def test_a_commit_names_its_newest_good_update(stack: Stack, past: Past) -> None:
    past.add(commit="d" * 40)
    past.add(commit="d" * 40, config={"eros-platform:project": "q"})
    past.add("failed", commit="d" * 40)
    past.add()
    assert chosen(stack, "d" * 8).target.number == 2


def test_uncommitted_files_are_taken_only_when_the_commit_is_named(stack: Stack, past: Past) -> None:
    past.add(commit="e" * 40, dirty=True)
    past.add()
    for to in ("", "1"):
        with pytest.raises(OutOfReach, match=r"not committed(?s:.*)--to eeeeeeeeeeee takes the commit alone"):
            chosen(stack, to)
    assert chosen(stack, "e" * 12).target.number == 1


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("9", "has no update 9: there are 1 to 3"),
        ("2", "update 2 is failed"),
        ("1", "outside a git repository"),
        ("", "outside a git repository"),
        ("abcdef0", "no successful update of stack dev was made from commit"),
        ("main", "neither an update's number nor a commit"),
        ("0", "neither an update's number nor a commit"),
    ],
)
def test_what_is_out_of_reach_is_refused_with_the_way_on(stack: Stack, past: Past, to: str, said: str) -> None:
    past.add(commit="")
    past.add("failed")
    past.add()
    with pytest.raises(OutOfReach, match=said) as caught:
        chosen(stack, to)
    assert "eros history" in caught.value.fix


def test_a_stack_with_nothing_before_says_so(stack: Stack, past: Past) -> None:
    with pytest.raises(OutOfReach, match="never deployed"):
        chosen(stack)
    past.add("failed")
    past.add()
    with pytest.raises(OutOfReach, match=r"none to go back to\n  update 1 is failed"):
        chosen(stack)


def test_of_every_update_it_is_said_whether_a_rollback_reaches_it(
    tmp_path: Path, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = clone_of(tmp_path / "clone", past, Cloud(past))
    past.add(commit="")
    past.add(commit="e" * 40, dirty=True)
    past.add(commit="f" * 40)
    past.add("failed")
    past.add(message=rollback_message(5, 2, "e" * 40, ""), commit="")
    past.add(message=deployment_message("20251104_200000", "m", first_step=True))
    found = recorded.updates(stack)
    assert [out_of_reach(one, found, stack.root).partition(":")[0] for one in found] == [
        "",
        "",
        "was made outside a git repository",
        "had files that were not committed",
        "its commit is not in this clone",
        "is failed",
        "",
        "is the first step of a deployment",
    ]
