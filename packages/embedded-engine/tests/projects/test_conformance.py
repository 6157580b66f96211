"""The embedded engine held against the Pulumi CLI: the same programs, the same steps, the same state."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from projects.edits import BOX, GROUP, ITEM, Edit, Series
from toy_cloud import ToyCloud, ToyProvider, serve
from toy_project import PASSPHRASE, SALT, SECRET, ToyProject

from embedded_engine.crypter import Crypter
from embedded_engine.values import is_secret, walk

SEED, EDITS, PART = 4711, 40, 10
CONFIG = "config:\n  token: {type: string, secret: true}\n  word: {type: string, default: hello}\n"

pytestmark = [
    pytest.mark.cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH to compare the engine with"),
]


class Twin:
    """A project with a cloud of its own, deployed by one of the two."""

    def __init__(self, folder: Path, embedded: bool) -> None:
        folder.mkdir()
        self.cloud = ToyCloud(folder / "cloud.db")
        self.server, port = serve(ToyProvider(self.cloud))
        self.project = ToyProject(folder / "project", folder / "backend", port, CONFIG)
        self._run = self.project.embedded if embedded else self.project.cli

    def perform(self, verb: str) -> tuple[bool, str]:
        done = self._run(verb, "--yes", "--skip-preview", "-s", "dev")
        return done.returncode == 0, done.stdout + done.stderr

    def counts(self) -> dict[str, int]:
        """What the last operation was recorded to have done."""
        files = sorted((self.project.backend / ".pulumi/history/toy/dev").glob("*.history.json"))
        changes: dict[str, int] = json.loads(files[-1].read_text()).get("resourceChanges", {})
        return changes

    def apply(self, edit: Edit) -> tuple[bool, dict[str, int], str]:
        self.project.declare(edit.resources, {"count": len(edit.resources)})
        for kind in ("create", "update", "delete", "init"):
            self.cloud.set(kind, edit.faults.get(kind, []))
        if edit.drift:
            for id_ in self.cloud.objects():
                if re.sub("-[0-9a-f]{6}$", "", id_) == edit.drift:
                    self.cloud.edit(id_, value="drifted")
        succeeded, output = self.perform(edit.operation)
        return succeeded, self.counts(), output


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Twin, Twin]]:
    folder = tmp_path_factory.mktemp("twins")
    ours, theirs = Twin(folder / "embedded", embedded=True), Twin(folder / "cli", embedded=False)
    yield ours, theirs
    ours.server.stop(None)
    theirs.server.stop(None)


def normal(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of a state without what differs from run to run."""
    crypter = Crypter(PASSPHRASE, SALT)

    def open_secret(node: Any) -> Any:
        return {"secret": json.loads(crypter.decrypt(node["ciphertext"]))} if is_secret(node) else node

    resources = []
    for entry in state.get("resources", []):
        kept = walk(entry, open_secret)
        for key in ("created", "modified", "sourcePosition", "stackTrace"):
            kept.pop(key, None)
        kept["dependencies"] = sorted(kept.get("dependencies", []))
        kept["propertyDependencies"] = {
            key: sorted(listed) for key, listed in kept.get("propertyDependencies", {}).items()
        }
        text = json.dumps(kept, sort_keys=True)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
        resources.append(json.loads(re.sub(r"(r\d+)-[0-9a-f]{6}\b", r"\1-RANDOM", text)))
    return sorted(resources, key=lambda entry: json.dumps(entry, sort_keys=True))


def apply_both(twins: tuple[Twin, Twin], edit: Edit) -> list[tuple[bool, dict[str, int], str]]:
    """Applies an edit to both at once, which takes little longer than one."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda twin: twin.apply(edit), twins))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(EDITS // PART))
@pytest.mark.timeout(600)
def test_random_edits_lead_to_equal_steps_outcomes_and_states(twins: tuple[Twin, Twin], part: int) -> None:
    ours, theirs = twins
    edits = Series(SEED).edits(EDITS)[part * PART : (part + 1) * PART]
    assert len(edits) == PART
    for edit in edits:
        mine, other = apply_both(twins, edit)
        context = f"{edit.what}\n--- embedded\n{mine[2]}\n--- cli\n{other[2]}"
        assert mine[0] == other[0], context
        if mine[0]:
            assert mine[1] == other[1], context
        else:
            # What else was done by the time of the failure differs: both finish without the fault.
            retry = Edit(f"{edit.what}; again", edit.resources)
            mine, other = apply_both(twins, retry)
            context += f"\n--- embedded, again\n{mine[2]}\n--- cli, again\n{other[2]}"
            assert mine[0] == other[0], context
        assert normal(ours.project.state) == normal(theirs.project.state), context
        assert sorted(re.sub("-[0-9a-f]{6}$", "", id_) for id_ in ours.cloud.objects()) == sorted(
            re.sub("-[0-9a-f]{6}$", "", id_) for id_ in theirs.cloud.objects()
        ), context


RESOURCES: list[dict[str, Any]] = [
    {"type": GROUP, "name": "g"},
    {"type": BOX, "name": "a", "parent": "g", "properties": {"place": "x"}},
    {"type": ITEM, "name": "b", "properties": {"inside": {"ref": "a", "key": "id"}, "value": {"config": "word"}}},
    {"type": ITEM, "name": "c", "properties": {"token": {"config": "token", "hidden": True}}},
]
EXPORTS = {"token": {"config": "token", "hidden": True}, "address": {"ref": "a", "key": "address"}}


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Twin]:
    twin = Twin(tmp_path / "shared", embedded=True)
    twin.project.declare(RESOURCES, EXPORTS)
    yield twin
    twin.server.stop(None)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", ["embedded", "cli"])
def test_each_takes_over_the_other_s_stack_and_sees_no_change(shared: Twin, first: str) -> None:
    project = shared.project
    one, other = (project.embedded, project.cli) if first == "embedded" else (project.cli, project.embedded)

    def must(command: Any, *arguments: str) -> str:
        done = command(*arguments, "-s", "dev")
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    must(one, "up", "--yes", "--skip-preview", "-m", "by the first")
    must(other, "preview", "--expect-no-changes")
    must(other, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert must(other, "stack", "output", "token", "--show-secrets").strip() == SECRET
    assert must(other, "config", "get", "token").strip() == SECRET
    must(other, "config", "set", "word", "goodbye")
    must(other, "config", "set", "token", "an0ther", "--secret")
    must(other, "up", "--yes", "--skip-preview", "-m", "by the second")
    must(one, "preview", "--expect-no-changes")
    must(one, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert must(one, "stack", "output", "token", "--show-secrets").strip() == "an0ther"
    for command in (one, other):
        listed = json.loads(must(command, "stack", "history", "--json"))
        assert [entry["message"] for entry in listed if entry["kind"] == "update"] == ["by the second", "by the first"]
        assert all(entry["result"] == "succeeded" for entry in listed)
    must(other, "destroy", "--yes", "--skip-preview")
    assert shared.cloud.objects() == {}
    must(one, "preview")


@pytest.mark.timeout(300)
def test_each_respects_the_other_s_lock(shared: Twin) -> None:
    folder = shared.project.backend / ".pulumi/locks/organization/toy/dev"
    folder.mkdir(parents=True)
    holder = {"pid": 1, "username": "ann", "hostname": "elsewhere", "timestamp": "2024-01-01T00:00:00Z"}
    (folder / "x.json").write_text(json.dumps(holder))
    for command in (shared.project.embedded, shared.project.cli):
        done = command("up", "--yes", "--skip-preview", "-s", "dev")
        assert done.returncode != 0
        assert "locked by 1 lock" in done.stderr
        assert "ann@elsewhere" in done.stderr
    assert shared.project.embedded("cancel", "--yes", "-s", "dev").returncode == 0
    assert shared.project.cli("preview", "-s", "dev").returncode == 0


@pytest.mark.timeout(300)
def test_previews_as_json_say_the_same(shared: Twin) -> None:
    project = shared.project
    assert shared.perform("up")[0]
    changed = json.loads(json.dumps(RESOURCES))
    changed[1]["properties"]["place"] = "y"
    project.declare([*changed[:3], {"type": ITEM, "name": "d", "properties": {"value": "1"}}], EXPORTS)

    mine = json.loads(project.embedded("preview", "--json", "-s", "dev").stdout)
    other = json.loads(project.cli("preview", "--json", "-s", "dev").stdout)

    def steps(digest: dict[str, Any]) -> list[tuple[str, str, str]]:
        return sorted((step["op"], step["urn"], json.dumps(step["detailedDiff"])) for step in digest["steps"])

    assert mine["changeSummary"] == other["changeSummary"]
    assert steps(mine) == steps(other)
    assert mine["config"] == other["config"]
    assert {type(value) for value in mine.values()} == {type(value) for value in other.values()}
