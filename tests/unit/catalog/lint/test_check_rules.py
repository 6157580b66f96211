"""Lint rules on acceptance checks, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.check_rules import CHECK_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, T, breaches, check, procedure, sounds, view

GOOD = f"SELECT CAST(t.k AS STRING) AS detail FROM {T} AS t"

BREACHES: Breaches = {
    "checks-readonly": [
        (check(f"DELETE FROM {T} WHERE k = 1"), 1),
        (check(f"delete from {T} where k = 1"), 1),
        (check(f"UPDATE {T} SET k = 2 WHERE k = 1"), 1),
        (check(f"INSERT INTO {T} (k) SELECT 1 AS k"), 1),
        (check(f"MERGE {T} AS t USING (SELECT 1 AS k) AS s ON t.k = s.k WHEN MATCHED THEN DELETE"), 1),
        (check("CREATE TEMP TABLE scratch AS SELECT 1 AS k"), 1),
        (check("CALL `eros_scheduling_brain.p_at`(NULL)"), 1),
        (check("EXECUTE IMMEDIATE 'DELETE FROM t WHERE TRUE'"), 1),
        (check("EXPORT DATA OPTIONS(uri='gs://b/*', format='CSV') AS SELECT 1 AS k"), 1),
        (check("BEGIN TRANSACTION"), 1),
        (check("DECLARE v_k INT64"), 1),
        (check("SET v_k = 1"), 1),
        (check(f"ASSERT EXISTS (SELECT k FROM {T})"), 1),
        (check(f"{GOOD};\nCALL `eros_scheduling_brain.p_at`(NULL)"), 2),
        (check(f"{GOOD};\n-- a comment\n  delete from {T} where k = 1;"), 3),
        (check(f"{GOOD};\n{GOOD}"), 2),
        (check(f"{GOOD}\n|> WHERE detail IS NOT NULL"), 2),
    ],
    "check-result": [
        (check(f"SELECT t.k FROM {T} AS t"), 1),
        (check(f"SELECT 'wrong' AS detail, t.k AS k FROM {T} AS t"), 1),
        (check(f"SELECT * FROM {T} AS t"), 1),
        (
            check(
                f"WITH a AS (SELECT 'x' AS detail)\nSELECT COUNT(*) AS n FROM a UNION ALL SELECT t.k AS n FROM {T} AS t"
            ),
            1,
        ),
    ],
}

SOUND: Sounds = {
    "checks-readonly": [
        check(f"WITH a AS (SELECT k FROM {T})\nSELECT CONCAT('DELETE; it: ', CAST(a.k AS STRING)) AS detail FROM a;\n"),
        check(f"(SELECT 'x' AS detail FROM {T}) UNION ALL SELECT 'y' AS detail FROM {T}"),
        procedure(f"DELETE FROM {T} WHERE k = 1;"),
    ],
    "check-result": [
        check(GOOD),
        check(f"{GOOD} UNION ALL SELECT 'y' AS detail FROM {T} AS u"),
        view(f"SELECT t.k AS k FROM {T} AS t"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in CHECK_RULES}


@pytest.mark.parametrize(("rule", "path", "text", "line"), breaches(BREACHES))
def test_a_breach_is_found_at_its_line(prepared: Project, rule: str, path: str, text: str, line: int) -> None:
    found = [finding for finding in prepared.write(path, text).findings() if finding.rule == rule]
    assert [finding.location.line for finding in found] == [line]
    assert found[0].fix


@pytest.mark.parametrize(("path", "text"), sounds(SOUND))
def test_what_comes_near_a_breach_is_no_finding(prepared: Project, path: Any, text: Any) -> None:
    assert prepared.write(path, text).findings() == []
