"""Small SQL files for lint rules: a file that breaks a rule must give exactly that finding, a sound one none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pytest

File: TypeAlias = tuple[str, str]
"""Path and text."""
Breaches: TypeAlias = Mapping[str, Sequence[tuple[File, int]]]
"""By rule: files that break it, and the line of the breach."""
Sounds: TypeAlias = Mapping[str, Sequence[File]]
"""By rule: files that come near to breaking it."""

NAME = "`eros_scheduling_brain.x`"
DESCRIBED = 'OPTIONS(description="D.")'
OTHERS = {
    "sql/tables/t.sql": f'CREATE TABLE `eros_scheduling_brain.t` (k INT64 OPTIONS(description="K.")) {DESCRIBED}',
    "sql/table_functions/x_at.sql": "CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.x_at`(p_now TIMESTAMP)"
    f" RETURNS TABLE<k INT64> {DESCRIBED} AS SELECT t.k FROM `eros_scheduling_brain.t` AS t",
    "sql/procedures/p_at.sql": f"CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.p_at`(p_now TIMESTAMP) {DESCRIBED}"
    " BEGIN SELECT p_now; END",
    "sql/procedures/seed_mutex.sql": "CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.seed_mutex`(p_now TIMESTAMP)"
    f" {DESCRIBED} BEGIN SELECT p_now; END",
    "sql/tables/t_mutex.sql": 'CREATE TABLE `eros_scheduling_brain.t_mutex` (k INT64 OPTIONS(description="K.")) '
    f"{DESCRIBED}",
    "sql/functions/transaction_failure.sql": "CREATE OR REPLACE FUNCTION "
    f"`eros_scheduling_brain.transaction_failure`(p_error STRING) RETURNS STRING {DESCRIBED} AS (p_error)",
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
    """The query begins on line 1."""
    return "sql/checks/v1_1_x.sql", f"/* Proves. When it fails: mend. */ {query}"


def breaches(examples: Breaches) -> list[object]:
    """Rule, path, text and line of each example, as parameters of a test."""
    return [
        pytest.param(rule, *file, line, id=f"{rule}-{number}")
        for rule, files in examples.items()
        for number, (file, line) in enumerate(files)
    ]


def sounds(examples: Sounds) -> list[object]:
    """Path and text of each example, as parameters of a test."""
    return [
        pytest.param(*file, id=f"{rule}-{number}")
        for rule, files in examples.items()
        for number, file in enumerate(files)
    ]
