"""Result columns of views and table functions: names, types, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog import Catalog
from catalog.reference.columns import Results
from catalog.reference.scope import ResultColumn
from tests.unit.catalog.conftest import Project

TABLE = """\
CREATE TABLE `eros_scheduling_brain.base`
(
  id INT64 NOT NULL OPTIONS(description="Id."),
  tags ARRAY<STRING> OPTIONS(description="Tags."),
  price FLOAT64 OPTIONS(description="Price.")
)
OPTIONS(description="T.");
"""
BASE = "`eros_scheduling_brain.base`"
ID = frozenset({("base", "id")})


@pytest.fixture
def columns(project: Project) -> Callable[[str], list[ResultColumn]]:
    """The columns of a view with this query over the table base."""

    def columns(query: str) -> list[ResultColumn]:
        project.write("sql/tables/base.sql", TABLE)
        view = f'CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS\n{query};'
        project.write("sql/views/v.sql", view)
        return list(Results(project.load()).of("v").values())

    return columns


def test_a_column_that_is_passed_on_comes_from_its_table(columns: Callable[[str], list[ResultColumn]]) -> None:
    passed = [ResultColumn("key", "INT64", ("base", "id"), ("base", "id"), description="Id.", inputs=ID)]
    assert columns(f"SELECT b.id AS key FROM {BASE} AS b") == passed
    assert columns(f"WITH c AS (SELECT b.* FROM {BASE} AS b) SELECT c.id AS key FROM c") == passed
    assert columns(f"SELECT n.id AS key FROM (SELECT b.id FROM {BASE} AS b) AS n") == passed


def test_a_computed_column_has_its_type_and_expression(columns: Callable[[str], list[ResultColumn]]) -> None:
    (found,) = columns(f"SELECT COUNT(*) AS n FROM {BASE} AS b")
    assert found == ResultColumn("n", "INT64", expression="COUNT(*)")


@pytest.mark.parametrize(
    ("query", "inputs"),
    [
        ("SELECT b.id + b.price AS x FROM {base} AS b WHERE b.tags IS NOT NULL", {"id", "price"}),
        ("WITH c AS (SELECT b.price * 2 AS p, b.id FROM {base} AS b) SELECT MAX(c.p) AS x FROM c", {"price"}),
        ("SELECT (SELECT MAX(o.price) FROM {base} AS o WHERE o.id = b.id) AS x FROM {base} AS b", {"price"}),
        ("SELECT tag AS x FROM {base} AS b CROSS JOIN UNNEST(b.tags) AS tag", {"tags"}),
        ("SELECT ARRAY_LENGTH(ARRAY(SELECT t FROM UNNEST(b.tags) AS t)) AS x FROM {base} AS b", {"tags"}),
        ("SELECT STRUCT(b.id AS one, b.price AS two) AS x FROM {base} AS b", {"id", "price"}),
        ("SELECT s.r.one AS x FROM (SELECT STRUCT(b.id AS one, b.price AS two) AS r FROM {base} AS b) AS s", {"id"}),
        ("SELECT s.r.other AS x FROM (SELECT f(b.id) AS r FROM {base} AS b) AS s", {"id"}),
        ("SELECT TO_JSON_STRING(b) AS x FROM {base} AS b", {"id", "tags", "price"}),
        ("SELECT SUM(b.price) OVER (PARTITION BY b.id) AS x FROM {base} AS b", {"id", "price"}),
        ("SELECT b.id AS x FROM {base} AS b UNION ALL SELECT CAST(o.price AS INT64) FROM {base} AS o", {"id", "price"}),
        ("SELECT COUNT(*) AS x FROM {base} AS b WHERE b.id > 0", set()),
    ],
)
def test_a_value_is_made_of_all_columns_in_its_expression_and_of_none_that_only_choose_rows(
    columns: Callable[[str], list[ResultColumn]], query: str, inputs: set[str]
) -> None:
    (found,) = columns(query.format(base=BASE))
    assert found.inputs == {("base", name) for name in inputs}


def test_elements_of_an_array_have_its_type(columns: Callable[[str], list[ResultColumn]]) -> None:
    found = columns(f"SELECT tag, place FROM {BASE} AS b CROSS JOIN UNNEST(b.tags) AS tag WITH OFFSET AS place")
    assert [(column.name, column.type) for column in found] == [("tag", "STRING"), ("place", "INT64")]


def test_a_union_comes_from_where_all_its_parts_come_from(columns: Callable[[str], list[ResultColumn]]) -> None:
    found = columns(f"SELECT b.id AS id FROM {BASE} AS b UNION ALL SELECT b.id AS id FROM {BASE} AS b")
    assert found == [ResultColumn("id", "INT64", ("base", "id"), ("base", "id"), description="Id.", inputs=ID)]
    found = columns(f"SELECT b.id AS id FROM {BASE} AS b UNION ALL SELECT 1 AS id")
    assert found == [ResultColumn("id", "INT64", inputs=ID)]


def test_of_a_column_of_nothing_known_no_type_is_made_up(columns: Callable[[str], list[ResultColumn]]) -> None:
    (found,) = columns(f"SELECT COALESCE(s.unknown, 0) AS n FROM {BASE} AS b CROSS JOIN UNNEST([STRUCT(1)]) AS s")
    assert found.type == ""


def test_what_a_view_passes_on_leads_to_the_view_and_keeps_the_tables_column(declared: Catalog) -> None:
    found = Results(declared).of("caption_restrictions_in_force")["hard_patterns"]
    assert found.source == ("active_creator_caption_restrictions_v", "hard_patterns")
    assert found.origin == ("creator_caption_restrictions", "hard_patterns")


def test_a_table_function_has_its_declared_columns(declared: Catalog) -> None:
    routine = declared.routines["classify_account_size"]
    found = Results(declared).of("classify_account_size")
    assert list(found) == [field.name for field in routine.return_columns]
