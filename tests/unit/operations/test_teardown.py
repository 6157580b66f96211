"""A destroy that ends early, wherever, leaves the folder as it was, and what is unprotected is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations import protection, teardown
from operations.errors import EngineFailed, NotConfirmed, StackBusy
from operations.stack import Stack
from operations.teardown import without_protection
from tests.unit.operations.recorder import CONFIG, calls, recording_stack

TABLE, VIEW = "gcp:bigquery/table:Table", {"view": {"query": "SELECT 1"}}


def recorded(*protected: bool) -> str:
    """What `stack export` prints: tables, a view and a component."""
    tables = [
        {"urn": f"urn:x::t{number}", "type": TABLE, "custom": True, "protect": held, "inputs": {}}
        for number, held in enumerate(protected)
    ]
    others = [
        {"urn": "urn:x::v", "type": TABLE, "custom": True, "inputs": VIEW},
        {"urn": "urn:x::c", "type": "eros:platform:Warehouse", "custom": False},
        {"urn": "urn:x::google", "type": "pulumi:providers:gcp", "custom": True},
    ]
    return json.dumps({"version": 3, "deployment": {"resources": [*tables, *others]}})


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    made = recording_stack(tmp_path)
    (tmp_path / "answer-stack-export").write_text(recorded(True, True))
    return made


def test_destroy_lifts_the_protection_first_and_leaves_the_stack_file_alone(stack: Stack) -> None:
    assert teardown.destroy(stack, ["--parallel", "3"], lambda prompt: "dev\n") == 0
    lift, destroy = calls(stack)
    assert (lift[0], destroy) == ("up", ["destroy", "--stack", "dev", "--yes", "--skip-preview", "--parallel", "3"])
    given = yaml.safe_load((stack.root / "given").read_text())["config"]
    assert given["eros-platform:protect"] == "false"
    assert given["eros-platform:project"] == "eros-local"
    assert (stack.root / "Pulumi.dev.yaml").read_text() == CONFIG


@pytest.mark.parametrize("typed", ["", "yes", "prod", "Dev"])
def test_destroy_does_nothing_unless_the_name_is_typed(stack: Stack, typed: str) -> None:
    with pytest.raises(NotConfirmed):
        teardown.destroy(stack, [], lambda prompt: typed)
    assert calls(stack) == []


def test_destroy_without_anybody_to_ask_does_nothing(stack: Stack) -> None:
    def closed(prompt: str) -> str:
        raise EOFError

    with pytest.raises(NotConfirmed, match="type dev to destroy it"):
        teardown.destroy(stack, [], closed)
    assert calls(stack) == []


def test_a_stack_whose_update_does_not_get_through_is_destroyed_all_the_same(stack: Stack) -> None:
    (stack.root / "fails").write_text("up")
    said: list[str] = []
    assert teardown.destroy(stack, [], lambda prompt: "dev", said.append) == 0
    assert [arguments[:2] for arguments in calls(stack)] == [
        ["up", "--stack"],
        ["stack", "export"],
        ["stack", "export"],
        ["stack", "import"],
        ["destroy", "--stack"],
    ]
    before, after = json.loads(recorded(True, True)), json.loads((stack.root / "imported").read_text())
    assert [one.pop("protect", False) for one in before["deployment"]["resources"]] == [True, True, False, False, False]
    assert after == before
    assert said == ["that update did not come to its end (see above): the protection is lifted in the state itself"]
    assert (stack.root / "Pulumi.dev.yaml").read_text() == CONFIG


@pytest.mark.parametrize(
    ("said", "holder"),
    [
        (
            "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or ..."
            "\n  /x/y.json: created by ada@host (pid 7) at 2025-11-04T20:00:00Z",
            " (ada@host (pid 7) at 2025-11-04T20:00:00Z)",
        ),
        ("error: [409] Conflict: Another update is currently in progress.", ""),
    ],
)
def test_a_stack_that_another_command_holds_is_left_alone(
    stack: Stack, said: str, holder: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (stack.root / "fails").write_text("up")
    (stack.root / "errors").write_text(said)
    with pytest.raises(StackBusy, match="eros cancel -s dev") as busy:
        teardown.destroy(stack, [], lambda prompt: "dev")
    assert f"another command{holder} is at work on stack dev" in busy.value.message
    assert busy.value.exit_code == 3
    assert said in capfd.readouterr().err, "what the engine says is shown"
    assert not {("stack", "import"), ("destroy", "--stack")} & {tuple(words[:2]) for words in calls(stack)}


def test_what_another_command_records_between_export_and_import_is_not_overwritten(stack: Stack) -> None:
    (stack.root / "fails").write_text("up")
    (stack.root / "answer-stack-export-2").write_text(recorded(True, True, True))
    with pytest.raises(StackBusy, match="another command has just changed stack dev"):
        teardown.destroy(stack, [], lambda prompt: "dev")
    assert not {("stack", "import"), ("destroy", "--stack")} & {tuple(words[:2]) for words in calls(stack)}


def test_what_the_provider_refuses_to_delete_is_lifted_in_inputs_and_outputs() -> None:
    bags = {"deletionProtection": True, "forceDestroy": False, "forceDelete": False, "name": "t"}
    held = {"urn": "u", "protect": True, "inputs": bags, "outputs": bags}
    state: dict[str, Any] = {"version": 3, "deployment": {"resources": [held]}}
    lifted = {"deletionProtection": False, "forceDestroy": True, "forceDelete": True, "name": "t"}
    assert protection.lifted(state)["deployment"]["resources"] == [{"urn": "u", "inputs": lifted, "outputs": lifted}]
    assert state["deployment"]["resources"][0]["protect"], "the state that is there is left as it was"
    assert protection.lifted({"version": 3}) == {"version": 3}


def test_a_state_that_cannot_be_written_stops_the_destroy_and_says_what_is_unprotected(stack: Stack) -> None:
    (stack.root / "fails").write_text("up stack")
    with pytest.raises(EngineFailed):
        teardown.destroy(stack, [], lambda prompt: "dev")
    assert "destroy" not in [arguments[0] for arguments in calls(stack)]
    assert (stack.root / "Pulumi.dev.yaml").read_text() == CONFIG


def test_a_failed_second_step_says_what_is_unprotected(stack: Stack) -> None:
    (stack.root / "fails").write_text("destroy")
    (stack.root / "answer-stack-export").write_text(recorded(False, False))
    said: list[str] = []
    assert teardown.destroy(stack, [], lambda prompt: "dev", said.append) == 3
    assert "2 resources" in said[0]


def test_a_protected_stack_and_one_that_is_to_be_unprotected_are_told_nothing(stack: Stack) -> None:
    said: list[str] = []
    stack.warn(said.append)
    assert said == []
    (stack.root / "answer-stack-export").write_text(recorded(False))
    object.__setattr__(stack, "settings", stack.settings.model_copy(update={"protect": False}))
    stack.warn(said.append)
    assert said == []


def test_a_preview_of_a_destroy_asks_the_engine_for_nothing_but_the_state(stack: Stack) -> None:
    said: list[str] = []
    teardown.preview(stack, said.append)
    assert calls(stack) == [["stack", "export", "--stack", "dev", "--non-interactive"]]
    assert said == [
        f" - {TABLE} v",
        f" - {TABLE} t1 (holds data)",
        f" - {TABLE} t0 (holds data)",
        "a destroy would delete 3 resources of stack dev, 2 of which hold data",
    ]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "config:\n",
        "encryptionsalt: v1:x\n",
        "config:\n  eros-platform:protect: 'true'\n",
        "config:\n  eros-platform:protect: true\n  a:b: {secure: v1:x}\n  a:c: [1, '2', yes]\n",
    ],
)
def test_nothing_but_the_protection_differs_in_the_copy(before: str) -> None:
    old, new = yaml.safe_load(before) or {}, yaml.safe_load(without_protection(before.encode()))
    expected = {**old, "config": {**(old.get("config") or {}), "eros-platform:protect": "false"}}
    assert new == expected


def test_scalars_stay_as_they_were_written() -> None:
    assert "eros-platform:owner: 007" in without_protection(CONFIG.encode())
