from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from googlesql_gate.__main__ import main

DOUBLE = "CREATE FUNCTION `d.double`(p_x INT64) RETURNS INT64 AS (p_x * 2);"
RECENT = "CREATE TABLE FUNCTION `d.recent`(p_x INT64) AS SELECT m.id AS id FROM `d.messages` AS m WHERE m.id > p_x;"


def view(select: str) -> str:
    return f"CREATE OR REPLACE VIEW `d.v` AS {select};"


@pytest.mark.parametrize(
    ("select", "culprit", "message"),
    [
        ("SELECT m.prise AS a FROM `d.messages` AS m", "prise", "Name prise not found inside m"),
        (
            "SELECT m.id AS a FROM `d.mesages` AS m",
            "`d.mesages`",
            "Table not found: d.mesages; Did you mean d.messages?",
        ),
        ("SELECT LOWER(m.id) AS a FROM `d.messages` AS m", "LOWER", "No matching signature for function LOWER"),
        ("SELECT `d.double`('x') AS a", "`d.double`", "Unable to coerce type STRING to expected type INT64"),
        ("SELECT `d.double`(1, 2) AS a", "`d.double`", "Signature accepts at most 1 argument, found 2 arguments"),
        ("SELECT `d.treble`(1) AS a", "`d.treble`", "Function not found: d.treble"),
        ("SELECT r.id FROM `d.recent`('x') AS r", "`d.recent`", "Unable to coerce type STRING to expected type INT64"),
        ("SELECT r.page FROM `d.recent`(1) AS r", "page", "Name page not found inside r"),
        ("SELECT r.id FROM `d.latest`(1) AS r", "`d.latest`", "Table-valued function not found: d.latest"),
        ("SELECT m.id, COUNT(*) AS n FROM `d.messages` AS m", "m.id", "neither grouped nor aggregated"),
        ("SELECT m.id + m.page AS n FROM `d.messages` AS m", "m.id", "No matching signature for operator +"),
    ],
    ids=[
        *("column", "table", "argument of a function", "type of an argument", "number of arguments", "routine"),
        *("argument of a table function", "column of a table function", "table function", "grouping", "operator"),
    ],
)
def test_a_wrong_reference_or_type_is_found_where_it_stands(
    findings: Callable[..., list[str]], select: str, culprit: str, message: str
) -> None:
    text = view(select)
    [finding] = findings(views__v=text, functions__double=DOUBLE, table_functions__recent=RECENT)
    assert finding.startswith(f"sql/views/v.sql:1:{text.index(culprit) + 1}: ")
    assert message in finding


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("SELECT ", " FROM `d.messages` AS m"),
        ("SELECT 'é🔥' AS x, `d.double`(1) AS y, `d.double`(m.id) + ", " FROM `d.messages` AS m"),
        ("SELECT 1 AS a,\n\t'🔥' AS b,\t", " AS c FROM `d.messages` AS m"),
        ("SELECT 1 AS a, -- `d.x` is no name here\n  `d.double`(1) AS b, ", " AS c FROM `d.messages` AS m"),
        ("SELECT m.id FROM `d.messages` AS m\n  JOIN `d.messages` AS n ON `d.double`(m.id) = ", ""),
    ],
    ids=[
        "plain",
        "dotted names and emoji",
        "tabs and emoji",
        "a dotted name in a comment",
        "dotted names on two lines",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_positions_are_those_of_the_file_in_characters(
    findings: Callable[..., list[str]], before: str, behind: str, line_end: str
) -> None:
    text = view(before + "m.nope" + behind).replace("\n", line_end)
    line, column = text[: text.index("nope")].count("\n"), text.index("nope") - text.rfind("\n", 0, text.index("nope"))
    assert findings(views__v=text, functions__double=DOUBLE) == [
        f"sql/views/v.sql:{line + 1}:{column}: Name nope not found inside m"
    ]


def test_a_duplicate_column_is_found(findings: Callable[..., list[str]]) -> None:
    assert findings(tables__t="CREATE TABLE `d.t` (\n  a INT64,\n  A STRING\n);") == [
        "sql/tables/t.sql:3:3: Duplicate column name A in CREATE TABLE"
    ]


def test_an_unknown_type_is_found_and_the_names_that_bigquery_adds_are_known(
    findings: Callable[..., list[str]],
) -> None:
    text = "CREATE TABLE `d.t` (a INT, b INTEGER, c BIGINT, d STRNG);"
    assert findings(tables__t=text) == [f"sql/tables/t.sql:1:{text.index('STRNG') + 1}: Type not found: STRNG"]


def test_a_table_function_must_return_the_columns_it_declares(findings: Callable[..., list[str]]) -> None:
    text = "CREATE TABLE FUNCTION `d.f`() RETURNS TABLE<a INT64, b INT64> AS SELECT 1 AS a;"
    [finding] = findings(table_functions__f=text)
    assert "Required column name b not returned" in finding


def test_a_lost_dependency_is_found_in_everything_that_used_it(findings: Callable[..., list[str]]) -> None:
    found = findings(
        views__v=view("SELECT w.id FROM `d.w` AS w"),
        procedures__p="CREATE PROCEDURE `d.p`() BEGIN\n  SELECT w.id FROM `d.w` AS w;\nEND;",
    )
    assert [finding.split(": ", 1)[1] for finding in found] == ["Table not found: d.w"] * 2
    assert found[0].startswith("sql/procedures/p.sql:2:")


def test_files_are_checked_in_the_order_of_what_they_need(findings: Callable[..., list[str]]) -> None:
    assert not findings(
        functions__double=DOUBLE,
        views__a="CREATE VIEW `d.a` AS SELECT b.n FROM `d.b` AS b;",
        views__b="CREATE VIEW `d.b` AS SELECT `d.double`(r.id) AS n FROM `d.recent`(1) AS r;",
        table_functions__recent=RECENT,
        procedures__a="CREATE PROCEDURE `d.pa`(p_x INT64) BEGIN CALL `d.pb`(p_x); CALL `d.pa`(p_x); END;",
        procedures__b="CREATE PROCEDURE `d.pb`(p_x INT64) BEGIN SELECT a.n FROM `d.a` AS a; END;",
    )


def test_objects_that_need_each_other_are_found(findings: Callable[..., list[str]]) -> None:
    found = findings(
        views__a="CREATE VIEW `d.a` AS SELECT b.n FROM `d.b` AS b;",
        views__b="CREATE VIEW `d.b` AS SELECT a.n FROM `d.a` AS a;",
    )
    assert "Table not found: d.b" in "".join(found)


def test_the_wrong_file_does_not_hide_the_others(findings: Callable[..., list[str]]) -> None:
    found = findings(
        views__a="CREATE VIEW `d.a` AS SELECT (1 AS x;",
        views__b=b"CREATE VIEW `d.b` AS\nSELECT '\xff' AS x;",
        views__c="CREATE VIEW `d.c` AS SELECT * FROM " + "(SELECT * FROM " * 3000 + "x" + ")" * 3000,
        views__v=view("SELECT m.nope FROM `d.messages` AS m"),
    )
    assert [finding.split(": ", 1)[0] for finding in found] == [
        "sql/views/a.sql:1:32",
        "sql/views/b.sql:2:9",
        "sql/views/c.sql:1:1",
        "sql/views/v.sql:1:42",
    ]
    assert "Syntax error" in found[0]
    assert found[1].endswith("not UTF-8 text")
    assert found[2].endswith("cannot be parsed: nested too deeply for the analyzer")


def test_a_statement_that_exhausts_the_analyzer_is_a_finding_and_the_next_is_still_checked(
    in_procedure: Callable[[str], list[str]],
) -> None:
    found = in_procedure(f"SELECT {' + '.join(['1'] * 450)};\nSELECT nope;")
    assert found == ["2:1: cannot be analyzed: nested too deeply for the analyzer", "3:8: Unrecognized name: nope"]


def test_long_chains_of_operators_are_no_problem(in_procedure: Callable[[str], list[str]]) -> None:
    assert not in_procedure("SELECT " + " + ".join(["p_id"] * 150) + ", " + "(" * 400 + "1" + ")" * 400 + ";")


def test_information_schema_has_its_columns(findings: Callable[..., list[str]]) -> None:
    head = "SELECT c.column_name, c.{} FROM `d.INFORMATION_SCHEMA.COLUMNS` AS c"
    assert not findings(checks__a=head.format("data_type"))
    assert findings(checks__a=head.format("nope")) == ["sql/checks/a.sql:1:25: Name nope not found inside c"]


def test_functions_that_the_analyzer_lacks_are_known_with_their_types(findings: Callable[..., list[str]]) -> None:
    select = "SELECT MAX_BY(m.page, m.id) AS a, LOGICAL_OR(CONTAINS_SUBSTR(m.page, 'x')) AS b FROM `d.messages` AS m"
    assert not findings(views__v=view(select))
    [finding] = findings(views__v=view("SELECT MAX_BY(m.page, m.id) + 1 AS a FROM `d.messages` AS m"))
    assert "STRING, INT64" in finding


def test_a_column_wins_over_a_variable_of_the_same_name(in_procedure: Callable[[str], list[str]]) -> None:
    body = "DECLARE page INT64 DEFAULT 1;\nSELECT LOWER(page) AS a FROM `d.messages` AS m;"
    assert not in_procedure(body)


@pytest.mark.parametrize(
    "statement",
    [
        "DECLARE v_id INT64 DEFAULT 0; SET v_id = 0.9 * 3.0;",
        "UPDATE `d.messages` AS m SET id = 0.9 * m.price WHERE m.id = 1;",
        "INSERT INTO `d.messages` (id) SELECT 0.9 * m.price FROM `d.messages` AS m;",
    ],
)
def test_a_float_is_never_stored_as_an_integer(
    in_procedure: Callable[[str], list[str]], statement: str
) -> None:  # defect: S13
    (found,) = in_procedure(statement)
    assert "FLOAT64" in found
    assert "INT64" in found


def test_the_command_prints_findings_and_fails(
    findings: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings(views__v=view("SELECT nope"))
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "sql/views/v.sql:1:40: Unrecognized name: nope\n"


def test_the_command_counts_what_it_checked(
    findings: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings(procedures__p="CREATE PROCEDURE `d.p`() BEGIN IF TRUE THEN SELECT 1; END IF; END;")
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "checked 4 statements in 2 files\n"


def test_a_folder_without_sql_is_a_mistake_not_a_clean_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no .sql file below" in capsys.readouterr().err


def test_hidden_files_are_an_editors_own(tmp_path: Path, findings: Callable[..., list[str]]) -> None:
    (tmp_path / "sql/views").mkdir(parents=True)
    (tmp_path / "sql/views/.#v.sql").symlink_to("me@host.123")
    assert findings(**{"views__v": view("SELECT m.id FROM `d.messages` AS m"), "views__._v": b"\0\xff"}) == []
