"""A stack that an earlier release deployed: one update with today's program, and nothing that holds data is lost."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from local.cloud import DATASET, PROJECT
from tests.local.deployment import PROGRAM, ROOT, Deployment, copy_program, deployment, engines

# The last commit whose seeds were jobs and whose grants stood beside the dataset.
RELEASE = "8cba721004a3a4782c5e408ef6c99e798b45e18c"
DATASET = f"{PROJECT}.{DATASET}"
HARMLESS = {
    "gcp:bigquery/job:Job": "a job that has run; the stack only forgets it",
    "gcp:projects/serviceIdentity:ServiceIdentity": "an identity cannot be deleted; bootstrap/ has it now",
    "gcp:bigquery/datasetIamMember:DatasetIamMember": "the dataset's own list says who has access",
    "gcp:monitoring/alertPolicy:AlertPolicy": "one alert on all schedules; now there is one on each",
}
# Routines that hold nothing and that only routines of the same release called.
GONE = {
    "seed_platform_mutex": "seed_mutex takes its place",
    "daily_run_state_at": "dispatch_state_at takes its place, for every job of the dispatcher",
    "performance_reports_at": "report_standings_at and report_rankings_at take its place",
}
ROWS = 3
COMMANDS = ("schedules", "verify", "cost")
SECONDS = 120
pytestmark = pytest.mark.timeout(1800)


Rows = dict[str, list[str]]


@dataclass
class Upgrade:
    """What the upgrade of one stack showed: rows of each table, preview, commands before the update."""

    before: Rows
    steps: list[dict[str, Any]]
    commands: dict[str, subprocess.CompletedProcess[str]]
    after: Rows


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of RELEASE."""
    made = subprocess.run(["git", "archive", RELEASE, *PROGRAM], cwd=ROOT, capture_output=True)
    if made.returncode:
        pytest.skip(f"commit {RELEASE[:7]} is not in this clone: {made.stderr.decode().strip()}")
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module", params=engines())
def upgrade(request: pytest.FixtureRequest, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployment(request.param, release, folder, state) as stack:
        stack.up()
        client = stack.client()
        wait_for_seeds(client)
        fill(stack, client)
        columns = columns_of(stack, client)
        before = rows_of(client, columns)
        copy_program(ROOT, folder)
        commands = {name: stack.eros(name, "--stack", "local", "--json") for name in COMMANDS}
        previewed = stack.engine_run("preview", "--json", "--non-interactive")
        assert previewed.returncode == 0, previewed.stdout + previewed.stderr
        stack.up()
        assert stack.changes() == {}
        return Upgrade(before, json.loads(previewed.stdout)["steps"], commands, rows_of(client, columns))


def wait_for_seeds(client: bigquery.Client) -> None:
    """The seeds of the release were jobs, which its update did not wait for."""
    deadline = time.monotonic() + SECONDS
    queries = [f"SELECT COUNT(*) AS held FROM `{DATASET}.{table}`" for table in ("holiday_calendar", "platform_mutex")]
    while time.monotonic() < deadline:
        held = [next(iter(client.query(query).result(timeout=SECONDS))).held for query in queries]
        if held == [140, 3]:
            return
    raise AssertionError(f"rows of the seeds: {held}")


def fill(stack: Deployment, client: bigquery.Client) -> None:
    """ROWS rows more in every table."""
    for name in declared_tables(stack):
        table = client.get_table(f"{DATASET}.{name}", timeout=SECONDS)
        written = "\n".join(json.dumps(row(table.schema, number)) for number in range(ROWS))
        config = bigquery.LoadJobConfig(
            schema=table.schema, source_format="NEWLINE_DELIMITED_JSON", create_disposition="CREATE_NEVER"
        )
        file = io.BytesIO(written.encode())
        client.load_table_from_file(file, table, job_config=config, timeout=SECONDS).result(timeout=SECONDS)


def declared_tables(stack: Deployment) -> list[str]:
    """What the deployed release exports as its tables."""
    exported = stack.command("stack", "output", "--json", "--stack", "local", "--non-interactive")
    return list(json.loads(exported.stdout)["tables"])


def row(schema: list[bigquery.SchemaField], number: int) -> dict[str, Any]:
    """A row of its own for each number; number 1 has nothing but what is required."""
    fields = [field for field in schema if number != 1 or field.mode == "REQUIRED"]
    return {field.name: value(field, number) for field in fields}


def value(field: bigquery.SchemaField, number: int) -> Any:
    if field.mode == "REPEATED":
        single = bigquery.SchemaField(field.name, field.field_type, fields=field.fields)
        return [value(single, number), value(single, number + ROWS)]
    day = datetime.now(UTC).date() - timedelta(days=number + 1)
    match field.field_type:
        case "INTEGER":
            return -(2**53) - 7 * number
        case "FLOAT" | "NUMERIC":
            return number + 0.25
        case "BOOLEAN":
            return number % 2 == 0
        case "DATE":
            return day.isoformat()
        case "TIMESTAMP":
            return f"{day}T08:15:00.000{number:03}Z"
        case "JSON":
            return {"of": field.name, "number": number}
        case "RECORD":
            return row(list(field.fields), number)
        case "STRING":
            return f"{field.name}-{number} 'quoted' \\ \u00e9\U0001f525"
    raise AssertionError(f"no value for {field.field_type}, the type of {field.name}")


def columns_of(stack: Deployment, client: bigquery.Client) -> dict[str, tuple[str, ...]]:
    """The columns of every table of the release."""
    schemas = {name: client.get_table(f"{DATASET}.{name}", timeout=SECONDS).schema for name in declared_tables(stack)}
    return {name: tuple(field.name for field in schema) for name, schema in schemas.items()}


def rows_of(client: bigquery.Client, columns: dict[str, tuple[str, ...]]) -> Rows:
    """Every row of these tables, of these columns only, as text and sorted."""
    return {name: _rows(client, name, of) for name, of in columns.items()}


def _rows(client: bigquery.Client, name: str, columns: tuple[str, ...]) -> list[str]:
    table = client.get_table(f"{DATASET}.{name}", timeout=SECONDS)
    kept = [field for field in table.schema if field.name in columns]
    rows = client.list_rows(table, selected_fields=kept, timeout=SECONDS)
    return sorted(repr([(column, row.get(column)) for column in columns]) for row in rows)


def test_every_table_of_the_release_held_rows(upgrade: Upgrade) -> None:
    assert len(upgrade.before) == 28
    assert all(len(rows) >= ROWS for rows in upgrade.before.values())
    assert len(upgrade.before["holiday_calendar"]) == ROWS + 140


def test_one_update_leaves_every_row_of_the_release_as_it_was(upgrade: Upgrade) -> None:
    assert upgrade.after == upgrade.before


def test_the_preview_replaces_nothing_and_deletes_nothing_that_matters(upgrade: Upgrade) -> None:
    """A type that leaves the program is named in HARMLESS, with the reason."""
    lost = {step["urn"] for step in upgrade.steps if "replace" in step["op"]}
    lost |= {step["urn"] for step in upgrade.steps if step["op"] == "delete" and type_of(step) not in HARMLESS}
    assert {urn.rpartition("::")[2] for urn in lost} == set(GONE)
    assert all("/routine:Routine::" in urn for urn in lost)


def test_commands_work_on_a_stack_of_the_release(upgrade: Upgrade) -> None:
    """Checks may fail, since what they ask for is not deployed yet (exit code 4); commands may not."""
    codes = {name: done.returncode for name, done in upgrade.commands.items()}
    said = "".join(done.stderr for done in upgrade.commands.values())
    assert codes in ({"schedules": 0, "verify": code, "cost": 0} for code in (0, 4)), said
    listed = json.loads(upgrade.commands["schedules"].stdout)
    assert {query["name"] for query in listed} >= {"daily_automation", "update_caption_performance"}
    assert all(json.loads(done.stdout) for done in upgrade.commands.values())


def type_of(step: dict[str, Any]) -> str:
    """Type token of the resource of a step."""
    return str(step["urn"]).split("::")[2].rsplit("$", 1)[-1]
