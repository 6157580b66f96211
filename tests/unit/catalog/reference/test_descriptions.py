"""What the reference says of a result's columns. Expected texts are written down here, from the SQL by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.reference.columns import Results
from tests.unit.catalog.conftest import Project

SALES = """\
CREATE TABLE `eros_scheduling_brain.sales`
(
  id INT64 NOT NULL OPTIONS(description="Sale."),
  page_name STRING OPTIONS(description="Page that sold."),
  amount FLOAT64 OPTIONS(description="Dollars taken."),
  place STRUCT<
    city STRING OPTIONS(description="City of the sale."),
    point STRUCT<lat FLOAT64 OPTIONS(description="Degrees north.")> OPTIONS(description="Where exactly.")
  > OPTIONS(description="Where it was."),
  items ARRAY<STRUCT<price FLOAT64 OPTIONS(description="Price of one item.")>> OPTIONS(description="What was sold.")
)
OPTIONS(description="Sales.");
"""
PAGES = """\
CREATE TABLE `eros_scheduling_brain.pages`
(
  page_name STRING OPTIONS(description="Name of the page."),
  owner STRING OPTIONS(description="Who owns it.")
)
OPTIONS(description="Pages.");
"""
RECENT = """\
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.recent_at`(p_page STRING, p_now TIMESTAMP)
RETURNS TABLE<
  seller STRING,
  --: Dollars of the page up to p_now,
  --: null without sales.
  total FLOAT64
>
OPTIONS(description="F.")
AS
SELECT s.page_name, SUM(s.amount) AS total
FROM `eros_scheduling_brain.sales` AS s
WHERE s.page_name = p_page
GROUP BY s.page_name;
"""
VIEW = """\
CREATE OR REPLACE VIEW `eros_scheduling_brain.v`
OPTIONS(description="V.")
AS
"""
S, P = "`eros_scheduling_brain.sales`", "`eros_scheduling_brain.pages`"
RECENT_AT = "`eros_scheduling_brain.recent_at`"


@pytest.fixture
def said(project: Project) -> Callable[..., dict[str, str]]:
    """The descriptions by column, in order, of a view with this query."""
    project.write("sql/tables/sales.sql", SALES).write("sql/tables/pages.sql", PAGES)
    project.write("sql/table_functions/recent_at.sql", RECENT)

    def said(query: str, name: str = "v") -> dict[str, str]:
        project.write("sql/views/v.sql", f"{VIEW}{query};\n")
        return {column.name: column.description for column in Results(project.load()).of(name).values()}

    return said


def test_a_column_keeps_its_meaning_under_another_name(said: Callable[..., dict[str, str]]) -> None:
    assert said(f"SELECT s.page_name AS page, s.amount FROM {S} AS s") == {
        "page": "Page that sold.",
        "amount": "Dollars taken.",
    }


def test_upper_and_lower_case_are_the_same_name(said: Callable[..., dict[str, str]]) -> None:
    assert said(f"SELECT X.Amount AS a FROM {S} AS x") == {"a": "Dollars taken."}


def test_each_side_of_a_join_gives_its_own(said: Callable[..., dict[str, str]]) -> None:
    query = (
        f"SELECT p.page_name, s.page_name AS seller, owner FROM {S} AS s LEFT JOIN {P} AS p ON p.owner = s.page_name"
    )
    assert said(query) == {"page_name": "Name of the page.", "seller": "Page that sold.", "owner": "Who owns it."}


def test_a_column_that_using_makes_one_of_two_is_the_first_of_them(said: Callable[..., dict[str, str]]) -> None:
    assert said(f"SELECT page_name, owner FROM {S} AS s INNER JOIN {P} AS p USING (page_name)") == {
        "page_name": "Page that sold.",
        "owner": "Who owns it.",
    }


def test_a_name_that_two_tables_have_says_nothing(said: Callable[..., dict[str, str]]) -> None:
    assert said(f"SELECT page_name FROM {S} AS s CROSS JOIN {P} AS p") == {"page_name": ""}


def test_ctes_and_subqueries_pass_on_what_they_read(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      WITH first AS (SELECT s.amount AS dollars, s.id FROM {S} AS s), second AS (SELECT first.* FROM first)
      SELECT n.taken, n.id + 1 AS next FROM (SELECT second.dollars AS taken, second.id FROM second) AS n"""
    assert said(query) == {"taken": "Dollars taken.", "next": ""}


def test_a_cte_hides_an_outer_one_of_its_name(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      WITH c AS (SELECT s.amount AS x FROM {S} AS s)
      SELECT n.x FROM (WITH c AS (SELECT p.owner AS x FROM {P} AS p) SELECT c.x FROM c) AS n"""
    assert said(query) == {"x": "Who owns it."}


def test_a_union_says_what_all_its_parts_say(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      SELECT s.page_name, s.amount FROM {S} AS s
      UNION ALL SELECT t.page_name AS other_name, 0.0 FROM {S} AS t
      UNION ALL SELECT u.page_name, u.amount FROM {S} AS u"""
    assert said(query) == {"page_name": "Page that sold.", "amount": ""}


def test_parts_of_a_union_with_different_meanings_say_nothing(said: Callable[..., dict[str, str]]) -> None:
    assert said(f"SELECT s.page_name FROM {S} AS s UNION ALL SELECT p.page_name FROM {P} AS p") == {"page_name": ""}


def test_fields_of_structs_at_any_depth_are_columns_too(said: Callable[..., dict[str, str]]) -> None:
    query = f"SELECT s.place.city, s.place.point.lat AS latitude, place.point, s.place FROM {S} AS s"
    assert said(query) == {
        "city": "City of the sale.",
        "latitude": "Degrees north.",
        "point": "Where exactly.",
        "place": "Where it was.",
    }


def test_a_struct_made_in_the_query_hands_out_what_was_put_in(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      SELECT n.pair.paid, n.pair.owner, n.pair.one
      FROM (SELECT STRUCT(s.amount AS paid, p.owner, 1 AS one) AS pair FROM {S} AS s CROSS JOIN {P} AS p) AS n"""
    assert said(query) == {"paid": "Dollars taken.", "owner": "Who owns it.", "one": ""}


def test_a_row_that_goes_along_as_one_value_hands_out_its_columns(said: Callable[..., dict[str, str]]) -> None:
    query = f"SELECT n.whole.amount FROM (SELECT s AS whole FROM {S} AS s) AS n"
    assert said(query) == {"amount": "Dollars taken."}


def test_elements_of_an_array_of_structs_have_its_fields(said: Callable[..., dict[str, str]]) -> None:
    query = f"SELECT item.price, place AS number FROM {S} AS s CROSS JOIN UNNEST(s.items) AS item WITH OFFSET AS place"
    assert said(query)["price"] == "Price of one item."


def test_a_star_leaves_out_and_replaces(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      WITH c AS (SELECT s.* EXCEPT (id, items) REPLACE (s.amount * 2 AS amount, s.id AS place) FROM {S} AS s)
      SELECT c.page_name, c.amount, c.place, c.id FROM c"""
    assert said(query) == {"page_name": "Page that sold.", "amount": "", "place": "Sale.", "id": ""}


def test_a_star_over_a_join_takes_both_sides_and_a_column_of_using_once(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      SELECT n.page_name, n.amount, n.owner
      FROM (SELECT * EXCEPT (id) FROM {S} AS s LEFT JOIN {P} AS p USING (page_name)) AS n"""
    assert said(query) == {"page_name": "Page that sold.", "amount": "Dollars taken.", "owner": "Who owns it."}


def test_a_table_function_hands_on_and_adds_its_own(said: Callable[..., dict[str, str]]) -> None:
    query = f"SELECT r.seller, r.total AS dollars FROM {RECENT_AT}('a', TIMESTAMP '2025-11-04 20:00:00+00') AS r"
    assert said(query) == {
        "seller": "Page that sold.",
        "dollars": "Dollars of the page up to p_now, null without sales.",
    }


def test_an_argument_of_a_table_function_is_no_column_of_a_table(
    said: Callable[..., dict[str, str]], project: Project
) -> None:
    function = RECENT.replace("s.page_name, SUM", "p_page, SUM")
    project.write("sql/table_functions/recent_at.sql", function)
    assert said(f"SELECT 1 AS one FROM {S} AS s", "recent_at")["seller"] == ""


def test_the_meaning_goes_through_any_number_of_views(said: Callable[..., dict[str, str]], project: Project) -> None:
    project.write(
        "sql/views/w.sql",
        f"{VIEW}SELECT v.paid AS cash FROM `eros_scheduling_brain.v` AS v;".replace(".v`\nOPT", ".w`\nOPT"),
    )
    project.write(
        "sql/views/x.sql",
        f"{VIEW}SELECT w.cash AS x FROM `eros_scheduling_brain.w` AS w;".replace(".v`\nOPT", ".x`\nOPT"),
    )
    assert said(f"SELECT s.amount AS paid FROM {S} AS s", "x") == {"x": "Dollars taken."}


@pytest.mark.parametrize(
    "expression",
    [
        "LOWER(s.page_name)",
        "COALESCE(s.page_name, '')",
        "MAX(s.page_name) OVER ()",
        "(SELECT p.owner FROM {P} AS p LIMIT 1)",
    ],
)
def test_what_is_computed_from_a_column_is_another_one(said: Callable[..., dict[str, str]], expression: str) -> None:
    assert said(f"SELECT {expression.format(P=P)} AS x FROM {S} AS s") == {"x": ""}


def test_a_pivoted_column_is_none_of_the_table(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
      SELECT n.amount
      FROM (SELECT s.page_name, s.amount, s.id FROM {S} AS s)
      PIVOT (SUM(id) AS amount FOR page_name IN ('a')) AS n"""
    assert said(query) == {"amount": ""}


def test_a_note_above_a_column_says_what_it_is(said: Callable[..., dict[str, str]]) -> None:
    query = f"""
WITH c AS (SELECT s.page_name, s.amount, s.id FROM {S} AS s)
SELECT DISTINCT
  --: The page in capitals;
  --: null when unknown.
  UPPER(c.page_name) AS page,
  --: Nearer than the table's own words.
  c.amount,
  -- no note
  c.id IS DISTINCT FROM 7 AS is_other,
  --: Twice the id.
  c.id * 2 AS id
FROM c"""
    assert said(query) == {
        "page": "The page in capitals; null when unknown.",
        "amount": "Nearer than the table's own words.",
        "is_other": "",
        "id": "Twice the id.",
    }


def test_what_readers_of_a_view_see_is_its_note(said: Callable[..., dict[str, str]], project: Project) -> None:
    project.write(
        "sql/views/w.sql", f"{VIEW}SELECT v.n AS m FROM `eros_scheduling_brain.v` AS v;".replace(".v`\nOPT", ".w`\nOPT")
    )
    assert said(f"SELECT\n  --: How many.\n  COUNT(*) AS n\nFROM {S} AS s", "w") == {"m": "How many."}
