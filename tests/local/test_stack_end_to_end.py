"""The unmodified program on the local cloud with every engine that is here: deploy, change, drift, destroy."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from local.cloud import DATASET, PROJECT
from operations import protection
from operations.engines import Engine
from operations.project import stack_settings
from operations.stack import Stack
from operations.teardown import destroy
from tests.local import weekly_job
from tests.local.deployment import EMBEDDED, ROOT, Deployment, deployment, engines, shared_folder
from tests.local.deployment import deployed as shared_deployment

# Whole updates: on a busy machine each takes minutes.
pytestmark = pytest.mark.timeout(1800)


class Deployments:
    """The committed stack, deployed by one engine. What a test that failed has left is not handed on."""

    def __init__(self, make: Callable[[], AbstractContextManager[Deployment]]) -> None:
        self._make, self._open = make, ExitStack()
        self._made: Deployment | None = None

    def committed(self) -> Deployment:
        """The stack as the tests before left it, or a new one."""
        if self._made is None:
            self._made = self._open.enter_context(self._make())
        return self._made

    def discard(self) -> None:
        """Ends it: the next test begins with a new one."""
        self._made = None
        self._open.close()


@contextmanager
def new_deployment(engine: Engine, factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The local stack, deployed from a copy of the program."""
    folder, state = factory.mktemp("program"), factory.mktemp("cloud")
    if engine is EMBEDDED:
        with shared_deployment(folder, state, shared_folder(factory)) as made:
            yield made
        return
    with deployment(engine, ROOT, folder, state) as made:
        made.up()
        yield made


@pytest.fixture(scope="module", params=engines())
def deployments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployments]:
    """Of one engine."""
    found = Deployments(lambda: new_deployment(request.param, tmp_path_factory))
    yield found
    found.discard()


@pytest.fixture
def deployed(deployments: Deployments, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """Each test starts from the committed files and from what the committed program deployed."""
    failed = request.session.testsfailed
    made = deployments.committed()
    yield made
    if request.session.testsfailed > failed:
        deployments.discard()
    else:
        made.restore()


@pytest.fixture
def put_back(deployed: Deployment, request: pytest.FixtureRequest) -> Iterator[None]:
    """What the test deployed is undone; after a failure the whole deployment goes."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed == failed:
        deployed.restore()
        deployed.up()


def test_a_second_preview_changes_nothing(deployed: Deployment) -> None:
    done = deployed.engine_run("preview", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_refresh_right_after_changes_nothing(deployed: Deployment) -> None:
    done = deployed.engine_run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr


FLAGS = f"`{PROJECT}.{DATASET}.feature_flags`"
DECLARED = "caption_restrictions_enabled:\n"


# What exports a table states its schema, so that follows it.
FLAGS_CHANGED = {"feature_flags": ("update", ["schema"]), "export_tables_at": ("update", ["definitionBody"])}


def test_declared_content_is_applied_by_the_first_job_and_forth_and_back_again(deployed: Deployment) -> None:
    assert deployed.rows(f"SELECT flag FROM {FLAGS}") == []
    deployed.run_schedule("daily_automation")
    flags = [("auto_export",), ("caption_restrictions_enabled",)]
    assert deployed.rows(f"SELECT flag FROM {FLAGS} ORDER BY flag") == flags
    days = deployed.rows(f"SELECT COUNT(*) FROM `{PROJECT}.{DATASET}.holiday_calendar`")
    assert days == [(140,)]
    for flag in ("", "added:\n  description: A switch.\n  enabled: true\n\n", ""):
        deployed.restore()
        deployed.edit("config/flags.yaml", DECLARED, flag + DECLARED)
        if flag:
            assert deployed.changes() == {"declared_flags": ("update", ["view.query"])}
        deployed.up()
        deployed.run_schedule("daily_automation")
    assert deployed.rows(f"SELECT flag FROM {FLAGS} ORDER BY flag") == [("added",), *flags]


def test_reports_tell_of_the_runs_of_the_deployed_stack_and_say_when_there_is_nothing(deployed: Deployment) -> None:
    deployed.run_schedule("sweep_expired_caption_locks")

    def report(*arguments: str) -> subprocess.CompletedProcess[str]:
        return deployed.eros("report", *arguments, "--stack", "local")

    trend = json.loads(report("duration_trend", "--json").stdout)
    assert "sweep_expired_caption_locks" in {row["job_name"] for row in trend}
    statements = report("query_performance", "--csv").stdout.splitlines()
    assert statements[0].startswith("query_type,state,queries,failed")
    assert "INSERT" in {line.split(",")[0] for line in statements}
    sizes = {row["table_name"]: row["rows"] for row in json.loads(report("storage", "--json").stdout)}
    ((sweeps,),) = deployed.rows(f"SELECT COUNT(*) FROM `{PROJECT}.{DATASET}.lock_sweep_log`")
    assert sizes["lock_sweep_log"] == sweeps > 0
    empty = report("repeat_failures")
    assert (empty.returncode, empty.stdout, empty.stderr.strip()) == (0, "", "repeat_failures: no rows on local")


def test_what_a_run_measured_and_was_billed_reaches_dashboards_and_the_cost_report(deployed: Deployment) -> None:
    deployed.run_schedule("health_check")
    now = datetime.now(UTC)

    def series(query: dict[str, Any]) -> list[dict[str, Any]]:
        aggregation = {f"aggregation.{name}": value for name, value in query["aggregation"].items()}
        times = {"interval.startTime": now - timedelta(hours=1), "interval.endTime": now + timedelta(minutes=1)}
        asked = {"filter": query["filter"], **aggregation, **{name: at.isoformat() for name, at in times.items()}}
        answer = deployed.rest(f"/monitoring/v3/projects/{PROJECT}/timeSeries?{urlencode(asked, doseq=True)}")
        return list(answer.get("timeSeries", []))

    boards = deployed.rest(f"/monitoring/v1/projects/{PROJECT}/dashboards")["dashboards"]
    queries = {
        text: query
        for board in boards
        for tile in board["mosaicLayout"]["tiles"]
        for card in (tile["widget"].get("scorecard"), *tile["widget"].get("xyChart", {}).get("dataSets", ()))
        if card and (query := card["timeSeriesQuery"]["timeSeriesFilter"]) and (text := query["filter"])
    }
    drawn = {text: series(query) for text, query in queries.items()}
    score = next(found for text, found in drawn.items() if "eros_local_health_score" in text)
    ((stored,),) = deployed.rows(f"SELECT health_score FROM `{DATASET}.health_checks` ORDER BY check_time DESC LIMIT 1")
    assert score[0]["points"][0]["value"] == {"doubleValue": stored}
    assert any("statement_scanned_bytes_billed" in text and found for text, found in drawn.items())

    done = deployed.eros("cost", "--stack", "local", "--json")
    assert done.returncode == 0, done.stderr
    bills = {one["name"]: one["billed"] for one in json.loads(done.stdout)["schedules"]}
    checked = bills["health_check"]
    assert checked["runs"] >= 1
    assert checked["bytes"] > 0 == checked["bytes"] % 2**20


def test_a_column_comes_in_place_while_rows_stay_and_goes_only_after_a_release_that_retired_it(
    deployed: Deployment,
) -> None:
    """Taken out at once it is refused, retired first it goes and is named."""
    flags = "sql/tables/feature_flags.sql"
    deployed.rows(f"INSERT INTO {FLAGS} (flag, is_enabled, updated_at) VALUES ('a', FALSE, CURRENT_TIMESTAMP())")
    before = deployed.rows(f"SELECT flag FROM {FLAGS} ORDER BY flag")
    assert ("a",) in before
    deployed.edit(flags, "  updated_by STRING", '  note STRING OPTIONS(description="Why."),\n  updated_by STRING')
    assert deployed.changes() == FLAGS_CHANGED
    deployed.up()
    assert deployed.columns("feature_flags")["note"] == "NULLABLE"
    assert deployed.rows(f"SELECT flag, note FROM {FLAGS} ORDER BY flag") == [(flag, None) for (flag,) in before]
    assert deployed.changes() == {}
    deployed.restore()
    said = deployed.refused("preview")
    assert "column note is in the table and not in the file" in said
    assert 'OPTIONS(description="RETIRED: why")' in said
    assert "note" in deployed.columns("feature_flags")
    deployed.edit(
        flags, "  updated_by STRING", '  note STRING OPTIONS(description="RETIRED: unused."),\n  updated_by STRING'
    )
    assert deployed.changes() == FLAGS_CHANGED
    deployed.up()
    deployed.restore()
    shown = deployed.engine_run("preview", "--non-interactive")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "column note is retired and dropped with its values" in shown.stdout + shown.stderr
    deployed.up()
    assert "note" not in deployed.columns("feature_flags")
    assert deployed.changes() == {}


@pytest.mark.usefixtures("put_back")
def test_a_key_that_is_declared_no_longer_goes_in_place_and_rows_stay(deployed: Deployment) -> None:
    key = ",\n  PRIMARY KEY (holiday_date) NOT ENFORCED"
    table = f"{PROJECT}.{DATASET}.holiday_calendar"
    count = f"SELECT COUNT(*) n FROM `{table}`"
    deployed.rows(f"INSERT INTO `{table}` (holiday_date, holiday_name) VALUES ('2031-07-01', 'One more')")
    before = next(iter(deployed.client().query(count).result(timeout=60))).n
    constraints = deployed.client().get_table(table).table_constraints
    assert constraints
    assert constraints.primary_key
    assert constraints.primary_key.columns == ["holiday_date"]
    deployed.edit("sql/tables/holiday_calendar.sql", key, "")
    assert deployed.changes()["holiday_calendar"] == ("update", ["tableConstraints"])
    deployed.up()
    assert deployed.client().get_table(table).table_constraints is None
    assert next(iter(deployed.client().query(count).result(timeout=60))).n == before > 0
    assert deployed.changes() == {}


def test_a_required_column_is_refused_with_the_two_release_way_and_nothing_changes(deployed: Deployment) -> None:
    before = deployed.columns("feature_flags")
    deployed.edit(
        "sql/tables/feature_flags.sql",
        "  updated_by STRING",
        '  note STRING NOT NULL OPTIONS(description="Why."),\n  updated_by STRING',
    )
    for verb, arguments in (("preview", ()), ("up", ("--yes", "--skip-preview"))):
        said = deployed.refused(verb, *arguments)
        assert "sql/tables/feature_flags.sql:" in said
        assert "note" in said
        assert "release" in said
        assert "Traceback" not in said
    assert deployed.columns("feature_flags") == before


@pytest.mark.usefixtures("put_back")
def test_a_changed_routine_body_is_updated_in_place(deployed: Deployment) -> None:
    deployed.edit("sql/functions/la_hour.sql", "EXTRACT(", "0 + EXTRACT(")
    assert deployed.changes() == {"la_hour": ("update", ["definitionBody"])}
    deployed.up()
    assert deployed.changes() == {}
    body = deployed.client().get_routine(f"{PROJECT}.{DATASET}.la_hour", timeout=30).body
    assert "0 + EXTRACT(" in body


SCRAPS = """\
CREATE TABLE `eros_scheduling_brain.scraps`
(
  id INT64 OPTIONS(description="Id.")
)
OPTIONS(
  description="Nobody reads it.",
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "unlimited")]
);
"""


@pytest.mark.usefixtures("put_back")
def test_a_table_goes_only_after_a_release_that_retired_it_and_all_others_stay_protected(deployed: Deployment) -> None:
    file, estimate = deployed.folder / "sql/tables/scraps.sql", "  schedule_pauses: {rows: 2000}\n"

    def estimated(*, stated: bool) -> None:
        more = f"{estimate}  scraps: {{rows: 2000}}\n"
        deployed.edit("config/volumes.yaml", *((estimate, more) if stated else (more, estimate)))

    estimated(stated=True)
    file.write_text(SCRAPS)
    deployed.up()

    file.unlink()
    estimated(stated=False)
    said = deployed.refused("preview")
    assert "no file declares table scraps" in said
    assert '("lifecycle", "retired")' in said
    assert deployed.columns("scraps")

    estimated(stated=True)
    file.write_text(SCRAPS.replace("labels=[", 'labels=[("lifecycle", "retired"), '))
    assert "scraps" in deployed.changes()
    deployed.up()
    file.unlink()
    estimated(stated=False)
    shown = deployed.engine_run("preview", "--non-interactive")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "table scraps is retired and no longer declared" in shown.stdout + shown.stderr
    deployed.up()
    names = {table.table_id for table in deployed.client().list_tables(DATASET, timeout=30)}
    assert "scraps" not in names
    assert "audit_log" in names
    assert "protect" in deployed.refused("destroy", "--yes", "--skip-preview")


def test_a_column_of_somebody_else_stops_an_update_and_stays(deployed: Deployment) -> None:
    dataset = f"{PROJECT}.{DATASET}"
    run = deployed.client().query
    run(f"ALTER TABLE `{dataset}.platform_mutex` ADD COLUMN analyst_note STRING").result(timeout=60)
    try:
        deployed.edit("sql/tables/platform_mutex.sql", 'description="Mutual', 'description="Now: Mutual')
        said = deployed.refused("up", "--yes", "--skip-preview")
        assert "column analyst_note is in the table and not in the file" in said
        assert "analyst_note" in deployed.columns("platform_mutex")
    finally:
        run(f"ALTER TABLE `{dataset}.platform_mutex` DROP COLUMN analyst_note").result(timeout=60)


def test_another_case_of_a_column_is_no_other_column(deployed: Deployment) -> None:
    deployed.edit("sql/tables/platform_mutex.sql", "  holder STRING", "  Holder STRING")
    said = deployed.refused("preview")
    assert "column holder spelled Holder" in said
    assert "write holder" in said
    assert "+-" not in said


def test_drift_made_by_hand_is_shown_and_mended(deployed: Deployment) -> None:
    client = deployed.client()
    table = client.get_table(f"{PROJECT}.{DATASET}.cost_reports", timeout=30)
    wanted, table.description = table.description, "changed by hand"
    client.update_table(table, ["description"], timeout=30)
    client.delete_routine(f"{PROJECT}.{DATASET}.la_dayofweek", timeout=30)
    shown = deployed.engine_run("refresh", "--preview-only", "--non-interactive")
    assert "cost_reports" in shown.stdout, shown.stdout + shown.stderr
    assert "la_dayofweek" in shown.stdout
    refreshed = deployed.engine_run("refresh", "--yes", "--skip-preview", "--non-interactive")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert deployed.changes() == {"cost_reports": ("update", ["description"]), "la_dayofweek": ("create", [])}
    deployed.up()
    assert client.get_table(table.reference, timeout=30).description == wanted


def test_prod_is_stopped_in_a_shell_that_points_to_the_local_cloud(deployed: Deployment) -> None:
    deployed.init("prod")
    for verb, arguments in (("preview", ()), ("up", ("--yes", "--skip-preview"))):
        done = deployed.engine_run(verb, "--non-interactive", *arguments, stack="prod")
        assert done.returncode != 0
        said = done.stdout + done.stderr
        assert "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT" in said
        assert "PULUMI_DEBUG_PROVIDERS" in said
        assert "eros local env --unset" in said
        assert "+ gcp:" not in said


# A destroy whose engine kills it when the second step begins, as a machine that goes down does.
KILLED = """
import os, pathlib, signal, sys
from operations import stack as module
from operations.engines import Engine
from operations.project import stack_settings
from operations.teardown import destroy

class Killed(module.Stack):
    def run(self, verb, arguments=(), **options):
        if verb == "destroy":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run(verb, arguments, **options)

folder = pathlib.Path(sys.argv[1])
stack = Killed("local", folder, stack_settings(folder, "local"), Engine(tuple(sys.argv[2:]), "test", "test"))
destroy(stack, ["--non-interactive"], lambda prompt: "local")
"""


def test_a_destroy_that_is_killed_between_its_steps_changes_no_file_and_is_told_until_up_protects_again(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    before = files(deployed)
    command = [sys.executable, "-c", KILLED, str(deployed.folder), *deployed.engine.command]
    killed = subprocess.run(command, cwd=ROOT, env=deployed.environment, capture_output=True, text=True, timeout=1200)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    assert files(deployed) == before

    stack = Stack("local", deployed.folder, stack_settings(deployed.folder, "local"), deployed.engine)
    holding = [resource for resource in stack.resources() if protection.holds_data(resource)]
    said: list[str] = []
    stack.warn(said.append)
    assert f"stack local is unprotected: {len(holding)} resources" in said[0]
    assert "fix: eros up -s local protects them again" in said[0]

    deployed.up()
    stack.warn(said.append)
    assert len(said) == 1
    assert deployed.changes() == {}


def test_a_stack_whose_program_no_longer_gets_through_is_destroyed_all_the_same(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    deployed.edit("sql/tables/cost_reports.sql", "labels=[", "labels=[(oops), ")
    deployed.refused("up", "--yes", "--skip-preview")
    stack = Stack("local", deployed.folder, stack_settings(deployed.folder, "local"), deployed.engine)
    assert destroy(stack, ["--non-interactive"], lambda prompt: "local") == 0
    assert DATASET not in {found.dataset_id for found in deployed.client().list_datasets(timeout=30)}
    deployed.restore()
    deployed.up()
    assert deployed.changes() == {}


def files(deployed: Deployment) -> dict[str, bytes]:
    """The contents of the project's own files."""
    return {path.name: path.read_bytes() for path in deployed.folder.iterdir() if path.is_file()}


def test_an_image_makes_a_job_that_stays_and_whose_command_runs_by_what_it_is_told(deployed: Deployment) -> None:
    """The one before the last: what is made goes with the rest."""
    weekly_job.deploy(deployed)
    weekly_job.check(deployed)


def test_destroy_takes_two_steps_and_leaves_nothing(deployed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one: nothing is deployed any more."""
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    said = deployed.refused("destroy", "--yes", "--skip-preview")
    assert "protect" in said
    stack = Stack("local", deployed.folder, stack_settings(deployed.folder, "local"), deployed.engine)
    assert destroy(stack, ["--non-interactive"], lambda prompt: "local") == 0
    assert DATASET not in {found.dataset_id for found in deployed.client().list_datasets(timeout=30)}
    assert (deployed.folder / "Pulumi.local.yaml").read_text() == (ROOT / "Pulumi.local.yaml").read_text()
