"""A bad update is taken back from the history: definitions as they were, byte for byte, and no row is lost.

One deployed platform in a git repository of its own: update 2 is good, update 3 breaks a view and adds a column, and so
does a deployment in two steps. What can be seen without a cloud is in `tests/unit/operations/rollback`: every call as a
moment to die, targets out of reach.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import DATASET, PROJECT
from tests.local import dying
from tests.local.deployment import Deployment, caches, deployed, shared_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
VIEW = "sql/views/schedule_recommendations_messages.sql"
EXPORT = "export_tables_at"
COST_REPORT = "x2"
FLAGS = "sql/tables/feature_flags.sql"
COLUMN = '  tried_on DATE\n    OPTIONS(description="Day on which the flag was tried."),\n'
WROTE = f"""
INSERT INTO `{PROJECT}.{DATASET}.feature_flags` (flag, is_enabled, updated_at, tried_on)
VALUES ('written_since', TRUE, CURRENT_TIMESTAMP(), '2025-11-04')
"""
MESSAGE = f"""
INSERT INTO `{PROJECT}.{DATASET}.schedule_recommendations`
  (schedule_id, page_name, scheduled_send_time, message_type, created_at, scheduled_send_date, scheduled_send_hour,
   is_active)
VALUES ('s1', 'page', TIMESTAMP '2025-11-04 20:00:00', 'PPV', CURRENT_TIMESTAMP(), '2025-11-04', 12, TRUE)
"""


STANDING_STILL = "the engine is at work"
DRAWN = (
    *("the journal is begun", "three tables are backed up", "one schedule has stopped"),
    *(STANDING_STILL, "the update is not written down", "one schedule runs again"),
)
"""Of the moments at which a rollback is killed here; `make test-long` goes through all of them."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployed(folder, state, shared_folder(tmp_path_factory)) as made:
        git(made, "init", "--quiet", "--initial-branch", "main")
        (folder / ".gitignore").write_text(".venv\n/.eros/\n.local/\n__pycache__/\n")
        commit(made, "good")
        made.up()
        yield made


def git(stack: Deployment, *arguments: str) -> str:
    names = ("user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false")
    command = ["git", *(word for name in names for word in ("-c", name)), *arguments]
    return subprocess.run(command, cwd=stack.folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(stack: Deployment, message: str) -> str:
    git(stack, "add", "--all")
    git(stack, "commit", "--quiet", "--message", message)
    return git(stack, "rev-parse", "HEAD")


def ended(stack: Deployment, code: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = stack.eros(*arguments, "--stack", "local")
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def definitions(stack: Deployment) -> dict[str, Any]:
    """Text of every view and routine as the cloud has it."""
    client, dataset = stack.client(), f"{PROJECT}.{DATASET}"
    found: dict[str, Any] = {}
    for table in client.list_tables(dataset):
        if table.table_type != "TABLE":
            found[table.table_id] = client.get_table(table.reference).to_api_repr().get("view")
    for routine in client.list_routines(dataset):
        found[routine.routine_id] = client.get_routine(routine.reference).body
    return found


def disabled(stack: Deployment) -> set[str]:
    listed = json.loads(ended(stack, 0, "schedules", "--json").stdout)
    return {query["name"] for query in listed if query["disabled"]}


def test_the_history_of_an_untouched_stack_numbers_its_updates(stack: Deployment) -> None:
    found = json.loads(ended(stack, 0, "history", "--json").stdout)
    assert [one["number"] for one in found] == [2, 1]
    assert (found[0]["commit"], found[0]["dirty"], found[0]["result"]) == (
        git(stack, "rev-parse", "HEAD"),
        False,
        "succeeded",
    )
    assert "no resource differs" in ended(stack, 0, "history", "show", "2").stdout


def test_a_bad_update_is_taken_back_also_by_a_command_that_was_killed_and_nothing_written_is_lost(
    stack: Deployment,
) -> None:
    stack.rows(MESSAGE)
    before, stopped = definitions(stack), disabled(stack)
    stack.edit(VIEW, "WHERE r.is_active;", "WHERE r.is_active AND r.page_name IS NULL;")
    text = (stack.folder / FLAGS).read_text()
    (stack.folder / FLAGS).write_text(text.replace("(\n", "(\n" + COLUMN, 1))
    bad = commit(stack, "bad")
    stack.up()
    assert definitions(stack) != before
    stack.rows(WROTE)

    planned = json.loads(ended(stack, 0, "rollback", "--dry-run", "--json").stdout)
    assert (planned["of"], planned["to"], planned["rolled_back"]) == (3, 2, False)
    assert [(step["op"], step["name"]) for step in planned["steps"]] == [
        ("update", "schedule_recommendations_messages")
    ]
    assert planned["data"] == ["feature_flags.tried_on is newer: kept with its values"]
    assert definitions(stack) != before

    for moment in DRAWN:
        _killed(stack, moment)
        if moment == STANDING_STILL:
            assert disabled(stack) > stopped
    done = ended(stack, 0, "rollback", "--yes", "--json")
    assert "going on with rollback" in done.stderr
    assert "the next deployment from git brings update 3" in done.stderr
    report = json.loads(done.stdout)
    assert (report["of"], report["to"], report["rolled_back"]) == (3, 2, True)

    after = definitions(stack)
    # What exports tables names their columns: also the one that was kept.
    assert "tried_on" in after[EXPORT]
    assert "tried_on" not in before[EXPORT]
    assert after | {EXPORT: ""} == before | {EXPORT: ""}
    assert disabled(stack) == stopped
    assert stack.rows(f"SELECT flag, CAST(tried_on AS STRING) FROM `{PROJECT}.{DATASET}.feature_flags`") == [
        ("written_since", "2025-11-04")
    ]
    newest, _, oldest = json.loads(ended(stack, 0, "history", "--json").stdout)[:3]
    assert newest["rollback"] == {"of": 3, "to": 2, "reason": "wrong rows"}
    assert (newest["number"], newest["commit"], oldest["number"]) == (
        report_number(stack),
        git(stack, "rev-parse", "HEAD~1"),
        newest["number"] - 2,
    )
    (row,) = stack.rows(
        f"SELECT result, rollback_of, commit, backup_id, message FROM `{PROJECT}.{DATASET}.deployments`"
    )
    assert row[:3] == ("SUCCEEDED", "update 3", git(stack, "rev-parse", "HEAD~1"))
    assert row[3] == report["backup"]
    assert "wrong rows" in row[4]
    (path,) = (stack.folder / ".eros" / "reports").glob("rollback-*/rollback_report.md")
    written = path.read_text()
    assert "feature_flags.tried_on is newer: kept with its values" in written
    assert "| feature_flags | 1 | 1 |" in written
    assert git(stack, "worktree", "list").count("\n") == 0
    assert git(stack, "status", "--porcelain") == ""
    assert git(stack, "rev-parse", "HEAD") == bad


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_rollback_that_is_killed_at_each_of_its_steps_is_finished_by_the_next_command(stack: Deployment) -> None:
    before, stopped, rows = definitions(stack), disabled(stack), _rows_of_deployments(stack)
    stack.edit(VIEW, "WHERE r.is_active", "WHERE TRUE AND r.is_active")
    commit(stack, "another view")
    stack.up()
    of = report_number(stack)
    assert definitions(stack) != before
    for moment in list(dying.MOMENTS)[:-1]:
        _killed(stack, moment)
    _killed(stack, list(dying.MOMENTS)[-1])
    done = ended(stack, 0, "rollback", "--yes", "--to", str(of - 1))
    assert "is what is deployed: nothing changes" in done.stderr
    assert definitions(stack) == before
    assert disabled(stack) == stopped
    marks = [one["rollback"] for one in json.loads(ended(stack, 0, "history", "--json").stdout) if one["number"] > of]
    assert [(mark["of"], mark["reason"]) for mark in marks] == [(of, "wrong rows")]
    assert _rows_of_deployments(stack) == rows + 1
    assert git(stack, "worktree", "list").count("\n") == 0
    git(stack, "revert", "--no-edit", "HEAD")


def _rows_of_deployments(stack: Deployment) -> int:
    ((count,),) = stack.rows(f"SELECT COUNT(*) FROM `{PROJECT}.{DATASET}.deployments`")
    return int(count)


def test_what_cannot_be_gone_back_to_is_refused_before_anything_changes(stack: Deployment) -> None:
    before = definitions(stack)
    assert "update 1 was made outside a git repository" in ended(stack, 1, "rollback", "--yes").stderr
    assert definitions(stack) == before


def test_routines_and_views_that_were_edited_by_hand_are_back_in_one_command_that_the_jobs_then_prove(
    stack: Deployment,
) -> None:
    before, newest = definitions(stack), report_number(stack)
    _edit_by_hand(stack)
    idle = ended(stack, 4, "verify", "--exercise", "--only", COST_REPORT).stdout
    assert "etl_job_runs has no run of cost_report" in idle

    done = ended(stack, 0, "rollback", "--only", "routines", "--to", str(newest), "--yes", "--json", "--reason", "hand")
    report = json.loads(done.stdout)
    assert (report["rolled_back"], report["to"]) == (True, newest)
    assert sorted(one["name"] for one in report["put_back"]) == ["cost_report_at", "schedule_recommendations_messages"]
    assert definitions(stack) == before
    assert "cost_report runs and writes" in ended(stack, 0, "verify", "--exercise", "--only", COST_REPORT).stdout
    appended = json.loads(ended(stack, 0, "history", "--json").stdout)[0]
    assert (appended["number"], appended["routines_of"]) == (newest + 1, newest)


def test_a_deployment_in_two_steps_whose_checks_fail_is_taken_back_behind_the_first_by_itself(
    stack: Deployment,
) -> None:
    before, stopped = definitions(stack), disabled(stack)
    stack.edit(FLAGS, COLUMN, COLUMN + COLUMN.replace("tried_on", "seen_on"))
    commit(stack, "one more column")
    done = ended(stack, 4, "deploy", "--phases", "--yes", "--json")
    state = json.loads(done.stdout)
    assert state["components"]["first_step"]["status"] == "deployed"
    newest = json.loads(ended(stack, 0, "history", "--json").stdout)
    assert [one["message"].split(":")[0].split(", ")[1:] for one in newest[1:3]] == [[], ["first step"]]
    assert newest[0]["rollback"]["to"] == 2
    assert "seen_on" in stack.columns("feature_flags"), "the first step has made it, and a rollback keeps it"
    assert (state["exit_code"], state["status"], state["commit"]) == (4, "rolled_back", git(stack, "rev-parse", "HEAD"))
    assert "check i5 export view keeps rows" in done.stderr
    assert "PASS  permissions" in done.stderr
    after = definitions(stack)
    assert after | {EXPORT: ""} == before | {EXPORT: ""}
    assert disabled(stack) == stopped
    assert stack.rows(f"SELECT flag, CAST(tried_on AS STRING) FROM `{PROJECT}.{DATASET}.feature_flags`") == [
        ("written_since", "2025-11-04")
    ]
    rows = stack.rows(
        "SELECT deployment_id, result, rollback_of, backup_id, health_score_before, health_score_after"
        f" FROM `{PROJECT}.{DATASET}.deployments` ORDER BY started_at"
    )
    (deployed_row, back_row) = rows[-2:]
    assert deployed_row[:4] == (state["deployment_id"], "ROLLED_BACK", None, state["backup"])
    assert None not in deployed_row[4:]
    assert back_row[1:3] == ("SUCCEEDED", state["deployment_id"])


def test_a_deployment_of_what_is_deployed_does_nothing(stack: Deployment) -> None:
    table = (stack.folder / FLAGS).read_text()
    git(stack, "revert", "--no-edit", "HEAD", "HEAD~1")
    (stack.folder / FLAGS).write_text(table)
    commit(stack, "the columns stay")
    done = ended(stack, 0, "deploy", "--yes", "--skip-tests")
    assert "nothing to deploy" in done.stderr


def report_number(stack: Deployment) -> int:
    return int(json.loads(ended(stack, 0, "history", "--json").stdout)[0]["number"])


def _edit_by_hand(stack: Deployment) -> None:
    """A view that shows nothing, and a job that does nothing and succeeds."""
    client, dataset = stack.client(), f"{PROJECT}.{DATASET}"
    view = client.get_table(f"{dataset}.schedule_recommendations_messages")
    view.view_query = f"SELECT * FROM ({view.view_query.rstrip().rstrip(';')}) AS v WHERE FALSE"
    client.update_table(view, ["view_query"])
    job = client.get_routine(f"{dataset}.cost_report_at")
    job.body = "BEGIN\n  SELECT 1;\nEND"
    client.update_routine(job, ["type_", "language", "arguments", "description", "body"])


def _killed(stack: Deployment, moment: str) -> None:
    """The command and its engine are gone at this step. It goes on where the last one ended."""
    command = [sys.executable, "-P", dying.__file__, moment, "rollback", "--stack", "local", "--yes"]
    done = subprocess.run(
        [*command, "--reason", "wrong rows"],
        cwd=stack.folder,
        env=stack.environment | {"XDG_CACHE_HOME": str(caches())},
        capture_output=True,
        text=True,
        timeout=600,
        start_new_session=True,
    )
    assert done.returncode == -signal.SIGKILL, f"{moment}: it ended before that\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
