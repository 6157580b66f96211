from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from googlesql_gate.analyzer import Analyzer
from googlesql_gate.oracle import Oracle
from googlesql_gate.wasm import AnalyzerError


@pytest.fixture
def small(tmp_path: Path, analyzer: Analyzer) -> Oracle:
    """Two tables, a view on a view, a function in a table function."""
    files = {
        "tables/t": "CREATE TABLE `d.t` (a INT64, b STRING);",
        "tables/u": "CREATE TABLE `d.u` (a INT64);",
        "functions/f": """CREATE FUNCTION `d.f`(p_x INT64) RETURNS FLOAT64 AS ((
            WITH w AS (SELECT p_x * 2 AS y) SELECT w.y FROM w));""",
        "views/v": "CREATE VIEW `d.v` AS SELECT b, COUNT(*) AS n FROM `d.t` WHERE t.a > 0 GROUP BY b;",
        "views/w": "CREATE VIEW `d.w` AS SELECT v.b, v.n, u.a FROM `d.v` AS v CROSS JOIN `d.u` AS u;",
        "table_functions/tf": """CREATE TABLE FUNCTION `d.tf`(p_min INT64) AS
            WITH x AS (SELECT * FROM `d.v` WHERE n >= p_min) SELECT x.b, `d.f`(x.n) AS twice FROM x;""",
    }
    for name, text in files.items():
        path = tmp_path / "sql" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Oracle(tmp_path, analyzer)


ROWS: list[dict[str, object]] = [
    {"a": 1, "b": "x"},
    {"a": 2, "b": "x"},
    {"a": 3, "b": "y"},
    {"a": -1, "b": "z"},
    {"b": "q"},
]


def test_tables_views_functions_and_table_functions_work_together(small: Oracle) -> None:
    query = "SELECT * FROM `d.tf`(@least) ORDER BY b"
    assert small.evaluate(query, tables={"t": ROWS}, parameters={"least": 1}) == [
        {"b": "x", "twice": 4.0},
        {"b": "y", "twice": 2.0},
    ]
    assert small.evaluate(query, tables={"t": ROWS}, parameters={"least": 2}) == [{"b": "x", "twice": 4.0}]


def test_a_view_is_computed_from_what_it_reads_unless_its_rows_are_given(small: Oracle) -> None:
    query = "SELECT b, n, a FROM `d.w` ORDER BY b"
    assert small.evaluate(query, tables={"t": ROWS, "u": [{"a": 7}]}) == [
        {"b": "x", "n": 2, "a": 7},
        {"b": "y", "n": 1, "a": 7},
    ]
    assert small.evaluate(query, tables={"t": ROWS}) == []
    assert small.evaluate(query, tables={"v": [{"b": "k", "n": 5}], "u": [{"a": 7}]}) == [{"b": "k", "n": 5, "a": 7}]


def test_a_table_without_alias_goes_by_its_name_without_the_dataset(small: Oracle) -> None:
    assert small.evaluate("SELECT t.b FROM `d.t` WHERE t.a = 3", tables={"t": ROWS}) == [{"b": "y"}]


def test_a_definition_of_ones_own_takes_the_place_of_the_file(small: Oracle) -> None:
    assert small.evaluate("SELECT `d.f`(3) AS x") == [{"x": 6.0}]
    small.define("CREATE FUNCTION `d.f`(p_x INT64) RETURNS FLOAT64 AS (p_x * 10)")
    assert small.evaluate("SELECT `d.f`(3) AS x") == [{"x": 30.0}]


@pytest.mark.parametrize(
    ("tables", "error", "message"),
    [
        ({"u": []}, ValueError, "reads no table u"),
        ({"t": [{"c": 1}]}, ValueError, "no column c"),
        ({"t": [{"a": "1"}]}, TypeError, "'1' is no INT64"),
        ({"t": [{"a": True}]}, TypeError, "True is no INT64"),
    ],
)
def test_rows_that_do_not_fit_are_refused(small: Oracle, tables: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        small.evaluate("SELECT t.a FROM `d.t` AS t", tables=tables)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT nope", "Unrecognized name"),
        ("SELECT `d.g`(1)", "Function not found: `d.g`"),
    ],
)
def test_queries_that_fail_say_why(small: Oracle, query: str, message: str) -> None:
    with pytest.raises(AnalyzerError, match=message):
        small.evaluate(query)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (-(2**63), "-9223372036854775808"),
        (0.1, "0.1"),
        ("é🔥\n", "é🔥\n"),
        (date(1900, 2, 28), "1900-02-28"),
        (time(23, 59, 58, 123456), "23:59:58.123456"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999), "9999-12-31 23:59:59.999999"),
        (datetime(1, 1, 1), "0001-01-01 00:00:00"),
        (datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC), "1969-12-31 23:59:59.500+00"),
        (Decimal("-99999999999999999999999999999.999999999"), "-99999999999999999999999999999.999999999"),
        (Decimal("1.5"), "1.5"),
    ],
    ids=str,
)
def test_values_pass_in_and_out_unchanged(small: Oracle, value: Any, text: str) -> None:
    query = "SELECT @x AS x, CAST(@x AS STRING) AS y, [@x] AS z, STRUCT(@x AS a) AS s"
    [row] = small.evaluate(query, parameters={"x": value})
    assert row == {"x": value, "y": text, "z": [value], "s": {"a": value}}
    assert type(row["x"]) is type(value)


def test_lists_structs_bytes_json_and_null_have_python_forms(small: Oracle) -> None:
    constants = "b'\\xff' AS b, JSON '{\"k\": [1, null]}' AS j, NULL AS n, CAST('1.5' AS BIGNUMERIC), 2"
    query = f"SELECT @l AS l, @s AS s, {constants}"
    assert small.evaluate(query, parameters={"l": [1, None], "s": {"a": 1, "b": ["x"]}}) == [
        {
            "l": [1, None],
            "s": {"a": 1, "b": ["x"]},
            "b": b"\xff",
            "j": {"k": [1, None]},
            "n": None,
            "f0_": Decimal("1.5"),
            "f1_": 2,
        }
    ]
