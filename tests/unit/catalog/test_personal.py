"""A column that holds something of a creator says so: the mark, the table's label, and what is found without one."""

from __future__ import annotations

import pytest

from catalog import Catalog
from catalog.__main__ import main
from catalog.personal import marked
from tests.unit.catalog.conftest import Project

TABLE = """\
CREATE TABLE `eros_scheduling_brain.{name}`
(
{columns}
)
OPTIONS(description="T.");
"""
PAGE = '--@ page, delete\n  page_name STRING OPTIONS(description="Page.")'
COPY = """\
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.copy`()
OPTIONS(description="Copies.")
BEGIN
  INSERT INTO `eros_scheduling_brain.b` (label, amount)
  SELECT UPPER(v.owner), v.amount FROM `eros_scheduling_brain.v` AS v;
END;
"""
VIEW = """\
CREATE OR REPLACE VIEW `eros_scheduling_brain.v`
OPTIONS(description="V.")
AS
SELECT a.page_name AS owner, a.amount FROM `eros_scheduling_brain.a` AS a;
"""
AMOUNT = 'amount INT64 OPTIONS(description="Amount.")'


def write(project: Project, name: str, *columns: str) -> None:
    project.write(f"sql/tables/{name}.sql", TABLE.format(name=name, columns=",\n  ".join(columns)))


def refused(project: Project, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["check", str(project.root)]) == 1
    return capsys.readouterr().err


def test_a_mark_is_of_the_column_below_it_and_the_table_gets_its_label(project: Project) -> None:
    nested = (
        "parts ARRAY<STRUCT<\n"
        '    --@ words, replace\n    detail STRING OPTIONS(description="D."),\n'
        '    size INT64 OPTIONS(description="S.")\n  >> OPTIONS(description="Parts.")'
    )
    write(project, "a", AMOUNT, PAGE, nested)
    table = project.load().tables["a"]
    assert [(one.path, one.personal.holds, one.personal.action) for one in marked(table.columns)] == [
        ("page_name", "page", "delete"),
        ("parts.detail", "words", "replace"),
    ]
    assert table.labels == {"personal_data": "page-words"}
    assert "personal" not in table.schema_json()


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("--@ page", "--@ page says nothing that an erasure knows"),
        ("--@ pages, delete", "--@ pages, delete says nothing that an erasure knows"),
        ("--@ none", "--@ none says nothing that an erasure knows"),
        ("--@ page, delete\n  --@ page, replace", "two marks --@ above one column"),
    ],
)
def test_a_mark_that_says_nothing_is_refused_where_it_stands(project: Project, mark: str, said: str) -> None:
    write(project, "a", f'{mark}\n  page_name STRING OPTIONS(description="Page.")')
    (error,) = project.findings()
    assert said in str(error)


def test_a_mark_above_no_column_is_refused(project: Project) -> None:
    text = TABLE.format(name="a", columns=AMOUNT).replace(")\nOPTIONS", "--@ page, delete\n)\nOPTIONS")
    project.write("sql/tables/a.sql", text)
    (error,) = project.findings()
    assert "a mark --@ that stands above no column" in str(error)
    assert "--@ page, delete" in error.fix


@pytest.mark.parametrize(
    "column",
    [
        "page_name STRING",
        "account_id STRING",
        "creator STRING",
        "caption_id INT64",
        "caption_text STRING",
        "error_message STRING",
        "notes STRING",
        "schedule_id STRING",
        "facts JSON",
        "things ARRAY<STRING>",
        'parts ARRAY<STRUCT<details STRING OPTIONS(description="D.")>>',
    ],
)
def test_a_column_that_may_hold_something_of_a_creator_says_whether_it_does(
    project: Project, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    write(project, "a", AMOUNT, f'{column} OPTIONS(description="C.")')
    assert "sql/tables/a.sql:4: column" in (found := refused(project, capsys))
    assert "does not say what it holds of a creator [personal-data]\n  fix: write --@ page, delete" in found
    where = column.split(" ")[0]
    if where != "parts":
        write(project, "a", AMOUNT, f'--@ none because it is a test\n  {column} OPTIONS(description="C.")')
        assert main(["check", str(project.root)]) == 0


def test_a_column_that_a_procedure_fills_with_a_page_says_so_whatever_it_is_called(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, "a", PAGE, AMOUNT)
    write(project, "b", 'label STRING OPTIONS(description="Label.")', AMOUNT)
    project.write("sql/views/v.sql", VIEW).write("sql/procedures/copy.sql", COPY)
    found = refused(project, capsys)
    assert found.count("[personal-data]") == 1
    assert "sql/tables/b.sql:3: column label gets values of a.page_name" in found


def test_what_only_counts_or_names_no_page_needs_no_mark(project: Project) -> None:
    write(project, "a", AMOUNT, 'pages INT64 OPTIONS(description="P.")', 'status STRING OPTIONS(description="S.")')
    assert main(["check", str(project.root)]) == 0


def test_pages_and_captions_are_marked_wherever_the_platform_keeps_them(declared: Catalog) -> None:
    holding = {
        holds: {
            table.name
            for table in declared.tables.values()
            if any(one.personal.holds == holds for one in marked(table.columns))
        }
        for holds in ("page", "caption", "text")
    }
    assert {"mass_messages", "creator_reports", "active_caption_assignments", "caption_locks"} <= holding["page"]
    assert {"caption_bank", "schedule_recommendations", "message_caption_matches"} <= holding["caption"]
    assert holding["text"] == {
        *("active_caption_assignments", "caption_bank", "captions", "caption_filter_audit_log", "mass_messages")
    }
    assert declared.tables["holiday_calendar"].labels.keys().isdisjoint({"personal_data"})
