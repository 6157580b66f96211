"""Lint rules on zones and the clock, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.clock import CLOCK_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import (
    Breaches,
    Sounds,
    T,
    breaches,
    column,
    function,
    procedure,
    sounds,
    table,
    table_function,
    view,
)

BREACHES: Breaches = {
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
}

SOUND: Sounds = {
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
        table_function("SELECT t.k FROM `eros_scheduling_brain.x_at`(CURRENT_TIMESTAMP()) AS t", ""),
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
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in CLOCK_RULES}


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


@pytest.mark.parametrize("word", ["CURRENT_DATE", "CURRENT_DATE()", "CURRENT_DATETIME()", "CURRENT_TIME()"])
def test_a_current_day_or_time_needs_a_zone_and_is_logic_that_reads_the_clock(prepared: Project, word: str) -> None:
    path, text = function("", word)
    assert prepared.write(path, text).places() == [(path, 3, "wall-clock"), (path, 3, "zone")]
