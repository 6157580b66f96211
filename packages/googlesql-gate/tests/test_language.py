"""What the analyzer takes is what Google's GoogleSQL reference for BigQuery documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ONE = "FROM UNNEST([1]) AS x"


def view(select: str) -> str:
    return f"CREATE OR REPLACE VIEW `d.v` AS {select};"


@pytest.mark.parametrize(
    "select",
    [
        # query-syntax
        f"SELECT x AS x {ONE} GROUP BY ALL",
        f"SELECT GROUPING(x) AS g {ONE} GROUP BY ROLLUP(x)",
        f"SELECT STRUCT(x AS a, 1 AS b) AS s {ONE} GROUP BY s",
        f"SELECT [x] AS a {ONE} GROUP BY a",
        f"SELECT x AS x {ONE} QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t",
        "SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS a",
        "SELECT * EXCEPT (b) FROM (SELECT 1 AS a, 2 AS b)",
        "SELECT * FROM (SELECT 1 AS a, 'k' AS k) PIVOT(SUM(a) AS s FOR k IN ('k'))",
        "SELECT m.id FROM `d.messages` AS m TABLESAMPLE SYSTEM (10 PERCENT)",
        # pipe-syntax
        "FROM `d.messages` |> WHERE id > 1 |> SELECT id |> EXTEND id + 1 AS next",
        "SELECT 1 AS a, 2 AS b |> SET a = 2 |> DROP a",
        # operators and conditional expressions
        "SELECT [1, 2][0] AS a, [1, 2][OFFSET(0)] AS b, [1, 2][SAFE_ORDINAL(9)] AS c",
        "SELECT 1 IS DISTINCT FROM NULL AS a, 'x' LIKE ANY ('x', 'y') AS b, DATE '2020-01-01' + 1 AS c",
        "SELECT WITH(a AS 1, b AS a + 1, b * 2) AS a, CAST(DATE '2020-01-01' AS STRING FORMAT 'YYYY') AS b",
        # functions
        "SELECT ARRAY_FIRST([1]) AS a, ARRAY_LAST([1]) AS b, ARRAY_SLICE([1, 2], 0, 1) AS c, GREATEST(1, 2) AS d",
        "SELECT EDIT_DISTANCE('a', 'b') AS a, COSINE_DISTANCE([1.0], [1.0]) AS b, CBRT(8.0) AS c, COS(1.0) AS d",
        "SELECT TIMESTAMP_BUCKET(TIMESTAMP '2020-01-01', INTERVAL 1 DAY) AS a, LAST_DAY(DATE '2020-01-01') AS b",
        "SELECT NORMALIZE('x', NFKC) AS a, REGEXP_INSTR('ab', 'b') AS b, SOUNDEX('a') AS c, TYPEOF(1) AS d",
        "SELECT RANGE(DATE '2020-01-01', DATE '2020-02-01') AS a, SAFE.SUBSTR('a', 0, -1) AS b",
        "SELECT JSON_VALUE(JSON '{}', '$.a') AS a, LAX_INT64(JSON '1') AS b, JSON_SET(JSON '{}', '$.a', 1) AS c",
        "SELECT MAX_BY(m.page, m.id) AS a, SEARCH(STRING_AGG(m.page), 'x') AS b FROM `d.messages` AS m",
    ],
)
def test_what_the_reference_documents_is_taken(findings: Callable[..., list[str]], select: str) -> None:
    assert findings(views__v=view(select)) == []


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (
            "SELECT j.a AS a FROM (SELECT JSON '1' AS a) AS j WHERE j.a = j.a",
            "Equality is not defined for arguments of type JSON",
        ),
        (
            "SELECT j.a AS a FROM (SELECT ['x'] AS a) AS j WHERE j.a = ['a']",
            "Equality is not defined for arguments of type ARRAY",
        ),
        (f"SELECT [x] AS a {ONE} ORDER BY a", "ORDER BY does not support expressions of type ARRAY"),
        ("SELECT ARRAY_SUM([1]) AS a", "Function not found: ARRAY_SUM"),
        ("SELECT ARRAY_ZIP([1], [2]) AS a", "Function not found: ARRAY_ZIP"),
        ("SELECT ARRAY_TRANSFORM([1], e -> e + 1) AS a", "Lambda is not supported"),
        ("SELECT PI() AS a", "Function not found: PI"),
        ("SELECT DOT_PRODUCT([1.0], [1.0]) AS a", "Function not found: DOT_PRODUCT"),
        ("SELECT NULLIFZERO(1) AS a", "Function not found: NULLIFZERO"),
        ("SELECT RADIANS(1.0) AS a", "Function not found: RADIANS"),
        ("SELECT CAST('1' AS UUID) AS a", "Type not found: UUID"),
        ("SELECT CAST(1 AS FLOAT32) AS a", "Type not found: FLOAT32"),
        (f"SELECT x AS x {ONE} LIMIT 1 + 1", "LIMIT expects an integer literal or parameter"),
        ("SELECT m.id FROM `d.messages` AS m FOR UPDATE", "FOR UPDATE is not supported"),
        ("FROM `d.messages` |> FORK (|> SELECT id), (|> SELECT page)", "FORK"),
    ],
)
def test_what_other_dialects_of_googlesql_have_is_refused(
    findings: Callable[..., list[str]], select: str, message: str
) -> None:
    found = findings(views__v=view(select))
    assert found
    assert message in found[0]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT ML.NORMALIZE(1) AS a",
        "SELECT BAG_OF_WORDS(['a']) AS a",
        "SELECT a.x FROM VECTOR_SEARCH(TABLE `d.messages`, 'id', (SELECT 1 AS x)) AS a",
        "SELECT a.x FROM `region-us`.INFORMATION_SCHEMA.STREAMING_TIMELINE AS a",
    ],
)
def test_what_bigquery_may_have_is_no_typing_error(findings: Callable[..., list[str]], select: str) -> None:
    [found] = findings(views__v=view(select))
    assert "this checker does not know" in found
    assert "which BigQuery may have" in found


@pytest.mark.parametrize(
    "select",
    [
        "SELECT j.error_result.reason AS a, j.dml_statistics.inserted_row_count AS b, r.table_id AS c"
        " FROM `region-us`.INFORMATION_SCHEMA.JOBS_BY_PROJECT AS j CROSS JOIN UNNEST(j.referenced_tables) AS r",
        "SELECT j.destination_table.table_id AS a FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j",
        "SELECT s.total_logical_bytes AS a FROM `region-us`.INFORMATION_SCHEMA.TABLE_STORAGE AS s",
        "SELECT s.schema_name AS a FROM INFORMATION_SCHEMA.SCHEMATA AS s",
        "SELECT v.last_refresh_status.message AS a FROM `d`.INFORMATION_SCHEMA.MATERIALIZED_VIEWS AS v",
    ],
)
def test_the_system_views_of_jobs_and_storage_are_known(findings: Callable[..., list[str]], select: str) -> None:
    assert findings(views__v=view(select)) == []


def test_a_labelled_loop_and_its_break_are_understood(in_procedure: Callable[[str], list[str]]) -> None:
    assert in_procedure("outer_loop: LOOP\n  LOOP\n    BREAK outer_loop;\n  END LOOP;\nEND LOOP outer_loop;") == []
