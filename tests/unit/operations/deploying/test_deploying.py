"""A deployment ends with one of six exit codes, and one that died at any moment is finished by the next command."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.deploying import deploy as deploy_module
from operations.deploying import judging, preflight, watching
from operations.deploying.deploy import Deploy, DeployWanted
from operations.deploying.preflight import Line
from operations.errors import CloudError, EngineFailed, NotConfirmed
from operations.history import recorded
from operations.notify import Status
from operations.releases.deployments import DeploymentResult
from operations.releases.figures import Figures
from operations.releases.verifying import Verified
from tests.unit.operations.history.past import Past
from tests.unit.operations.rollback.fakes import Cloud, Died, FakeStack, clone_of
from tests.unit.operations.rollback.test_building import git

LABELS = {"system": "eros", "environment": "dev", "owner": "data-platform"}
INPUTS = {"tableId": "v", "view": {"query": "old"}, "labels": LABELS}
VIEW = {"type": "gcp:bigquery/table:Table", "custom": True, "inputs": INPUTS}
PLAN = {"steps": [{"op": "update", "urn": "x::v", "oldState": VIEW, "newState": VIEW, "diffReasons": ["view"]}]}
MINUTES = timedelta(minutes=30)
BAD = Verified(2, ("i5 export view keeps rows",))


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path / "backend", monkeypatch)


@pytest.fixture
def cloud(past: Past) -> Cloud:
    return Cloud(past)


@pytest.fixture
def stack(tmp_path: Path, past: Past, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    """Two updates of the past; the commit that is checked out was not deployed."""
    made = clone_of(tmp_path / "clone", past, cloud)
    (made.root / "program").write_text("new")
    git(made.root, "commit", "--quiet", "--all", "--message", "new")
    monkeypatch.setattr(preflight, "lines", lambda *_, **__: iter([Line("tools", "pass", "all")]))
    cloud.plan = PLAN
    return made


def deploy(
    stack: FakeStack, wanted: DeployWanted | None = None, typed: Sequence[str] = ()
) -> tuple[int, list[str], Deploy]:
    said: list[str] = []
    answers = iter(typed)
    made = Deploy(stack, lambda: stack.cloud, said.append, lambda _: next(answers), lambda _: None)
    return made.run(wanted or DeployWanted(yes=True)), said, made


def results(cloud: Cloud) -> list[DeploymentResult]:
    return [one.result for one in cloud.rows_of.values()]


def programs(cloud: Cloud) -> list[str]:
    return [entry.removeprefix("up begun: ") for entry in cloud.log if entry.startswith("up begun")]


def test_the_steps_come_in_their_order_and_the_row_has_the_figures(stack: FakeStack, cloud: Cloud) -> None:
    cloud.measured = [Figures(health_score=80), Figures(health_score=85)]
    code, said, made = deploy(stack)
    assert code == 0
    assert cloud.log == ["backup", "verify", "up begun: new", "up ended", "verify", "closed"]
    (row,) = cloud.rows_of.values()
    assert (row.result, row.backup) == (DeploymentResult.SUCCEEDED, "2025-11-04_200000")
    assert (row.before, row.after) == (Figures(health_score=80), Figures(health_score=85))
    assert "health score: 85 (80 before)" in said
    assert recorded.updates(stack)[-1].message == f"deployment {row.id}: new"
    assert cloud.told == [Status.STARTED, Status.SUCCEEDED]
    assert made.state is not None
    assert {name: one["status"] for name, one in made.state.components.items()} == {
        "preflight": "passed",
        "backup": "completed",
        "infrastructure": "deployed",
        "validation": "passed",
        "gate": "passed",
        "deployment": "succeeded",
    }
    assert (stack.root / ".eros" / "reports" / f"deploy-{row.id}.md").read_text().count("passed") >= 3


def test_running_it_again_does_nothing(stack: FakeStack, cloud: Cloud) -> None:
    deploy(stack)
    cloud.log.clear()
    cloud.plan = {"changeSummary": {"same": 300}}
    code, said, _ = deploy(stack)
    assert (code, said[-1]) == (0, "nothing to deploy: the stack is as its files say")
    assert cloud.log == []


@pytest.mark.parametrize("state", ["fail", "refused", "danger"])
def test_what_fails_before_changes_nothing(
    stack: FakeStack, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    if state == "fail":
        line = Line("git", "fail", "files that are not committed: M a", "commit")
        monkeypatch.setattr(preflight, "lines", lambda *_, **__: iter([line, Line("lint", "pass", "ok")]))
    elif state == "danger":
        table = {**VIEW, "inputs": {"tableId": "t"}}
        cloud.plan = {"steps": [{"op": "delete", "urn": "x::t", "oldState": table}]}
    else:
        cloud.plan = {"diagnostics": [{"severity": "error", "message": "error: no such column"}]}
    code, said, _ = deploy(stack)
    assert code == 1
    assert any("fix: " in line for line in said)
    assert state != "fail" or "PASS  lint: ok" in said, "one failure hid the others"
    assert cloud.log == []


def test_a_dry_run_a_word_not_typed_and_nobody_to_ask_change_nothing(stack: FakeStack, cloud: Cloud) -> None:
    assert deploy(stack, DeployWanted(dry_run=True))[0] == 0
    assert deploy(stack, DeployWanted(), ["yes"])[0] == 0

    def nobody(_: str) -> str:
        raise EOFError

    with pytest.raises(NotConfirmed):
        Deploy(stack, lambda: cloud, lambda _: None, nobody).run(DeployWanted())
    assert cloud.log == []


def test_without_a_backup_nothing_is_deployed(
    stack: FakeStack, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def refuse(_: Cloud) -> Any:
        raise CloudError("no bucket", fix="make it")

    monkeypatch.setattr(Cloud, "backup", refuse)
    with pytest.raises(EngineFailed, match="no bucket") as caught:
        deploy(stack)
    assert caught.value.exit_code == 2
    assert programs(cloud) == []
    assert deploy(stack, DeployWanted(yes=True, skip_backup=True))[0] == 0


def test_an_update_that_fails_is_told_and_can_be_gone_on_with(stack: FakeStack, cloud: Cloud) -> None:
    cloud.up_code = 255
    with pytest.raises(EngineFailed, match="half-way") as caught:
        deploy(stack)
    assert caught.value.exit_code == 3
    assert (results(cloud), cloud.told[-1]) == ([DeploymentResult.FAILED], Status.FAILED)
    cloud.up_code = 0
    assert deploy(stack)[0] == 0


def test_what_a_half_made_update_has_broken_did_not_fail_before(stack: FakeStack, cloud: Cloud) -> None:
    cloud.up_code, cloud.verified = 255, [Verified(3)]
    with pytest.raises(EngineFailed):
        deploy(stack)
    cloud.up_code, cloud.verified = 0, [BAD]
    assert deploy(stack, DeployWanted(yes=True, no_rollback=True))[0] == 5


def test_a_plan_that_is_out_of_date_is_not_carried_out(stack: FakeStack, cloud: Cloud) -> None:
    cloud.plans = [PLAN, {"steps": [*PLAN["steps"], {"op": "delete", "urn": "x::w", "oldState": VIEW}]}]
    with pytest.raises(EngineFailed, match="the plan is out of date"):
        deploy(stack)
    assert programs(cloud) == []


def test_the_cli_is_held_to_the_plan_that_it_saved(stack: FakeStack, cloud: Cloud) -> None:
    deploy(stack)
    saved = cloud.saved[cloud.saved.index("--save-plan") + 1]
    assert cloud.given[cloud.given.index("--plan") + 1] == saved
    cloud.given, cloud.saved = [], []
    embedded = dataclasses.replace(stack, engine=dataclasses.replace(stack.engine, embedded=True))
    deploy(embedded)
    assert "--save-plan" not in cloud.saved
    assert "--plan" not in cloud.given


def test_what_fails_afterwards_is_taken_back_by_itself(stack: FakeStack, cloud: Cloud) -> None:
    cloud.verified = [Verified(3), BAD, Verified(3)]
    code, said, made = deploy(stack)
    assert code == 4
    assert programs(cloud) == ["new", "bad"], "the update before had the program `bad`"
    assert any(line.startswith("taking it back: check i5") for line in said)
    assert sorted(results(cloud)) == [DeploymentResult.ROLLED_BACK, DeploymentResult.SUCCEEDED]
    assert made.state is not None
    assert cloud.opened_as[-1].rollback_of == made.state.deployment_id
    assert cloud.schedules == {"a": True, "b": True, "off": False}


def test_no_rollback_and_one_that_cannot_be_made_need_a_person(
    stack: FakeStack, cloud: Cloud, past: Past
) -> None:  # fmt: skip
    cloud.verified = [Verified(3), BAD]
    code, said, _ = deploy(stack, DeployWanted(yes=True, no_rollback=True))
    assert (code, results(cloud)) == (5, [DeploymentResult.ROLLBACK_REQUIRED])
    assert "eros rollback -s dev" in said[-1]
    assert programs(cloud) == ["new"]
    for number in (1, 2):
        past.path(number).write_text("?")
    cloud.verified = [Verified(3), BAD]
    code, said, _ = deploy(stack)
    assert code == 5
    assert any("could not be taken back" in line for line in said)


def test_a_check_that_failed_before_is_told_and_takes_nothing_back(stack: FakeStack, cloud: Cloud) -> None:
    cloud.verified = [BAD, BAD]
    code, said, _ = deploy(stack)
    assert code == 0
    assert "failed before, too: i5 export view keeps rows" in said


def test_the_gate_watches_until_the_window_is_over_and_takes_back_what_breaks_in_it(
    stack: FakeStack, cloud: Cloud
) -> None:
    cloud.measured = [Figures(health_score=90), Figures(health_score=90), Figures(health_score=50)]
    code, said, _ = deploy(stack, DeployWanted(yes=True, watch=MINUTES))
    assert code == 4
    assert any(line.startswith("watching, 30 min left: health 90") for line in said)
    assert any("health score 50, below 70" in line for line in said)


def test_a_watch_that_was_left_is_taken_up_again(stack: FakeStack, cloud: Cloud) -> None:
    def leave(_: float) -> None:
        raise KeyboardInterrupt

    said: list[str] = []
    made = Deploy(stack, lambda: cloud, said.append, lambda _: "", leave)
    with pytest.raises(KeyboardInterrupt):
        made.run(DeployWanted(yes=True, watch=MINUTES))
    assert "eros gate -s dev goes on" in said[-1]
    assert results(cloud) == []
    again = Deploy(stack, lambda: cloud, said.append, lambda _: "", lambda _: None)
    cloud.measured = [Figures(health_score=90), Figures(health_score=30)]
    assert again.gate(timedelta(), roll_back=True) == 4
    (stack.root / ".eros" / "deploy-dev.json").unlink()
    with pytest.raises(NotConfirmed, match="no deployment"):
        again.gate(timedelta(), roll_back=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The instant that it is, for the deployment alone."""
    now = [datetime(2025, 11, 4, 20, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override] # no Clock: what is computed from it is none
            return now[0].astimezone(tz)

    for module in (deploy_module, judging, watching):
        monkeypatch.setattr(module, "datetime", Clock)
    return now


def watched(stack: FakeStack, wanted: DeployWanted, clock: list[datetime]) -> tuple[int, list[str], Deploy]:
    """A deployment whose watch waits by the clock above."""
    said: list[str] = []

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    made = Deploy(stack, lambda: stack.cloud, said.append, lambda _: "", sleep)
    return made.run(wanted), said, made


def test_a_deployment_is_over_before_its_watch(stack: FakeStack, cloud: Cloud, clock: list[datetime]) -> None:
    code, _, _ = watched(stack, DeployWanted(yes=True, watch=MINUTES), clock)
    (row,) = cloud.rows_of.values()
    assert (code, clock[0].minute) == (0, 30)
    assert row.ended == datetime(2025, 11, 4, 20, tzinfo=UTC), "the watch counts as time to deploy"


KEPT = {**VIEW, "protect": True, "inputs": {"tableId": "t", "labels": LABELS, "deletionProtection": True}}
CHANGED = {"op": "update", "urn": "x::t", "oldState": KEPT, "newState": KEPT, "diffReasons": ["description"]}
FIRST = {"steps": [CHANGED]}
WHOLE = {"steps": [*FIRST["steps"], *PLAN["steps"]]}
TWO = DeployWanted(yes=True, phases=True, watch=MINUTES)


def messages(stack: FakeStack) -> list[str]:
    return [one.message.partition(" ")[2].partition("_")[2][6:] for one in recorded.updates(stack)[2:]]


def test_two_steps_are_each_seen_held_to_their_preview_checked_and_watched(
    stack: FakeStack, cloud: Cloud, clock: list[datetime]
) -> None:
    cloud.plans = [WHOLE, FIRST, FIRST, PLAN]
    code, said, _ = watched(stack, TWO, clock)
    assert code == 0
    in_order = [entry for entry, _ in itertools.groupby(cloud.log)]
    assert in_order == [*("backup", "verify"), *("up begun: new", "up ended", "verify") * 2, "closed"]
    assert messages(stack) == [", first step: new", ": new"]
    assert sum(line.startswith("watching, 30 min left") for line in said) == 2
    assert "  changed: 1 table: t" in said
    assert not (stack.root / ".eros" / "phases-dev" / "tree").exists()
    cloud.plans = [WHOLE, {"steps": []}]
    assert deploy(stack, dataclasses.replace(TWO, dry_run=True))[0] == 0


def test_a_first_step_that_fails_its_checks_is_taken_back_and_the_second_is_not_made(
    stack: FakeStack, cloud: Cloud
) -> None:
    cloud.plans, cloud.verified = [WHOLE, FIRST, FIRST], [Verified(3), BAD]
    assert deploy(stack, dataclasses.replace(TWO, watch=timedelta()))[0] == 4
    assert programs(cloud) == ["new", "bad"], "the program before the deployment was `bad`"
    assert results(cloud)[-1] is DeploymentResult.ROLLED_BACK


def test_a_second_step_that_fails_goes_back_behind_the_first(stack: FakeStack, cloud: Cloud) -> None:
    cloud.plans, cloud.verified = [WHOLE, FIRST, FIRST, PLAN], [Verified(3), Verified(3), BAD]
    assert deploy(stack, dataclasses.replace(TWO, watch=timedelta()))[0] == 4
    mark = recorded.updates(stack)[-1].mark
    assert mark is not None
    assert (mark.of, mark.to) == (4, 2), "update 3 is the first step"


def test_a_second_step_does_nothing_that_was_not_shown(stack: FakeStack, cloud: Cloud) -> None:
    more = {"op": "delete", "urn": "x::w", "oldState": VIEW}
    cloud.plans = [WHOLE, FIRST, FIRST, {"steps": [*PLAN["steps"], more]}]
    with pytest.raises(EngineFailed, match="the plan is out of date"):
        deploy(stack, dataclasses.replace(TWO, watch=timedelta()))
    assert messages(stack) == [", first step: new"]


def test_a_first_step_that_was_left_is_watched_by_the_next_run_with_the_figures_of_before(
    stack: FakeStack, cloud: Cloud, clock: list[datetime]
) -> None:
    def leave(_: float) -> None:
        raise KeyboardInterrupt

    cloud.plans, said = [WHOLE, FIRST, FIRST], list[str]()
    cloud.measured = [Figures(health_score=88)]
    with pytest.raises(KeyboardInterrupt):
        Deploy(stack, lambda: cloud, said.append, lambda _: "", leave).run(TWO)
    assert "eros deploy --phases -s dev goes on" in said[-1]
    cloud.plans = [PLAN, {"steps": []}, PLAN]
    code, said, made = watched(stack, TWO, clock)
    assert code == 0
    assert made.state is not None
    assert made.state.before is not None
    assert made.state.before["health_score"] == 88
    assert sum(line.startswith("watching, 30 min left") for line in said) == 2
    assert messages(stack) == [", first step: new", ": new"]


def test_without_a_known_program_before_there_are_no_two_steps(stack: FakeStack, cloud: Cloud, past: Past) -> None:
    past.add(commit="e" * 40, dirty=True)
    with pytest.raises(
        EngineFailed, match=r"update 3 was made of files that were not committed(?s:.*)without --phases"
    ):
        deploy(stack, TWO)
    assert cloud.log == []


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "interrupted"])
@pytest.mark.parametrize("moment", range(1, 17))
def test_whenever_it_dies_the_next_command_ends_as_it_should(
    stack: FakeStack, cloud: Cloud, moment: int, is_killed: bool
) -> None:
    """The new program fails its checks: whatever happens, it is back in the end, and no row is left running."""
    cloud.dies_at, cloud.is_killed = moment, is_killed
    cloud.verified = []
    original = Cloud.verify

    def verify(self: Cloud, folder: Path, only: Sequence[str] = ()) -> Verified:
        original(self, folder, only)
        updates = recorded.updates(stack)
        is_new = updates[-1].commit == git(stack.root, "rev-parse", "HEAD")
        return BAD if is_new and updates[-1].is_good else Verified(3)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cloud, "verify", verify)
        if is_killed:
            threading.Thread(target=deploy, args=(stack,), daemon=True).start()
            assert cloud.gone.wait(60)
        else:
            with pytest.raises(Died):
                deploy(stack)
        cloud.dies_at = -1
        code, _, _ = deploy(stack)
    assert code == 4
    assert cloud.schedules == {"a": True, "b": True, "off": False}
    assert recorded.updates(stack)[-1].mark is not None
    opened = {one.id for one in cloud.opened_as}
    assert opened <= cloud.rows_of.keys(), "a row that says RUNNING for good"
    assert list(cloud.rows_of.values())[-1].result in (DeploymentResult.ROLLED_BACK, DeploymentResult.SUCCEEDED)
