"""The unmodified program on the local cloud with every engine that is here: deploy, change, drift, destroy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from local_cloud import environment
from local_cloud.supervisor.cloud import LocalCloud
from operations.engines import Engine, choose
from operations.stack import Stack, destroy

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("__main__.py", "outputs.py", "Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml", "settings", "catalog")
PROGRAM += ("components", "sql", "config")
EMBEDDED = Engine((sys.executable, "-m", "local_cloud.engine"), "test", "test", embedded=True)
SECONDS = 600
# Whole updates: on a busy machine each takes minutes.
pytestmark = pytest.mark.timeout(1800)
STATS = "sql/tables/caption_bandit_stats.sql"


def engines() -> list[Any]:
    """The embedded engine, and the CLI where there is one."""
    cli = choose(local=True, install=False)
    missing = pytest.mark.skipif(cli.embedded, reason="no Pulumi CLI on PATH")
    return [pytest.param(EMBEDDED, id="embedded"), pytest.param(cli, id="cli", marks=[pytest.mark.cli, missing])]


@dataclass
class Deployment:
    """A copy of the program, its engine and its own local cloud."""

    folder: Path
    engine: Engine
    environment: dict[str, str]
    ports: dict[str, int]

    def engine_run(self, verb: str, *arguments: str, stack: str = "local") -> subprocess.CompletedProcess[str]:
        return self.command(verb, "--stack", stack, *arguments)

    def init(self, stack: str) -> None:
        assert self.command("stack", "init", stack, "--non-interactive").returncode in (0, 255)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.engine.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def up(self) -> str:
        done = self.engine_run("up", "--yes", "--skip-preview", "--non-interactive")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, verb: str, *arguments: str) -> str:
        done = self.engine_run(verb, "--non-interactive", *arguments)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def changes(self) -> dict[str, Any]:
        """Steps of a preview that change something: name -> (operation, changed properties)."""
        done = self.engine_run("preview", "--json", "--non-interactive")
        assert done.returncode == 0, done.stdout + done.stderr
        steps = json.loads(done.stdout)["steps"]
        return {
            step["urn"].rsplit("::", 1)[-1]: (step["op"], sorted(step.get("detailedDiff") or ()))
            for step in steps
            if step["op"] != "same"
        }

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.folder / path).read_text()
        assert text.count(before) == 1, f"{before!r} in {path}"
        (self.folder / path).write_text(text.replace(before, after))

    def restore(self) -> None:
        for name in ("sql", "config"):
            shutil.rmtree(self.folder / name)
            shutil.copytree(ROOT / name, self.folder / name)

    def client(self) -> bigquery.Client:
        from google.api_core.client_options import ClientOptions
        from google.auth.credentials import AnonymousCredentials

        address = environment.url(self.ports[environment.BIGQUERY])
        return bigquery.Client(
            environment.PROJECT, credentials=AnonymousCredentials(), client_options=ClientOptions(api_endpoint=address)
        )

    def columns(self, table: str) -> dict[str, str]:
        found = self.client().get_table(f"{environment.PROJECT}.{environment.DATASET}.{table}", timeout=30)
        return {field.name: field.mode for field in found.schema}


@pytest.fixture(scope="module", params=engines())
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The local stack, deployed once from a copy of the program."""
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    for name in PROGRAM:
        source = ROOT / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    cloud = LocalCloud(state)
    ports = {name: record.port for name, record in cloud.up().processes.items()}
    variables = {**os.environ, **environment.variables(ports, state), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    made = Deployment(folder, request.param, {**variables, "EROS_LOCAL_STATE": str(state)}, ports)
    try:
        made.init("local")
        made.up()
        yield made
    finally:
        cloud.down()


@pytest.fixture(autouse=True)
def as_committed(deployed: Deployment) -> Iterator[None]:
    """Each test starts from the committed files."""
    yield
    deployed.restore()


def test_a_second_preview_changes_nothing(deployed):
    done = deployed.engine_run("preview", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_refresh_right_after_changes_nothing(deployed):
    done = deployed.engine_run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr


def test_seeds_are_in_their_tables(deployed):
    dataset = f"{environment.PROJECT}.{environment.DATASET}"
    counts = {
        table: next(iter(deployed.client().query(f"SELECT COUNT(*) n FROM `{dataset}.{table}`").result(timeout=60))).n
        for table in ("holiday_calendar", "feature_flags", "platform_mutex")
    }
    assert counts == {"holiday_calendar": 140, "feature_flags": 1, "platform_mutex": 3}


def test_a_nullable_column_is_added_in_place_and_rows_stay(deployed):
    table = f"`{environment.PROJECT}.{environment.DATASET}.platform_mutex`"
    deployed.edit(
        "sql/tables/platform_mutex.sql",
        "  holder STRING",
        '  note STRING OPTIONS(description="Why."),\n  holder STRING',
    )
    operation, changed = deployed.changes()["platform_mutex"]
    assert (operation, changed) == ("update", ["schema"])
    deployed.up()
    assert deployed.columns("platform_mutex")["note"] == "NULLABLE"
    rows = deployed.client().query(f"SELECT name, note FROM {table}").result(timeout=60)
    assert sorted((row.name, row.note) for row in rows) == [
        ("caption_locks", None), ("daily_automation", None), ("update_caption_performance", None),
    ]  # fmt: skip
    assert deployed.changes() == {}
    deployed.restore()
    deployed.up()


def test_a_required_column_is_refused_with_the_two_release_way_and_nothing_changes(deployed):
    before = deployed.columns("platform_mutex")
    deployed.edit(
        "sql/tables/platform_mutex.sql",
        "  holder STRING",
        '  note STRING NOT NULL OPTIONS(description="Why."),\n  holder STRING',
    )
    for verb, arguments in (("preview", ()), ("up", ("--yes", "--skip-preview"))):
        said = deployed.refused(verb, *arguments)
        assert "sql/tables/platform_mutex.sql:" in said
        assert "note" in said
        assert "release" in said
        assert "Traceback" not in said
    assert deployed.columns("platform_mutex") == before


def test_a_changed_routine_body_is_updated_in_place(deployed):
    deployed.edit("sql/functions/la_hour.sql", "EXTRACT(", "0 + EXTRACT(")
    assert deployed.changes() == {"la_hour": ("update", ["definitionBody"])}
    deployed.up()
    assert deployed.changes() == {}
    body = deployed.client().get_routine(f"{environment.PROJECT}.{environment.DATASET}.la_hour", timeout=30).body
    assert "0 + EXTRACT(" in body
    deployed.restore()
    deployed.up()


def test_a_removed_table_file_is_refused_and_the_table_stays(deployed):
    (deployed.folder / "sql/tables/cost_reports.sql").unlink()
    said = deployed.refused("preview")
    assert "cost_reports" in said
    assert "protect" in said
    assert deployed.columns("cost_reports")


def test_drift_made_by_hand_is_shown_and_mended(deployed):
    client = deployed.client()
    table = client.get_table(f"{environment.PROJECT}.{environment.DATASET}.cost_reports", timeout=30)
    wanted, table.description = table.description, "changed by hand"
    client.update_table(table, ["description"], timeout=30)
    client.delete_routine(f"{environment.PROJECT}.{environment.DATASET}.la_dayofweek", timeout=30)
    shown = deployed.engine_run("refresh", "--preview-only", "--non-interactive")
    assert "cost_reports" in shown.stdout, shown.stdout + shown.stderr
    assert "la_dayofweek" in shown.stdout
    refreshed = deployed.engine_run("refresh", "--yes", "--skip-preview", "--non-interactive")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert deployed.changes() == {"cost_reports": ("update", ["description"]), "la_dayofweek": ("create", [])}
    deployed.up()
    assert client.get_table(table.reference, timeout=30).description == wanted


def test_prod_is_stopped_in_a_shell_that_points_to_the_local_cloud(deployed):
    deployed.init("prod")
    for verb, arguments in (("preview", ()), ("up", ("--yes", "--skip-preview"))):
        done = deployed.engine_run(verb, "--non-interactive", *arguments, stack="prod")
        assert done.returncode != 0
        said = done.stdout + done.stderr
        assert "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT" in said
        assert "PULUMI_DEBUG_PROVIDERS" in said
        assert "eros local env --unset" in said
        assert "+ gcp:" not in said


def test_destroy_takes_two_steps_and_leaves_nothing(deployed, monkeypatch):
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    said = deployed.refused("destroy", "--yes", "--skip-preview")
    assert "protect" in said
    from operations.project import stack_settings

    stack = Stack("local", deployed.folder, stack_settings(deployed.folder, "local"), deployed.engine)
    assert destroy(stack, ["--non-interactive"], lambda prompt: "local") == 0
    assert environment.DATASET not in {found.dataset_id for found in deployed.client().list_datasets(timeout=30)}
    assert (deployed.folder / "Pulumi.local.yaml").read_text() == (ROOT / "Pulumi.local.yaml").read_text()
    deployed.up()
    assert deployed.changes() == {}
