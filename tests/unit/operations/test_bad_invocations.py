"""What a person can type, leave in a file or have in the shell: an exit code, a message, no traceback, in bounded time.

One table of what `eros` is given. Closed and full streams are in test_streams.py, signals in test_running.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from operations import cli, engines
from outputs import StackOutputs
from tests.unit.operations.recorder import recording_stack

ROOT = Path(__file__).resolve().parents[3]
STATED = "config:\n  eros-platform:project: eros-local\n  eros-platform:cloud: local\n"
STATED += "  eros-platform:alertEmail: a@example.com\n"
NOBODY = "http://127.0.0.1:9/x/v1/"
DOWN = r"(?s)127\.0\.0\.1:9 .* is down.*fix: eros local up"
BILLION = "a: &a [x, x]\n"
BILLION += "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in pairwise("abcdefghi"))
LISTS, MAPPINGS = ("tables", "sources", "views", "routines"), ("schedules", "alert_policies")
OUTPUTS = {
    field.alias: ["a"] if key in LISTS else {} if key in MAPPINGS else "x"
    for key, field in StackOutputs.model_fields.items()
    if field.is_required()
}


@dataclass(frozen=True)
class Case:
    """A command line, what it is given, and what comes of it."""

    line: str
    code: int
    said: str
    stack_file: bytes = STATED.encode()
    environment: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] = lambda _: None


def file(content: str | bytes, said: str) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case("preview -s dev", 1, rf"Pulumi\.dev\.yaml(:\d+)?: {said}(?s:.*)fix: ", stack_file=data)


def down(line: str, **environment: str) -> Case:
    return Case(line, 1, DOWN, environment=environment or {"GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": NOBODY})


def delete_folder(clone: Path) -> None:
    os.chdir(clone / "sql")
    shutil.rmtree(clone / "sql")


TRANSFER = {"GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT": NOBODY}


def in_place_of(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


CASES = {
    "a name of 300 characters": Case(f"preview -s {'x' * 300}", 1, "stack name 'x{40}...' must be at most 21"),
    "a path as a name": Case("up -s ../dev", 1, "stack name '../dev' must be"),
    "no name": Case("preview", 2, "Missing option '--stack'"),
    "a stack that is not there": Case("history -s nowhere", 1, "Pulumi.nowhere.yaml does not exist(?s:.*)fix: "),
    "an open quote": file(STATED + "  a: 'x\n", "no valid YAML"),
    "a tab": file("config:\n\ta: 1\n", "no valid YAML"),
    "a list": file("- a\n", "no mapping"),
    "a text": file("x", "no mapping"),
    "binary": file(bytes(range(256)), "not UTF-8 text"),
    "UTF-16": file(STATED.encode("utf-16"), "not UTF-8 text"),
    "two documents": file(STATED + "---\na: 1\n", "a second document"),
    "a tag": file("config: !!python/object:os.system {}\n", "the tag"),
    "a merge key": file(STATED + "  <<: {a: b}\n", "a key that is no text"),
    "a billion laughs": file(BILLION, "an anchor or alias"),
    "one key twice": file(STATED + "  eros-platform:cloud: google\n", "eros-platform:cloud is given twice"),
    "a text for the configuration": file("config: x\n", "config: no mapping"),
    "a folder as a stack file": Case(
        "preview -s dev", 1, "no file", prepare=lambda clone: in_place_of(clone / "Pulumi.dev.yaml", Path.mkdir)
    ),
    "a pipe as a stack file": Case(
        "preview -s dev", 1, "no file", prepare=lambda clone: in_place_of(clone / "Pulumi.dev.yaml", os.mkfifo)
    ),
    "no configuration": Case("preview -s dev", 1, "eros-platform:project: no value", stack_file=b""),
    "a damaged file of holidays": Case(
        "cost", 1, r"config/holidays\.yaml:2: (?s:.*)fix: ",
        prepare=lambda clone: (clone / "config/holidays.yaml").write_bytes(b"first_year: 2024\nlast_year: \x00\n"),
    ),
    # The name of the key between its colons is that of a picture: it is printed as it is.
    "a wrong value": Case(
        "preview -s dev", 1, "eros-platform:cloud: 'moon'", stack_file=STATED.replace("local\n", "moon\n").encode()
    ),
    "another project": Case(
        "preview -s dev", 1, "Pulumi.yaml:1: this is the project 'x'",
        prepare=lambda clone: (clone / "Pulumi.yaml").write_text("name: x\nruntime: go\n"),
    ),
    "a project file that is cut": Case(
        "preview -s dev", 1, "Pulumi.yaml:1: no valid YAML",
        prepare=lambda clone: (clone / "Pulumi.yaml").write_text("name: 'x"),
    ),
    "a folder that was deleted": Case("preview -s dev", 1, "the current folder was deleted", prepare=delete_folder),
    "an unknown command": Case("nonsense", 2, "No such command 'nonsense'"),
    "a destroy with an unknown option": Case("destroy -s dev --bogus", 2, "No such option"),
    "a destroy with a word too many": Case("destroy -s dev all", 2, "Got unexpected extra argument"),
    "a destroy without anybody to ask": Case("destroy -s dev", 1, "stack dev was left as it is(?s:.*)fix: type dev"),
    "a folder of states that is gone": Case(
        "history -s dev", 1, "/nowhere/x is no folder(?s:.*)fix: ",
        environment={"PULUMI_BACKEND_URL": "file:///nowhere/x"},
    ),
    "preview without a provider": down("preview -s dev", PULUMI_DEBUG_PROVIDERS="gcp:9"),
    "up without a cloud": down("up -s dev --yes"),
    "refresh without a cloud": down("refresh -s dev --yes"),
    "destroy without a cloud": down("destroy -s dev"),
    "schedules without a cloud": down("schedules -s dev", **TRANSFER),
    "a run without a cloud": down("schedules -s dev run --due", **TRANSFER),
    "verify without a cloud": down("verify -s dev"),
    "cost without a cloud": down("cost -s dev"),
    "an endpoint that is none": Case(
        "up -s dev", 1, "is no address", environment={"GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": "http://127.0.0.1:port/"}
    ),
    "a wait that is no number": Case("schedules -s dev run --wait nan x", 2, "Invalid value for '--wait'"),
    "a wait without end": Case("schedules -s dev run --wait inf x", 2, "Invalid value for '--wait'"),
    "a wait into the past": Case("schedules -s dev run --wait -1 x", 2, "Invalid value for '--wait'"),
    "a price that is no number": Case("cost --price nan --json", 2, "Invalid value for '--price'"),
    "a price without end": Case("cost --price inf --json", 2, "Invalid value for '--price'"),
    "free bytes without end": Case("cost --free inf", 2, "Invalid value for '--free'"),
    "no creators": Case("cost --creators 0", 2, "Invalid value for '--creators'"),
    "a check that is not there": Case("verify -s dev --only nonsense", 1, "no check 'nonsense'(?s:.*)fix: one of"),
    "a board without a file": Case("report html -s dev", 1, "of one stack(?s:.*)fix: eros report html FILE -s STACK"),
    "a report into a file": Case("report scorecard x.csv -s dev", 1, "of one stack(?s:.*)fix: eros report html FILE"),
    "a board where none can be": Case("report html /nowhere/x.html -s dev", 1, "/nowhere/x.html cannot be written"),
    "a port that is none": Case("open -s dev --port 65536", 2, "Invalid value for '--port'"),
    "help in one column": Case("--help", 0, "^$", environment={"COLUMNS": "1"}),
    "help in a million columns": Case("destroy --help", 0, "^$", environment={"COLUMNS": "1000000000"}),
}  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clone of the platform where the stack `dev` was deployed by an engine that only answers."""
    made = tmp_path / "clone"
    made.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", made)
    for name in ("sql", "config"):
        shutil.copytree(ROOT / name, made / name)
    engine = recording_stack(made).engine
    (made / "answer-stack-output").write_text(json.dumps(OUTPUTS))
    (made / "answer-stack-export").write_text('{"deployment": null}')
    monkeypatch.setattr(engines, "choose", lambda **_: engine)
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "PULUMI_", "STORAGE_", "EROS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(made)
    with socket.create_server(("127.0.0.1", 0)) as cloud:
        monkeypatch.setenv("SOME_EMULATOR_HOST", f"127.0.0.1:{cloud.getsockname()[1]}")
        yield made


@pytest.mark.timeout(120)  # a command that waits for what never answers
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bad_invocation_ends_with_a_message_in_time(
    case: Case, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "Pulumi.dev.yaml").write_bytes(case.stack_file)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    case.prepare(clone)
    monkeypatch.setattr(sys, "argv", ["eros", *case.line.split()])
    monkeypatch.setattr("builtins.input", _nobody)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert (ended.value.code, bool(re.search(case.said, said))) == (case.code, True), said
    calls = (clone / "calls").read_text() if (clone / "calls").exists() else ""
    assert {json.loads(line)[0] for line in calls.splitlines()} <= {"stack"}, "the engine was set to work"


def _nobody(prompt: str) -> str:
    raise EOFError
