"""The platform goes into the dataset that the old system left, with every engine that is here, and no row is lost.

One story in order: each test goes on where the one before it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog import load_cached as load_catalog
from local.cloud import DATASET, PROJECT
from operations.migration import Migration
from tests.local.audited import ANALYST, AUDIT, EDITOR, EXPIRING, PAGES, SCHEDULES, OldSystem
from tests.local.deployment import ROOT, Deployment, deployment, engines

STACK = "local"
# Tables of the audit that our layout cannot be put onto; the old ones stay under these names.
MIGRATED = ("active_caption_assignments", "caption_filter_audit_log", "holiday_calendar", "schedule_recommendations")
OURS = "eros_etl_job_runs"
UNDYING = f"ALTER TABLE `{PROJECT}.{DATASET}.{EXPIRING}` SET OPTIONS (expiration_timestamp = NULL)"
# Entries of the old access list: to stay, and to go.
PEOPLE = [
    {"role": "WRITER", "member": f"user:{EDITOR}"},
    {"role": "READER", "member": f"user:{ANALYST}"},
    {"view": f"{PROJECT}.reports.sales_by_page"},
    {"dataset": f"{PROJECT}.boards"},
]
LET_GO = [{"role": "READER", "member": "projectReaders"}]
# What the platform's own jobs write into: compared before they run.
WRITTEN = {"active_caption_assignments"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


@dataclass
class Adoption:
    """The old system, and a copy of the program that is to take its place."""

    old: OldSystem
    deployment: Deployment
    rows: dict[str, list[str]] = field(default_factory=dict)

    def must(self, *arguments: str) -> str:
        done = self.deployment.eros(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def verdicts(self) -> dict[str, dict[str, Any]]:
        found = json.loads(self.must("adopt", "-s", STACK, "--json"))
        assert len({(entry["kind"], entry["name"]) for entry in found}) == len(found)
        return {entry["name"]: entry for entry in found}

    def configure(self, **values: Any) -> None:
        path = self.deployment.folder / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(path.read_text())
        document["config"] |= {f"eros-platform:{key}": value for key, value in values.items()}
        path.write_text(yaml.safe_dump(document))

    def access(self) -> list[dict[str, Any]]:
        access: list[dict[str, Any]] = self.old.rest("GET", f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}")[
            "access"
        ]
        return access

    def now(self, table: str, columns: list[str]) -> list[str]:
        """Rows of a table of the old system, wherever they are now."""
        return self.old.contents(f"{table}_legacy" if table in MIGRATED else table, columns)


def columns() -> dict[str, list[str]]:
    """Tables of the old system with their columns."""
    listed = {e["name"]: [column["name"] for column in e["columns"]] for e in AUDIT if e["kind"] == "table"}
    return {**listed, "holiday_calendar": ["holiday_date", "name"]}


def path_of(engine: Any) -> str:
    """PATH with or without a Pulumi CLI, so that `eros` chooses the engine of this run."""
    parts = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(part for part in parts if not engine.embedded or not Path(part, "pulumi").exists())


@pytest.fixture(scope="module", params=engines())
def adoption(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adoption]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployment(request.param, ROOT, folder, state) as deployed:
        deployed.environment["PATH"] = path_of(request.param)
        made = Adoption(OldSystem.build(deployed.ports), deployed)
        made.configure(manageSources="false")
        yield made


def test_eros_adopt_works_before_there_is_a_stack_and_tells_every_object_apart(adoption: Adoption) -> None:
    adoption.rows = {table: adoption.old.contents(table, listed) for table, listed in columns().items()}
    found = adoption.verdicts()
    by_verdict: dict[str, set[str]] = {}
    for name, entry in found.items():
        assert entry.keys() == {"name", "kind", "verdict", "changes", "steps"}
        by_verdict.setdefault(entry["verdict"], set()).add(name)
    assert by_verdict["migrate"] == set(MIGRATED)
    assert by_verdict["foreign"] == {"etl_job_runs"}
    assert by_verdict["writes"] >= set(SCHEDULES)
    views = {entry["name"] for entry in AUDIT if entry["kind"] == "view"}
    assert by_verdict["change"] >= views | {DATASET, "creator_allowed_profile", "feature_flags", "la_hour"}
    assert "nightly_cleanup" not in found
    assert any("objectNames.etl_job_runs" in step for step in found["etl_job_runs"]["steps"])
    assert any("calls with the old ones fail" in change for change in found["sweep_expired_caption_locks"]["changes"])
    assert all(found[table]["steps"] for table in MIGRATED)
    assert found[EXPIRING]["changes"][0].startswith("expirationTime: BigQuery deletes it with all it holds on ")
    assert found[EXPIRING]["steps"] == [f"before the import: {UNDYING}"]
    assert "defaultPartitionExpirationMs: 315360000000 -> none" in found[DATASET]["changes"]
    lost = {change for change in found[DATASET]["changes"] if change.startswith("access: - ")}
    assert lost == {
        f"access: - WRITER userByEmail {EDITOR}",
        f"access: - READER userByEmail {ANALYST}",
        "access: - READER specialGroup projectreaders",
        f"access: - authorised view {PROJECT}.reports.sales_by_page",
        f"access: - authorised dataset {PROJECT}.boards",
    }


def test_a_preview_stops_while_somebody_would_lose_access(adoption: Adoption) -> None:
    said = adoption.deployment.refused("preview")
    for entry in (*PEOPLE, *LET_GO):
        assert f"    - {{{', '.join(f'{key}: {json.dumps(value)}' for key, value in entry.items())}}}\n" in said
    adoption.configure(datasetAccess=PEOPLE, revokedAccess=LET_GO)
    assert "datasetAccess" not in adoption.deployment.refused("preview")


def test_a_preview_stops_at_what_is_not_ours_and_names_eros_adopt(adoption: Adoption) -> None:
    said = adoption.deployment.refused("preview")
    assert f"eros adopt -s {STACK}" in said
    assert "Traceback" not in said


def test_an_import_with_open_verdicts_is_refused(adoption: Adoption) -> None:
    done = adoption.deployment.eros("adopt", "-s", STACK, "--import")
    assert done.returncode == 1
    assert "etl_job_runs (foreign)" in done.stderr
    assert not json.loads(adoption.deployment.command("stack", "export", "--stack", STACK).stdout)["deployment"].get(
        "resources"
    )


def test_once_the_ways_out_were_taken_nothing_is_open(adoption: Adoption) -> None:
    adoption.configure(objectNames={"etl_job_runs": OURS})
    # The owner of the sources adds what the platform reads.
    dataset = f"{PROJECT}.{DATASET}"
    adoption.old.query(f"ALTER TABLE `{dataset}.mass_messages` ADD COLUMN caption_id INT64")
    adoption.old.query(
        f"CREATE TABLE `{dataset}.captions` (caption_id INT64, caption_text STRING, price_tier STRING,"
        " content_category STRING, has_urgency BOOL, is_active BOOL, is_deleted BOOL)"
    )
    by_command, *others = MIGRATED
    migrate(adoption, by_command)
    assert "nothing is left to do" in adoption.deployment.eros("adopt", "-s", STACK, "--migrate", by_command).stderr
    for table in others:
        moving = Migration(adoption.deployment.client(), load_catalog(ROOT).tables[table], PROJECT, DATASET)
        while moving.run_next():
            pass
    assert {entry["verdict"] for entry in adoption.verdicts().values()} <= {"same", "change", "writes"}


def test_the_new_tables_hold_the_rows_that_fit_and_no_others(adoption: Adoption) -> None:
    counts = {table: adoption.old.query(f"SELECT COUNT(*) FROM `{dataset_of(table)}`")[0][0] for table in MIGRATED}
    # Old recommendations are a JSON text a schedule, ours a row a message: they stay where they are.
    assert counts == {table: "153" if table == "active_caption_assignments" else "0" for table in MIGRATED}
    assert len(adoption.rows["schedule_recommendations"]) == 4
    assert_assignments_were_carried(adoption)


def dataset_of(table: str) -> str:
    return f"{PROJECT}.{DATASET}.{table}"


def assert_assignments_were_carried(adoption: Adoption) -> None:
    """Every column of every row as the old table had it, by the fixture's own rule; what ours adds is empty."""
    table = "active_caption_assignments"
    assert adoption.old.contents(table, columns()[table]) == adoption.rows[table]
    found = adoption.old.query(
        "SELECT page_name, caption_id, scheduled_send_hour, assignment_key, deactivated_at, deactivation_reason,"
        f" expires_at FROM `{dataset_of(table)}` ORDER BY caption_id DESC"
    )
    pages = [PAGES[number % len(PAGES)] for number in range(153)]
    assert found == [
        [page, str(-(10**15) - number), str(number % 24), f"{page}|{number}", None, None, None]
        for number, page in enumerate(pages)
    ]


def migrate(adoption: Adoption, table: str) -> None:
    """Runs the steps of a migration, each by a command of its own."""
    for step in ("create", "copy", "swap", "verify"):
        done = adoption.deployment.eros("adopt", "-s", STACK, "--migrate", table)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"\n{step}: done: " in done.stderr


def test_the_import_waits_for_the_old_system_or_the_new_schedules_wait(adoption: Adoption) -> None:
    done = adoption.deployment.eros("adopt", "-s", STACK, "--import")
    assert done.returncode == 1
    assert "still write: " in done.stderr
    assert "eros adopt -s local --pause-old" in done.stderr
    adoption.configure(pauseSchedules="true")


def test_the_import_waits_until_nothing_ends_by_itself(adoption: Adoption) -> None:
    done = adoption.deployment.eros("adopt", "-s", STACK, "--import")
    assert done.returncode == 1
    assert f"fix: before the import: {UNDYING}" in done.stderr
    assert UNDYING in adoption.deployment.refused("preview")
    adoption.old.query(UNDYING)
    assert not adoption.verdicts()[EXPIRING]["steps"]


def test_the_import_takes_all_of_it_and_plans_no_loss(adoption: Adoption) -> None:
    done = adoption.deployment.eros("adopt", "-s", STACK, "--import")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to replace or delete" in done.stderr
    assert adoption.verdicts()["feature_flags"]["verdict"] == "managed"


def test_a_plain_preview_works_between_the_import_and_the_first_update(adoption: Adoption) -> None:
    operations = {operation for operation, _ in adoption.deployment.changes().values()}
    assert operations == {"create", "update"}


def test_the_update_keeps_every_row_and_everybody_s_access(adoption: Adoption) -> None:
    adoption.deployment.up()
    assert adoption.deployment.changes() == {}
    for table, listed in columns().items():
        assert adoption.now(table, listed) == adoption.rows[table], table
    assert_assignments_were_carried(adoption)
    people = {(entry.get("role"), entry.get("userByEmail")) for entry in adoption.access()}
    assert people >= {("WRITER", EDITOR), ("READER", ANALYST)}
    assert {"view": {"projectId": PROJECT, "datasetId": "reports", "tableId": "sales_by_page"}} in [
        {key: value for key, value in entry.items() if value} for entry in adoption.access()
    ]
    authorised = [entry["dataset"]["dataset"]["datasetId"] for entry in adoption.access() if entry.get("dataset")]
    assert sorted(authorised) == ["boards", f"{DATASET}_reports"]
    assert "projectReaders" not in {entry.get("specialGroup") for entry in adoption.access()}
    assert not adoption.old.rest("GET", f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}").get(
        "defaultPartitionExpirationMs"
    )


def test_the_new_schedules_do_not_run_before_the_old_ones_are_paused(adoption: Adoption) -> None:
    listed = json.loads(adoption.must("schedules", "-s", STACK, "--json"))
    assert [query["disabled"] for query in listed] == [True] * len(listed)
    assert adoption.deployment.eros("adopt", "-s", STACK, "--pause-old", typed="no\n").returncode == 1
    assert set(SCHEDULES) <= adoption.verdicts().keys()
    adoption.configure(pauseSchedules="false")
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        said = adoption.deployment.refused(*command)
        assert f"write into {DATASET}: {', '.join(sorted(SCHEDULES))}" in said
        assert f"eros adopt -s {STACK} --pause-old" in said
    adoption.configure(pauseSchedules="true")


def test_the_old_ones_are_paused_by_name_or_all_at_once(adoption: Adoption) -> None:
    first, *others = sorted(SCHEDULES)
    done = adoption.deployment.eros("adopt", "-s", STACK, "--pause-old", f"{first}x", typed="pause\n")
    assert done.returncode == 1
    assert f"did you mean '{first}'?" in done.stderr
    done = adoption.deployment.eros("adopt", "-s", STACK, "--pause-old", first, typed="pause\n")
    assert done.returncode == 0, done.stderr
    assert set(SCHEDULES) & adoption.verdicts().keys() == set(others)
    done = adoption.deployment.eros("adopt", "-s", STACK, "--pause-old", typed="pause\n")
    assert done.returncode == 0, done.stderr
    assert not set(SCHEDULES) & adoption.verdicts().keys()


def test_what_was_paused_can_be_resumed(adoption: Adoption) -> None:
    done = adoption.deployment.eros("adopt", "-s", STACK, "--resume-old", typed="resume\n")
    assert done.returncode == 0, done.stderr
    assert set(SCHEDULES) <= adoption.verdicts().keys()
    assert adoption.deployment.eros("adopt", "-s", STACK, "--pause-old", typed="pause\n").returncode == 0
    adoption.configure(pauseSchedules="false")
    assert {operation for operation, _ in adoption.deployment.changes().values()} == {"update"}
    adoption.deployment.up()


def test_every_job_runs_and_the_platform_verifies(adoption: Adoption) -> None:
    for name in load_catalog(ROOT).schedules:
        adoption.must("schedules", "-s", STACK, "run", name)
    done = adoption.deployment.eros("verify", "-s", STACK)
    assert done.returncode == 0, done.stdout + done.stderr
    for table, listed in columns().items():
        if table not in WRITTEN:
            # Declared flags that were not there are added, by apply_reference_data.
            kept = [row for row in adoption.now(table, listed) if '"apply_reference_data"' not in row]
            assert kept == adoption.rows[table], table


def test_afterwards_everything_is_managed(adoption: Adoption) -> None:
    found = adoption.verdicts()
    assert {entry["verdict"] for entry in found.values()} == {"managed", "writes"}
    assert not set(SCHEDULES) & found.keys()
