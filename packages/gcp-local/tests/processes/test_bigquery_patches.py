"""One fault of the BigQuery emulator each: these fail without the patch of that name.

`GCP_LOCAL_STOCK_BIGQUERY=1 pytest tests/processes/test_bigquery_patches.py` shows which are still needed.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gcp_local.testing import PROJECT, STOCK, Emulator, emulator
from googlesql_gate.oracle import Oracle

INTEGER = {"typeKind": "INT64"}


def routine(dataset: str, name: str, **more: Any) -> dict[str, Any]:
    reference = {"projectId": PROJECT, "datasetId": dataset, "routineId": name}
    return {"routineReference": reference, "language": "SQL", "arguments": []} | more


def column(name: str, kind: str, mode: str = "NULLABLE", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "mode": mode} | more


# information_schema_jobs


def test_the_jobs_view_has_times_bytes_labels_and_errors(bigquery: Emulator) -> None:
    def run(job: str, sql: str) -> None:
        configuration = {"query": {"query": sql, "useLegacySql": False}, "labels": {"team": "a-b"}}
        bigquery.insert("/jobs", {"jobReference": {"jobId": job}, "configuration": configuration})

    run("seen_good", "SELECT 1 AS one")
    run("seen_bad", "SELECT no_such_column FROM (SELECT 1 AS one)")
    rows = bigquery.rows("""
        SELECT job_id, start_time <= end_time, total_bytes_billed, total_slot_ms, labels[OFFSET(0)].value,
            error_result.reason, destination_table.table_id
        FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE job_id LIKE 'seen_%' ORDER BY job_id DESC
    """)
    assert rows[0] == ["seen_good", "true", "0", "0", "a-b", None, "seen_good"]
    assert rows[1][:6] == ["seen_bad", "true", "0", "0", "a-b", "invalidQuery"]


# bytes_read

MB = 2**20


@pytest.fixture
def weighed(bigquery: Emulator, dataset: str) -> Callable[[str], tuple[int, int]]:
    """A table of 48 hours in two partitions; what a statement reads of it, and is billed."""
    bigquery.rows(
        f"CREATE TABLE `{dataset}.hours` (id INT64, name STRING, at TIMESTAMP, n NUMERIC) PARTITION BY DATE(at)"
    )
    bigquery.rows(f"CREATE TABLE `{dataset}.ids` AS SELECT id FROM UNNEST(GENERATE_ARRAY(1, 10)) AS id")
    bigquery.rows(
        f"INSERT INTO `{dataset}.hours` SELECT h, 'abc', TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL h HOUR), 1 "
        "FROM UNNEST(GENERATE_ARRAY(0, 47)) AS h"
    )
    bigquery.rows(f"CREATE VIEW `{dataset}.named` AS SELECT name, at FROM `{dataset}.hours`")

    def weigh(sql: str) -> tuple[int, int]:
        text = sql.replace("@", f"{dataset}.")
        made = bigquery.insert("/jobs", {"configuration": {"query": {"query": text, "useLegacySql": False}}})
        job = made["jobReference"]["jobId"]
        bigquery.call("GET", f"/queries/{job}")  # answers when the job is done
        query = bigquery.call("GET", f"/jobs/{job}")["statistics"]["query"]
        return int(query["totalBytesProcessed"]), int(query["totalBytesBilled"]) // MB

    return weigh


@pytest.mark.parametrize(
    ("sql", "read", "billed"),
    [
        ("SELECT 1 AS one", 0, 0),
        ("SELECT id FROM `@hours`", 48 * 8, 10),
        ("SELECT name, n FROM `@hours`", 48 * (5 + 16), 10),
        ("SELECT id FROM `@hours` WHERE at >= TIMESTAMP '2026-01-02'", 24 * (8 + 8), 10),
        ("SELECT id FROM `@hours` WHERE DATE(at) = '2026-01-01'", 24 * (8 + 8), 10),
        ("SELECT id FROM `@hours` WHERE at < TIMESTAMP '2026-01-02'", 24 * (8 + 8), 10),
        ("SELECT id FROM `@hours` WHERE at < TIMESTAMP '2026-01-02 00:00:01'", 48 * (8 + 8), 10),
        ("SELECT name FROM `@named` WHERE at >= TIMESTAMP '2026-01-02'", 24 * (5 + 8), 10),
        ("SELECT h.id FROM `@hours` AS h JOIN `@ids` AS i ON h.id = i.id", 48 * 8 + 10 * 8, 20),
        ("UPDATE `@hours` SET n = 2 WHERE at >= TIMESTAMP '2026-01-02'", 24 * (8 + 5 + 8), 10),
        ("DECLARE v TIMESTAMP DEFAULT TIMESTAMP '2026-01-02'; SELECT id FROM `@hours` WHERE at >= v", 24 * 16, 10),
        ("DECLARE v INT64; SET v = (SELECT SUM(id) FROM `@ids`); SELECT v", 10 * 8, 10),
        ("SELECT id FROM `@ids`; SELECT id FROM `@ids`", 2 * 10 * 8, 20),
        (
            "MERGE `@ids` AS t USING (SELECT id FROM `@hours`) AS s ON t.id = s.id WHEN MATCHED THEN DELETE",
            48 * 8 + 10 * 8,
            20,
        ),
    ],
)
def test_a_statement_is_billed_for_its_columns_in_the_partitions_that_it_reads(
    weighed: Callable[[str], tuple[int, int]], sql: str, read: int, billed: int
) -> None:
    assert weighed(sql) == (read, billed)


# statement_jobs


def test_each_statement_of_a_script_is_a_job_with_its_own_text_and_times(bigquery: Emulator) -> None:
    script = "SELECT 1 AS one; EXECUTE IMMEDIATE CONCAT('SELECT ', '2', ' AS two'); SELECT 3 AS three"
    reference = {"jobReference": {"jobId": "told"}, "configuration": {"query": {"query": script}}}
    bigquery.insert("/jobs", reference)
    rows = bigquery.rows("""
        SELECT query, start_time <= end_time, LEAD(start_time) OVER (ORDER BY start_time, job_id) >= end_time
        FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE parent_job_id = 'told' ORDER BY job_id
    """)
    assert rows == [
        ["SELECT 1 AS one", "true", "true"],
        ["SELECT 2 AS two", "true", "true"],
        ["SELECT 3 AS three", "true", None],
    ]
    (parent,) = bigquery.rows("SELECT query FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE job_id = 'told'")
    assert parent == [script]


# routine_identity


def test_routines_are_identified_as_in_bigquery(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"CREATE FUNCTION `{PROJECT}.{dataset}.twice`(n INT64) AS (2 * n)")
    sql = f"SELECT specific_catalog, specific_schema, specific_name, routine_name FROM `{PROJECT}.{dataset}`"
    assert bigquery.rows(f"{sql}.INFORMATION_SCHEMA.ROUTINES") == [[PROJECT, dataset, "twice", "twice"]]


# information_schema_scope


# information_schema_parameters


def test_the_types_of_arguments_are_written_out(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"CREATE FUNCTION `{dataset}.same`(p_value ANY TYPE) AS (p_value)")
    routine: dict[str, Any] = {
        "routineReference": {"projectId": PROJECT, "datasetId": dataset, "routineId": "lock"},
        "routineType": "PROCEDURE",
        "language": "SQL",
        "definitionBody": "BEGIN SET p_report = 'x'; END",
        "arguments": [
            {
                "name": "p_items",
                "mode": "IN",
                "dataType": {
                    "typeKind": "ARRAY",
                    "arrayElementType": {
                        "typeKind": "STRUCT",
                        "structType": {
                            "fields": [
                                {"name": "a", "type": {"typeKind": "INT64"}},
                                {"name": "b", "type": {"typeKind": "RANGE", "rangeElementType": {"typeKind": "DATE"}}},
                            ]
                        },
                    },
                },
            },
            {"name": "p_report", "mode": "OUT", "dataType": {"typeKind": "STRING"}},
        ],
    }
    bigquery.insert(f"/datasets/{dataset}/routines", routine)
    shown = bigquery.rows(f"""
        SELECT specific_name, parameter_mode, parameter_name, data_type
        FROM `{PROJECT}.{dataset}.INFORMATION_SCHEMA.PARAMETERS` WHERE ordinal_position > 0
        ORDER BY specific_name, ordinal_position
    """)
    assert shown == [
        ["lock", "IN", "p_items", "ARRAY<STRUCT<a INT64, b RANGE<DATE>>>"],
        ["lock", "OUT", "p_report", "STRING"],
        ["same", None, "p_value", "ANY TYPE"],
    ]


NOTED = """
from local_bigquery.catalog import tables
columns = tables.columns
def noted(project, dataset, table):
    with open(BOUND, "a") as file:
        print(table, file=file)
    return columns(project, dataset, table)
tables.columns = noted
"""


def test_what_is_asked_of_one_table_is_answered_without_binding_every_view(tmp_path: Path) -> None:
    bound = tmp_path / "bound"

    def answered(emulator: Emulator, source: str) -> tuple[list[list[Any]], set[str]]:
        emulator.dataset()  # a new version of the catalog, of which no view's columns are known
        bound.write_text("")
        rows = emulator.rows(f"SELECT COUNT(*) AS n FROM {source}")
        return rows, set(bound.read_text().split()) & {"asked_for", "v0", "v1"}  # and the result's own

    emulator = Emulator(tmp_path, first=f"BOUND = {str(bound)!r}\n{NOTED}")
    try:
        emulator.wait()
        dataset = emulator.dataset()
        emulator.table(dataset, "asked_for", [column("n", "INTEGER"), column("s", "STRING")])
        for name in ("v0", "v1"):
            reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": name}
            view = {"query": f"SELECT t.n FROM `{dataset}.asked_for` AS t", "useLegacySql": False}
            emulator.insert(f"/datasets/{dataset}/tables", {"tableReference": reference, "view": view})
        schema = f"`{PROJECT}.{dataset}.INFORMATION_SCHEMA"
        assert answered(emulator, f"{schema}.COLUMNS` AS c") == ([["4"]], {"v0", "v1"})
        only_one = f"{schema}.COLUMNS` AS c WHERE c.table_name = 'v0'"
        assert answered(emulator, only_one) == ([["1"]], {"v0"})
        assert answered(emulator, f"{schema}.TABLES` AS t") == ([["3"]], set())
    finally:
        emulator.stop()


@pytest.mark.parametrize(
    ("where", "tables"),
    [
        ("c.table_name = 'a'", ["a"]),
        ("c.table_name IN ('a', 'b') AND c.column_name = 'n'", ["a", "b"]),
        ("c.table_name = 'a' OR c.column_name = 'n'", ["a", "b", "c"]),
        ("NOT c.table_name = 'a'", ["b", "c"]),
        ("c.table_name = CONCAT('', 'b')", ["b"]),
        ("c.table_name != 'a'", ["b", "c"]),
        ("TRUE", ["a", "b", "c"]),
    ],
)
def test_a_condition_on_the_name_of_a_table_answers_as_before(
    bigquery: Emulator, dataset: str, where: str, tables: list[str]
) -> None:
    for name in ("a", "b", "c"):
        bigquery.table(dataset, name, [column("n", "INTEGER")])
    source = f"`{PROJECT}.{dataset}.INFORMATION_SCHEMA.COLUMNS` AS c"
    rows = bigquery.rows(f"SELECT c.table_name AS t FROM {source} WHERE {where} ORDER BY c.table_name")
    assert [name for (name,) in rows] == tables


def test_each_reference_to_the_schema_keeps_its_own_tables(bigquery: Emulator, dataset: str) -> None:
    for name in ("a", "b", "c"):
        bigquery.table(dataset, name, [column("n", "INTEGER")])
    source = f"`{PROJECT}.{dataset}.INFORMATION_SCHEMA"
    rows = bigquery.rows(f"""
        SELECT c.table_name AS t FROM {source}.COLUMNS` AS c WHERE c.table_name = 'a'
        UNION ALL SELECT t.table_name AS t FROM {source}.TABLES` AS t WHERE t.table_name = 'b'
        UNION ALL SELECT t.table_name AS t FROM {source}.COLUMNS` AS c
        JOIN {source}.TABLES` AS t ON t.table_name = c.table_name WHERE t.table_name = 'c'
    """)
    assert sorted(name for (name,) in rows) == ["a", "b", "c"]


# merge_in_transaction


def test_merge_runs_inside_a_transaction_and_is_rolled_back_with_it(bigquery: Emulator, dataset: str) -> None:
    bigquery.table(dataset, "t", [column("n", "INTEGER")])
    merge = f"""
        MERGE `{dataset}.t` AS t USING (SELECT 5 AS n) AS s ON t.n = s.n WHEN NOT MATCHED THEN INSERT (n) VALUES (s.n)
    """
    bigquery.rows(f"BEGIN TRANSACTION; INSERT INTO `{dataset}.t` (n) VALUES (1); {merge}; ROLLBACK TRANSACTION;")
    assert bigquery.rows(f"SELECT COUNT(*) AS n FROM `{dataset}.t`") == [["0"]]
    bigquery.rows(f"BEGIN TRANSACTION; INSERT INTO `{dataset}.t` (n) VALUES (1); {merge}; COMMIT TRANSACTION;")
    assert bigquery.rows(f"SELECT n FROM `{dataset}.t` ORDER BY n") == [["1"], ["5"]]


# result_pruning

PRUNING = """
import pathlib, sys
from gcp_local.emulators.bigquery import extensions, patches
from gcp_local.emulators.bigquery.patches import result_pruning
from local_bigquery.settings import settings
settings.data_dir = pathlib.Path(sys.argv[1])
extensions.install(settings.data_dir / "extensions")
result_pruning.KEEP, result_pruning.SLACK = 2, 1
if len(sys.argv) == 2:
    patches.apply()
from local_bigquery.engine import database
from local_bigquery.jobs import runner
from local_bigquery.models import JobConfiguration
for n in range(6):
    runner.submit("local", f"job{n}", JobConfiguration.model_validate({"query": {"query": f"SELECT {n} AS n"}}))
    runner.wait("local", f"job{n}", 20000)
runner._executor.shutdown()
print(*sorted(r[0] for r in database.fetch(
    "SELECT table_name FROM duckdb_tables() WHERE schema_name = '_results'")))
"""


def test_only_the_newest_results_are_kept(tmp_path: Path) -> None:
    stock = ["stock"] if os.environ.get(STOCK) else []
    done = subprocess.run(
        [sys.executable, "-c", PRUNING, str(tmp_path), *stock],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["local:job4", "local:job5"]


# returns_table


def test_a_table_function_keeps_its_declared_result(bigquery: Emulator, dataset: str) -> None:
    result = {"columns": [{"name": "a", "type": INTEGER}, {"name": "b", "type": {"typeKind": "STRING"}}]}
    body = "SELECT p_n AS a, 'x' AS b"
    arguments = [{"name": "p_n", "dataType": INTEGER}]
    sent = routine(
        dataset,
        "f",
        routineType="TABLE_VALUED_FUNCTION",
        arguments=arguments,
        returnTableType=result,
        definitionBody=body,
    )
    bigquery.insert(f"/datasets/{dataset}/routines", sent)
    read = bigquery.call("GET", f"/datasets/{dataset}/routines/f")
    assert (read["returnTableType"], read["definitionBody"]) == (result, body)
    assert bigquery.rows(f"SELECT a, b FROM `{dataset}.f`(3)") == [["3", "x"]]


def test_ddl_may_declare_the_result_of_a_table_function(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"""
        CREATE TABLE FUNCTION `{dataset}.g`(p_n INT64) RETURNS TABLE<a INT64, b ARRAY<STRUCT<c STRING>>>
        AS SELECT p_n AS a, [STRUCT('z' AS c)] AS b
    """)
    assert bigquery.rows(f"SELECT a FROM `{dataset}.g`(3)") == [["3"]]
    read = bigquery.call("GET", f"/datasets/{dataset}/routines/g")["returnTableType"]["columns"]
    assert [c["name"] for c in read] == ["a", "b"]
    assert read[1]["type"]["arrayElementType"]["structType"]["fields"][0]["name"] == "c"


def test_the_body_of_a_table_function_may_start_with_WITH(bigquery: Emulator, dataset: str) -> None:
    body = "WITH x AS (SELECT 1 AS a) SELECT a FROM x"
    sent = routine(dataset, "w", routineType="TABLE_VALUED_FUNCTION", definitionBody=body)
    bigquery.insert(f"/datasets/{dataset}/routines", sent)
    assert bigquery.call("GET", f"/datasets/{dataset}/routines/w")["definitionBody"] == body
    assert bigquery.rows(f"SELECT a FROM `{dataset}.w`()") == [["1"]]


# schema_changes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": {"fields": [column("a", "STRING")]}}, "Field a has changed type from INTEGER to STRING"),
        ({"schema": {"fields": [column("a", "INTEGER"), column("b", "STRING", "REQUIRED")]}}, "add required fields"),
        ({"schema": {"fields": [column("a", "NUMERIC")]}}, "Field a has changed type from INTEGER to NUMERIC"),
        ({"timePartitioning": {"type": "DAY"}}, "Cannot convert non partitioned/clustered table"),
    ],
)
def test_a_schema_change_that_needs_a_replacement_is_refused(
    bigquery: Emulator, dataset: str, change: dict[str, Any], message: str
) -> None:
    bigquery.table(dataset, "t", [column("a", "INTEGER")])
    before = bigquery.call("GET", f"/datasets/{dataset}/tables/t")["schema"]
    assert message in bigquery.refused("PATCH", f"/datasets/{dataset}/tables/t", change)
    assert bigquery.call("GET", f"/datasets/{dataset}/tables/t")["schema"] == before


def test_a_nested_field_neither_goes_nor_changes_its_type(bigquery: Emulator, dataset: str) -> None:
    def schema(*fields: dict[str, Any]) -> dict[str, Any]:
        return {"schema": {"fields": [column("r", "RECORD", fields=list(fields))]}}

    table = f"/datasets/{dataset}/tables/t"
    first, second = column("x", "INTEGER"), column("y", "STRING")
    bigquery.table(dataset, "t", schema(first, second)["schema"]["fields"])
    assert "Cannot remove field: r.y" in bigquery.refused("PATCH", table, schema(first))
    assert "r.y has changed type" in bigquery.refused("PATCH", table, schema(first, column("y", "INTEGER")))
    assert "required fields" in bigquery.refused(
        "PATCH", table, schema(first, second, column("z", "STRING", "REQUIRED"))
    )


def test_type_parameters_become_wider_in_place_and_never_narrower(bigquery: Emulator, dataset: str) -> None:
    def schema(length: str, precision: str) -> dict[str, Any]:
        amount = column("n", "NUMERIC", precision=precision, scale="2")
        return {"schema": {"fields": [column("s", "STRING", maxLength=length), amount]}}

    table = f"/datasets/{dataset}/tables/t"
    bigquery.table(dataset, "t", schema("10", "7")["schema"]["fields"])
    bigquery.rows(f"INSERT INTO `{dataset}.t` VALUES ('kept', 1.25)")
    bigquery.call("PATCH", table, schema("20", "8"))
    held = bigquery.call("GET", table)["schema"]["fields"]
    assert (held[0]["maxLength"], held[1]["precision"]) == ("20", "8")
    assert bigquery.rows(f"SELECT s, n FROM `{dataset}.t`") == [["kept", "1.25"]]
    assert "s has narrower type parameters" in bigquery.refused("PATCH", table, schema("19", "8"))
    assert "n has narrower type parameters" in bigquery.refused("PATCH", table, schema("20", "7"))


def test_another_partitioning_is_refused(bigquery: Emulator, dataset: str) -> None:
    partitioning = {"type": "DAY", "field": "d"}
    bigquery.table(dataset, "t", [column("d", "DATE"), column("e", "DATE")], timePartitioning=partitioning)
    table = f"/datasets/{dataset}/tables/t"
    bigquery.refused("PATCH", table, {"timePartitioning": {"type": "DAY", "field": "e"}})
    changed = bigquery.call("PATCH", table, {"timePartitioning": partitioning | {"expirationMs": "86400000"}})
    assert changed["timePartitioning"] == partitioning | {"expirationMs": "86400000"}


# set_tuple


@pytest.mark.parametrize(
    "row", ["SELECT AS STRUCT 1, 'x'", "SELECT STRUCT(1, 'x')", "SELECT AS STRUCT 1 AS a, 'x' AS b"]
)
def test_several_variables_are_set_from_one_row(bigquery: Emulator, row: str) -> None:
    script = f"DECLARE v_n INT64; DECLARE v_s STRING; SET (v_n, v_s) = ({row}); SELECT v_n AS n, v_s AS s"
    assert bigquery.rows(script) == [["1", "x"]]


# array_assignments


def test_a_list_is_changed_element_by_element_and_still_not_compared(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"CREATE TABLE `{dataset}.t` (id INT64, tags ARRAY<STRING>)")
    bigquery.rows(f"INSERT INTO `{dataset}.t` VALUES (1, ['a', 'b']), (2, ['c'])")
    each = "ARRAY(SELECT UPPER(tag) FROM UNNEST(t.tags) AS tag WITH OFFSET AS n ORDER BY n DESC)"
    bigquery.rows(f"UPDATE `{dataset}.t` AS t SET tags = {each} WHERE t.id = 1")
    bigquery.rows(
        f"MERGE `{dataset}.t` AS t USING (SELECT 2 AS id) AS s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET tags = ['d', 'e']"
    )
    found = bigquery.rows(f"SELECT id, ARRAY_TO_STRING(tags, ',') AS tags FROM `{dataset}.t` ORDER BY id")
    assert found == [["1", "B,A"], ["2", "d,e"]]
    with pytest.raises(AssertionError, match="Equality is not defined for arguments of type ARRAY"):
        bigquery.rows(f"SELECT * FROM `{dataset}.t` WHERE tags = ['c']")


# column_defaults


def test_a_default_fills_what_an_insert_leaves_out(bigquery: Emulator, dataset: str) -> None:
    fields = [
        column("a", "INTEGER"),
        column("made", "TIMESTAMP", "REQUIRED", defaultValueExpression="CURRENT_TIMESTAMP()"),
        column("status", "STRING", defaultValueExpression="'NEW'"),
        column("id", "STRING", defaultValueExpression="GENERATE_UUID()"),
        column("tags", "STRING", "REPEATED", defaultValueExpression="[]"),
    ]
    assert bigquery.table(dataset, "t", fields)["schema"]["fields"] == fields
    bigquery.rows(f"INSERT INTO `{dataset}.t` (a) VALUES (1), (2)")
    bigquery.rows(f"INSERT INTO `{dataset}.t` (a, status) VALUES (3, DEFAULT), (4, 'OLD')")
    rows = bigquery.rows(f"SELECT a, status, made > TIMESTAMP '2020-01-01', LENGTH(id) FROM `{dataset}.t` ORDER BY a")
    assert rows == [[str(n), "OLD" if n == 4 else "NEW", "true", "36"] for n in (1, 2, 3, 4)]
    assert bigquery.rows(f"SELECT COUNT(DISTINCT id) AS n FROM `{dataset}.t`") == [["4"]]


def test_a_changed_default_holds_for_new_rows_only(bigquery: Emulator, dataset: str) -> None:
    bigquery.table(dataset, "t", [column("a", "INTEGER")])

    def insert_with(default: str | None) -> None:
        extra = {"defaultValueExpression": default} if default else {}
        fields = [column("a", "INTEGER"), column("b", "STRING", **extra)]
        answer = bigquery.call("PATCH", f"/datasets/{dataset}/tables/t", {"schema": {"fields": fields}})
        assert answer["schema"]["fields"] == fields
        bigquery.rows(f"INSERT INTO `{dataset}.t` (a) VALUES (1)")

    bigquery.rows(f"INSERT INTO `{dataset}.t` (a) VALUES (0)")
    for default in ("'x'", "'y'", None):
        insert_with(default)
    rows = bigquery.rows(f"SELECT b FROM `{dataset}.t` ORDER BY b NULLS LAST")
    assert rows == [["x"], ["y"], [None], [None]]


def test_a_wrong_default_is_refused(bigquery: Emulator, dataset: str) -> None:
    fields = [column("a", "INTEGER", defaultValueExpression="no_such_function()")]
    body = {"tableReference": {"tableId": "t"}, "schema": {"fields": fields}}
    assert "column a" in bigquery.refused("POST", f"/datasets/{dataset}/tables", body)
    bigquery.refused("GET", f"/datasets/{dataset}/tables/t", code=404)


def test_a_default_of_ddl_is_read_back(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"CREATE TABLE `{dataset}.t` (a INT64, b STRING DEFAULT 'q')")
    fields = bigquery.call("GET", f"/datasets/{dataset}/tables/t")["schema"]["fields"]
    assert fields[1] == column("b", "STRING", defaultValueExpression="'q'")


# view_updates


def test_an_updated_view_answers_its_new_query(bigquery: Emulator, dataset: str) -> None:
    reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": "v"}
    view = f"/datasets/{dataset}/tables/v"

    def body(query: str) -> dict[str, Any]:
        return {"tableReference": reference, "view": {"query": query, "useLegacySql": False}}

    bigquery.insert(f"/datasets/{dataset}/tables", body("SELECT 1 AS a"))
    described = {"schema": {"fields": [column("b", "INTEGER", description="the b")]}}
    answer = bigquery.call("PUT", view, body("SELECT 2 AS b") | described)
    assert answer["schema"] == described["schema"]
    assert bigquery.rows(f"SELECT b FROM `{dataset}.v`") == [["2"]]
    bigquery.call("PATCH", view, {"view": {"query": "SELECT 3 AS c", "useLegacySql": False}})
    assert bigquery.rows(f"SELECT * FROM `{dataset}.v`") == [["3"]]
    assert bigquery.call("GET", view)["view"]["query"] == "SELECT 3 AS c"


# broken_views


def test_a_view_whose_function_was_deleted_is_still_there_and_whole_again_with_it(
    bigquery: Emulator, dataset: str
) -> None:
    function = routine(dataset, "f", definitionBody="1", routineType="SCALAR_FUNCTION", returnType=INTEGER)
    bigquery.insert(f"/datasets/{dataset}/routines", function)
    body: dict[str, Any] = {
        "tableReference": {"tableId": "v"},
        "view": {"query": f"SELECT `{dataset}.f`() AS a", "useLegacySql": False},
    }
    bigquery.insert(f"/datasets/{dataset}/tables", body)
    bigquery.call("DELETE", f"/datasets/{dataset}/routines/f")
    assert bigquery.call("GET", f"/datasets/{dataset}/tables/v")["view"]["query"] == body["view"]["query"]
    bigquery.insert(f"/datasets/{dataset}/routines", function)
    assert bigquery.call("GET", f"/datasets/{dataset}/tables/v")["schema"]["fields"][0]["name"] == "a"
    assert "Not found" in bigquery.refused("GET", f"/datasets/{dataset}/tables/absent", code=404)


def test_a_view_whose_column_was_dropped_is_still_there(bigquery: Emulator, dataset: str) -> None:
    bigquery.insert(
        f"/datasets/{dataset}/tables",
        {"tableReference": {"tableId": "t"}, "schema": {"fields": [column("a", "STRING"), column("b", "STRING")]}},
    )
    body: dict[str, Any] = {
        "tableReference": {"tableId": "v"},
        "view": {"query": f"SELECT a, b FROM `{dataset}.t`", "useLegacySql": False},
    }
    bigquery.insert(f"/datasets/{dataset}/tables", body)
    bigquery.rows(f"ALTER TABLE `{dataset}.t` DROP COLUMN b")
    assert bigquery.call("GET", f"/datasets/{dataset}/tables/v")["view"]["query"] == body["view"]["query"]
    bigquery.call("PATCH", f"/datasets/{dataset}/tables/v", {"view": {"query": f"SELECT a FROM `{dataset}.t`"}})
    assert bigquery.rows(f"SELECT * FROM `{dataset}.v`") == []


# materialized_views


def test_a_materialized_view_made_by_rest_is_read_back_and_answers_with_new_rows(
    bigquery: Emulator, dataset: str
) -> None:
    bigquery.insert(
        f"/datasets/{dataset}/tables",
        {"tableReference": {"tableId": "t"}, "schema": {"fields": [column("a", "STRING")]}},
    )
    reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": "mv"}
    definition = {"query": f"SELECT a, COUNT(*) AS n FROM `{dataset}.t` GROUP BY a", "refreshIntervalMs": "7200000"}
    body = {"tableReference": reference, "materializedView": definition, "clustering": {"fields": ["a"]}}
    made = bigquery.insert(f"/datasets/{dataset}/tables", body)
    assert made["type"] == "MATERIALIZED_VIEW"
    assert made["materializedView"].items() >= {**definition, "enableRefresh": True}.items()
    assert made["clustering"] == {"fields": ["a"]}
    assert [field["name"] for field in made["schema"]["fields"]] == ["a", "n"]
    bigquery.rows(f"INSERT INTO `{dataset}.t` (a) VALUES ('x'), ('x')")
    assert bigquery.rows(f"SELECT a, n FROM `{dataset}.mv`") == [["x", "2"]]
    bigquery.call("DELETE", f"/datasets/{dataset}/tables/mv")


# engine_errors


def test_a_refused_view_leaves_the_connection_open(bigquery: Emulator, dataset: str) -> None:
    body = {"tableReference": {"tableId": "v"}, "view": {"query": "SELECT absent FROM (SELECT 1 AS a)"}}
    connection = http.client.HTTPConnection("127.0.0.1", bigquery.port, timeout=10)
    path = f"/bigquery/v2/projects/{PROJECT}/datasets/{dataset}/tables"
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, "absent" in answer.read().decode()) == (400, True)
    connection.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):  # nothing to read, not even the end that a closed connection gives
        connection.sock.recv(1)
    connection.close()


UNABLE = """
from local_bigquery.catalog import models
def unable(*arguments):
    raise NotImplementedError("no models here")
models.list_ = unable
"""


def test_what_the_engine_cannot_do_is_answered_501_and_leaves_the_connection_open(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, first=UNABLE)
    try:
        emulator.wait()
        dataset = emulator.dataset()
        connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
        path = f"/bigquery/v2/projects/{PROJECT}/datasets/{dataset}"
        connection.request("GET", f"{path}/models")
        answer = connection.getresponse()
        assert answer.status == 501
        assert "no models here" in json.load(answer)["error"]["message"]
        connection.auto_open = 0  # the next one on the same connection, or not at all
        connection.request("GET", path)
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        emulator.stop()


# table_layout


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ({"timePartitioning": {"type": "DAY", "field": "absent"}}, "partitioning cannot be found"),
        ({"timePartitioning": {"type": "DAY", "field": "s"}}, "The type found is: STRING"),
        (
            {"rangePartitioning": {"field": "s", "range": {"start": "0", "end": "9", "interval": "1"}}},
            "found is: STRING",
        ),
        ({"clustering": {"fields": ["absent"]}}, "Invalid field: absent"),
        ({"clustering": {"fields": ["f"]}}, "Invalid field: f"),
        ({"clustering": {"fields": ["s", "d", "n", "b", "u"]}}, "limited to 4 fields"),
        ({"tableConstraints": {"primaryKey": {"columns": ["absent"]}}}, "absent cannot be found"),
        ({"schema": {"fields": [column("a", "STRING"), column("A", "STRING")]}}, "Duplicate field name"),
    ],
)
def test_a_layout_that_bigquery_refuses_is_refused(
    bigquery: Emulator, dataset: str, layout: dict[str, Any], message: str
) -> None:
    kinds = {"s": "STRING", "d": "DATE", "n": "INTEGER", "b": "BOOLEAN", "u": "STRING", "f": "FLOAT"}
    schema = {"fields": [column(name, kind) for name, kind in kinds.items()]}
    body = {"tableReference": {"tableId": "t"}, "schema": schema} | layout
    assert message in bigquery.refused("POST", f"/datasets/{dataset}/tables", body)
    bigquery.refused("GET", f"/datasets/{dataset}/tables/t", code=404)


# interrupted_jobs

SLOW = """
    SELECT COUNT(*) AS n
    FROM UNNEST(GENERATE_ARRAY(1, 3000000)) AS a CROSS JOIN UNNEST(GENERATE_ARRAY(1, 3000000)) AS b
"""


def test_a_job_that_a_kill_interrupted_is_ended_with_an_error(tmp_path: Path) -> None:
    with emulator(tmp_path) as first:
        job = {"jobReference": {"jobId": "slow"}, "configuration": {"query": {"query": SLOW, "useLegacySql": False}}}
        assert first.insert("/jobs", job)["status"]["state"] == "RUNNING"
    with emulator(tmp_path) as second:
        status = second.call("GET", "/jobs/slow")["status"]
        assert status["state"] == "DONE"
        assert "interrupted" in status["errorResult"]["message"]
        assert "interrupted" in second.refused("GET", "/queries/slow")


# job_location


def test_a_job_keeps_its_location_and_errors_name_it(bigquery: Emulator) -> None:
    reference = {"projectId": PROJECT, "jobId": "located", "location": "europe-west1"}
    job = {"jobReference": reference, "configuration": {"query": {"query": "SELECT 1 AS n", "useLegacySql": False}}}
    assert bigquery.insert("/jobs", job)["jobReference"] == reference
    assert bigquery.call("GET", "/jobs/located", location="europe-west1")["jobReference"] == reference
    assert bigquery.refused("POST", "/jobs", job, 409) == f"Already Exists: Job {PROJECT}:europe-west1.located"
    assert bigquery.refused("GET", "/jobs/absent", code=404) == f"Not found: Job {PROJECT}:US.absent"


# access_lists


def test_a_datasets_list_keeps_an_owner_and_shows_the_short_words(bigquery: Emulator, dataset: str) -> None:
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    ann = {"role": "roles/bigquery.dataViewer", "userByEmail": "ann@example.com"}
    path = f"/datasets/{dataset}"
    assert bigquery.refused("PATCH", path, {"access": [ann]}) == "Cannot remove all owners"
    other = {"role": "roles/bigquery.metadataViewer", "userByEmail": "eve@example.com"}
    stored = bigquery.call("PATCH", path, {"access": [{**owners, "role": "roles/bigquery.dataOwner"}, ann, other]})
    assert stored["access"] == [owners, {**ann, "role": "READER"}, other]


# dataset_rules


def test_the_location_of_a_dataset_cannot_be_changed(bigquery: Emulator, dataset: str) -> None:
    bigquery.refused("PATCH", f"/datasets/{dataset}", {"location": "EU"})
    assert bigquery.call("PATCH", f"/datasets/{dataset}", {"location": "us"}).get("error") is None


def test_a_dataset_with_routines_is_in_use(bigquery: Emulator, dataset: str) -> None:
    function = routine(dataset, "f", routineType="SCALAR_FUNCTION", definitionBody="1")
    bigquery.insert(f"/datasets/{dataset}/routines", function)
    assert "still in use" in bigquery.refused("DELETE", f"/datasets/{dataset}")
    assert bigquery.rows(f"SELECT `{dataset}.f`() AS n") == [["1"]]


def test_a_label_set_to_null_is_no_label(bigquery: Emulator, dataset: str) -> None:
    changed = bigquery.call("PATCH", f"/datasets/{dataset}", {"labels": {"gone": None, "kept": "x"}})
    assert changed["labels"] == {"kept": "x"}


# procedure_arguments


def test_ddl_may_define_a_procedure_that_takes_a_list_of_structs(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"""
        CREATE PROCEDURE `{dataset}.p`(IN p_items ARRAY<STRUCT<a INT64, b DATE>>, OUT p_n INT64)
        BEGIN SET p_n = (SELECT SUM(i.a) FROM UNNEST(p_items) AS i); END
    """)
    items = "[STRUCT(4 AS a, DATE '2025-01-01' AS b), STRUCT(5 AS a, DATE '2025-01-02' AS b)]"
    assert bigquery.rows(f"DECLARE v_n INT64; CALL `{dataset}.p`({items}, v_n); SELECT v_n AS n") == [["9"]]


# nested_columns


@pytest.mark.parametrize(("mode", "value"), [("NULLABLE", "STRUCT(1 AS a)"), ("REPEATED", "[STRUCT(1 AS a)]")])
def test_a_nested_column_is_added(bigquery: Emulator, dataset: str, mode: str, value: str) -> None:
    bigquery.table(dataset, "t", [column("r", "RECORD", mode, fields=[column("a", "INTEGER")])])
    bigquery.rows(f"INSERT INTO `{dataset}.t` (r) SELECT {value} AS r")
    wider = [column("r", "RECORD", mode, fields=[column("a", "INTEGER"), column("b", "STRING")])]
    answer = bigquery.call("PATCH", f"/datasets/{dataset}/tables/t", {"schema": {"fields": wider}})
    assert answer["schema"]["fields"] == wider
    element = "r" if mode == "NULLABLE" else "r[OFFSET(0)]"
    assert bigquery.rows(f"SELECT {element}.a AS a, {element}.b AS b FROM `{dataset}.t`") == [["1", None]]


# whole_rows

ROWS_BY_NAME = {
    "alone": "SELECT TO_JSON_STRING(flag) AS line FROM (SELECT 'a' AS flag, TRUE AS held) AS flag",
    "beside its columns": "SELECT TO_JSON_STRING(flag) AS line, flag.flag AS f, flag.held AS h"
    " FROM (SELECT 'a' AS flag, TRUE AS held) AS flag WHERE flag.held",
    "in a subquery on it": "SELECT (SELECT TO_JSON_STRING(flag) FROM UNNEST([1]) AS one) AS line"
    " FROM (SELECT 'a' AS flag, 1 AS held) AS flag",
    "hidden by one further in": "SELECT (SELECT flag.n FROM (SELECT 2 AS n) AS flag) AS n, TO_JSON_STRING(flag) AS line"
    " FROM (SELECT 'a' AS flag) AS flag",
    "joined": "SELECT TO_JSON_STRING(b) AS line FROM (SELECT 1 AS a) AS a JOIN (SELECT 1 AS k, 'x' AS b) AS b"
    " ON a.a = b.k",
    "counted": "SELECT STRING_AGG(TO_JSON_STRING(w), ',' ORDER BY w.w) AS line FROM"
    " (SELECT 2 AS w UNION ALL SELECT 1 AS w) AS w",
    "a column of the result": "SELECT flag.n + 1 AS flag FROM (SELECT 1 AS n UNION ALL SELECT 0 AS n) AS flag"
    " ORDER BY flag",
}


@pytest.mark.parametrize("query", ROWS_BY_NAME.values(), ids=ROWS_BY_NAME)
def test_the_name_of_a_table_means_its_row_also_where_a_column_has_it(
    bigquery: Emulator, query: str, tmp_path: Path
) -> None:
    expected = Oracle(tmp_path).evaluate(query)
    given = bigquery.rows(query)
    assert given == [[json.dumps(v) if isinstance(v, bool) else str(v) for v in row.values()] for row in expected]


def test_an_option_that_is_set_to_null_is_taken_off(bigquery: Emulator, dataset: str) -> None:
    table = f"`{dataset}.t`"
    bigquery.rows(
        f"CREATE TABLE {table} (a INT64) OPTIONS "
        "(expiration_timestamp = TIMESTAMP '2999-01-01', description = 'd', labels = [('a', 'b')])"
    )
    made = bigquery.call("GET", f"/datasets/{dataset}/tables/t")
    assert (made["expirationTime"], made["description"]) == ("32472144000000", "d")
    bigquery.rows(f"ALTER TABLE {table} SET OPTIONS (expiration_timestamp = NULL, description = NULL)")
    kept = bigquery.call("GET", f"/datasets/{dataset}/tables/t")
    assert {"expirationTime", "description"} & kept.keys() == set()
    assert kept["labels"] == {"a": "b"}


# variable_snapshots


def test_a_script_reads_several_tables_as_of_an_instant_in_a_variable(bigquery: Emulator, dataset: str) -> None:
    bigquery.rows(f"CREATE TABLE `{dataset}.a` AS SELECT 1 AS x")
    instant = bigquery.rows("SELECT CAST(CURRENT_TIMESTAMP() AS STRING)")[0][0]
    bigquery.rows(f"INSERT INTO `{dataset}.a` (x) VALUES (2)")
    read = f"SELECT SUM(t.x) FROM `{dataset}.a` AS t FOR SYSTEM_TIME AS OF v_then"
    assert bigquery.rows(f"DECLARE v_then TIMESTAMP DEFAULT TIMESTAMP '{instant}'; {read}") == [["1"]]
    assert bigquery.rows(f"DECLARE v_then TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); {read}") == [["3"]]


# wide_sums


def test_a_sum_of_hashes_is_exact_whatever_its_size(bigquery: Emulator) -> None:
    found = bigquery.rows("""
        SELECT CAST(SUM(CAST(FARM_FINGERPRINT('x') AS BIGNUMERIC)) AS STRING), ANY_VALUE(FARM_FINGERPRINT('x'))
        FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS n
    """)
    assert int(found[0][0]) == 100_000 * int(found[0][1])
    assert abs(int(found[0][0])) > 10**20
