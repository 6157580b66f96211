"""Lint rules on the structure of procedures, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.scripts import SCRIPT_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, breaches, procedure, sounds

BREACHES: Breaches = {
    "declare-first": [
        (procedure("SELECT 1;\nDECLARE v_a INT64;"), 5),
        (procedure("IF TRUE THEN\nDECLARE v_a INT64;\nEND IF;"), 5),
        (procedure("DECLARE v_a INT64;\nBEGIN\nSET v_a = 1;\nDECLARE v_b INT64;\nEND;"), 7),
    ],
    "declare-type": [
        (procedure("DECLARE v_a DEFAULT 1;\nSELECT v_a;"), 4),
    ],
    "single-set": [
        (procedure("DECLARE v_a, v_b INT64;\nSET (v_a, v_b) = (1, 2);"), 5),
    ],
    "handler-variable": [
        (procedure("BEGIN\nDECLARE v_a INT64;\nSELECT 1;\nEXCEPTION WHEN ERROR THEN\nSELECT v_a;\nEND;"), 8),
    ],
    "exception-outermost": [
        (procedure("SELECT 1;\nEXCEPTION WHEN ERROR THEN\nRAISE;"), 5),
    ],
}

SOUND: Sounds = {
    "declare-first": [
        procedure("DECLARE v_a INT64;\nDECLARE v_b INT64;\nBEGIN\nDECLARE v_c INT64;\nSET v_c = 1;\nEND;"),
        procedure("IF TRUE THEN\nBEGIN\nDECLARE v_a INT64;\nEND;\nEND IF;"),
    ],
    "declare-type": [
        procedure("DECLARE v_a INT64 DEFAULT 1;\nDECLARE v_b, v_c ARRAY<STRUCT<x INT64>> DEFAULT [];\nSELECT v_a;"),
    ],
    "single-set": [
        procedure("DECLARE v_a INT64;\nSET v_a = (SELECT MAX(e) FROM UNNEST([1, 2]) AS e);"),
    ],
    "handler-variable": [
        procedure("DECLARE v_a INT64;\nBEGIN\nSET v_a = 1;\nEXCEPTION WHEN ERROR THEN\nSELECT v_a;\nEND;"),
    ],
    "exception-outermost": [
        procedure("BEGIN\nSELECT 1;\nEXCEPTION WHEN ERROR THEN\nRAISE;\nEND;"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in SCRIPT_RULES}


@pytest.mark.parametrize(("rule", "path", "text", "line"), breaches(BREACHES))
def test_a_breach_is_found_at_its_line_by_its_rule_and_no_other(
    prepared: Project, rule: str, path: str, text: str, line: int
) -> None:
    findings = prepared.write(path, text).findings()
    assert [(finding.location.line, finding.rule) for finding in findings] == [(line, rule)]
    assert findings[0].fix


@pytest.mark.parametrize(("path", "text"), sounds(SOUND))
def test_sound_sql_near_the_rule_is_left_alone(prepared: Project, path: Any, text: Any) -> None:
    assert prepared.write(path, text).places() == []
