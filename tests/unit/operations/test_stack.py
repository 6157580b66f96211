from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from operations.engines import Engine
from operations.errors import EngineFailed, NotConfirmed
from operations.project import find_root, stack_settings
from operations.stack import Stack, destroy
from outputs import OutputsError, StackOutputs

CONFIG = "# a comment that stays\nconfig:\n  eros-platform:project: eros-local\n"
RECORDER = """#!{python}
import json, pathlib, sys
here = pathlib.Path({folder!r})
config = (here / "Pulumi.dev.yaml").read_text()
with open(here / "calls", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], "protect" in config]) + "\\n")
print((here / "answer").read_text() if (here / "answer").exists() else "")
sys.exit(3 if sys.argv[1] in (here / "fails").read_text().split() else 0)
"""


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack whose engine is a script that records its calls and fails for the verbs in the file `fails`."""
    script = tmp_path / "engine"
    script.write_text(RECORDER.format(python=sys.executable, folder=str(tmp_path)))
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    (tmp_path / "fails").write_text("")
    (tmp_path / "Pulumi.dev.yaml").write_text(CONFIG)
    return Stack("dev", tmp_path, stack_settings(find_root(), "local"), Engine((str(script),), "1", "test"))


def calls(stack: Stack) -> list[tuple[list[str], bool]]:
    path = stack.root / "calls"
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_verb_goes_to_the_engine_with_its_stack_and_arguments(stack):
    assert stack.run("preview", ["--diff"]) == 0
    assert calls(stack) == [(["preview", "--stack", "dev", "--diff"], False)]


def test_destroy_lifts_the_protection_first_and_puts_the_configuration_back(stack):
    assert destroy(stack, [], lambda prompt: "dev\n") == 0
    made = calls(stack)
    assert [arguments[0] for arguments, _ in made] == ["up", "destroy"]
    assert all(unprotected for _, unprotected in made)
    assert (stack.root / "Pulumi.dev.yaml").read_text() == CONFIG


@pytest.mark.parametrize("typed", ["", "yes", "prod", "Dev"])
def test_destroy_does_nothing_unless_the_name_is_typed(stack, typed):
    with pytest.raises(NotConfirmed):
        destroy(stack, [], lambda prompt: typed)
    assert calls(stack) == []


def test_a_failed_first_step_stops_the_destroy_and_puts_the_configuration_back(stack):
    (stack.root / "fails").write_text("up")
    with pytest.raises(EngineFailed) as caught:
        destroy(stack, [], lambda prompt: "dev")
    assert caught.value.exit_code == 3
    assert [arguments[0] for arguments, _ in calls(stack)] == ["up"]
    assert (stack.root / "Pulumi.dev.yaml").read_text() == CONFIG


def test_a_stack_that_was_never_deployed_says_how_to_deploy_it(stack):
    (stack.root / "answer").write_text("{}")
    with pytest.raises(OutputsError, match="eros up -s dev"):
        stack.outputs()
    assert not stack.is_deployed()


def test_changes_leave_unchanged_resources_out(stack):
    (stack.root / "answer").write_text('{"changeSummary": {"same": 140, "update": 1}}')
    assert stack.changes() == {"update": 1}


def test_a_failing_question_carries_the_engines_exit_code(stack):
    (stack.root / "fails").write_text("preview")
    with pytest.raises(EngineFailed) as caught:
        stack.changes()
    assert caught.value.exit_code == 3


def test_outputs_of_a_later_version_with_more_fields_are_still_read():
    fields = {field.alias: "x" for field in StackOutputs.model_fields.values()}
    lists = {key: ["a"] for key in ("tables", "sources", "views", "routines")}
    read = StackOutputs.read("dev", {**fields, **lists, "schedules": {}, "alertPolicies": {}, "later": 1})
    assert read.tables == ("a",)
