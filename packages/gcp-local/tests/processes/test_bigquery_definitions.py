"""What BigQuery refuses to define is refused here, and what it takes is taken."""

from __future__ import annotations

import pytest

from gcp_local.testing import PROJECT, Emulator

FIELDS = [
    {"name": "a", "type": "INTEGER"},
    {"name": "t", "type": "TIMESTAMP"},
    {"name": "s", "type": "STRING"},
]
REFUSED = (
    ("SELECT a, ROW_NUMBER() OVER (PARTITION BY s ORDER BY t) AS n FROM `{d}.t`", "analytic function"),
    ("SELECT s, COUNT(DISTINCT a) AS n FROM `{d}.t` GROUP BY s", "COUNT of DISTINCT"),
    ("SELECT s, SUM(a) AS n FROM `{d}.t` GROUP BY s LIMIT 3", "LIMIT"),
    ("SELECT s, SUM(a) AS n FROM `{d}.t` GROUP BY s ORDER BY s", "ORDER BY"),
    ("SELECT s, SUM(a) AS n FROM `{d}.t` GROUP BY s HAVING SUM(a) > 1", "HAVING"),
    ("SELECT s, SUM(RAND()) AS n FROM `{d}.t` GROUP BY s", "RAND, which is not deterministic"),
    ("SELECT s FROM `{d}.t` WHERE t > CURRENT_TIMESTAMP()", "CURRENT_TIMESTAMP"),
    ("SELECT x.s, y.a FROM `{d}.t` AS x LEFT JOIN `{d}.u` AS y ON x.a = y.a", "LEFT OUTER JOIN"),
    ("SELECT x.s, y.a FROM `{d}.t` AS x FULL JOIN `{d}.u` AS y ON x.a = y.a", "FULL OUTER JOIN"),
    ("SELECT x.s, y.a FROM `{d}.t` AS x JOIN `{d}.t` AS y ON x.a = y.a", "self-join"),
    ("SELECT s FROM `{d}.t` UNION ALL SELECT s FROM `{d}.u`", "UNION"),
    ("SELECT s, SUM(a) / COUNT(*) AS n FROM `{d}.t` GROUP BY s", "computation with the aggregated value"),
    ("SELECT s, STRING_AGG(s) AS n FROM `{d}.t` GROUP BY s", "aggregate function"),
    ("SELECT `{d}.twice`(a) AS n FROM `{d}.t`", "user-defined function"),
)
TAKEN = (
    "SELECT s, SUM(IF(a > 1, a, 0)) AS n, COUNT(*) AS c, MAX(t) AS m, COUNTIF(a > 2) AS k FROM `{d}.t` GROUP BY s",
    "WITH x AS (SELECT LOWER(s) AS s, a FROM `{d}.t` WHERE a > 1) SELECT x.s, AVG(x.a) AS n FROM x GROUP BY x.s",
    "SELECT x.s, y.a FROM `{d}.t` AS x JOIN `{d}.u` AS y ON x.a = y.a",
    "SELECT DISTINCT s FROM `{d}.t`",
)


@pytest.fixture(scope="module")
def tables(bigquery: Emulator) -> str:
    name = bigquery.dataset()
    bigquery.table(name, "t", FIELDS)
    bigquery.table(name, "u", FIELDS)
    bigquery.rows(f"CREATE FUNCTION `{name}.twice`(a INT64) AS (2 * a)")
    partitioning = {"type": "DAY", "field": "t"}
    bigquery.table(name, "filtered", FIELDS, timePartitioning=partitioning, requirePartitionFilter=True)
    return name


def materialized(dataset: str, table: str, query: str, **options: object) -> dict[str, object]:
    reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": table}
    stale = {"maxStaleness": "0-0 0 4:0:0"} if options else {}
    return {"tableReference": reference, "materializedView": {"query": query, **options}, **stale}


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_a_materialized_view_that_cannot_be_incremental_is_refused(
    bigquery: Emulator, tables: str, query: str, reason: str
) -> None:
    text = query.format(d=tables)
    path = f"/datasets/{tables}/tables"
    assert reason in bigquery.refused("POST", path, materialized(tables, "m", text))
    script = {"query": f"CREATE MATERIALIZED VIEW `{tables}.m` AS {text}", "useLegacySql": False}
    assert reason in bigquery.refused("POST", "/queries", script)
    bigquery.refused("GET", f"{path}/m", code=404)


def test_one_that_is_allowed_not_to_be_incremental_is_any_query(bigquery: Emulator, tables: str) -> None:
    text = REFUSED[0][0].format(d=tables)
    bigquery.insert(
        f"/datasets/{tables}/tables", materialized(tables, "free", text, allowNonIncrementalDefinition=True)
    )


@pytest.mark.parametrize("query", TAKEN)
def test_one_that_can_be_incremental_is_made(bigquery: Emulator, tables: str, query: str) -> None:
    path = f"/datasets/{tables}/tables"
    bigquery.insert(path, materialized(tables, "good", query.format(d=tables)))
    bigquery.call("DELETE", f"{path}/good")


def test_a_view_over_a_table_that_wants_a_filter_is_made_and_a_query_without_one_is_not_run(
    bigquery: Emulator, tables: str
) -> None:
    query = f"SELECT a, t FROM `{tables}.filtered`"
    reference = {"projectId": PROJECT, "datasetId": tables, "tableId": "over"}
    view = {"query": query, "useLegacySql": False}
    bigquery.insert(f"/datasets/{tables}/tables", {"tableReference": reference, "view": view})
    bigquery.rows(f"CREATE OR REPLACE VIEW `{tables}.over_ddl` AS {query}")
    bigquery.rows(f"CREATE TABLE FUNCTION `{tables}.over_function`() AS {query}")
    message = bigquery.refused("POST", "/queries", {"query": query, "useLegacySql": False})
    assert "without a filter over column(s) 't'" in message
    assert bigquery.rows(f"SELECT a FROM `{tables}.over` WHERE t > TIMESTAMP '2026-01-01'") == []


def test_what_the_engine_cannot_unnest_is_called_the_emulators_gap(bigquery: Emulator, tables: str) -> None:
    bigquery.rows(f"CREATE FUNCTION `{tables}.summed`(a INT64, b INT64) AS ((SELECT SUM(x) FROM UNNEST([a, b]) AS x))")
    statement = f"SELECT x FROM UNNEST([`{tables}.summed`(1, 2)]) AS x"
    answer = bigquery.call("POST", "/queries", {"query": statement, "useLegacySql": False})
    assert "The local BigQuery cannot run UNNEST" in answer["error"]["message"]
    assert bigquery.rows(
        f"WITH c AS (SELECT [`{tables}.summed`(1, 2)] AS xs) SELECT x FROM c CROSS JOIN UNNEST(c.xs) AS x"
    ) == [["3"]]
