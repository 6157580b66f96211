"""The rule on NAME beside NAME_at."""

from __future__ import annotations

import pytest

from catalog import Catalog
from catalog.model import Routine, View
from tests.unit.catalog.conftest import Project

D = "eros_scheduling_brain"
TIMED = f"""
CREATE OR REPLACE TABLE FUNCTION `{D}.seen_at`(p_page STRING, p_now TIMESTAMP)
RETURNS TABLE<page STRING, n INT64>
OPTIONS(description="D.")
AS SELECT p_page AS page, UNIX_SECONDS(p_now) AS n;
"""
FUNCTION = f"""
CREATE OR REPLACE TABLE FUNCTION `{D}.seen`(p_page STRING)
RETURNS TABLE<page STRING, n INT64>
OPTIONS(description="D.")
AS
SELECT r.page, r.n FROM `{D}.seen_at`(p_page, CURRENT_TIMESTAMP()) AS r;
"""
ALL_TIMED = f"""
CREATE OR REPLACE TABLE FUNCTION `{D}.all_seen_at`(p_now TIMESTAMP)
RETURNS TABLE<page STRING, n INT64>
OPTIONS(description="D.")
AS SELECT 'x' AS page, UNIX_SECONDS(p_now) AS n;
"""
VIEW = f"""
CREATE OR REPLACE VIEW `{D}.all_seen`
OPTIONS(description="D.")
AS SELECT r.page, r.n FROM `{D}.all_seen_at`(CURRENT_TIMESTAMP()) AS r;
"""
JOB_TIMED = f"""
CREATE OR REPLACE PROCEDURE `{D}.job_at`(p_page STRING, OUT p_n INT64, p_now TIMESTAMP, p_draw STRING)
OPTIONS(description="D.")
BEGIN
  SET p_n = 1;
END;
"""
JOB = f"""
CREATE OR REPLACE PROCEDURE `{D}.job`(p_page STRING, OUT p_n INT64)
OPTIONS(description="D.")
BEGIN
  CALL `{D}.job_at`(p_page, p_n, CURRENT_TIMESTAMP(), 'RANDOM');
END;
"""
FILES = {
    "table_functions/seen_at": TIMED,
    "table_functions/seen": FUNCTION,
    "table_functions/all_seen_at": ALL_TIMED,
    "views/all_seen": VIEW,
    "procedures/job_at": JOB_TIMED,
    "procedures/job": JOB,
}


def findings(project: Project, **changed: tuple[str, str]) -> list[tuple[str, str]]:
    """Place and message of the rule's findings, some files changed: name=(before, after)."""
    for path, text in FILES.items():
        before, after = changed.get(path.partition("/")[2], ("", ""))
        assert before in text
        project.write(f"sql/{path}.sql", text.replace(before, after, 1) if before else text)
    return [(str(one.location), one.message) for one in project.findings() if "[wrapper-form]" in one.message]


def test_what_only_hands_on_the_present_moment_is_sound(project: Project) -> None:
    assert findings(project) == []
    assert project.findings() == []


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("seen", " AS r;", " AS r WHERE r.n > 0;", "seen is not seen_at at the present moment"),
        ("seen", "r.page, r.n", "r.n, r.page", "seen is not seen_at at the present moment"),
        ("seen", "(p_page STRING)", "(p_page INT64)", "seen has other arguments than seen_at"),
        ("seen", "n INT64>", "m INT64>", "seen returns other columns than seen_at"),
        ("seen", "SELECT r", "SELECT DISTINCT r", "seen is not seen_at at the present moment"),
        ("all_seen", "r.page, r.n", "r.page", "all_seen is not all_seen_at at the present moment"),
        ("all_seen", "r.n FROM", "r.n + 1 AS n FROM", "all_seen is not all_seen_at at the present moment"),
        ("job", "(p_page, p_n,", "('x', p_n,", "job is not job_at at the present moment"),
        ("job", "'RANDOM'", "p_page", "job is not job_at at the present moment"),
        ("job", "  CALL", "  SELECT 1;\n  CALL", "job is not job_at at the present moment"),
        ("job", "OUT p_n", "INOUT p_n", "job has other arguments than job_at"),
    ],
)
def test_a_wrapper_that_adds_something_is_refused(
    project: Project, name: str, before: str, after: str, said: str
) -> None:
    (finding,) = findings(project, **{name: (before, after)})
    assert said in finding[1]


def test_every_name_with_a_timed_form_is_such_a_wrapper(declared: Catalog) -> None:
    code: dict[str, Routine | View] = {**declared.routines, **declared.views}
    timed = {
        name
        for name, routine in declared.routines.items()
        if name.endswith("_at") and "p_now" in {argument.name for argument in routine.arguments}
    }
    wrappers = {name.removesuffix("_at") for name in timed} & code.keys()
    assert len(wrappers) >= 20
    for name in wrappers:
        assert {reference.name for reference in code[name].sql.references} == {f"{name}_at"}
