"""Every lint rule by example: what it finds, with its line, and the sound neighbour on which it stays silent.

A breaking example must give exactly that one finding, so a rule that is taken out fails its own examples, and a
rule that reports too much fails those of others.
"""

from __future__ import annotations

import pytest

from catalog.lint import RULE_IDS

NAME = "`eros_scheduling_brain.x`"
DESCRIBED = 'OPTIONS(description="D.")'
OTHERS = {
    "sql/tables/t.sql": f'CREATE TABLE `eros_scheduling_brain.t` (k INT64 OPTIONS(description="K.")) {DESCRIBED}',
    "sql/table_functions/x_at.sql": "CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.x_at`(p_now TIMESTAMP)"
    f" RETURNS TABLE<k INT64> {DESCRIBED} AS SELECT t.k FROM `eros_scheduling_brain.t` AS t",
    "sql/procedures/p_at.sql": f"CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.p_at`(p_now TIMESTAMP) {DESCRIBED}"
    " BEGIN SELECT p_now; END",
    "sql/functions/once.sql": "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.once`(p_u FLOAT64)"
    f" {DESCRIBED} AS (p_u)",
    "sql/functions/twice.sql": "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.twice`(p_u FLOAT64)"
    f" {DESCRIBED} AS (p_u * p_u)",
}

T = "`eros_scheduling_brain.t`"


def table(columns: str, after: str = "") -> tuple[str, str]:
    """Columns begin on line 3."""
    return "sql/tables/x.sql", f"CREATE TABLE {NAME}\n(\n{columns}\n)\n{after}\n{DESCRIBED}"


def column(text: str) -> str:
    return f"{text} {DESCRIBED}"


def view(query: str) -> tuple[str, str]:
    """The query begins on line 3."""
    return "sql/views/x.sql", f"CREATE OR REPLACE VIEW {NAME}\n{DESCRIBED} AS\n{query}"


def materialized(query: str) -> tuple[str, str]:
    """The query begins on line 3."""
    return "sql/materialized_views/x.sql", f"CREATE OR REPLACE MATERIALIZED VIEW {NAME}\n{DESCRIBED} AS\n{query}"


def function(arguments: str, expression: str) -> tuple[str, str]:
    """The expression stands on line 3."""
    return "sql/functions/x.sql", f"CREATE OR REPLACE FUNCTION {NAME}({arguments})\n{DESCRIBED} AS (\n{expression}\n)"


def table_function(query: str, arguments: str = "p_now TIMESTAMP") -> tuple[str, str]:
    """The query begins on line 3."""
    header = f"CREATE OR REPLACE TABLE FUNCTION {NAME}({arguments}) RETURNS TABLE<k INT64>"
    return "sql/table_functions/x.sql", f"{header}\n{DESCRIBED} AS\n{query}"


def procedure(body: str, arguments: str = "p_now TIMESTAMP", name: str = "x") -> tuple[str, str]:
    """The first statement stands on line 4."""
    header = f"CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.{name}`({arguments})"
    return f"sql/procedures/{name}.sql", f"{header}\n{DESCRIBED}\nBEGIN\n{body}\nEND;"


def check(query: str) -> tuple[str, str]:
    return "sql/checks/x.sql", query


MUTEX = f"UPDATE {T} SET k = 1 WHERE k = 2;"
TRANSACTION = "BEGIN\nBEGIN TRANSACTION;\n{inside}\nCOMMIT TRANSACTION;\nEXCEPTION WHEN ERROR THEN\n{handler}\nEND;"

BREACHES: dict[str, list[tuple[tuple[str, str], int]]] = {
    "cluster-columns": [
        (table(",\n".join(column(f"c{n} INT64") for n in range(5)), "CLUSTER BY c0, c1, c2, c3, c4"), 1),
        (table(column("a FLOAT64"), "CLUSTER BY a"), 1),
        (table(column("a ARRAY<STRING>"), "CLUSTER BY a"), 1),
        (table(column("a JSON"), "CLUSTER BY a"), 1),
        (table(column("a INT64"), "CLUSTER BY b"), 1),
        (table(column("a INT64"), "CLUSTER BY a, a"), 1),
    ],
    "partition-column": [
        (table(column("a STRING"), "PARTITION BY a"), 1),
        (table(column("a STRING"), "PARTITION BY DATE(a)"), 1),
        (table(column("a TIMESTAMP"), "PARTITION BY a"), 1),
        (table(column("a TIMESTAMP"), "PARTITION BY DATE_TRUNC(a, MONTH)"), 1),
        (table(column("a STRING"), "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 9, 1))"), 1),
        (table(column("a INT64"), "PARTITION BY b"), 1),
        (table(column("a ARRAY<DATE>"), "PARTITION BY a"), 1),
        (
            (
                "sql/tables/x.sql",
                f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", require_partition_filter=TRUE)',
            ),
            1,
        ),
    ],
    "description": [
        (table("a INT64"), 3),
        (table(column("a INT64") + ',\nb STRING OPTIONS(description=" ")'), 4),
        (table("a STRUCT<\nb INT64> " + DESCRIBED), 4),
        (("sql/tables/x.sql", f"CREATE TABLE {NAME} ({column('a INT64')})"), 1),
        (("sql/views/x.sql", f"CREATE OR REPLACE VIEW {NAME} AS SELECT 1 AS k"), 1),
        (("sql/functions/x.sql", f"CREATE OR REPLACE FUNCTION\n{NAME}() AS (1)"), 2),
    ],
    "decimal-type": [
        (table(column("a DECIMAL")), 3),
        (table(column("a ARRAY<STRUCT<b BIGDECIMAL OPTIONS(description='B.')>>")), 3),
        (function("p_a ARRAY<DECIMAL>", "1"), 1),
    ],
    "label-form": [
        (
            (
                "sql/tables/x.sql",
                f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", labels=[("System", "eros")])',
            ),
            1,
        ),
        (
            (
                "sql/views/x.sql",
                f'CREATE OR REPLACE VIEW {NAME} OPTIONS(description="D.", labels=[("a", "Eros")]) AS SELECT 1 AS k',
            ),
            1,
        ),
    ],
    "column-names": [
        (table(column("a INT64") + ",\n" + column("A STRING")), 4),
        (table(column("`a-b` INT64")), 3),
        (table(column("_PARTITIONTIME TIMESTAMP")), 3),
    ],
    "argument-prefix": [
        (function("lock_id INT64", "1"), 1),
        (procedure("SELECT 1;", "p_ok INT64, OUT performance_report STRING"), 1),
        (function("p_Mixed INT64", "1"), 1),
    ],
    "variable-prefix": [
        (procedure("DECLARE job_id STRING;\nSELECT 1;"), 4),
        (procedure("DECLARE v_a, b STRING;\nSELECT 1;"), 4),
        (procedure("FOR creator IN (SELECT 1 AS k) DO\nSELECT 2;\nEND FOR;"), 4),
    ],
    "unqualified-reference": [
        (view("SELECT o.k FROM `other.t` AS o"), 3),
        (view("SELECT o.k FROM `p.eros_scheduling_brain.t` AS o"), 3),
        (view("SELECT o.k FROM `eros_scheduling_brain`.`t` AS o"), 3),
        (view("SELECT o.k FROM\neros_scheduling_brain.t AS o"), 4),
        (view("SELECT o.k FROM t AS o"), 3),
        (view("SELECT other.f(1) AS k"), 3),
        (procedure("CALL other.p();"), 4),
        (procedure("INSERT INTO other.t (k) VALUES (1);"), 4),
        (procedure("EXECUTE IMMEDIATE 'SELECT k FROM `eros_scheduling_brain.t`';"), 4),
    ],
    "zone": [
        (table_function("SELECT EXTRACT(DAYOFWEEK FROM p_now) AS k"), 3),
        (function("p_now TIMESTAMP", "DATE(p_now)"), 3),
        (function("p_now TIMESTAMP", "DATETIME(p_now)"), 3),
        (function("p_now TIMESTAMP", "CAST(p_now AS DATE)"), 3),
        (function("p_now TIMESTAMP", "EXTRACT(HOUR FROM TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR))"), 3),
        (function("p_now TIMESTAMP", "DATE(TIMESTAMP_MICROS(5))"), 3),
        (function("p_now TIMESTAMP", "TIMESTAMP_TRUNC(p_now, DAY)"), 3),
        (procedure("DECLARE v_at TIMESTAMP DEFAULT p_now;\nSELECT DATE(v_at);"), 5),
    ],
    "current-timestamp-argument": [
        (
            table_function(
                "SELECT t.k FROM `eros_scheduling_brain.x_at`(CURRENT_TIMESTAMP('America/Los_Angeles')) AS t", ""
            ),
            3,
        ),
    ],
    "wall-clock": [
        (view(f"SELECT t.k FROM {T} AS t\nWHERE CURRENT_TIMESTAMP() IS NOT NULL"), 4),
        (function("", "CURRENT_DATE('America/Los_Angeles')"), 3),
        (procedure("SELECT CURRENT_TIMESTAMP();"), 4),
        # A wrapper only calls: it asks nothing else, and hands the instant to its own _at form.
        (procedure("SELECT 1;\nCALL `eros_scheduling_brain.p_at`(CURRENT_TIMESTAMP());", "", "p"), 5),
        (procedure("CALL `eros_scheduling_brain.p_at`(CURRENT_TIMESTAMP());"), 4),
        (
            view(
                "SELECT t.k FROM `eros_scheduling_brain.x_at`(TIMESTAMP '2025-01-01 00:00:00Z') AS t\n"
                "WHERE t.k < UNIX_SECONDS(CURRENT_TIMESTAMP())"
            ),
            4,
        ),
        # The stopwatch of telemetry has one name and two forms.
        (procedure("DECLARE v_now TIMESTAMP DEFAULT CURRENT_TIMESTAMP();\nSELECT v_now;"), 4),
        (procedure("SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), p_now, SECOND);"), 4),
    ],
    "sql-syntax": [
        (view("SELECT t.k\nFROM WHERE t.k = 1"), 4),
        (view(f"SELECT t.k b c FROM {T} AS t"), 3),
        (function("", "1 +"), 3),
        (procedure(f"SELECT 1;\nUPDATE {T} SET k = WHERE k = 1;"), 5),
        (check(f"SELECT k FROM {T} GRUOP BY k"), 1),
    ],
    "dml-predicate": [
        (procedure(f"DELETE FROM {T} WHERE TRUE;"), 4),
        (procedure(f"DELETE {T} WHERE 1 = 1;"), 4),
        (procedure(f"UPDATE {T} SET k = 1 WHERE (NOT FALSE);"), 4),
        (procedure(f"DELETE FROM {T} WHERE k = 5 OR 1=1;"), 4),
        (procedure(f"DELETE FROM {T} WHERE lock_id = lock_id AND TRUE;"), 4),
        (procedure(f"UPDATE {T} SET k = (SELECT MAX(j) FROM UNNEST([1]) AS j WHERE j > 0);"), 4),
        (
            procedure(
                f"MERGE {T} AS a USING {T} AS b ON TRUE\nWHEN MATCHED THEN DELETE;",
            ),
            4,
        ),
    ],
    "insert-columns": [
        (procedure(f"INSERT INTO {T} VALUES (1);"), 4),
        (procedure(f"INSERT {T} SELECT 1;"), 4),
        (procedure(f"INSERT INTO {T} (SELECT 1 AS k);"), 4),
        (procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\nWHEN NOT MATCHED THEN\nINSERT ROW;"), 6),
        (procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\nWHEN NOT MATCHED THEN INSERT VALUES (1);"), 5),
    ],
    "drop-truncate": [
        (procedure("DROP TABLE scratch;"), 4),
        (procedure(f"IF TRUE THEN\nTRUNCATE TABLE {T};\nEND IF;"), 5),
    ],
    "ddl-in-procedure": [
        (procedure(f"CREATE TABLE {T} (k INT64);"), 4),
        (procedure(f"CREATE OR REPLACE TABLE {T} AS SELECT 1 AS k;"), 4),
        (procedure(f"ALTER TABLE {T} SET OPTIONS (description='x');"), 4),
    ],
    "temp-table-replace": [
        (procedure("CREATE TEMP TABLE scratch AS SELECT 1 AS k;"), 4),
        (procedure("CREATE TEMPORARY TABLE IF NOT EXISTS scratch (k INT64);"), 4),
    ],
    "with-before-dml": [
        (procedure(f"WITH b AS (SELECT 1 AS k)\nMERGE {T} AS a USING b ON a.k = b.k WHEN MATCHED THEN DELETE;"), 4),
    ],
    "session-settings": [
        (procedure("SET @@time_zone = 'America/Los_Angeles';"), 4),
        (procedure("SET @@query_timeout_ms = 1000;"), 4),
        (procedure("SELECT @@query_timeout_ms;"), 4),
    ],
    "unsupported-syntax": [
        (procedure("IF TRUE THEN\nSELECT 1;\nELSIF FALSE THEN SELECT 2;\nEND IF;"), 6),
        (procedure("DECLARE v_list CURSOR FOR SELECT 1;\nSELECT 2;"), 4),
        (procedure("FETCH v_list INTO v_row;"), 4),
        (procedure("IF TRUE THEN\nNULL;\nEND IF;"), 5),
    ],
    "declare-first": [
        (procedure("SELECT 1;\nDECLARE v_a INT64;"), 5),
        (procedure("IF TRUE THEN\nDECLARE v_a INT64;\nEND IF;"), 5),
        (procedure("DECLARE v_a INT64;\nBEGIN\nSET v_a = 1;\nDECLARE v_b INT64;\nEND;"), 7),
    ],
    "declare-type": [(procedure("DECLARE v_a DEFAULT 1;\nSELECT v_a;"), 4)],
    "single-set": [(procedure("DECLARE v_a, v_b INT64;\nSET (v_a, v_b) = (1, 2);"), 5)],
    "handler-variable": [
        (procedure("BEGIN\nDECLARE v_a INT64;\nSELECT 1;\nEXCEPTION WHEN ERROR THEN\nSELECT v_a;\nEND;"), 8),
    ],
    "exception-outermost": [(procedure("SELECT 1;\nEXCEPTION WHEN ERROR THEN\nRAISE;"), 5)],
    "set-in-transaction": [
        (
            procedure(
                "DECLARE v_a STRING;\n"
                + TRANSACTION.format(inside=f"{MUTEX}\nSET v_a = 'conflict';", handler="ROLLBACK TRANSACTION;")
                + "\nIF v_a IS NOT NULL THEN\nRAISE USING MESSAGE = v_a;\nEND IF;"
            ),
            13,
        ),
        (
            procedure(
                "DECLARE v_a STRING;\n"
                + TRANSACTION.format(
                    inside=f"{MUTEX}\nSET v_a = 'x';", handler="ROLLBACK TRANSACTION;\nRAISE USING MESSAGE = v_a;"
                )
            ),
            12,
        ),
        (
            procedure(
                "DECLARE v_a STRING;\n"
                + TRANSACTION.format(
                    inside="SET v_a = 'x';\nIF TRUE THEN\nROLLBACK TRANSACTION;\nRAISE USING MESSAGE = v_a;\nEND IF;",
                    handler="ROLLBACK TRANSACTION;",
                )
            ),
            10,
        ),
    ],
    "view-select-star": [
        (view(f"SELECT * FROM {T}"), 3),
        (view(f"SELECT t.* FROM {T} AS t"), 3),
        (view(f"WITH a AS (SELECT k FROM {T})\nSELECT a.k, * FROM a"), 4),
        (view(f"SELECT t.k FROM {T} AS t\nUNION ALL\nSELECT DISTINCT * FROM {T}"), 5),
    ],
    "outer-order-by": [
        (view(f"SELECT t.k FROM {T} AS t\nORDER BY t.k"), 4),
        (table_function(f"SELECT t.k FROM {T} AS t ORDER BY t.k"), 3),
        (materialized(f"SELECT t.k FROM {T} AS t ORDER BY t.k LIMIT 5"), 3),
    ],
    "query-options": [(view("SELECT 1 AS k\nOPTIONS(description='x')"), 4)],
    "table-function-with": [(table_function(f"WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a"), 3)],
    "not-in-subquery": [(view(f"SELECT t.k FROM {T} AS t WHERE t.k NOT IN (\nSELECT k FROM {T})"), 3)],
    "approx-quantiles": [(view(f"SELECT APPROX_QUANTILES(t.k, 2) AS k FROM {T} AS t"), 3)],
    "rand-argument": [(function("", "`eros_scheduling_brain.twice`(1 - RAND())"), 3)],
    "division": [
        (view(f"SELECT SUM(t.k) / COUNTIF(t.k > 1) AS k FROM {T} AS t"), 3),
        (view(f"SELECT SUM(t.k) / SUM(IF(t.k > 1, 1, 0)) AS k FROM {T} AS t"), 3),
    ],
    "materialized-view-shape": [(materialized("SELECT `eros_scheduling_brain.once`(1.0) AS k"), 3)],
    "checks-readonly": [
        (check(f"DELETE FROM {T} WHERE k = 1"), 1),
        (check(f"SELECT k FROM {T};\nCALL `eros_scheduling_brain.p_at`(NULL)"), 2),
    ],
}
# Where the parser stumbles over the same thing.
ALSO = {"query-options": "sql-syntax"}
# CURRENT_DATE breaks two rules at once wherever it is not allowed, hence not above.
SOUND: dict[str, list[tuple[str, str]]] = {
    "cluster-columns": [
        table(",\n".join(column(f"c{n} INT64") for n in range(4)), "CLUSTER BY c0, c1, c2, c3"),
        table(column("a TIMESTAMP") + "," + column("b BOOL"), "CLUSTER BY a, b"),
    ],
    "partition-column": [
        table(column("a DATE"), "PARTITION BY a"),
        table(column("a TIMESTAMP"), "PARTITION BY DATE(a)"),
        table(column("a DATETIME"), "PARTITION BY DATE(a)"),
        table(column("a DATE"), "PARTITION BY DATE_TRUNC(a, YEAR)"),
        table(column("a INT64"), "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 9, 1))"),
    ],
    "description": [table(column("a STRUCT<b INT64 OPTIONS(description='B.')>"))],
    "decimal-type": [table(column("a NUMERIC") + "," + column("b BIGNUMERIC")), function("p_a NUMERIC", "p_a")],
    "label-form": [
        (
            "sql/tables/x.sql",
            f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", labels=[("a_b-1", "90d")])',
        )
    ],
    "column-names": [table(column("a INT64") + "," + column("b STRUCT<a INT64 OPTIONS(description='A.')>"))],
    "argument-prefix": [procedure("SELECT 1;", "IN p_a INT64, OUT p_report STRING")],
    "variable-prefix": [
        procedure("DECLARE v_a, v_b INT64 DEFAULT 1;\nFOR v_row IN (SELECT 1 AS k) DO\nSELECT v_row.k;\nEND FOR;")
    ],
    "unqualified-reference": [
        view("SELECT j.job_id AS k FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j"),
        view("SELECT j.job_id AS k FROM `region-us.INFORMATION_SCHEMA.JOBS` AS j"),
        view("SELECT c.column_name AS k FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c"),
        view(f"WITH t AS (SELECT a.k FROM {T} AS a) SELECT t.k FROM t"),
        view("SELECT NET.HOST('x') AS k, SAFE.PARSE_DATE('%F', 'x') AS j, t.k IN (1) AS i FROM (SELECT 1 AS k) AS t"),
        view(f"SELECT e AS k FROM {T} AS a, a.list AS e"),
        procedure("CREATE OR REPLACE TEMP TABLE t AS SELECT 1 AS k;\nSELECT k FROM t;\nINSERT INTO t (k) VALUES (1);"),
        function("p_a STRING", "CONCAT('see eros_scheduling_brain.t', p_a, `eros_scheduling_brain.once`(1.0))"),
    ],
    "zone": [
        function("p_now TIMESTAMP", "DATE(p_now, 'America/Los_Angeles')"),
        function("p_now TIMESTAMP", "EXTRACT(HOUR FROM p_now AT TIME ZONE 'America/Los_Angeles')"),
        function("p_now TIMESTAMP", "TIMESTAMP_TRUNC(p_now, HOUR)"),
        function("p_now TIMESTAMP", "TIMESTAMP_TRUNC(p_now, DAY, 'America/Los_Angeles')"),
        function("p_now TIMESTAMP", "EXTRACT(MICROSECOND FROM p_now)"),
        function("p_day DATE", "EXTRACT(YEAR FROM p_day) + EXTRACT(DAY FROM DATE(2025, 1, 1))"),
        function("p_day DATETIME", "DATE(p_day)"),
        function("p_text STRING", "CAST(p_text AS DATE)"),
        view(f"SELECT DATE(t.k) AS k FROM {T} AS t"),
    ],
    "current-timestamp-argument": [
        table_function("SELECT t.k FROM `eros_scheduling_brain.x_at`(CURRENT_TIMESTAMP()) AS t", "")
    ],
    "wall-clock": [
        view("SELECT t.k FROM `eros_scheduling_brain.x_at`(CURRENT_TIMESTAMP()) AS t"),
        table_function("SELECT t.k FROM `eros_scheduling_brain.x_at`(CURRENT_TIMESTAMP()) AS t", ""),
        procedure("CALL `eros_scheduling_brain.p_at`(CURRENT_TIMESTAMP());", "", "p"),
        procedure(
            "DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();\n"
            "SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) / 1000000;"
        ),
        table(column("a TIMESTAMP DEFAULT CURRENT_TIMESTAMP()")),
        view(f"SELECT t.current_date AS k FROM {T} AS t"),
    ],
    "sql-syntax": [
        view(f"SELECT t.k FROM {T} AS t QUALIFY ROW_NUMBER() OVER (PARTITION BY t.k ORDER BY t.k) = 1"),
        function("p_a ARRAY<INT64>", "(SELECT AS STRUCT MAX(e) AS e FROM UNNEST(p_a) AS e WITH OFFSET AS o)"),
        procedure("RAISE USING MESSAGE = CONCAT('a', @@error.message);\nEXECUTE IMMEDIATE 'SELECT 1';\nRETURN;"),
    ],
    "dml-predicate": [
        procedure(f"DELETE FROM {T} WHERE k = p_k AND TRUE;", "p_k INT64"),
        procedure(f"UPDATE {T} AS a SET k = 1 WHERE a.k BETWEEN 1 AND 2;"),
        procedure(f"UPDATE {T} AS a SET k = 1 WHERE a.k = 1 OR a.k = 2;"),
        procedure(f"DELETE FROM {T} AS a WHERE NOT EXISTS (SELECT 1 FROM {T} AS b WHERE b.k = a.k);"),
        procedure(f"DELETE FROM {T} AS a WHERE a.is_active;"),
        procedure(
            f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\n"
            "WHEN MATCHED THEN UPDATE SET k = b.k\nWHEN NOT MATCHED BY SOURCE THEN DELETE;"
        ),
        procedure(f"MERGE {T} AS a USING {T} AS b ON FALSE WHEN NOT MATCHED THEN INSERT (k) VALUES (b.k);"),
    ],
    "insert-columns": [
        procedure(f"INSERT INTO {T} (k) SELECT 1;\nINSERT {T} (k) VALUES (1);\nINSERT INTO scratch (k) (SELECT 1);"),
        procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k WHEN NOT MATCHED THEN INSERT (k) VALUES (b.k);"),
    ],
    "drop-truncate": [procedure("SELECT TRUNC(1.5), 'DROP TABLE x';")],
    "ddl-in-procedure": [procedure("CREATE OR REPLACE TEMP TABLE scratch AS SELECT 1 AS k;")],
    "temp-table-replace": [procedure("CREATE OR REPLACE TEMPORARY TABLE scratch AS SELECT 1 AS k;")],
    "with-before-dml": [
        procedure("WITH b AS (SELECT 1 AS k)\nSELECT b.k FROM b;"),
        procedure(f"INSERT INTO {T} (k) WITH b AS (SELECT 1 AS k) SELECT b.k FROM b;"),
        procedure(
            f"MERGE {T} AS a USING (WITH b AS (SELECT 1 AS k) SELECT b.k FROM b) AS c ON a.k = c.k"
            " WHEN MATCHED THEN DELETE;"
        ),
    ],
    "session-settings": [
        procedure("DECLARE v_rows INT64;\nSET v_rows = @@row_count;\nSELECT @@error.message, @@script.job_id;")
    ],
    "unsupported-syntax": [
        procedure("IF TRUE THEN\nELSEIF FALSE THEN\nSELECT NULL;\nEND IF;\nSELECT ABS(1) AS open, 2 AS fetch;")
    ],
    "declare-first": [
        procedure("DECLARE v_a INT64;\nDECLARE v_b INT64;\nBEGIN\nDECLARE v_c INT64;\nSET v_c = 1;\nEND;"),
        procedure("IF TRUE THEN\nBEGIN\nDECLARE v_a INT64;\nEND;\nEND IF;"),
    ],
    "declare-type": [
        procedure("DECLARE v_a INT64 DEFAULT 1;\nDECLARE v_b, v_c ARRAY<STRUCT<x INT64>> DEFAULT [];\nSELECT v_a;")
    ],
    "single-set": [procedure("DECLARE v_a INT64;\nSET v_a = (SELECT MAX(e) FROM UNNEST([1, 2]) AS e);")],
    "handler-variable": [
        procedure("DECLARE v_a INT64;\nBEGIN\nSET v_a = 1;\nEXCEPTION WHEN ERROR THEN\nSELECT v_a;\nEND;")
    ],
    "exception-outermost": [procedure("BEGIN\nSELECT 1;\nEXCEPTION WHEN ERROR THEN\nRAISE;\nEND;")],
    "set-in-transaction": [
        procedure(
            "DECLARE v_a STRING;\n"
            + TRANSACTION.format(
                inside=f"{MUTEX}\nIF TRUE THEN\nRAISE USING MESSAGE = 'full text';\nEND IF;",
                handler="ROLLBACK TRANSACTION;\nRAISE USING MESSAGE = CONCAT(@@error.message, '|ATOMIC ROLLBACK');",
            )
            + "\nSET v_a = 'after';\nSELECT v_a;"
        ),
        procedure(
            "DECLARE v_a STRING DEFAULT 'before';\n"
            + TRANSACTION.format(inside="SET v_a = 'x';\nSELECT v_a;", handler="ROLLBACK TRANSACTION;")
            + "\nSET v_a = 'anew';\nSELECT v_a;"
        ),
    ],
    "view-select-star": [
        view(f"WITH a AS (SELECT * FROM {T}) SELECT COUNT(*) AS k, 2 * 3 AS j, (SELECT COUNT(*)) * 2 AS i FROM a"),
        table_function(f"SELECT * FROM (WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a)"),
    ],
    "outer-order-by": [
        view(f"SELECT t.k FROM {T} AS t ORDER BY t.k LIMIT 5"),
        view(f"SELECT ARRAY_AGG(t.k ORDER BY t.k) AS k, ROW_NUMBER() OVER (ORDER BY 1) AS n FROM {T} AS t"),
        procedure(f"SELECT t.k FROM {T} AS t ORDER BY t.k;"),
    ],
    "query-options": [
        procedure("CREATE OR REPLACE TEMP TABLE scratch OPTIONS(description='x') AS SELECT 1 AS k;"),
        view("SELECT 1 AS options"),
    ],
    "table-function-with": [
        table_function(f"SELECT w.k FROM (WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a) AS w"),
        view(f"WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a"),
    ],
    "not-in-subquery": [
        view(f"SELECT t.k FROM {T} AS t WHERE t.k NOT IN (1, 2) AND t.k IN (SELECT k FROM {T})"),
    ],
    "approx-quantiles": [view(f"SELECT PERCENTILE_CONT(t.k, 0.5) OVER () AS approx_quantiles FROM {T} AS t")],
    "rand-argument": [
        function("", "`eros_scheduling_brain.once`(RAND()) + `eros_scheduling_brain.twice`(0.5) + RAND()"),
    ],
    "division": [
        view(f"SELECT t.k / 7 AS k, SUM(t.k) / COUNT(*) AS j, SAFE_DIVIDE(1, COUNTIF(t.k > 1)) AS i FROM {T} AS t"),
        function("p_n FLOAT64", "1 / SQRT(p_n + 1)"),
    ],
    "materialized-view-shape": [
        materialized(f"SELECT t.k, COUNT(*) AS n FROM {T} AS t GROUP BY t.k"),
        (
            "sql/materialized_views/x.sql",
            f'CREATE OR REPLACE MATERIALIZED VIEW {NAME} OPTIONS(description="D.",'
            " allow_non_incremental_definition=true, max_staleness=INTERVAL 4 HOUR)"
            " AS SELECT `eros_scheduling_brain.once`(1.0) AS k",
        ),
    ],
    "checks-readonly": [
        check(f"-- Rows at fault.\nWITH a AS (SELECT k FROM {T})\nSELECT a.k, 'DELETE' AS advice FROM a;\n"),
    ],
}


@pytest.fixture
def prepared(project):
    for path, text in OTHERS.items():
        project.write(path, text)
    return project


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == set(RULE_IDS)


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [(rule, file, line) for rule, cases in BREACHES.items() for file, line in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_breach_is_found_at_its_line_by_its_rule_and_no_other(prepared, rule, file, line) -> None:
    path, text = file
    expected = [(path, line, found) for found in (rule, ALSO.get(rule)) if found]
    assert prepared.write(path, text).places() == expected


@pytest.mark.parametrize(
    ("rule", "file"),
    [(rule, file) for rule, cases in SOUND.items() for file in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sound_sql_near_the_rule_is_left_alone(prepared, rule, file) -> None:
    path, text = file
    assert prepared.write(path, text).places() == []


@pytest.mark.parametrize("word", ["CURRENT_DATE", "CURRENT_DATE()", "CURRENT_DATETIME()", "CURRENT_TIME()"])
def test_a_current_day_or_time_needs_a_zone_and_is_logic_that_reads_the_clock(prepared, word) -> None:
    path, text = function("", word)
    assert prepared.write(path, text).places() == [(path, 3, "wall-clock"), (path, 3, "zone")]


def test_every_finding_says_how_to_mend_it(prepared) -> None:
    for file, _ in (case for cases in BREACHES.values() for case in cases):
        prepared.write(*file)
    assert all(finding.fix for finding in prepared.findings())
