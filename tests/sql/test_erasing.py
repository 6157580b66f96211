"""`eros erase` on every declared table: what it takes out, what it leaves alone, and when it says that it is done."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from operations.backup.shelf import Entry
from operations.erasing import erasing_statements
from operations.erasing.forgetting import Forgetting
from operations.erasing.hindrances import Busy
from operations.erasing.stillness import REASON
from operations.erasing.subject import ErasureSubject
from operations.erasing.taking_out import NotErased
from operations.errors import CloudError, NotConfirmed
from operations.restore.journal import Journal, JournalFile
from tests.sql.emulator import PROJECT, ROOT
from tests.sql.erasures import CAPTIONS, NOW, PLACE, TEXTS, Platform, alike, row_of, without_page, world
from tests.sql.mortal_eraser import MOMENTS, TABLES
from tests.sql.warehouse import DATASET, Warehouse

ALICE = ErasureSubject.of("Alice", "")
HASH = hashlib.sha256(b"page|alice").hexdigest()


@pytest.fixture
def platform(warehouse: Warehouse, tmp_path: Path) -> Platform:
    return Platform(warehouse, tmp_path)


def erasures(platform: Platform) -> list[dict[str, Any]]:
    """Rows of the audit log about erasures, the details read."""
    rows = platform.warehouse.rows(f"SELECT * FROM `{DATASET}.audit_log` WHERE action = 'erase' ORDER BY timestamp")
    return [row | {"details": json.loads(row["details"])} for row in rows]


def fill(platform: Platform, *names: str) -> dict[str, list[dict[str, Any]]]:
    """Two rows a page in some tables."""
    platform.erasing(*names)
    some = {name: rows for name, rows in world(platform.warehouse.catalog).items() if name in names}
    platform.fill(some)
    return some


def test_a_page_is_taken_out_of_every_table_and_nothing_else_changes(platform: Platform) -> None:
    before = world(platform.warehouse.catalog)
    platform.fill(before)
    report = platform.erasing().run(ALICE, yes=True)
    for name, rows in before.items():
        assert alike(platform.rows(name)) == alike(without_page(rows, name, ALICE.pseudonym)), name
    (audited,) = erasures(platform)
    assert report.is_done
    assert (audited["entity_type"], audited["entity_id"]) == ("page", HASH)
    assert audited["details"]["state"] == "done"
    changed = {name: 2 for name, rows in before.items() if alike(rows) != alike(without_page(rows, name, "x"))}
    assert audited["details"]["rows"] == changed
    assert "alice" not in str(audited).lower()
    assert {held.name for held in report.before.mine if held.texts} == {
        *("active_caption_assignments", "caption_bank", "caption_filter_audit_log", "captions", "mass_messages")
    }, "a caption may say her name as a word: that is told"

    again = platform.erasing().run(ALICE, yes=True)
    assert again.is_done
    assert not again.before.rows
    assert len(erasures(platform)) == 1
    assert platform.schedules.open() == ()


def test_a_caption_goes_with_its_statistics_and_leaves_messages_without_it(platform: Platform) -> None:
    long, short = CAPTIONS["alice"], CAPTIONS["bella"]
    catalog, text = platform.warehouse.catalog, TEXTS["alice"]

    def message(caption: int | None, said: str | None, row: int) -> dict[str, Any]:
        return {"row_id": row, "page_name": "alice", "message": said, "caption_id": caption, "earnings": 5.0}

    messages = [message(long, "Cut", 1), message(None, f"{text.upper()} \U0001f525", 2), message(short, text, 3)]
    messages += [message(None, "Something else", 4), message(None, None, 5)]
    names = ("caption_bank", "caption_bandit_stats", "schedule_recommendations", "automation_alerts")
    platform.erasing("mass_messages", *names)
    rows = {name: [row_of(catalog.tables[name], page, 0) for page in ("alice", "bella")] for name in names}
    platform.fill({**rows, "mass_messages": messages})

    platform.erasing("mass_messages", *names).run(subject := ErasureSubject.of("", str(long)), yes=True)
    bank, stats, weeks, alerts = (platform.rows(name) for name in names)
    assert [row["caption_id"] for row in (*bank, *stats)] == [short, short]
    assert sorted(str(row["caption_id"]) for row in weeks) == sorted([str(short), "None"])
    assert {
        row["row_id"]: (row["message"], row["caption_id"], row["earnings"]) for row in platform.rows("mass_messages")
    } == {
        1: (None, None, 5.0),
        2: (None, None, 5.0),
        3: (text, short, 5.0),
        4: ("Something else", None, 5.0),
        5: (None, None, 5.0),
    }
    told = next(row["alert_message"] for row in alerts if row["alert_message"].startswith("pool_low|page=alice"))
    assert told.count(subject.pseudonym) == 2
    assert str(long) not in told
    assert "101st" in told

    platform.erasing("mass_messages", *names).run(ErasureSubject.of("", str(short)), yes=True)
    assert platform.rows("caption_bank") == []
    other = next(
        row["alert_message"] for row in platform.rows("automation_alerts") if "page=bella" in row["alert_message"]
    )
    assert "caption_id=101" not in other
    assert "101st" in other, "a short number is a caption's only behind its name"


def test_a_column_of_which_nobody_said_so_is_found_and_named(platform: Platform) -> None:
    platform.erasing("deployments")
    row = row_of(platform.warehouse.catalog.tables["deployments"], "bella", 0) | {"commit": "for Alice"}
    platform.fill({"deployments": [row]})
    with pytest.raises(NotErased, match=r"page alice is gone .* and found in deployments\.commit") as refused:
        platform.erasing("deployments").run(ALICE, yes=True)
    assert refused.value.exit_code == 4
    assert [one["details"]["state"] for one in erasures(platform)] == ["erasing"]
    platform.warehouse.rows(f"UPDATE `{DATASET}.deployments` SET commit = 'x' WHERE TRUE")
    assert platform.erasing("deployments").run(ALICE, yes=True).is_done
    assert [one["details"]["state"] for one in erasures(platform)] == ["done"]


def test_what_others_fill_is_told_and_left_alone(platform: Platform) -> None:
    rows = fill(platform, "active_creators", "creator_reports")
    platform.others = ("active_creators",)
    report = platform.erasing("active_creators", "creator_reports").run(ALICE, yes=True)
    assert {held.name: held.rows for held in report.before.others} == {"active_creators": 2}
    assert alike(platform.rows("active_creators")) == alike(rows["active_creators"])
    assert len(platform.rows("creator_reports")) == len(rows["creator_reports"]) - 2


@pytest.mark.parametrize("answers", [[], ["Alice"]])
def test_nothing_is_changed_unless_the_name_is_typed(platform: Platform, answers: list[str]) -> None:
    rows = fill(platform, "creator_reports")
    platform.answers = answers
    with pytest.raises(NotConfirmed, match="nothing was changed"):
        platform.erasing("creator_reports").run(ALICE)
    assert alike(platform.rows("creator_reports")) == alike(rows["creator_reports"])
    assert erasures(platform) == []
    platform.answers = [" alice "]
    assert platform.erasing("creator_reports").run(ALICE).is_done


def test_a_dry_run_counts_and_changes_nothing(platform: Platform) -> None:
    rows = fill(platform, "creator_reports")
    report = platform.erasing("creator_reports").run(ALICE, dry_run=True)
    assert report.before.rows == {"creator_reports": 2}
    assert not report.is_done
    assert alike(platform.rows("creator_reports")) == alike(rows["creator_reports"])
    assert erasures(platform) == []


def _restoring(platform: Platform) -> str:
    journal = Journal("20261126_1", "b", "2026-11-26", "ann", "", [])
    JournalFile(platform.root, "local").write(journal)
    return "restore 20261126_1 of backup b is not finished on this machine"


def _restoring_elsewhere(platform: Platform) -> str:
    platform.schedules.stop(["sweep"], "restore 7 of backup b")
    return "the schedules stand still for it: restore 7 of backup b"


def _loaded(platform: Platform) -> str:
    table = bigquery.Table(f"{PROJECT}.{DATASET}.t_restoring", [bigquery.SchemaField("x", "INT64")])
    table.labels = {"eros_restore": "7"}
    platform.warehouse.client.create_table(table, exists_ok=True)
    return "restore 7 has loaded eros_scheduling_brain.t_restoring"


def _backing_up(platform: Platform) -> str:
    platform.shelf.entries = [Entry(f"{NOW - timedelta(minutes=5):%Y-%m-%d_%H%M%S}", None, "backup is not finished")]
    return "is being written, or failed: backup is not finished"


def _running(platform: Platform) -> str:
    row = {"job_id": "d", "job_name": "daily_automation", "job_start_time": NOW, "job_status": "RUNNING"}
    platform.fill({"etl_job_runs": [row]})
    return "job daily_automation is running"


@pytest.mark.parametrize("begin", [_restoring, _restoring_elsewhere, _loaded, _backing_up, _running])
def test_it_is_refused_while_something_is_at_work_and_changes_nothing(platform: Platform, begin: Any) -> None:
    rows = fill(platform, "creator_reports")
    said = begin(platform)
    try:
        with pytest.raises(Busy, match="nothing was changed") as refused:
            platform.erasing("creator_reports").run(ALICE, yes=True)
    finally:
        platform.warehouse.client.delete_table(f"{PROJECT}.{DATASET}.t_restoring", not_found_ok=True)
    assert said in str(refused.value)
    assert "fix: " in str(refused.value)
    assert alike(platform.rows("creator_reports")) == alike(rows["creator_reports"])


def test_what_has_ended_or_died_long_ago_hinders_nobody(platform: Platform) -> None:
    fill(platform, "creator_reports")
    old = NOW - timedelta(hours=3)
    platform.shelf.entries = [Entry(f"{old:%Y-%m-%d_%H%M%S}", None, "backup is not finished")]
    row = {"job_id": "d", "job_name": "daily_automation", "job_status": "RUNNING"}
    ended = {"job_id": "e", "job_name": "sweep", "job_status": "SUCCESS", "job_start_time": NOW}
    platform.fill({"etl_job_runs": [row | {"job_start_time": old}, ended]})
    assert platform.erasing("creator_reports").run(ALICE, yes=True).is_done


def test_rows_that_have_just_streamed_in_are_said_with_what_to_do(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(platform, "creator_reports")
    job = erasing_statements._job

    def refusing(client: bigquery.Client, sql: str, values: Any) -> bigquery.QueryJob:
        if sql.startswith("DELETE"):
            words = "UPDATE or DELETE statement over table p.d.t would affect rows in the streaming buffer"
            raise BadRequest(f"{words}, which is not supported")
        return job(client, sql, values)

    monkeypatch.setattr(erasing_statements, "_job", refusing)
    with pytest.raises(
        CloudError, match="erasing from creator_reports: it holds rows that have just streamed in"
    ) as no:
        platform.erasing("creator_reports").run(ALICE, yes=True)
    assert "30 minutes" in no.value.fix
    assert platform.schedules.open() == (), "what stood still runs again"
    monkeypatch.undo()
    assert platform.erasing("creator_reports").run(ALICE, yes=True).is_done


def test_rows_of_a_backup_are_loaded_without_what_was_erased_since(platform: Platform) -> None:
    names = ("automation_alerts", "schedule_recommendations", "caption_bank", "audit_log")
    table, client, catalog = platform.erasing, platform.warehouse.client, platform.warehouse.catalog
    long = str(CAPTIONS["alice"])
    before = datetime.now(UTC) - timedelta(seconds=1)
    table(*names)
    for page in ("alice", "bella"):
        platform.fill({name: [row_of(catalog.tables[name], page, 0)] for name in names})
    first = table(*names).run(ALICE, yes=True).subject
    table(*names).run(ErasureSubject.of("", long), yes=True)
    erased = datetime.now(UTC) + timedelta(seconds=1)
    # The same rows again, as if loaded from a backup; of one only words are left that name her.
    back = row_of(catalog.tables["automation_alerts"], "bella", 0) | {
        "alert_message": "failed:\nalice",
        "alert_kind": "x",
    }
    caption = row_of(catalog.tables["caption_bank"], "alice", 0) | {"sample_pages_used": []}
    loaded = {"automation_alerts": [back], "caption_bank": [caption]}
    platform.fill(loaded)
    places = {name: str(PLACE.address(name)) for name in (*loaded, "audit_log")}

    later = Forgetting(client, PLACE, catalog, own=True)
    assert later.find(erased, places) == 0, "what was there after the erasure stays"
    assert later.clean("caption_bank", places["caption_bank"]) == 0
    forgetting = Forgetting(client, PLACE, catalog, own=True)
    assert forgetting.find(before, places) == 2
    assert sum(forgetting.clean(name, path) for name, path in places.items()) == 2
    assert {row["caption_id"] for row in platform.rows("caption_bank")} == {CAPTIONS["bella"]}
    told = {row["alert_message"] for row in platform.rows("automation_alerts")}
    assert f"failed:\n{first.pseudonym}" in told, "as it was called when it was erased"
    assert len(erasures(platform)) == 2, "the log is the live one, which knows them already"


def test_killed_anywhere_the_same_command_goes_on(platform: Platform) -> None:
    rows = fill(platform, *TABLES)
    for moment in MOMENTS:
        command = [sys.executable, "-m", "tests.sql.mortal_eraser", platform.warehouse.endpoint, str(platform.root)]
        killed = subprocess.run([*command, moment], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert killed.returncode == -signal.SIGKILL, f"{moment}: {killed.stderr}"
        assert {pause.reason for pause in platform.schedules.open()} <= {REASON}
    tokens = {one["details"]["token"] for one in erasures(platform)}
    assert len(tokens) == 1, "each goes on with the same pseudonym"
    assert platform.erasing(*TABLES).run(ALICE, yes=True).is_done
    for name in TABLES:
        left = without_page(rows[name], name, f"erased_{next(iter(tokens))}")
        assert alike(platform.rows(name)) == alike(left), name
    (audited,) = erasures(platform)
    assert audited["details"]["state"] == "done"
    assert audited["details"]["rows"] == dict.fromkeys(TABLES, 2)
    assert platform.schedules.open() == ()
