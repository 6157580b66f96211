"""Reference data: the rows of every year, and the views that hold what the files declare."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from catalog import Catalog, CatalogError, yamlfile
from catalog.addresses import Placement
from catalog.model import View
from catalog.reference_data import FLAGS, HOLIDAYS, Holiday, holidays, read
from tests.unit.catalog.conftest import Project

PLACE = Placement("p", "d")
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


def test_every_year_has_its_twenty_holidays_on_dates_of_their_own(rows: tuple[Holiday, ...]) -> None:
    assert Counter(row.date.year for row in rows) == dict.fromkeys(MOVING, 20)
    assert len({row.date for row in rows}) == len(rows) == 140


def test_the_holidays_of_2025_are_those_agreed(rows: tuple[Holiday, ...]) -> None:
    agreed = [entry.split() for entry in YEAR_2025.replace("\n", "|").split("|") if entry.strip()]
    assert [(f"{row.date:%m-%d}", row.type, row.is_major, row.factor) for row in rows if row.date.year == 2025] == [
        (day, LETTERS[letter], major == "y", float(factor)) for day, letter, major, factor in agreed
    ]


@pytest.mark.parametrize("year", MOVING)
def test_moving_holidays_fall_on_their_published_dates(rows: tuple[Holiday, ...], year: int) -> None:
    thanksgiving = MOVING[year].split()[-1]
    friday = f"11-{int(thanksgiving[3:]) + 1:02}"
    expected = sorted([*MOVING[year].split(), *FIXED.split(), friday])
    assert [f"{row.date:%m-%d}" for row in rows if row.date.year == year] == expected


def test_a_holiday_is_the_same_in_every_year_but_for_its_date(rows: tuple[Holiday, ...]) -> None:
    kinds = {(row.name, row.type, row.is_major, row.factor) for row in rows}
    assert len(kinds) == 20


def test_the_views_hold_the_declared_rows_and_nothing_else(declared: Catalog) -> None:
    query = declared.views[HOLIDAYS].query(PLACE)
    assert query.count("(DATE '20") == 140
    assert "(DATE '2025-12-25', 'Christmas Day', 'FEDERAL', TRUE, 0.6)" in query
    assert "(DATE '2024-07-04', 'Independence Day', 'FEDERAL', TRUE, 0.7)" in query
    assert "'New Year\\'s Day'" in query
    assert "('caption_restrictions_enabled', TRUE)" in declared.views[FLAGS].query(PLACE)
    for name in (HOLIDAYS, FLAGS):
        assert declared.views[name].sql.references == ()


def test_a_view_names_the_file_that_people_edit(declared: Catalog) -> None:
    paths = {name: declared.views[name].path.as_posix() for name in (HOLIDAYS, FLAGS)}
    assert paths == {HOLIDAYS: "config/holidays.yaml", FLAGS: "config/flags.yaml"}
    assert {name: declared.views[name].sql.path.as_posix() for name in paths} == paths


def holiday_view(project: Project, **changed: str) -> View:
    project.write("config/holidays.yaml", FILE.format(**(SOUND | changed)))
    view = read(project.root, HOLIDAYS)
    assert view is not None
    return view


def test_a_view_changes_with_the_content_and_with_nothing_else(project: Project) -> None:
    first = holiday_view(project)
    path = project.root / "config/holidays.yaml"
    path.write_text("# A comment.\n" + path.read_text())
    again = read(project.root, HOLIDAYS)
    assert again is not None
    assert first.sql.text == again.sql.text
    contents = {
        first.sql.text,
        holiday_view(project, factor="0.9").sql.text,
        holiday_view(project, last="2026").sql.text,
    }
    assert len(contents) == 3


def test_a_name_cannot_leave_its_string(project: Project) -> None:
    view = holiday_view(project, name="a', 'b \\\\ ")
    assert "'a\\', \\'b \\\\'" in view.query(PLACE)
    assert view.sql.references == ()


def test_no_flags_are_no_rows(project: Project) -> None:
    project.write("config/flags.yaml", "{}\n")
    view = read(project.root, FLAGS)
    assert view is not None
    assert "UNNEST(ARRAY<STRUCT<flag STRING, is_enabled BOOL>>[" in view.sql.text


@pytest.mark.parametrize(
    ("changed", "line", "message"),
    [
        ({"on": "christmas"}, 5, "on: 'christmas' is no rule such as 12-25"),
        ({"on": "easter + 61 days"}, 5, "on: 'easter . 61 days' is no rule"),
        ({"on": "easter + 99999999999 days"}, 5, "on: 'easter .* is no rule"),
        ({"on": "easter + 1 day" + " - 1 day" * 9}, 5, "on: 'easter .* is no rule"),
        ({"type": "LOCAL"}, 5, r"type: 'LOCAL' is no type of holiday \(FEDERAL, CULTURAL, COMMERCIAL\)"),
        ({"major": "yes"}, 5, "major: 'yes' is no true or false"),
        ({"factor": "1.1"}, 5, "factor: '1.1' is no number from 0.01 to 1"),
        ({"factor": "0"}, 5, "factor: '0' is no number from 0.01 to 1"),
        ({"factor": "1e-320"}, 5, "factor: '1e-320' is no number"),
        ({"factor": "nan"}, 5, "factor: 'nan' is no number"),
        ({"name": r"a\nb"}, 4, "name holds the character U.000A"),
        ({"name": r"a\0b"}, 4, "name holds the character U.0000"),
        ({"name": r"\ud800"}, 4, "name holds the character U.D800"),
        ({"name": "a" * 101}, 4, "name: .* is no name of at most 100 characters"),
        ({"on": "12-24 + 1 day"}, 5, "Other and Christmas both fall on 2024-12-25"),
        ({"first": "2026"}, 2, "first_year must not be after last_year"),
        ({"first": "soon"}, 1, "first_year: 'soon' is no year"),
    ],
)
def test_a_bad_holiday_is_refused_at_its_line(
    project: Project, changed: dict[str, Any], line: int, message: str
) -> None:
    with pytest.raises(CatalogError, match=message) as refusal:
        holiday_view(project, **changed)
    assert str(refusal.value.location) == f"config/holidays.yaml:{line}"


def test_no_holidays_at_all_are_refused(project: Project) -> None:
    project.write("config/holidays.yaml", "first_year: 2024\nlast_year: 2030\nholidays: []\n")
    with pytest.raises(CatalogError, match="no holiday is listed"):
        read(project.root, HOLIDAYS)


@pytest.mark.parametrize("name", ["''", "A", "1st", "a-b", '"a\\nb"', "a" * 64])
def test_a_bad_name_of_a_flag_is_refused(project: Project, name: str) -> None:
    project.write("config/flags.yaml", f"{name}:\n  description: A switch.\n  enabled: false\n")
    with pytest.raises(
        CatalogError, match=r"is no name of a flag|an entry without a name|holds the character|at most 1,024"
    ):
        read(project.root, FLAGS)


def test_a_file_that_is_missed_is_named_once(project: Project) -> None:
    project.write(
        "sql/views/v.sql",
        f"""
        CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS
        SELECT h.holiday_date FROM `eros_scheduling_brain.{HOLIDAYS}` AS h
        """,
    )
    assert [str(finding) for finding in project.findings()] == [
        "config/holidays.yaml: declared_holidays is made of this file, which does not exist [reference]\n"
        "  fix: take it from git: git checkout -- config/holidays.yaml"
    ]
    holiday_view(project)
    assert project.findings() == []


def test_rows_are_in_order_of_their_dates(rows: tuple[Holiday, ...]) -> None:
    assert [row.date for row in rows] == sorted(row.date for row in rows)
    assert rows[0].date == date(2024, 1, 1)


HOLIDAY = "- {{name: {name}, on: {on}, type: FEDERAL, major: {major}, factor: {factor}}}"
BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in pairwise("abcdefghi"))
DAMAGED_HOLIDAYS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ": the file is empty"),
    "not UTF-8": (bytes(range(128, 256)), ": the file is not UTF-8 text"),
    "UTF-16": (FILE.encode("utf-16"), ": the file is not UTF-8 text"),
    "a byte-order mark": (b"\xef\xbb\xbfholidays: []\n", ":1: the file begins with an invisible"),
    "a tab": (b"first_year: 2024\n\tlast_year: 2025\n", ":2: no valid YAML"),
    "cut in a text": (b"first_year: 2024\nlast_year: '20", ":2: no valid YAML"),
    "a byte that is no text": (
        b"first_year: 2024\nlast_year: \x00\n",
        ":2: a character that YAML does not allow: U+0000",
    ),
    "two documents": (b"first_year: 2024\n---\nlast_year: 1\n", ":2: no valid YAML"),
    "brackets without end": (b"a: " + b"[" * 5000, ": brackets are nested too deeply"),
    "a billion laughs": (BOMB.encode(), ":1: holidays.yaml: unknown entry a"),
    "a merge key": (b"<<: {a: b}\n", ":1: holidays.yaml: unknown entry <<"),
    "a list": (b"- a\n", ":1: holidays.yaml is no mapping"),
    "a text for the list": (b"first_year: 2024\nlast_year: 2025\nholidays: x\n", ": holidays is no list"),
    "numbers for holidays": (b"first_year: 2024\nlast_year: 2025\nholidays: [1]\n", ":3: holidays[1] is no mapping"),
}
WRONG_VALUES = {
    "a list": ({"on": "[12-25]"}, "on is a list, and one value is wanted"),
    "a mapping": ({"major": "{a: b}"}, "major is a mapping, and one value is wanted"),
    "nothing": ({"major": ""}, "major is missing"),
    "a day that is not": ({"on": "02-30"}, "on: '02-30' is no rule"),
    "a day of some years": ({"on": "02-29"}, "on: '02-29' is no rule"),
    "a day of one year": ({"on": "2024-12-25"}, "on: '2024-12-25' is no rule"),
    "no number": ({"factor": ".nan"}, "factor: '.nan' is no number from 0.01 to 1"),
    "nan": ({"factor": "nan"}, "factor: 'nan' is no number"),
    "without end": ({"factor": "1e999"}, "factor: '1e999' is no number"),
    "thousands of digits": ({"factor": "1" + "0" * 5000}, "factor has 5,001 characters"),
    "yes": ({"major": "yes"}, "major: 'yes' is no true or false"),
    "text that turns around": ({"name": '"a\\u202eb"'}, "name holds the character U+202E, which nobody can see"),
    "half a character": ({"name": '"\\ud800"'}, "name holds the character U+D800"),
}


def said_of(project: Project, data: bytes, name: str = "holidays") -> str:
    path = project.root / f"config/{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    with pytest.raises(CatalogError) as caught:
        read(project.root, f"declared_{name}")
    return str(caught.value)


@pytest.mark.parametrize(("data", "said"), DAMAGED_HOLIDAYS.values(), ids=DAMAGED_HOLIDAYS)
def test_a_damaged_file_is_a_finding_with_its_place_and_what_to_do(project: Project, data: bytes, said: str) -> None:
    text = said_of(project, data)
    assert text.startswith("config/holidays.yaml")
    assert said in text
    assert "\n  fix: " in text


@pytest.mark.parametrize(("changed", "said"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_a_value_of_another_kind_is_a_finding_at_its_line(project: Project, changed: dict[str, str], said: str) -> None:
    row = HOLIDAY.format(**({"name": "N", "on": "12-25", "major": "true", "factor": "1"} | changed))
    text = said_of(project, f"first_year: 2024\nlast_year: 2025\nholidays:\n{row}\n".encode())
    assert text.startswith("config/holidays.yaml:4: holidays[1]: " + said)


@pytest.mark.parametrize("year", ["2_024", "02024", "\u0662\u0660\u0662\u0664", "+2024", "24"])
def test_a_year_is_four_digits(project: Project, year: str) -> None:
    text = said_of(project, f"first_year: {year}\nlast_year: 2025\nholidays: []\n".encode())
    assert text.startswith(f"config/holidays.yaml:1: holidays.yaml: first_year: {year!r} is no year of four digits")


def test_lines_that_end_as_on_windows_are_the_same_content(project: Project) -> None:
    sound = holiday_view(project).sql.text
    path = project.root / "config/holidays.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    again = read(project.root, HOLIDAYS)
    assert again is not None
    assert again.sql.text == sound


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: 1\n", ":1: a is no mapping"),
        ("a: {enabled: 1, description: x}\n", ":1: a: enabled: '1' is no true or false"),
        ("a: {enabled: {}, description: x}\n", ":1: a: enabled is a mapping"),
        ("a: {enabled: true}\n", ":1: a: description is missing"),
        ("a: {enabled: true, description: x}\na: {enabled: false, description: x}\n", ":2: a is given twice"),
        ("? [a]\n: {enabled: true}\n", ":1: flags.yaml: an entry without a name"),
        ("# nothing\n", ": the file is empty"),
    ],
)
def test_a_damaged_file_of_flags_is_a_finding_with_its_place(project: Project, content: str, said: str) -> None:
    assert said_of(project, content.encode(), "flags").startswith("config/flags.yaml" + said)
