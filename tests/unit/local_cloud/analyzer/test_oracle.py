from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local_cloud.analyzer.analyzer import Analyzer
from local_cloud.analyzer.oracle import Oracle
from local_cloud.analyzer.wasm import AnalyzerError

NFKC = "NORMALIZE_AND_CASEFOLD(NORMALIZE(p_message, NFKC), NFKC)"


@pytest.fixture
def oracle(project: Path, analyzer: Analyzer) -> Oracle:
    return Oracle(project, analyzer)


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


ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}, {"a": 3, "b": "y"}, {"a": -1, "b": "z"}, {"b": "q"}]


def test_tables_views_functions_and_table_functions_work_together(small: Oracle):
    query = "SELECT * FROM `d.tf`(@least) ORDER BY b"
    assert small.evaluate(query, tables={"t": ROWS}, parameters={"least": 1}) == [
        {"b": "x", "twice": 4.0},
        {"b": "y", "twice": 2.0},
    ]
    assert small.evaluate(query, tables={"t": ROWS}, parameters={"least": 2}) == [{"b": "x", "twice": 4.0}]


def test_a_view_is_computed_from_what_it_reads_unless_its_rows_are_given(small: Oracle):
    query = "SELECT b, n, a FROM `d.w` ORDER BY b"
    assert small.evaluate(query, tables={"t": ROWS, "u": [{"a": 7}]}) == [
        {"b": "x", "n": 2, "a": 7},
        {"b": "y", "n": 1, "a": 7},
    ]
    assert small.evaluate(query, tables={"t": ROWS}) == []
    assert small.evaluate(query, tables={"v": [{"b": "k", "n": 5}], "u": [{"a": 7}]}) == [{"b": "k", "n": 5, "a": 7}]


def test_a_table_without_alias_goes_by_its_name_without_the_dataset(small: Oracle):
    assert small.evaluate("SELECT t.b FROM `d.t` WHERE t.a = 3", tables={"t": ROWS}) == [{"b": "y"}]


def test_a_definition_of_ones_own_takes_the_place_of_the_file(small: Oracle):
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
def test_rows_that_do_not_fit_are_refused(small: Oracle, tables, error, message):
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
def test_queries_that_fail_say_why(small: Oracle, query, message):
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
def test_values_pass_in_and_out_unchanged(small: Oracle, value, text):
    query = "SELECT @x AS x, CAST(@x AS STRING) AS y, [@x] AS z, STRUCT(@x AS a) AS s"
    [row] = small.evaluate(query, parameters={"x": value})
    assert row == {"x": value, "y": text, "z": [value], "s": {"a": value}}
    assert type(row["x"]) is type(value)


def test_lists_structs_bytes_json_and_null_have_python_forms(small: Oracle):
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


@pytest.mark.parametrize(
    ("s", "f", "lower", "upper", "bonus"),
    [
        (0, 0, 0, 1, 1.000000),
        (1, 0, 0.206543, 1, 0.707107),
        (1, 1, 0.094529, 0.905471, 0.577350),
        (1, 3, 0.045586, 0.699364, 0.447214),
        (10, 5, 0.417131, 0.848239, 0.250000),
        (50, 50, 0.403830, 0.596170, 0.099504),
        (90, 10, 0.825633, 0.944771, 0.099504),
        (100, 0, 0.963005, 1, 0.099504),
        (0, 100, 0, 0.036995, 0.099504),
        (100, 100, 0.431360, 0.568640, 0.070535),
        (-5, None, 0, 1, 1.000000),
    ],
)
def test_wilson_score_bounds_are_those_of_the_table(oracle: Oracle, s, f, lower, upper, bonus):
    failures = "NULL" if f is None else str(f)
    [row] = oracle.evaluate(f"SELECT `eros_scheduling_brain.wilson_score_bounds`({s}, {failures}) AS bounds")
    expected = {"lower_bound": lower, "upper_bound": upper, "exploration_bonus": bonus}
    assert row["bounds"] == pytest.approx(expected, abs=1e-6)


CAPTIONS = {
    "test MESSAGE 123!": "14277a56629a382a",
    "🔥 Hot content here 🔥": "b238bd72466413b3",
    "Café time": "5ca1d463a2a0e315",
    "hey\u00a0babe": "b2ab8c6cbf8a3d05",
    "𝐅𝐑𝐄𝐄 tape": "86ffa8e59718e711",
    "日本語": "77710aedc74ecfa3",
    "🔥": "48751a7efe3422ba",
    "💦": "92aeb421f0761870",
    "don't": "f9e0a37fc2800a62",
    "don’t": "f9e0a37fc2800a62",
    "Straße": "16d96952087774fe",
    "x²": "844ecc08164e2eab",
    "a\u200bb": "fb8e20fc2e4c3f24",
    "½ off": "071ba1c198426e1b",
}


def test_caption_keys_are_those_of_the_table(oracle: Oracle, project: Path):
    text = (project / "sql/functions/caption_key_v2.sql").read_text(encoding="utf-8")
    assert NFKC in text
    oracle.define(text.replace(NFKC, "p_message"))  # the oracle has no NFKC, Python has
    folded = [unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", caption).casefold()) for caption in CAPTIONS]
    query = (
        "SELECT `eros_scheduling_brain.caption_key_v2`(c) AS k FROM UNNEST(@captions) AS c WITH OFFSET AS o ORDER BY o"
    )
    keys = [str(row["k"]) for row in oracle.evaluate(query, parameters={"captions": folded})]
    assert {caption: key[:16] for caption, key in zip(CAPTIONS, keys, strict=True)} == CAPTIONS
    assert keys[0] == hashlib.sha256(b"test message 123").hexdigest()
    blank = "SELECT `eros_scheduling_brain.caption_key_v2`(c) AS k FROM UNNEST([NULL, '', ' \\t', '\\u00a0']) AS c"
    assert oracle.evaluate(blank) == [{"k": None}] * 4


def test_the_saturation_of_the_worked_example_comes_out_of_tables_views_and_table_functions(oracle: Oracle):
    """Ten messages and a holiday pass through message_facts, the baselines and the score."""
    alice = [
        (10, 6, 12, 0, 1000, 400, 500),
        (10, 8, 12, 0, 1000, 400, 500),
        (10, 14, 12, 0, 2000, 800, 1000),
        (10, 29, 12, 0, 1000, 300, 350),
        (10, 30, 12, 0, 1000, 320, 300),
        (10, 31, 23, 30, 1000, 270, 270),
        (11, 2, 1, 30, 1000, 400, 500),
        (11, 4, 9, 0, 1000, 10, 0),
    ]
    bella = [(10, 7, 12, 0, 1000, 500, 900), (10, 30, 12, 0, 1000, 480, 900)]
    holiday = {"holiday_date": date(2025, 10, 31), "is_major_holiday": False, "saturation_impact_factor": 0.9}
    messages = [_message("alice", *row) for row in alice] + [_message("bella", *row) for row in bella]
    [row] = oracle.evaluate(
        "SELECT * FROM `eros_scheduling_brain.calculate_saturation_score_at`('alice', 'SMALL', @now)",
        tables={"mass_messages": messages, "holiday_calendar": [holiday]},
        parameters={"now": datetime(2025, 11, 4, 20, tzinfo=UTC)},
    )
    assert list(row.values()) == [0.75, "HIGH", -0.175, -0.275, 3, "CUT VOLUME 30%", 0.7, 0.382857, None]


def _message(page: str, month: int, day: int, hour: int, minute: int, sent: int, viewed: int, earnings: float) -> dict:
    return {
        "page_name": page,
        "message_type": "PPV",
        "price": 10.0,
        "sending_time": datetime(2025, month, day, hour, minute, tzinfo=ZoneInfo("America/Los_Angeles")),
        "sent_count": sent,
        "viewed_count": viewed,
        "earnings": float(earnings),
    }
