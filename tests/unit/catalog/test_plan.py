"""Readings of tables in statements that are expanded whole, against expansions by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from catalog import Catalog
from catalog.__main__ import main
from catalog.lint.plans import MOST_READS
from catalog.plan import called_procedures, object_reads, planned_statements, query_reads
from catalog.sqltree import parsed
from tests.unit.catalog.conftest import Project

DESCRIBED = 'OPTIONS(description="D.")'
DATASET = "eros_scheduling_brain"


def name(of: str) -> str:
    return f"`{DATASET}.{of}`"


@pytest.fixture
def example(project: Project) -> Catalog:
    """A table, a view that reads it twice, a table function, two scalar functions and two procedures."""
    columns = f"(k INT64 {DESCRIBED}, seen TIMESTAMP {DESCRIBED})"
    for table in ("t", "u"):
        project.write(f"sql/tables/{table}.sql", f"CREATE TABLE {name(table)} {columns} {DESCRIBED}")
    twice = f"WITH a AS (SELECT x.k FROM {name('t')} AS x) SELECT a.k FROM a INNER JOIN a AS b ON b.k = a.k"
    project.write("sql/views/twice.sql", f"CREATE OR REPLACE VIEW {name('twice')} {DESCRIBED} AS {twice}")
    body = f"SELECT v.k FROM {name('twice')} AS v WHERE v.k = p_k OR v.k + 1 = p_k"
    project.write(
        "sql/table_functions/f.sql",
        f"CREATE OR REPLACE TABLE FUNCTION {name('f')}(p_k INT64) RETURNS TABLE<k INT64> {DESCRIBED} AS {body}",
    )
    project.write(
        "sql/functions/newest.sql",
        f"CREATE OR REPLACE FUNCTION {name('newest')}() RETURNS INT64 {DESCRIBED}"
        f" AS ((SELECT MAX(y.k) FROM {name('u')} AS y))",
    )
    project.write(
        "sql/functions/double.sql",
        f"CREATE OR REPLACE FUNCTION {name('double')}(p_k INT64) RETURNS INT64 {DESCRIBED} AS (p_k + p_k)",
    )
    inner = f"BEGIN CREATE OR REPLACE TEMP TABLE s AS SELECT f.k FROM {name('f')}(1) AS f;"
    inner += (
        f" IF EXISTS (SELECT 1 FROM s AS s1 INNER JOIN s AS s2 ON s2.k = s1.k) THEN CALL {name('inner')}(); END IF; END"
    )
    project.write("sql/procedures/inner.sql", f"CREATE OR REPLACE PROCEDURE {name('inner')}() {DESCRIBED} {inner}")
    outer = "BEGIN DECLARE v_k INT64; BEGIN"
    outer += f"\n SET v_k = {name('double')}((SELECT MAX(t.k) FROM {name('t')} AS t));"
    outer += f"\n UPDATE {name('u')} AS u SET k = v_k WHERE u.k IN (SELECT t.k FROM {name('t')} AS t);"
    outer += f"\n EXCEPTION WHEN ERROR THEN\n RAISE USING MESSAGE = (SELECT STRING_AGG('x') FROM {name('twice')} AS v);"
    outer += f"\n END; CALL {name('inner')}(); END"
    project.write("sql/procedures/outer.sql", f"CREATE OR REPLACE PROCEDURE {name('outer')}() {DESCRIBED} {outer}")
    return project.load()


def counts(catalog: Catalog, sql: str) -> Counter[str]:
    return Counter(read.table for read in query_reads(catalog.objects, parsed(sql)))


@pytest.mark.parametrize(
    ("sql", "readings"),
    [
        # By hand: the view names its CTE twice, the CTE reads t once.
        ("SELECT v.k FROM {twice} AS v", {"t": 2}),
        # f reads the view (2); once for FROM, once for the join, once in the subquery of the list.
        (
            "SELECT a.k, (SELECT MAX(c.k) FROM {f}(3) AS c) AS m FROM {f}(1) AS a INNER JOIN {f}(2) AS b ON b.k = a.k",
            {"t": 6},
        ),
        # A CTE over a CTE: m names l twice (2), the query names m three times (6).
        (
            "WITH l AS (SELECT t.k FROM {t} AS t), m AS (SELECT x.k FROM l AS x INNER JOIN l AS y ON y.k = x.k)"
            " SELECT 1 FROM m UNION ALL SELECT 2 FROM m WHERE EXISTS (SELECT 1 FROM m)",
            {"t": 6},
        ),
        # An inner CTE hides an outer one of the same name.
        (
            "WITH a AS (SELECT t.k FROM {t} AS t)"
            " SELECT z.k FROM (WITH a AS (SELECT u.k FROM {u} AS u) SELECT a.k FROM a) AS z",
            {"u": 1},
        ),
        # A CTE that nobody names is not planned.
        ("WITH a AS (SELECT t.k FROM {t} AS t) SELECT u.k FROM {u} AS u", {"u": 1}),
        # The argument of f is used twice by f, and holds a query; f reads the view besides.
        ("SELECT a.k FROM {f}((SELECT MAX(u.k) FROM {u} AS u)) AS a", {"t": 2, "u": 2}),
        # A scalar function reads what its query reads, wherever it is called.
        ("SELECT {newest}() FROM {t} AS t WHERE t.k > {newest}()", {"t": 1, "u": 2}),
        ("SELECT {double}({newest}()) AS k", {"u": 2}),
        # An array is no table, a name without dataset is a temporary one.
        ("SELECT e FROM temporary AS s, s.items AS e CROSS JOIN UNNEST([1, 2]) AS i", {"temporary": 1}),
        ("MERGE {t} AS t USING {twice} AS v ON v.k = t.k WHEN MATCHED THEN UPDATE SET k = 1", {"t": 3}),
        ("DELETE FROM {u} AS u WHERE u.k IN (SELECT s.k FROM s)", {"u": 1, "s": 1}),
    ],
)  # fmt: skip
def test_a_statement_reads_a_table_as_often_as_its_expansion_names_it(
    example: Catalog, sql: str, readings: dict[str, int]
) -> None:
    names = {key: name(key) for key in ("t", "u", "twice", "f", "newest", "double")}
    assert counts(example, sql.format(**names)) == readings


def test_every_reading_says_by_which_names_it_comes_about(example: Catalog) -> None:
    assert [str(read) for read in object_reads(example.objects, "f")] == ["twice > a > t"] * 2
    assert {read.chain for read in query_reads(example.objects, parsed(f"SELECT {name('newest')}() AS k"))} == {
        ("newest",)
    }


def test_child_statements_are_counted_one_by_one_with_conditions_and_handlers(example: Catalog) -> None:
    outer = planned_statements(example.objects, example.routines["outer"])
    inner = planned_statements(example.objects, example.routines["inner"])

    assert [one.counts for one in outer] == [{"t": 2}, {"u": 1, "t": 1}, {"t": 2}]
    assert [one.counts for one in inner] == [{"t": 2}, {"s": 2}]


def test_a_procedure_that_calls_itself_is_walked_once(example: Catalog) -> None:
    assert called_procedures(example.objects, "outer") == ("outer", "inner")


def test_the_report_of_a_whole_page_reads_the_messages_as_often_as_counted_by_hand(declared: Catalog) -> None:
    """report_standings_at: freshness 1, sizes 1, segments 1, saturation 2 (actual days, baseline).

    report_rankings_at: triggers, content, weekdays, hours: 1 each. The facts join the matches once.
    """
    standings = Counter(read.table for read in object_reads(declared.objects, "report_standings_at"))
    rankings = Counter(read.table for read in object_reads(declared.objects, "report_rankings_at"))

    assert standings == {"mass_messages": 5, "message_caption_matches": 5, "caption_bank": 1, "holiday_calendar": 1}
    assert rankings == {
        "mass_messages": 4, "message_caption_matches": 4, "caption_bank": 2, "creator_content_inventory": 1
    }  # fmt: skip


def test_no_scheduled_statement_reads_a_table_more_often_than_the_bound(declared: Catalog) -> None:
    statements = [
        statement
        for schedule in declared.schedules.values()
        for procedure in called_procedures(declared.objects, schedule.procedure)
        for statement in planned_statements(declared.objects, declared.routines[procedure])
    ]

    assert len(statements) > 30, "this test looks at the schedules"
    assert [one for one in statements if max(one.counts.values()) > MOST_READS] == []


def test_the_command_lists_statements_and_chains(
    declared: Catalog, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--of", "message_facts", "--chains", str(repository)]) == 0
    shown = capsys.readouterr().out.splitlines()

    assert shown[0] == "message_facts"
    assert shown[1].startswith("  sql/views/message_facts.sql:")
    assert shown[1].endswith("  mass_messages 1, message_caption_matches 1")
    assert shown[2].split() == ["in_local_time", ">", "cleaned", ">", "mass_messages"]


def test_the_command_names_what_is_neither_schedule_nor_object(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--of", "nothing", str(repository)]) == 1
    assert "nothing is no schedule and no object" in capsys.readouterr().err
