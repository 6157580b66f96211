"""What only scripts have: variables, blocks, handlers, temporary tables, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NOT_INT64 = "which cannot be coerced to target type INT64"


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("SET v_x = 1;", "2:5", "Undeclared variable: v_x"),
        ("SELECT v_x;", "2:8", "Unrecognized name: v_x"),
        ("DECLARE v_x STRNG;", "2:13", "Type not found: STRNG"),
        ("DECLARE v_x INT64 DEFAULT 'a';", "2:27", NOT_INT64),
        ("DECLARE v_x INT64;\nSET v_x = 'a';", "3:11", NOT_INT64),
        ("DECLARE v_x INT64;\nSET v_x =\n  (SELECT MAX(m.price) FROM `d.messages` AS m);", "4:3", NOT_INT64),
        (
            "DECLARE v_x INT64;\nSET v_x =\n  (SELECT MAX(m.nope) FROM `d.messages` AS m);",
            "4:17",
            "Name nope not found",
        ),
        ("DECLARE v_x DEFAULT 'a';\nSET v_x = 1;", "3:11", "cannot be coerced to target type STRING"),
        ("DECLARE v_x, v_y INT64;\nSET (v_x, v_y) = (1, 'a');", "3:18", "cannot be coerced to target type STRUCT"),
        ("DECLARE v_x INT64;\nSET (v_x, v_z) = (1, 2);", "3:11", "Undeclared variable: v_z"),
        ("DECLARE v_x INT64;\nDECLARE V_X INT64;", "3:9", "redeclaration"),
        ("SELECT 1;\nDECLARE v_x INT64;", "3:1", "only at the start of a block"),
        ("BEGIN\n  DECLARE v_x INT64;\nEND;\nSET v_x = 1;", "5:5", "Undeclared variable: v_x"),
        ("SET p_out = p_id;", "2:13", "cannot be coerced to target type STRING"),
    ],
)
def test_a_variable_has_a_declaration_a_type_and_a_block(
    in_procedure: Callable[[str], list[str]], body: str, place: str, message: Any
) -> None:
    [finding] = in_procedure(body)
    assert finding.startswith(f"{place}: ")
    assert message in finding


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("IF p_id THEN SELECT 1; END IF;", "2:4", "target type BOOL"),
        ("IF TRUE THEN SELECT 1;\nELSEIF p_id THEN SELECT 2; END IF;", "3:8", "target type BOOL"),
        ("IF TRUE THEN SELECT 1; ELSE\n  SELECT nope; END IF;", "3:10", "nope"),
        ("IF TRUE THEN\n  SELECT nope; END IF;", "3:10", "nope"),
        ("WHILE p_id DO\n  SELECT 1; END WHILE;", "2:7", "target type BOOL"),
        ("WHILE TRUE DO\n  SELECT nope; END WHILE;", "3:10", "nope"),
        ("LOOP\n  SELECT nope; LEAVE; END LOOP;", "3:10", "nope"),
        ("REPEAT SELECT 1;\nUNTIL p_id END REPEAT;", "3:7", "target type BOOL"),
        ("CASE p_id\nWHEN 'a' THEN SELECT 1; END CASE;", "3:6", NOT_INT64),
        ("CASE WHEN p_id THEN SELECT 1; END CASE;", "2:11", "target type BOOL"),
        ("CASE WHEN TRUE THEN SELECT 1; ELSE\n  SELECT nope; END CASE;", "3:10", "nope"),
        ("FOR r IN (SELECT m.id FROM `d.messages` AS m) DO\n  SELECT r.id, r.nope; END FOR;", "3:18", "nope"),
        ("FOR r IN (SELECT m.nope FROM `d.messages` AS m) DO SELECT r.nope; END FOR;", "2:20", "nope"),
        ("BEGIN\n  SELECT nope;\nEND;", "3:10", "nope"),
        ("BREAK;", "2:1", "inside of a loop"),
        ("RAISE;", "2:1", "outside of an exception handler"),
        ("RAISE USING MESSAGE = p_id;", "2:23", "target type STRING"),
        ("RETURN; SELECT nope;", "2:16", "nope"),
    ],
)
def test_conditions_and_bodies_of_every_kind_of_block_are_checked(
    in_procedure: Callable[[str], list[str]], body: str, place: str, message: Any
) -> None:
    [finding] = in_procedure(body)
    assert finding.startswith(f"{place}: ")
    assert message in finding


@pytest.mark.parametrize(
    ("handler", "place", "message"),
    [
        ("SELECT m.nope FROM `d.messages` AS m;", "3:12", "Name nope not found inside m"),
        ("SELECT @@error.mesage;", "3:10", "Did you mean @@error.message?"),
        ("SET v_inner = 1;", "3:7", "Undeclared variable: v_inner"),
    ],
)
def test_an_exception_handler_is_checked_without_the_variables_of_its_block(
    in_procedure: Callable[[str], list[str]], handler: str, place: str, message: str
) -> None:
    body = f"BEGIN DECLARE v_inner INT64; SELECT v_inner; EXCEPTION WHEN ERROR THEN\n  {handler} END;"
    [finding] = in_procedure(body)
    assert finding.startswith(f"{place}: ")
    assert message in finding


def test_the_error_is_known_in_handlers_only(in_procedure: Callable[[str], list[str]]) -> None:
    handler = "SELECT @@error.message; RAISE; RAISE USING MESSAGE = @@error.message;"
    assert not in_procedure(f"BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN {handler} END;")
    [finding] = in_procedure("SELECT @@error.message;")
    assert finding.startswith("2:8: Unrecognized name: @@error")


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("CREATE TEMP TABLE t AS SELECT 1 AS x;\nSELECT t.x, t.y FROM t;", "3:15", "Name y not found inside t"),
        ("CREATE TEMP TABLE t (x INT64);\nINSERT INTO t (x) VALUES ('a');", "3:27", "cannot be inserted into column x"),
        ("CREATE TEMP TABLE t (x INT64);\nDROP TABLE t;\nSELECT t.x FROM t;", "4:17", "Table not found: t"),
        (
            "CREATE TEMP TABLE t (x INT64);\nCREATE OR REPLACE TEMP TABLE t (y INT64);\nSELECT t.x FROM t;",
            "4:10",
            "Name x not found inside t",
        ),
        ("CREATE TEMP FUNCTION f(x INT64) AS (x + 1);\nSELECT f('a');", "3:8", "No matching signature"),
    ],
)
def test_temporary_objects_have_their_columns_as_long_as_they_last(
    in_procedure: Callable[[str], list[str]], body: str, place: str, message: str
) -> None:
    [finding] = in_procedure(body)
    assert finding.startswith(f"{place}: ")
    assert message in finding


def test_temporary_tables_are_not_seen_by_the_next_file(findings: Callable[..., list[str]]) -> None:
    found = findings(
        procedures__a="CREATE PROCEDURE `d.a`() BEGIN CREATE TEMP TABLE t AS SELECT 1 AS x; SELECT t.x FROM t; END;",
        procedures__b="CREATE PROCEDURE `d.b`() BEGIN SELECT t.x FROM t; END;",
    )
    assert found == ["sql/procedures/b.sql:1:48: Table not found: t"]


@pytest.mark.parametrize(
    ("call", "column", "message"),
    [
        ("CALL `d.p`(1);", 6, "No matching signature for procedure d.p for argument types: INT64."),
        ("CALL `d.p`('1', p_out);", 12, "Supported signature: d.p(INT64, STRING)"),
        ("CALL `d.q`(1);", 6, "Procedure not found: d.q"),
        ("CALL `d.p`(1, 'x');", 15, "an OUT or INOUT argument must be a variable"),
        ("CALL `d.p`(1, v_x);", 15, "Unrecognized name: v_x"),
    ],
)
def test_a_call_fits_the_procedure(
    in_procedure: Callable[[str], list[str]], call: str, column: int, message: str
) -> None:
    [finding] = in_procedure(call)
    assert finding.startswith("2:")
    assert message in finding
    if message.startswith(("an OUT", "Unrecognized", "Procedure")):
        assert finding.startswith(f"2:{column}: ")


@pytest.mark.parametrize(
    ("statement", "column", "message"),
    [
        ("INSERT INTO `d.messages` (id, nope) VALUES (1, 2);", 31, "nope"),
        ("INSERT INTO `d.messages` (id, page) VALUES (1, 2);", 48, "cannot be inserted into column page"),
        ("INSERT INTO `d.messages` (id, page) VALUES (1);", 44, "column count"),
        ("UPDATE `d.messages` SET price = 'x' WHERE id = p_id;", 33, "cannot be assigned to price"),
        ("DELETE FROM `d.messages` WHERE nope = 1;", 32, "Unrecognized name: nope"),
        (
            "MERGE `d.messages` AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET cost = 1;",
            97,
            "Unrecognized name: cost",
        ),
    ],
)
def test_statements_that_write_are_checked(
    in_procedure: Callable[[str], list[str]], statement: str, column: int, message: str
) -> None:
    [finding] = in_procedure(statement)
    assert finding.startswith(f"2:{column}: ")
    assert message in finding


def test_dynamic_sql_is_checked_when_it_is_a_literal(in_procedure: Callable[[str], list[str]]) -> None:
    assert not in_procedure("EXECUTE IMMEDIATE 'SELECT LOWER(@a)' INTO p_out USING 'x' AS a;")
    assert in_procedure("EXECUTE IMMEDIATE 'SELECT nope';") == ["2:19: Unrecognized name: nope"]
    [wrong_type] = in_procedure("EXECUTE IMMEDIATE 'SELECT LOWER(?)' USING p_id;")
    assert wrong_type.startswith("2:19: No matching signature for function LOWER")
    assert in_procedure("EXECUTE IMMEDIATE 'SELECT 1' INTO v_x;") == ["2:35: Undeclared variable: v_x"]


def test_a_procedure_whose_arguments_have_no_type_is_refused_not_skipped(findings: Callable[..., list[str]]) -> None:
    [finding] = findings(procedures__p="CREATE PROCEDURE `d.p`(p_x ANY TYPE) BEGIN SELECT nope; END;")
    assert "cannot be checked" in finding


def test_every_finding_of_a_script_is_reported(in_procedure: Callable[[str], list[str]]) -> None:
    assert [finding.split(":")[0] for finding in in_procedure("SELECT a;\nSELECT b;\nBEGIN\nSELECT c;\nEND;")] == list(
        "235"
    )


def test_a_full_script_without_fault_has_no_findings(in_procedure: Callable[[str], list[str]]) -> None:
    assert not in_procedure("""
        DECLARE v_count INT64 DEFAULT 0;
        DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
        SET (v_count, p_out) = (SELECT AS STRUCT COUNT(*), MAX(m.page) FROM `d.messages` AS m);
        BEGIN
          BEGIN TRANSACTION;
          UPDATE `d.messages` AS m SET price = m.price * 2 WHERE m.id = p_id;
          SET v_count = @@row_count;
          COMMIT TRANSACTION;
        EXCEPTION WHEN ERROR THEN
          ROLLBACK TRANSACTION;
          RAISE USING MESSAGE = CONCAT(@@error.message, FORMAT('%t', v_started));
        END;
        FOR r IN (SELECT m.id AS id, m.page AS page FROM `d.messages` AS m) DO
          CALL `d.p`(r.id, p_out);
          IF r.page IS NULL THEN CONTINUE; END IF;
        END FOR;
        TRUNCATE TABLE `d.messages`;
    """)
