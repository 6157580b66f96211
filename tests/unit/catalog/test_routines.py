"""Routine files: typed arguments, return types and a body that the API returns unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.addresses import Placement
from catalog.errors import CatalogError
from catalog.model import Routine
from catalog.routines import parse_function, parse_procedure, parse_table_function
from catalog.tokens import SqlText

PARSERS = {"functions": parse_function, "table_functions": parse_table_function, "procedures": parse_procedure}
DESCRIBED = 'OPTIONS(description="D.")'
F = "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.f`"
TF = "CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.f`"
P = "CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.f`"


def routine(folder: str, text: str) -> Routine:
    return PARSERS[folder](SqlText(Path(f"sql/{folder}/f.sql"), text))


def test_a_scalar_function_has_typed_arguments_and_the_expression_as_body() -> None:
    function = routine(
        "functions",
        f"""-- What it is for.
{F}(p_s INT64, p_list ARRAY<STRUCT<id INT64, day DATE>>, p_any ANY TYPE)
RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64>
{DESCRIBED}
AS (
  -- `eros_scheduling_brain.not_a_reference`
  (SELECT `eros_scheduling_brain.g`(p_s) AS x)  -- end
);
""",
    )
    assert (function.kind, function.language, function.description, function.line) == (
        "SCALAR_FUNCTION",
        "SQL",
        "D.",
        2,
    )
    assert [(a.name, a.mode, a.kind, a.data_type) for a in function.arguments] == [
        ("p_s", None, "FIXED_TYPE", {"typeKind": "INT64"}),
        (
            "p_list",
            None,
            "FIXED_TYPE",
            {
                "typeKind": "ARRAY",
                "arrayElementType": {
                    "typeKind": "STRUCT",
                    "structType": {
                        "fields": [
                            {"name": "id", "type": {"typeKind": "INT64"}},
                            {"name": "day", "type": {"typeKind": "DATE"}},
                        ]
                    },
                },
            },
        ),
        ("p_any", None, "ANY_TYPE", None),
    ]
    assert function.return_type == {
        "typeKind": "STRUCT",
        "structType": {
            "fields": [
                {"name": "lower_bound", "type": {"typeKind": "FLOAT64"}},
                {"name": "upper_bound", "type": {"typeKind": "FLOAT64"}},
            ]
        },
    }
    assert function.return_table_type is None
    assert function.body(Placement("p", "d")) == "(SELECT `p.d.g`(p_s) AS x)"


def test_a_table_function_states_its_columns_and_loses_parentheses_around_the_whole_query() -> None:
    function = routine(
        "table_functions", f"{TF}(p_a DATE) RETURNS TABLE<x INT64, y STRING> {DESCRIBED} AS (\n  SELECT 1 AS x\n);\n"
    )
    assert function.return_table_type == {
        "columns": [
            {"name": "x", "type": {"typeKind": "INT64"}},
            {"name": "y", "type": {"typeKind": "STRING"}},
        ]
    }
    assert function.return_type is None
    assert function.body(Placement("p", "d")) == "SELECT 1 AS x"


def test_parentheses_around_a_part_of_the_query_stay() -> None:
    text = f"{TF}() RETURNS TABLE<x INT64> {DESCRIBED} AS (SELECT 1 AS x) UNION ALL (SELECT 2 AS x)"
    assert routine("table_functions", text).body(Placement("p", "d")) == "(SELECT 1 AS x) UNION ALL (SELECT 2 AS x)"


def test_a_procedure_has_modes_and_the_whole_block_as_body() -> None:
    procedure = routine(
        "procedures",
        f"""{P}(p_in STRING, IN p_also DATE, OUT p_out INT64, INOUT p_both ARRAY<INT64>)
{DESCRIBED}
BEGIN
  IF p_in = 'END' THEN
    SELECT CASE WHEN TRUE THEN 1 END AS x;
  END IF;
  CALL `eros_scheduling_brain.g`();
END;
""",
    )
    assert [(a.name, a.mode) for a in procedure.arguments] == [
        ("p_in", "IN"),
        ("p_also", "IN"),
        ("p_out", "OUT"),
        ("p_both", "INOUT"),
    ]
    body = procedure.body(Placement("p", "d"))
    assert body.startswith("BEGIN\n  IF")
    assert body.endswith("CALL `p.d.g`();\nEND")
    assert (procedure.return_type, procedure.return_table_type) == (None, None)


def test_a_javascript_function_is_carried_with_its_code_as_body() -> None:
    text = f'{F}(p_x FLOAT64) RETURNS FLOAT64 DETERMINISTIC LANGUAGE js {DESCRIBED} AS r"""return x;"""'
    function = routine("functions", text)
    assert (function.language, function.determinism, function.body(Placement("p", "d"))) == (
        "JAVASCRIPT",
        "DETERMINISTIC",
        "return x;",
    )


REFUSED = [
    ("functions", f"{F}(p_a INT64) RETURNS INT64\nLANGUAGE SQL {DESCRIBED} AS (1)", 2, "LANGUAGE SQL"),
    ("functions", f"{F}() {DESCRIBED} AS (1)\n{DESCRIBED}", 2, "OPTIONS after the body"),
    ("functions", f"{F}() {DESCRIBED} AS\nSELECT 1", 2, "not in parentheses"),
    ("functions", f"{F}() {DESCRIBED} AS (\nWITH a AS (SELECT 1) SELECT * FROM a)", 2, "bare query"),
    ("functions", f"{F}() {DESCRIBED} AS ()", 1, "no body"),
    ("functions", f"{F}() {DESCRIBED} AS (1);\n{F}() AS (2);", 2, "second statement"),
    ("functions", f"{F}(p_a NUMBER) {DESCRIBED} AS (1)", 1, "NUMBER is no BigQuery data type"),
    ("functions", f"{F}(p_a) {DESCRIBED} AS (1)", 1, "expected a data type"),
    ("functions", f"{F}() {DESCRIBED} AS (ABS(1)", 1, "never closed"),
    ("functions", f"{F}() {DESCRIBED} AS (ABS(1]))", 1, "closes a bracket of another kind"),
    ("functions", f"{P}() BEGIN SELECT 1; END", 1, "CREATE PROCEDURE in sql/functions"),
    ("functions", f"CREATE FUNCTION `eros_scheduling_brain.f`() {DESCRIBED} AS (1)", 1, "without OR REPLACE"),
    ("table_functions", f"{TF}(p_a INT64)\n{DESCRIBED} AS SELECT 1 AS x", 2, "expected RETURNS TABLE"),
    ("table_functions", f"{TF}() RETURNS TABLE<x INT64> {DESCRIBED}\nAS", 2, "no query after AS"),
    ("procedures", f"{P}() {DESCRIBED}\nSELECT 1", 2, "does not start with BEGIN"),
    ("procedures", f"{P}()\nBEGIN\n  SELECT 1\nEND", 3, "ends without a semicolon"),
    ("procedures", f"{P}()\nBEGIN\n  IF TRUE THEN\n    SELECT 1\n  END IF;\nEND", 4, "before the END of line 5"),
    ("procedures", f"{P}()\nBEGIN\n  SELECT 1;\n", 3, "ends inside a block"),
    ("procedures", f"{P}(p_a INT64,\nP_A STRING)\nBEGIN\nEND", 2, "argument P_A is declared twice"),
    ("procedures", f"{P}()\nBEGIN\n  IF TRUE THEN\n    SELECT 1;\n  END;\nEND", 5, "expected END IF"),
    ("procedures", f"{P}()\nBEGIN\n  WHILE TRUE DO SELECT 1; END LOOP;\nEND", 3, "expected END WHILE"),
    ("procedures", f"{P}()\nBEGIN SELECT 1; END;\nSELECT 2", 3, "second statement"),
]


@pytest.mark.parametrize(("folder", "text", "line", "message"), REFUSED, ids=[case[-1] for case in REFUSED])
def test_what_is_no_such_routine_is_refused_with_its_line_and_a_fix(
    folder: str, text: str, line: int, message: str
) -> None:
    with pytest.raises(CatalogError, match=message) as refusal:
        routine(folder, text)
    assert refusal.value.location.line == line
    assert refusal.value.fix
