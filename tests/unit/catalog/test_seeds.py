"""Seeds: the rows of every year, and statements that may run again at any time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from catalog import CatalogErrors, yamlfile
from catalog.addresses import Placement
from catalog.seeds import Holiday, Seed, holidays
from catalog.seeds import load as load_seeds

# The holidays of 2025 as agreed: date, letter of the type, major, factor.
YEAR_2025 = """
01-01 F y 0.7 | 01-20 F n 1 | 02-14 C y 0.8 | 02-17 F n 1 | 03-17 U n 1 | 04-20 U y 0.8 | 05-11 C y 0.8
05-26 F y 0.8 | 06-15 C n 0.9 | 06-19 F n 1 | 07-04 F y 0.7 | 09-01 F y 0.8 | 10-13 F n 1 | 10-31 U n 0.9
11-11 F n 1 | 11-27 F y 0.7 | 11-28 C n 0.9 | 12-24 U y 0.7 | 12-25 F y 0.6 | 12-31 U y 0.7
"""
LETTERS = {"F": "FEDERAL", "C": "COMMERCIAL", "U": "CULTURAL"}
# The dates that move, as published: MLK, Presidents, Easter, Mother, Memorial, Father, Labor, Columbus, Thanksgiving.
MOVING = {
    2024: "01-15 02-19 03-31 05-12 05-27 06-16 09-02 10-14 11-28",
    2025: "01-20 02-17 04-20 05-11 05-26 06-15 09-01 10-13 11-27",
    2026: "01-19 02-16 04-05 05-10 05-25 06-21 09-07 10-12 11-26",
    2027: "01-18 02-15 03-28 05-09 05-31 06-20 09-06 10-11 11-25",
    2028: "01-17 02-21 04-16 05-14 05-29 06-18 09-04 10-09 11-23",
    2029: "01-15 02-19 04-01 05-13 05-28 06-17 09-03 10-08 11-22",
    2030: "01-21 02-18 04-21 05-12 05-27 06-16 09-02 10-14 11-28",
}
FIXED = "01-01 02-14 03-17 06-19 07-04 10-31 11-11 12-24 12-25 12-31"
FILE = """
first_year: {first}
last_year: {last}
holidays:
  - {{name: "{name}", on: 12-25, type: FEDERAL, major: true, factor: 0.6}}
  - {{name: Other, on: {on}, type: {type}, major: {major}, factor: {factor}}}
"""
SOUND = {
    "first": "2024",
    "last": "2025",
    "name": "Christmas",
    "on": "easter",
    "type": "CULTURAL",
    "major": "false",
    "factor": "1",
}


@pytest.fixture(scope="module")
def rows(repository: Path) -> tuple[Holiday, ...]:
    file = yamlfile.read(repository, "holidays.yaml")
    assert file is not None
    return holidays(file)


@pytest.fixture(scope="module")
def seeds(repository: Path) -> dict[str, Seed]:
    return {seed.name: seed for seed in load_seeds(repository)}


def test_every_year_has_its_twenty_holidays_on_dates_of_their_own(rows) -> None:
    assert Counter(row.date.year for row in rows) == dict.fromkeys(MOVING, 20)
    assert len({row.date for row in rows}) == len(rows) == 140


def test_the_holidays_of_2025_are_those_agreed(rows) -> None:
    agreed = [entry.split() for entry in YEAR_2025.replace("\n", "|").split("|") if entry.strip()]
    assert [(f"{row.date:%m-%d}", row.type, row.is_major, row.factor) for row in rows if row.date.year == 2025] == [
        (day, LETTERS[letter], major == "y", float(factor)) for day, letter, major, factor in agreed
    ]


@pytest.mark.parametrize("year", MOVING)
def test_moving_holidays_fall_on_their_published_dates(rows, year) -> None:
    thanksgiving = MOVING[year].split()[-1]
    friday = f"11-{int(thanksgiving[3:]) + 1:02}"
    expected = sorted([*MOVING[year].split(), *FIXED.split(), friday])
    assert [f"{row.date:%m-%d}" for row in rows if row.date.year == year] == expected


def test_a_holiday_is_the_same_in_every_year_but_for_its_date(rows) -> None:
    kinds = {(row.name, row.type, row.is_major, row.factor) for row in rows}
    assert len(kinds) == 20


def test_the_holiday_statement_holds_typed_rows_and_updates_what_differs(seeds) -> None:
    statement = seeds["holidays"].statement(Placement("p", "d"))
    assert statement.startswith("MERGE `p.d.holiday_calendar` AS T\n")
    assert statement.count("(DATE '20") == 140
    assert "(DATE '2025-12-25', 'Christmas Day', 'FEDERAL', TRUE, 0.6)" in statement
    assert "(DATE '2024-07-04', 'Independence Day', 'FEDERAL', TRUE, 0.7)" in statement
    assert "'New Year\\'s Day'" in statement
    assert "WHEN MATCHED AND (T.holiday_name IS DISTINCT FROM S.holiday_name OR" in statement
    assert "DELETE" not in statement


def test_flags_and_mutex_rows_are_only_added_where_they_are_absent(seeds) -> None:
    for name in ("flags", "mutexes"):
        statement = seeds[name].statement(Placement("p", "d"))
        assert "WHEN NOT MATCHED THEN" in statement
        assert "UPDATE" not in statement
        assert "WHEN MATCHED" not in statement
    assert "('caption_restrictions_enabled', TRUE)" in seeds["flags"].statement(Placement("p", "d"))
    assert "['caption_locks', 'update_caption_performance', 'daily_automation']" in seeds["mutexes"].statement(
        Placement("p", "d")
    )


def test_each_seed_fills_a_declared_table(declared, seeds) -> None:
    assert {seed.table for seed in seeds.values()} <= set(declared.tables)
    assert {name: seed.table for name, seed in seeds.items()} == {
        "holidays": "holiday_calendar",
        "flags": "feature_flags",
        "mutexes": "platform_mutex",
    }


def holiday_seed(project, **changed: str) -> Seed:
    project.write("config/holidays.yaml", FILE.format(**(SOUND | changed)))
    return next(seed for seed in load_seeds(project.root) if seed.name == "holidays")


def test_the_job_id_changes_with_the_content_and_with_nothing_else(project) -> None:
    first = holiday_seed(project)
    path = project.root / "config/holidays.yaml"
    path.write_text("# A comment.\n" + path.read_text())
    again = load_seeds(project.root)[0]
    assert (first.job_id, first.digest) == (again.job_id, again.digest)
    assert first.job_id == f"seed_holidays_{first.digest}"
    assert (
        len({first.digest, holiday_seed(project, factor="0.9").digest, holiday_seed(project, last="2026").digest}) == 3
    )


def test_a_name_cannot_leave_its_string(project) -> None:
    seed = holiday_seed(project, name="a', 'b \\\\ ")
    assert "'a\\', \\'b \\\\'" in seed.statement(Placement("p", "d"))
    assert [reference.name for reference in seed.sql.references] == ["holiday_calendar"]


@pytest.mark.parametrize(
    ("changed", "line", "message"),
    [
        ({"on": "christmas"}, 5, "on: 'christmas' is no rule such as 12-25"),
        ({"type": "LOCAL"}, 5, r"type: 'LOCAL' is no type of holiday \(FEDERAL, CULTURAL, COMMERCIAL\)"),
        ({"major": "yes"}, 5, "major: 'yes' is no true or false"),
        ({"factor": "1.1"}, 5, "factor: '1.1' is no number above 0 and at most 1"),
        ({"factor": "0"}, 5, "factor: '0' is no number above 0"),
        ({"on": "12-24 + 1 day"}, 5, "Other and Christmas both fall on 2024-12-25"),
        ({"first": "2026"}, 2, "first_year must not be after last_year"),
        ({"first": "soon"}, 1, "first_year: 'soon' is no year"),
    ],
)
def test_a_bad_holiday_is_refused_at_its_line(project, changed, line, message) -> None:
    with pytest.raises(CatalogErrors, match=message) as refusal:
        holiday_seed(project, **changed)
    (finding,) = refusal.value.findings
    assert str(finding.location) == f"config/holidays.yaml:{line}"


def test_a_seed_for_a_table_that_no_file_declares_is_refused(project) -> None:
    project.write("config/flags.yaml", "flag_a:\n  description: A switch.\n  enabled: false\n")
    assert [str(finding).splitlines()[0] for finding in project.findings()] == [
        "catalog/seeds.py: rows for platform_mutex, which no file declares [reference]",
        "config/flags.yaml: rows for feature_flags, which no file declares [reference]",
    ]


def test_rows_are_in_order_of_their_dates(rows) -> None:
    assert [row.date for row in rows] == sorted(row.date for row in rows)
    assert rows[0].date == date(2024, 1, 1)
