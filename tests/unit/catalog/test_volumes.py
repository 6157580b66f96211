"""config/volumes.yaml: rows at a load, and what is refused because it does not fit the catalog."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.cost import assumed_sizes, estimate
from catalog.errors import CatalogError
from catalog.volumes import Volume
from tests.unit.catalog.conftest import Project

TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (day DATE OPTIONS(description="D."), note STRING OPTIONS(description="N."))
PARTITION BY day
OPTIONS(description="T.");
"""
JOB = """
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.job`() OPTIONS(description="P.")
BEGIN
  SELECT COUNT(*) AS n FROM `eros_scheduling_brain.big`;
END;
"""
FILE = """\
load: {creators: 10, messages_per_month: 900, captions_per_creator: 5, months_of_history: 12,
  sends_per_creator_and_day: 2}
tables:
  big: {rows: creators * 3, days: days_of_history, at_most: messages_per_month * 2}
  small: {rows: 7}
texts:
  note: 50
calls:
  by hand: {procedure: job, times_a_day: 2}
"""


def write(project: Project, text: str = FILE, *, tables: tuple[str, ...] = ("big", "small")) -> Project:
    for name in tables:
        project.write(f"sql/tables/{name}.sql", TABLE.format(name=name))
    project.write("sql/procedures/job.sql", JOB)
    return project.write("config/volumes.yaml", text)


def test_rows_days_and_texts_are_those_of_the_load(project: Project) -> None:
    catalog = write(project).load()
    assert catalog.volumes.load == Volume(10, 900, 5, 12, 2)
    sizes = assumed_sizes(catalog, replace(catalog.volumes.load, creators=100, messages_per_month=1000))
    assert (sizes["big"].rows, sizes["big"].days) == (300, 365.25)
    assert (sizes["small"].rows, sizes["small"].days) == (7, 0)
    assert sizes["small"].column_bytes == {"day": 8, "note": 52}
    few = assumed_sizes(catalog, replace(catalog.volumes.load, creators=100, messages_per_month=100))
    assert few["big"].rows == 200, "never more than at_most"


def test_what_others_call_is_in_the_estimate_as_often_as_stated(project: Project) -> None:
    catalog = write(project).load()
    (cost,) = estimate(catalog, assumed_sizes(catalog, catalog.volumes.load), creators=1)
    assert (cost.name, cost.runs_a_month) == ("by hand", 2 * 365.25 / 12)
    assert [(one.procedure, one.line) for one in cost.statements] == [("job", 3)]


def test_a_table_without_an_estimate_is_told_at_its_own_file(project: Project) -> None:
    (finding,) = write(project, tables=("big", "small", "third")).findings()
    assert str(finding.location) == "sql/tables/third.sql:1"
    assert "nobody says how many rows third holds" in finding.message
    assert "third: {rows: 2000}" in finding.fix


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("  small: {rows: 7}", "  small: {rows: 7}\n  smal: {rows: 7}", 6, "smal is no declared table"),
        ("  note: 50", "  notes: 50", 7, "notes is no column of any table"),
        ("procedure: job", "procedure: jobs", 9, "jobs is no declared procedure"),
        ("procedure: job", "procedure: big", 9, "big is no declared procedure"),
        ("creators * 3", "creator * 3", 4, "'creator' is neither a number nor one of creators,"),
        ("creators * 3", "creators * 3e9", 4, "'3e9' is neither a number"),
        ("creators * 3", "creators *", 4, "'' is neither a number"),
        ("rows: 7", "row: 7", 5, "unknown entry row"),
        ("note: 50", "note: long", 7, "'long' is no number of characters"),
        ("times_a_day: 2", "times_a_day: 0", 9, "'0' is no number of 1 to 1440"),
        ("texts:", "text:", 7, "unknown entry text"),
        ("creators: 10,", "creators: 0,", 1, "'0' is no number of 1 to"),
        ("creators: 10,", "", 1, "creators is missing"),
        ("creators: 10,", "creators: 10, creations: 1,", 1, "unknown entry creations"),
    ],
)
def test_what_does_not_fit_is_a_finding_with_its_line_and_a_fix(
    project: Project, before: str, after: str, line: int, said: str
) -> None:
    assert before in FILE
    (finding,) = write(project, FILE.replace(before, after)).findings()
    assert (str(finding.location), bool(finding.fix)) == (f"config/volumes.yaml:{line}", True)
    assert said in finding.message


@pytest.mark.parametrize("days", ["30", "days_of_history", "30 * 3"])
def test_rows_lie_on_as_many_days_as_the_table_keeps_and_the_two_files_cannot_drift(
    project: Project, days: str
) -> None:
    kept = TABLE.replace('OPTIONS(description="T.")', 'OPTIONS(description="T.", partition_expiration_days=90)')
    project = write(project, FILE.replace("rows: 7", f"rows: 7, days: {days}"))
    project.write("sql/tables/small.sql", kept.format(name="small"))
    (finding,) = project.findings()
    assert (str(finding.location), finding.fix) == ("config/volumes.yaml:5", "write days: 90")
    assert f"its rows lie on {days} days, its partitions go after 90" in finding.message
    assert write(project, FILE.replace("rows: 7", "rows: 7, days: 90")).findings() == []


def test_a_table_that_cannot_be_read_is_reported_once(project: Project) -> None:
    project = write(project)
    project.write("sql/tables/small.sql", "CREATE TABLE `eros_scheduling_brain.small` (a INT65)")
    assert {str(finding.location.path) for finding in project.findings()} == {"sql/tables/small.sql"}


def test_without_the_file_nothing_is_estimated_and_the_message_says_how_to_get_one(project: Project) -> None:
    project.write("sql/tables/big.sql", TABLE.format(name="big"))
    with pytest.raises(CatalogError, match=r"config/volumes\.yaml: .*does not exist.*") as refusal:
        assumed_sizes(project.load(), project.load().volumes.load)
    assert "eros cost -s STACK" in refusal.value.fix
