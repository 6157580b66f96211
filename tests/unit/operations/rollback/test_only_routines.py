"""Routines and views alone: what an update recorded is put back by the API, and one command after another ends there.

The API is a dict of live objects that may die at any call; history, journal and git are real.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from operations import google_api
from operations.errors import CloudError, EngineFailed
from operations.history import history_report, recorded
from operations.notify import Status
from operations.releases.deployments import DeploymentResult
from operations.releases.verifying import Verified
from operations.rollback import live_definitions
from operations.rollback.asking import NotWell, RollbackAsk
from operations.rollback.choosing import OutOfReach, choose
from operations.rollback.only_routines import OnlyRoutines
from operations.rollback.rolling import Rollback
from settings.errors import ErosError
from tests.unit.operations.history.past import Past
from tests.unit.operations.rollback.fakes import Cloud, Died, FakeStack, clone_of

DATASET = "projects/p/datasets/d"
ROUTINE, TABLE = "gcp:bigquery/routine:Routine", "gcp:bigquery/table:Table"
SCHEDULE = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
NOTHING = RollbackAsk(yes=True, reason="r")


def resource(kind: str, name: str, path: str, **inputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:dev::{kind}::{name}", "type": kind, "custom": True, "id": path, "inputs": inputs}


def routine(name: str, text: str, *, kind: str = "PROCEDURE", **more: Any) -> dict[str, Any]:
    argument = {"name": "p_now", "argumentKind": "FIXED_TYPE", "dataType": '{"typeKind": "TIMESTAMP"}'}
    inputs = {"routineType": kind, "language": "SQL", "definitionBody": text, "arguments": [argument], **more}
    return resource(ROUTINE, name, f"{DATASET}/routines/{name}", **inputs)


def view(name: str, text: str, form: str = "view") -> dict[str, Any]:
    return resource(TABLE, name, f"{DATASET}/tables/{name}", **{form: {"query": text}, "description": "d"})


def schedule(text: str) -> dict[str, Any]:
    return resource(SCHEDULE, "schedules-s", "projects/p/transferConfigs/1", params={"query": text}, schedule="every")


def answer(one: Mapping[str, Any]) -> dict[str, Any]:
    """What BigQuery says of a recorded object that is live as it is recorded."""
    inputs = copy.deepcopy(one["inputs"])
    for argument in inputs.get("arguments") or ():
        argument.pop("argumentKind")
        argument["dataType"] = json.loads(argument["dataType"])
    if inputs.get("returnType"):
        inputs["returnType"] = json.loads(inputs["returnType"])
    return dict(inputs)


@dataclass
class Google:
    """What is live, by path; `dies_at` is the number of the change after which the process is gone."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    dies_at: int = 0
    refuses: str = ""

    def get(self, _: str, path: str, **__: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.objects.get(path))

    def change(self, _: str, path: str, content: Mapping[str, Any]) -> None:
        if path.endswith(self.refuses or "\n"):
            raise CloudError(f"changing {path}: 400 no such column")
        self.objects[path] = {**self.objects[path], **copy.deepcopy(dict(content))}
        self.changes.append(path.rpartition("/")[2])
        if len(self.changes) == self.dies_at:
            raise Died


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path / "backend", monkeypatch)


GOOD = [
    routine("f", "good f", kind="SCALAR_FUNCTION", returnType='{"typeKind": "INT64"}'),
    view("v", "good v"),
    routine("p", "good p"),
]
BAD = [GOOD[0], view("v", "bad v"), routine("p", "bad p"), routine("newer", "n")]


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Google:
    made = Google({one["id"]: answer(one) for one in BAD})
    monkeypatch.setattr(google_api, "get", made.get)
    for name in ("put", "merge"):
        monkeypatch.setattr(google_api, name, made.change)
    return made


@pytest.fixture
def cloud(past: Past, google: Google) -> Cloud:
    return Cloud(past, state=list(BAD))


@pytest.fixture
def stack(tmp_path: Path, past: Past, cloud: Cloud) -> FakeStack:
    """Updates 1 and 2 of a clone, then 3, which was good, and 4, which was not; 3 was not made of a commit."""
    made = clone_of(tmp_path / "clone", past, cloud)
    past.add(commit="", resources=GOOD)
    past.add(commit="b" * 40, dirty=True, resources=BAD)
    return made


def only(stack: FakeStack, ask: RollbackAsk = NOTHING) -> tuple[Any, list[str]]:
    said: list[str] = []
    return OnlyRoutines(stack, lambda: stack.cloud, said.append, lambda _: "ROLLBACK").run(ask), said


def texts(google: Google) -> dict[str, str]:
    return {
        path.rpartition("/")[2]: one.get("definitionBody") or one["view"]["query"]
        for path, one in google.objects.items()
    }


BACK = {"f": "good f", "v": "good v", "p": "good p", "newer": "n"}


def test_what_was_recorded_is_put_back_without_the_commit_of_then_and_recorded(
    stack: FakeStack, cloud: Cloud, google: Google
) -> None:
    done, said = only(stack)
    assert texts(google) == BACK
    assert google.changes == ["v", "p"], "what is as it was is left alone"
    assert cloud.log == ["refresh", "verify", "closed"]
    assert [word for word in cloud.given if word.startswith("urn:")] == [BAD[1]["urn"], BAD[2]["urn"]]
    newest = recorded.updates(stack)[-1]
    assert newest.part is not None
    assert (newest.part.of, newest.part.to, newest.part.reason) == (4, 3, "r")
    assert history_report.as_json(newest, recorded.updates(stack))["routines_of"] == 3
    assert (cloud.opened_as[-1].rollback_of, cloud.told) == ("update 4", [Status.STARTED, Status.SUCCEEDED])
    assert [one.result for one in cloud.rows_of.values()] == [DeploymentResult.SUCCEEDED]
    assert any("the next deployment from git brings update 4" in line for line in said)
    assert done.document["put_back"] == [{"kind": "view", "name": "v"}, {"kind": "procedure", "name": "p"}]


def test_what_was_edited_by_hand_is_put_back_and_no_deployment_is_said_to_undo_it(
    stack: FakeStack, google: Google
) -> None:
    google.objects[GOOD[2]["id"]]["definitionBody"] = "by hand"
    _, said = only(stack, RollbackAsk(to="4", yes=True, reason="r"))
    assert texts(google)["p"] == "bad p"
    assert said[-1] == "this is the program of update 4, as before: no deployment undoes it"


def test_tables_schedules_and_what_is_newer_stay_and_the_update_is_still_what_a_rollback_takes_back(
    stack: FakeStack, google: Google
) -> None:
    only(stack)
    assert texts(google)["newer"] == "n"
    found = choose(recorded.updates(stack), "2", "dev")
    assert (found.current.number, found.target.number) == (4, 2)


def test_it_can_be_rolled_back_itself_and_a_second_time_does_nothing(
    stack: FakeStack, cloud: Cloud, google: Google
) -> None:
    only(stack)
    cloud.state = [*GOOD, BAD[3]]
    google.changes.clear()
    done, said = only(stack)
    assert (google.changes, done.document["rolled_back"], said[-1]) == ([], False, "all of them are as they were then")
    only(stack, RollbackAsk(to="4", yes=True))
    assert texts(google) == {**BACK, "v": "bad v", "p": "bad p"}


@pytest.mark.parametrize("moment", [1, 2])
def test_whenever_it_dies_the_next_command_finishes_it(
    stack: FakeStack, cloud: Cloud, google: Google, moment: int
) -> None:
    google.dies_at = moment
    with pytest.raises(Died):
        only(stack)
    assert list(cloud.rows_of.values())[-1].result is DeploymentResult.FAILED
    google.dies_at = 0
    _, said = only(stack)
    assert texts(google) == BACK
    assert sorted(google.changes) == ["p", "v"], "put twice"
    assert [one.part.to for one in recorded.updates(stack) if one.part] == [3]
    assert moment == 1 or "all of them are as they were then: only the record of it is missing" in said


def test_one_that_is_refused_half_way_says_what_is_done_and_what_is_not(
    stack: FakeStack, cloud: Cloud, google: Google
) -> None:
    google.refuses = "/p"
    said: list[str] = []
    with pytest.raises(CloudError, match="no such column"):
        OnlyRoutines(stack, lambda: cloud, said.append, lambda _: "").run(NOTHING)
    assert "put back: v; not yet: p" in said
    assert cloud.told[-1] is Status.FAILED


def test_an_engine_that_does_not_record_it_is_told_and_gone_on_with(
    stack: FakeStack, cloud: Cloud, google: Google
) -> None:
    cloud.up_code = 255
    with pytest.raises(EngineFailed, match="did not read it again") as caught:
        only(stack)
    assert caught.value.exit_code == 3
    cloud.up_code = 0
    only(stack)
    assert cloud.log.count("refresh") == 2


def test_somebody_who_deployed_meanwhile_is_told(stack: FakeStack, past: Past, google: Google) -> None:
    original = google.change

    def meanwhile(api: str, path: str, content: Mapping[str, Any]) -> None:
        original(api, path, content)
        past.add()

    google_api.put = google_api.merge = meanwhile  # the fixture undoes it
    with pytest.raises(ErosError, match="update 6 was made meanwhile"):
        only(stack)


def test_what_cannot_be_put_back_in_place_is_named_and_left(
    stack: FakeStack, past: Past, google: Google, cloud: Cloud
) -> None:
    gone, kept = routine("gone", "g"), view("m", "old", "materializedView")
    past.add(commit="", resources=[*GOOD, gone, kept])
    cloud.state = [*BAD, view("m", "new", "materializedView")]
    past.add(commit="c" * 40, resources=cloud.state)
    google.objects[kept["id"]] = answer(cloud.state[-1])
    del google.objects[GOOD[2]["id"]]
    done, said = only(stack)
    assert done.document["left"] == [
        "materialized view m can only be made anew",
        "procedure gone is no longer declared",
        "procedure p is not there",
    ]
    assert any(line.startswith("left as it is: procedure gone") for line in said)
    assert google.changes == ["v"]


def test_an_edit_by_hand_counts_as_a_difference_also_where_both_updates_recorded_the_same(
    stack: FakeStack, cloud: Cloud, google: Google
) -> None:
    google.objects[GOOD[0]["id"]]["arguments"][0]["dataType"] = {"typeKind": "DATE"}
    only(stack)
    assert google.changes == ["f", "v", "p"]
    assert google.objects[GOOD[0]["id"]]["arguments"][0]["dataType"] == {"typeKind": "TIMESTAMP"}


def test_a_dry_run_and_a_word_not_typed_change_nothing(stack: FakeStack, cloud: Cloud, google: Google) -> None:
    done, said = only(stack, RollbackAsk(dry_run=True))
    assert "put back: procedure p" in said
    assert done.document["rolled_back"] is False
    OnlyRoutines(stack, lambda: cloud, said.append, lambda _: "no").run(RollbackAsk())
    assert (google.changes, cloud.log) == ([], [])


def test_checks_that_fail_afterwards_are_told_but_not_that_files_are_newer(stack: FakeStack, cloud: Cloud) -> None:
    cloud.verified = [Verified(3, ("i1 no caption twice", "d3 routines take what is declared"))]
    done, said = only(stack)
    assert "verified: 1 of 4 checks failed: i1 no caption twice" in said
    assert done.code == 0


def test_what_somebody_else_has_changed_meanwhile_needs_a_person(
    stack: FakeStack, cloud: Cloud, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_: Cloud) -> None:
        google.objects[BAD[1]["id"]]["view"]["query"] = "by hand"

    monkeypatch.setattr(Cloud, "opened", lambda self, _: meanwhile(self))
    with pytest.raises(NotWell, match="not all routines and views of update 3 are back: view v: its text differs") as e:
        only(stack)
    assert e.value.exit_code == 5
    assert list(cloud.rows_of.values())[-1].result is DeploymentResult.FAILED


def test_what_recorded_nothing_and_an_open_rollback_are_refused(stack: FakeStack, cloud: Cloud, past: Past) -> None:
    with pytest.raises(OutOfReach, match="recorded no routine"):
        only(stack, RollbackAsk(to="1", yes=True))
    past.path(3, "checkpoint").unlink()
    with pytest.raises(OutOfReach, match=r"cannot be had(?s:.*)--to 3 builds it from its commit"):
        only(stack)
    cloud.dies_at = 1
    with pytest.raises(Died):
        Rollback(stack, lambda: cloud, lambda _: None, lambda _: "").run(RollbackAsk(to="1", yes=True))
    with pytest.raises(ErosError, match="is not finished"):
        only(stack)


def test_what_is_live_is_compared_with_texts_arguments_and_schedules(google: Google) -> None:
    declared = [*GOOD, schedule("CALL p()")]
    google.objects = {one["id"]: answer(one) for one in declared}
    assert live_definitions.compared(declared, []) == ([], [])
    one = google.objects[declared[3]["id"]]
    one["disabled"] = True
    assert live_definitions.compared(declared, []) == ([], ["schedule s: it stands still"])
    assert live_definitions.compared(declared, ["s"]) == (["schedule s: it stands still"], [])
    one["params"]["query"] = "CALL q()"
    google.objects[GOOD[0]["id"]]["returnType"] = {"typeKind": "STRING"}
    google.objects[GOOD[1]["id"]]["view"]["query"] = "other"
    del google.objects[GOOD[2]["id"]]
    assert live_definitions.compared(declared, []) == (
        [
            "function f: the type that it returns differs",
            "view v: its text differs",
            "procedure p: is not there",
            "schedule s: its statement differs, it stands still",
        ],
        [],
    )


def test_a_rollback_of_everything_after_which_something_is_live_otherwise_needs_a_person(
    stack: FakeStack, cloud: Cloud
) -> None:
    cloud.differing = ["view v: its text differs"]
    said: list[str] = []
    with pytest.raises(NotWell, match="view v: its text differs"):
        Rollback(stack, lambda: cloud, said.append, lambda _: "").run(RollbackAsk(to="1", yes=True))
    (path,) = (stack.root / ".eros" / "reports").glob("*/rollback_report.md")
    assert "- view v: its text differs" in path.read_text()
