"""Importing with the embedded engine held against the Pulumi CLI: the same file, the same state, the same next plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects.edits import BOX, GROUP, ITEM
from projects.test_conformance import Twin, normal

PROVIDER = "pulumi:providers:toy"
IMPORT = ("import", "--yes", "--generate-code=false", "-s", "dev", "--file")
# What the cloud holds before the stack knows of anything.
HELD = {
    "shelf": {"name": "shelf", "place": "x"},
    "book": {"name": "book", "inside": "shelf", "value": "old"},
    "loose": {"name": "loose", "value": "1"},
}
PROGRAM: list[dict[str, Any]] = [
    {"type": PROVIDER, "name": "p", "properties": {"region": "here"}},
    {"type": GROUP, "name": "g"},
    {"type": BOX, "name": "shelf", "parent": "g", "provider": "p", "properties": HELD["shelf"]},
    {"type": ITEM, "name": "book", "parent": "g", "provider": "p",
     "properties": {"name": "book", "inside": {"ref": "shelf", "key": "id"}, "value": "new"}},
    {"type": ITEM, "name": "loose", "properties": HELD["loose"]},
    {"type": ITEM, "name": "fresh", "properties": {"name": "fresh", "value": "2"}},
]  # fmt: skip
FILE: dict[str, Any] = {
    "resources": [
        {"type": PROVIDER, "name": "p", "inputs": {"region": "here"}},
        {"type": GROUP, "name": "g", "component": True},
        {"type": BOX, "name": "the-shelf", "logicalName": "shelf", "id": "shelf", "parent": "g", "provider": "p"},
        {"type": ITEM, "name": "book", "id": "book", "parent": "g", "provider": "p"},
        {"type": ITEM, "name": "loose", "id": "loose"},
    ]
}
needs_cli = [
    pytest.mark.cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH to compare the engine with"),
]


def held(folder: Path, embedded: bool) -> Twin:
    """A twin whose cloud holds objects that its stack does not know."""
    twin = Twin(folder, embedded)
    for id_, inputs in HELD.items():
        twin.cloud.create("somebody's", {**inputs, "name": id_})
    return twin


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Twin]:
    twin = held(tmp_path / "embedded", embedded=True)
    yield twin
    twin.server.stop(None)


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Twin]:
    twin = held(tmp_path / "cli", embedded=False)
    yield twin
    twin.server.stop(None)


def run_import(twin: Twin, file: dict[str, Any] = FILE, *flags: str) -> Any:
    path = twin.project.folder / "import.json"
    path.write_text(json.dumps(file))
    return twin._run(*IMPORT, str(path), *flags)


def imported(twin: Twin, file: dict[str, Any] = FILE, *flags: str) -> None:
    done = run_import(twin, file, *flags)
    assert done.returncode == 0, done.stdout + done.stderr


def plan(twin: Twin) -> dict[str, str]:
    """What the next update would do to each resource that it changes."""
    done = twin._run("preview", "--json", "-s", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout[done.stdout.index("{") :])["steps"]
    return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}


def by_name(twin: Twin) -> dict[str, dict[str, Any]]:
    return {entry["urn"].rpartition("::")[2]: entry for entry in twin.project.state["resources"]}


def test_an_import_reads_what_is_there_and_changes_nothing(ours: Twin) -> None:
    before = ours.cloud.objects()
    imported(ours)
    state = by_name(ours)
    assert ours.cloud.objects() == before
    assert {name: state[name].get("id") for name in HELD} == {name: name for name in HELD}
    assert state["book"]["inputs"] == HELD["book"]
    assert state["shelf"]["parent"] == state["g"]["urn"]
    assert state["shelf"]["provider"].startswith(state["p"]["urn"])
    assert all(state[name].get("protect") for name in (*HELD, "g"))


def test_after_an_import_the_next_update_changes_in_place_and_creates_only_what_was_not_there(ours: Twin) -> None:
    imported(ours)
    ours.project.declare(PROGRAM)
    assert plan(ours) == {"book": "update", "fresh": "create"}
    assert ours.perform("up")[0]
    assert ours.cloud.objects()["book"]["value"] == "new"
    assert [event for event, _ in ours.cloud.events()].count("delete") == 0
    assert plan(ours) == {}


def test_a_second_import_of_the_same_file_does_nothing(ours: Twin) -> None:
    imported(ours)
    before = normal(ours.project.state)
    imported(ours)
    assert normal(ours.project.state) == before


def test_what_does_not_exist_fails_the_import_and_what_was_read_stays(ours: Twin) -> None:
    missing = {"type": ITEM, "name": "ghost", "id": "ghost"}
    done = run_import(ours, {"resources": [*FILE["resources"], missing]}, "--skip-preview")
    assert done.returncode == 1
    assert "resource 'ghost' does not exist" in done.stdout + done.stderr
    assert "ghost" not in by_name(ours)
    assert by_name(ours)["g"]["type"] == GROUP


def test_a_resource_under_another_id_is_not_imported_twice(ours: Twin) -> None:
    imported(ours)
    done = run_import(ours, {"resources": [{"type": ITEM, "name": "loose", "id": "book"}]})
    assert done.returncode == 1
    assert "already exists" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"type": ITEM, "name": "a"}, "resource 'a' of type 'toy:index:Item' has no ID"),
        ({"name": "a", "id": "a"}, "resource 'a' has no type"),
        ({"type": ITEM, "id": "a"}, "has no name"),
        ({"type": GROUP, "name": "a", "id": "a", "component": True}, "has an ID, but is marked as a component"),
        ({"type": PROVIDER, "name": "a", "id": "a"}, "has an ID, but is a provider"),
        ({"type": ITEM, "name": "a", "id": "a", "parent": "b"}, "parent 'b' for"),
        ({"type": ITEM, "name": "a", "id": "a", "provider": "b"}, "provider 'b' for"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_imported(ours: Twin, entry: dict[str, Any], message: str) -> None:
    done = run_import(ours, {"resources": [entry]})
    assert done.returncode == 1
    assert message in done.stderr
    assert "resources" not in ours.project.state


@pytest.mark.parametrize(
    ("flags", "feature"),
    [(("--generate-code=true",), "writing code"), (("--from", "terraform"), "--from"), (("a", "b", "c"), "--file")],
)
def test_what_only_the_cli_imports_is_refused(ours: Twin, flags: tuple[str, ...], feature: str) -> None:
    done = run_import(ours, FILE, *flags)
    assert done.returncode == 1
    assert "embedded engine does not support" in done.stderr
    assert feature in done.stderr
    assert "resources" not in ours.project.state


class TestBesideTheCli:
    """The same file with both."""

    pytestmark = needs_cli

    @pytest.mark.parametrize("flags", [(), ("--protect=false",)])
    def test_states_histories_and_next_plans_are_equal(self, ours: Twin, theirs: Twin, flags: tuple[str, ...]) -> None:
        for twin in (ours, theirs):
            imported(twin, FILE, *flags)
            imported(twin, FILE, *flags)
        assert normal(ours.project.state) == normal(theirs.project.state)
        assert ours.counts() == theirs.counts()
        for twin in (ours, theirs):
            twin.project.declare(PROGRAM)
        assert plan(ours) == plan(theirs) == {"book": "update", "fresh": "create"}
        for twin in (ours, theirs):
            assert twin.perform("up")[0]
        assert normal(ours.project.state) == normal(theirs.project.state)

    @pytest.mark.parametrize(
        "entry",
        [
            {"type": ITEM, "name": "a"},
            {"type": GROUP, "name": "a", "id": "a", "component": True},
            {"type": ITEM, "name": "ghost", "id": "ghost"},
        ],
    )
    def test_what_one_refuses_the_other_refuses(self, ours: Twin, theirs: Twin, entry: dict[str, Any]) -> None:
        for twin in (ours, theirs):
            done = run_import(twin, {"resources": [entry]})
            assert done.returncode != 0, done.stdout
            assert not twin.project.state.get("resources")
