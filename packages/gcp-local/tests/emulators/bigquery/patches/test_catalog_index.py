"""The catalog kept in memory against DuckDB's own listing of it, after every kind of change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from duckdb.func import PythonUDFType
from local_bigquery.catalog import datasets, tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.settings import settings

from gcp_local.emulators.bigquery import extensions, lake_listing
from gcp_local.emulators.bigquery.patches import catalog_index, pandas_lookup

PROJECT = "listed"
UPSTREAM = tables.columns
CHANGES = (
    'CREATE SCHEMA "listed".d',
    'CREATE TABLE "listed".d.plain (a INTEGER NOT NULL, b STRUCT(c INTEGER), "_PARTITIONTIME" TIMESTAMP)',
    'INSERT INTO "listed".d.plain (a) VALUES (1), (2)',
    'CREATE VIEW "listed".d.seen AS SELECT a FROM "listed".d.plain',
    'CREATE MACRO "listed".d.f(x) AS x + 1',
    'CREATE MACRO "listed".d.rows(x) AS TABLE SELECT x AS y',
    'ALTER TABLE "listed".d.plain ADD COLUMN later DATE',
    'ALTER TABLE "listed".d.plain ALTER COLUMN a DROP NOT NULL',
    'ALTER TABLE "listed".d.plain RENAME TO renamed',
    'CREATE OR REPLACE TABLE "listed".d.renamed AS SELECT 1 AS other',
    'CREATE OR REPLACE VIEW "listed".d.seen AS SELECT 1 AS one',
    'DELETE FROM "listed".d.renamed',
    'ALTER TABLE "listed".d.renamed DROP COLUMN IF EXISTS nothing',
    'DROP VIEW "listed".d.seen',
    'DROP MACRO "listed".d.f',
    'CREATE SCHEMA "listed".e',
    'CREATE TABLE "listed".e.renamed (a INTEGER)',
    'DROP SCHEMA "listed".d CASCADE',
    'CREATE SCHEMA "listed".d',
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Upstream's own `fetch` on an engine of this test's."""
    folder = tmp_path_factory.mktemp("engine")
    patch = pytest.MonkeyPatch()
    patch.setattr(duckdb, "connect", duckdb.connect)
    extensions.install(folder / "extensions")
    patch.setattr(settings, "data_dir", folder / "data")
    patch.setattr(settings, "default_project_id", PROJECT)
    patch.setattr(lake_listing, "_known", {})
    yield database.fetch
    database.reset()
    patch.undo()


def answers(ask: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What upstream wants to know, asked of `ask`, about names that are there and names that are not."""
    given: dict[str, list[tuple[Any, ...]]] = {}
    keys: list[list[Any]]
    names = ("plain", "renamed", "seen", "f", "rows", "absent")
    for question in catalog_index.ANSWERS:
        if "coalesce" in question:
            keys = [[PROJECT, dataset, name] for dataset in "dex" for name in (*names, None)]
        elif "schema_name <>" in question:
            keys = [[PROJECT, True], [PROJECT, False], ["nowhere", True]]
        elif "column_name = ?" in question:
            keys = [[PROJECT, dataset, name, tables.INGESTION_TIME] for dataset in "de" for name in names]
        elif "_name = ?" in question.split("schema_name = ?")[-1]:
            keys = [[PROJECT, dataset, name] for dataset in "de" for name in names]
        else:
            keys = [[PROJECT, "d"], [PROJECT, "e"], ["nowhere", "d"], [PROJECT, "D"]]
        for key in keys:
            given[f"{question[:60]}... {key}"] = sorted(ask(question, key))
    return given


def remembered(question: str, key: list[Any]) -> list[tuple[Any, ...]]:
    return catalog_index.ANSWERS[question](*key)


@pytest.mark.parametrize("done", range(len(CHANGES)))
def test_after_every_definition_the_memory_says_what_the_engine_says(engine: Any, done: int) -> None:
    database.execute(CHANGES[done])
    assert answers(remembered) == answers(engine)


def test_what_a_transaction_makes_is_there_when_it_commits_and_not_when_it_rolls_back(engine: Any) -> None:
    def known() -> bool:
        return bool(catalog_index._objects(PROJECT, "main", "made"))

    with database.cursor() as other:
        for end, expected in (("ROLLBACK", False), ("COMMIT", True)):
            other.execute(f'BEGIN; CREATE TABLE "{PROJECT}".main.made (a INTEGER)')
            assert not known()
            other.execute(end)
            assert known() is expected


@pytest.fixture
def planned(engine: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The patch applied for one test; the keys of which upstream plans the columns."""
    asked: list[tuple[str, ...]] = []

    def noted(*key: str) -> Any:
        asked.append(key)
        return UPSTREAM(*key)

    monkeypatch.setattr(database, "fetch", engine)
    monkeypatch.setattr(query, "execute", query.execute)
    monkeypatch.setattr(tables, "columns", noted)
    catalog_index.apply()
    return asked


def test_columns_are_those_of_the_newest_version_also_of_a_view_of_another_project(
    planned: list[tuple[str, ...]],
) -> None:
    def shown() -> list[str]:
        return [field.name for field in tables.columns(PROJECT, "main", "over")]

    database.attach("other")
    database.execute('CREATE TABLE "other".main.below (a INTEGER)')
    database.execute(f'CREATE VIEW "{PROJECT}".main.over AS SELECT * FROM "other".main.below')
    assert [shown(), shown()] == [["a"], ["a"]]
    assert len(planned) == 1
    database.execute('CREATE OR REPLACE TABLE "other".main.below (b INTEGER)')
    database.execute(f'CREATE OR REPLACE VIEW "{PROJECT}".main.over AS SELECT * FROM "other".main.below')
    assert shown() == ["b"]
    database.execute('ALTER TABLE "other".main.below ALTER COLUMN b TYPE BIGINT')
    shown()
    assert len(planned) == 3
    with pytest.raises(BigQueryError, match=f"Not found: Table {PROJECT}:main.absent"):
        tables.columns(PROJECT, "main", "absent")
    assert len(planned) == 3
    assert tables.columns(PROJECT, "main", "OVER") == tables.columns(PROJECT, "main", "over")  # as DuckDB finds it


ALTERED = (
    "ADD COLUMN later DATE",
    "ADD COLUMN b.d VARCHAR",
    "ALTER COLUMN a TYPE BIGINT",
    "ALTER COLUMN a DROP NOT NULL",
    "RENAME COLUMN a TO z",
    "RENAME COLUMN b.c TO e",
    "DROP COLUMN b.e",
    "DROP COLUMN later",
)


def test_the_columns_of_a_table_are_planned_again_when_it_changes_and_not_when_another_does(
    planned: list[tuple[str, ...]],
) -> None:
    key = (PROJECT, "main", "altered")
    database.execute(f'CREATE TABLE "{PROJECT}".main.altered (a INTEGER NOT NULL, b STRUCT(c INTEGER))')
    for number, change in enumerate(ALTERED, start=2):
        tables.columns(*key)
        database.execute(f'CREATE TABLE "{PROJECT}".main.another_{number} (a INTEGER)')
        tables.columns(*key)
        database.execute(f'ALTER TABLE "{PROJECT}".main.altered {change}')
        assert tables.columns(*key) == UPSTREAM(*key), change
        assert len(planned) == number


def test_a_jobs_result_is_found_with_its_rows_and_an_absent_one_is_not(engine: Any) -> None:
    database.execute('CREATE TABLE emulator._results."p:job" AS SELECT * FROM range(7)')
    assert catalog_index._objects("emulator", "_results", "p:job") == [("p:job", "TABLE", 7)]
    assert catalog_index._objects("emulator", "_results", "p:none") == []


def test_no_question_about_the_catalog_reaches_the_engine(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new text upstream would be asked of the engine again, slowly and in silence."""
    asked: list[str] = []

    def spied(sql: str, params: Any = None) -> Any:
        asked.append(sql)
        return engine(sql, params)

    monkeypatch.setattr(query, "execute", query.execute)
    monkeypatch.setattr(tables, "columns", tables.columns)
    monkeypatch.setattr(database, "fetch", spied)
    catalog_index.apply()
    database.execute('CREATE OR REPLACE TABLE "listed".main.t (a INTEGER)')
    with database.cursor() as cursor:
        monkeypatch.setattr(query.script, "parse_script", lambda _: [])
        query.execute(_Noting(cursor, asked), PROJECT, None, query.JobConfigurationQuery(query=""))
    datasets.list_(PROJECT)
    tables.load(PROJECT, "main", "t")
    tables.list_(PROJECT, "main")
    assert [sql for sql in asked if "duckdb_" in sql and "duckdb_databases" not in sql] == []


class _Noting(SimpleNamespace):
    """A cursor that notes what it is asked."""

    def __init__(self, cursor: Any, asked: list[str]) -> None:
        super().__init__(execute=cursor.execute, cursor=cursor, asked=asked)

    def sql(self, text: str, **more: Any) -> Any:
        self.asked.append(text)
        return self.cursor.sql(text, **more)


def test_a_missing_pandas_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[str] = []

    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        looked_for.append(name)

    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=find_spec)])
    pandas_lookup.apply()
    looked_for.clear()
    with duckdb.connect() as connection:
        connection.execute("SELECT ?", ["text"])
        connection.create_function("same", lambda texts: texts, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)
        assert connection.execute("SELECT same('x')").fetchall() == [("x",)]
    assert "pandas" not in looked_for
