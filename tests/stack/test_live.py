"""What the program says and refuses when it meets what is deployed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from catalog import load_cached as load_catalog
from tests.stack.conftest import ROOT, Program, live_sources

OURS = {"system": "eros", "environment": "prod", "owner": "data-platform"}
TABLE = "gcp:bigquery/table:Table"
MUTEX = "sql/tables/platform_mutex.sql"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the program, but for those of channels whose secret is not set."""
    heard: list[str] = []

    def warn(text: str, *_: object, **__: object) -> None:
        if not text.startswith("no alert goes to "):
            heard.append(text)

    monkeypatch.setattr(pulumi.log, "warn", warn)
    return heard


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program with files of its own to edit."""
    for name in ("__main__.py", "outputs.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("sql", "config", "settings", "catalog", "components"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def edit(root: Path, path: str, before: str, after: str) -> None:
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after, 1))


def column(name: str, description: str) -> dict[str, str]:
    return {"name": name, "type": "STRING", "mode": "NULLABLE", "description": description}


def with_column(run_program: Callable[..., Any], extra: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The live sources, and the mutex table with a column more."""
    schema = json.loads(run_program("prod").of(TABLE)["platform_mutex"].inputs["schema"])
    return {**live_sources(), "platform_mutex": {"schema": json.dumps([*schema, extra]), "labels": OURS}}


def test_a_column_of_somebody_else_stops_the_preview(run_program: Callable[..., Program], said: list[str]) -> None:
    live = with_column(run_program, column("analyst_note", "Mine."))
    with pytest.raises(
        pulumi.RunError, match=r"(?s)nothing was changed.*platform_mutex: column analyst_note .*RETIRED"
    ):
        run_program("prod", live=live)
    assert said == []


def test_a_retired_column_goes_and_the_preview_names_it(run_program: Callable[..., Program], said: list[str]) -> None:
    live = with_column(run_program, column("old_note", "RETIRED: holder says it."))
    assert run_program("prod", live=live).resources
    assert [text for text in said if "column old_note is retired and dropped with its values" in text]


def test_a_table_whose_file_is_gone_stops_the_preview_with_the_way_to_retire_it(
    run_program: Callable[..., Program],
) -> None:
    live = {**live_sources(), "old_log": {"schema": "[]", "labels": OURS, "numRows": 7}}
    with pytest.raises(pulumi.RunError, match=r'(?s)no file declares table old_log.*\("lifecycle", "retired"\)'):
        run_program("prod", live=live)


def test_a_retired_table_whose_file_is_gone_is_deleted_and_named_with_its_rows(
    run_program: Callable[..., Program], said: list[str]
) -> None:
    labels = {**OURS, "lifecycle": "retired"}
    live = {**live_sources(), "old_log": {"schema": "[]", "labels": labels, "numRows": 1234}}
    program = run_program("prod", live=live)
    assert "old_log" not in program.of(TABLE)
    assert [text for text in said if "table old_log is retired" in text and "1,234 rows" in text]


def test_the_tables_of_others_are_nobody_s_business(run_program: Callable[..., Program], said: list[str]) -> None:
    theirs = [{}, {"environment": "dev", "system": "eros"}, {"environment": "prod"}]
    live = {f"theirs_{number}": {"schema": "[]", "labels": labels} for number, labels in enumerate(theirs)}
    assert run_program("prod", live={**live_sources(), **live}).resources
    assert said == []


def test_what_a_migration_keeps_of_a_table_stays(run_program: Callable[..., Program], said: list[str]) -> None:
    live = {**live_sources(), "audit_log_legacy": {"schema": "[]", "labels": OURS}}
    assert run_program("prod", live=live).resources
    assert said == []


def test_a_removed_view_is_named_with_the_command_that_shows_its_readers(
    run_program: Callable[..., Program], said: list[str]
) -> None:
    live = {**live_sources(), "old_view": {"schema": "[]", "labels": OURS, "views": [{"query": "SELECT 1 AS x"}]}}
    assert run_program("prod", live=live).resources
    assert [text for text in said if "view old_view" in text and "eros readers old_view -s prod" in text]


def test_only_the_table_that_its_file_retires_loses_its_protection(
    run_program: Callable[..., Program], said: list[str], copy: Path
) -> None:
    edit(copy, MUTEX, "labels=[", 'labels=[("lifecycle", "retired"), ')
    program = run_program("prod", root=copy, manageSources="true")
    mutex = program.of(TABLE)["platform_mutex"]
    assert (mutex.protect, mutex.inputs["deletionProtection"]) == (False, False)
    others = [item for name, item in program.of(TABLE).items() if name != "platform_mutex" and "schema" in item.inputs]
    assert all(item.protect and item.inputs["deletionProtection"] for item in others)
    assert [text for text in said if "platform_mutex is retired" in text]


def test_sources_that_the_stack_made_are_not_given_up_by_a_key(run_program: Callable[..., Program]) -> None:
    live = {name: {**table, "labels": OURS} for name, table in live_sources().items()}
    with pytest.raises(pulumi.RunError, match=r"(?s)manageSources is false.*caption_bank.*manageSources true -s prod"):
        run_program("prod", live=live)


def test_a_table_is_not_made_anew_under_another_name(run_program: Callable[..., Program]) -> None:
    live = {**live_sources(), "audit_log": {"schema": "[]", "labels": OURS}}
    with pytest.raises(
        pulumi.RunError, match=r"(?s)objectNames\.audit_log: .* config rm --path objectNames\.audit_log"
    ):
        run_program("prod", live=live, objectNames='{"audit_log": "audit_log_v2"}')


def test_a_table_that_bigquery_would_delete_by_itself_stops_the_program(run_program: Callable[..., Program]) -> None:
    schema = load_catalog(ROOT).tables["feature_flags"].schema_json()
    found = {**live_sources(), "feature_flags": {"schema": schema, "labels": OURS, "expirationTime": 1798761600000}}
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", live=found)
    assert re.search(
        r"sql/tables/feature_flags\.sql:\d+: BigQuery deletes feature_flags with its rows on 2027-01-01 00:00 UTC "
        r"\(expirationTime\)\n  fix: ALTER TABLE `of-scheduler-proj\.eros_scheduling_brain\.feature_flags` "
        r"SET OPTIONS \(expiration_timestamp = NULL\)",
        str(refused.value),
    )
