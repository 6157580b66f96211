from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.errors import EngineFailed, StateDamaged
from operations.stack import Stack
from outputs import OutputsError, StackOutputs
from tests.unit.operations.recorder import calls, recording_stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return recording_stack(tmp_path)


def test_a_verb_goes_to_the_engine_with_its_stack_and_arguments(stack: Stack) -> None:
    assert stack.run("preview", ["--diff"]) == 0
    assert calls(stack) == [["preview", "--stack", "dev", "--diff"]]


def test_a_stack_that_was_never_deployed_says_how_to_deploy_it(stack: Stack) -> None:
    (stack.root / "answer-stack-output").write_text("{}")
    with pytest.raises(OutputsError, match="eros up -s dev"):
        stack.outputs()
    assert not stack.is_deployed()


def test_changes_leave_unchanged_resources_out(stack: Stack) -> None:
    (stack.root / "answer-preview").write_text('{"changeSummary": {"same": 140, "update": 1}}')
    assert stack.changes() == {"update": 1}


def test_a_failing_question_carries_the_engines_exit_code(stack: Stack) -> None:
    (stack.root / "fails").write_text("preview")
    with pytest.raises(EngineFailed) as caught:
        stack.changes()
    assert caught.value.exit_code == 3


def test_outputs_of_a_later_version_with_more_fields_are_still_read() -> None:
    fields = {str(field.alias): "x" for field in StackOutputs.model_fields.values() if field.is_required()}
    lists: dict[str, Any] = {key: ["a"] for key in ("tables", "sources", "views", "routines")}
    read = StackOutputs.read("dev", {**fields, **lists, "schedules": {}, "alertPolicies": {}, "later": 1})
    assert read.tables == ("a",)


CLI_SAYS = "error: failed to load checkpoint: place 1: unexpected end of JSON input"
EMBEDDED_SAYS = (
    "error: the state file x is damaged (it is empty); nothing was changed\n  fix: cp 'x.bak' 'x', then refresh"
)


@pytest.mark.parametrize(
    ("engine", "backend", "said"),
    [
        (
            CLI_SAYS,
            "file:///states",
            r"/states/.pulumi/stacks/.*/dev.json is damaged(?s:.*)fix: cp .*dev.json.bak",
        ),
        (CLI_SAYS, "gs://states", r"the state of stack dev is damaged(?s:.*)fix: pulumi stack export --version N"),
        (EMBEDDED_SAYS, "file:///states", r"^the state file x is damaged(?s:.*)fix: cp 'x.bak' 'x'"),
    ],
)
def test_a_damaged_state_is_named_before_any_verb_runs(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, engine: Any, backend: str, said: str
) -> None:
    (stack.root / "fails").write_text("stack")
    (stack.root / "errors").write_text(engine)
    monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    with pytest.raises(StateDamaged, match=said):
        stack.warn(pytest.fail)
