"""CREATE TABLE files: everything that a table states arrives in the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import CatalogError
from catalog.model import RangePartitioning, Table, TimePartitioning
from catalog.schema import Column
from catalog.tables import parse_table
from catalog.tokens import SqlText

FULL = '''\
-- Everything that a table can state.
CREATE TABLE `eros_scheduling_brain.full`
(
  page_name STRING NOT NULL OPTIONS(description="Page."),
  -- A comment between columns.
  successes INTEGER DEFAULT 1 NOT NULL OPTIONS(description="Wins, \\"all\\"."),
  made_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() OPTIONS(description="When."),
  tags ARRAY<STRING> DEFAULT ["a", "b"] OPTIONS(description="Tags."),
  code STRING(10) OPTIONS(description="Short."),
  price NUMERIC(10, 2) OPTIONS(description="Money."),
  place STRUCT<
    city STRING NOT NULL OPTIONS(description="City."),
    stays ARRAY<STRUCT<day DATE OPTIONS(description="Day.")>> OPTIONS(description="Stays.")
  > OPTIONS(description="""Where
it was."""),
  span RANGE<DATE> OPTIONS(description="Span."),
  PRIMARY KEY (page_name, successes) NOT ENFORCED
)
PARTITION BY TIMESTAMP_TRUNC(made_at, MONTH)
CLUSTER BY page_name, successes
OPTIONS(
  description="Full.",
  labels=[("system", "eros"), ("ownership", "source")],
  partition_expiration_days=90,
  require_partition_filter=TRUE
);
'''


def table(text: str, name: str = "t") -> Table:
    return parse_table(SqlText(Path(f"sql/tables/{name}.sql"), text))


def declared(columns: str, after: str = "") -> str:
    return f"CREATE TABLE `eros_scheduling_brain.t` (\n{columns}\n)\n{after}"


@pytest.fixture
def full() -> Table:
    return table(FULL, "full")


def test_a_table_carries_all_that_its_file_states(full: Table) -> None:
    assert (full.name, full.line, full.description) == ("full", 2, "Full.")
    assert full.partitioning == TimePartitioning("MONTH", "made_at", 90 * 24 * 3600 * 1000)
    assert full.clustering == ("page_name", "successes")
    assert full.primary_key == ("page_name", "successes")
    assert full.labels == {"system": "eros", "ownership": "source"}
    assert full.require_partition_filter
    assert full.is_source


def test_columns_carry_type_mode_default_and_description(full: Table) -> None:
    page, successes, made_at, tags, code, price, place, span = full.columns
    assert (page.type, page.mode, page.description, page.line) == ("STRING", "REQUIRED", "Page.", 4)
    assert (successes.type, successes.default, successes.mode) == ("INT64", "1", "REQUIRED")
    assert (successes.description, successes.line) == ('Wins, "all".', 6)
    assert (made_at.default, made_at.mode) == ("CURRENT_TIMESTAMP()", "NULLABLE")
    assert (tags.type, tags.mode, tags.default) == ("STRING", "REPEATED", '["a", "b"]')
    assert (code.parameters, price.parameters) == ((10,), (10, 2))
    assert (place.type, place.description) == ("STRUCT", "Where\nit was.")
    assert (span.type, span.range_element) == ("RANGE", "DATE")


def test_nested_fields_are_columns_too(full: Table) -> None:
    city, stays = full.columns[6].fields
    assert (city.name, city.mode, city.description) == ("city", "REQUIRED", "City.")
    assert (stays.type, stays.mode, stays.fields[0].name) == ("STRUCT", "REPEATED", "day")


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("PARTITION BY d", TimePartitioning("DAY", "d")),
        ("PARTITION BY DATE(ts)", TimePartitioning("DAY", "ts")),
        ("PARTITION BY DATE_TRUNC(d, YEAR)", TimePartitioning("YEAR", "d")),
        ("PARTITION BY DATE_TRUNC(d, MONTH)", TimePartitioning("MONTH", "d")),
        ("PARTITION BY TIMESTAMP_TRUNC(ts, HOUR)", TimePartitioning("HOUR", "ts")),
        ("PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(-10, 100, 5))", RangePartitioning("n", -10, 100, 5)),
    ],
)
def test_each_form_of_partitioning_is_read(clause: str, expected: object) -> None:
    assert table(declared("d DATE, ts TIMESTAMP, n INT64", clause)).partitioning == expected


REFUSED = [
    (declared("a STRNG"), 2, "STRNG is no BigQuery data type"),
    (declared("a STRING\nb STRING"), 3, "expected ,"),
    (declared("a STRING NOT NULL DEFAULT 'x'"), 2, "NOT NULL before DEFAULT"),
    (declared("a ARRAY<STRING> NOT NULL"), 2, "takes no NOT NULL"),
    (declared("a ARRAY<ARRAY<INT64>>"), 2, "array of arrays"),
    (declared("a STRING DEFAULT"), 2, "DEFAULT without a value"),
    (declared("a INT64(3)"), 2, "does not take these parameters"),
    (declared("a STRING,\nCHECK (a > 0)"), 3, "CHECK in CREATE TABLE"),
    (declared("a STRING,\nFOREIGN KEY (a) REFERENCES b(a) NOT ENFORCED"), 3, "FOREIGN in CREATE TABLE"),
    (declared("a STRING,\nPRIMARY KEY (a)"), 4, "expected NOT ENFORCED"),
    (declared("a STRING,\nPRIMARY KEY (b) NOT ENFORCED"), 1, "PRIMARY KEY names b"),
    (declared("a STRING,\nPRIMARY KEY (A) NOT ENFORCED"), 1, "PRIMARY KEY names A, a column that is declared as a"),
    (declared("a STRING,\nPRIMARY KEY (a, a) NOT ENFORCED"), 1, "PRIMARY KEY names a column twice"),
    (declared("d DATE", "PARTITION BY RANGE_BUCKET(EXTRACT(YEAR FROM d), GENERATE_ARRAY(1, 9, 1))"), 4, "cannot"),
    (declared("d DATE", "PARTITION BY DATE_TRUNC(d, DAY)"), 4, "BigQuery cannot partition by"),
    (declared("d DATE", "PARTITION BY d PARTITION BY d"), 4, "BigQuery cannot partition by"),
    (declared("d DATE", "CLUSTER BY d DESC"), 4, "CLUSTER BY takes plain columns"),
    (declared("d DATE", "CLUSTER BY LOWER(d)"), 4, "CLUSTER BY takes plain columns"),
    (declared("d DATE", "OPTIONS(partition_expiration_days=9)"), 4, "not partitioned by time"),
    (declared("d DATE", "OPTIONS(expires=9)"), 4, "option expires is not carried"),
    (declared("d DATE", "OPTIONS(description='a', description='b')"), 4, "given twice"),
    (declared("d DATE", "OPTIONS(description=5)"), 4, "description must be a string"),
    (declared("d DATE", 'OPTIONS(labels="eros")'), 4, "labels must be a list of pairs"),
    (declared("d DATE", ";\nSELECT 1"), 5, "a second statement in the file"),
    (declared("d DATE").replace("CREATE", "CREATE OR REPLACE"), 1, "throw away the table's rows"),
    (declared("d DATE").replace("TABLE", "TABLE IF NOT EXISTS"), 1, "leaves an older form"),
    (declared("d DATE").replace("TABLE", "VIEW"), 1, "CREATE VIEW in sql/tables"),
    (declared("d DATE").replace(".t`", ".u`"), 1, "object u in a file named t.sql"),
    (declared("d DATE").replace("eros_scheduling_brain", "other"), 1, "not named in the dataset"),
    (declared("d DATE").rstrip(")\n"), 2, "expected ,"),
    ("SELECT 1", 1, "expected CREATE"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED, ids=[case[-1] for case in REFUSED])
def test_what_is_no_table_is_refused_with_its_line_and_a_fix(text: str, line: int, message: str) -> None:
    with pytest.raises(CatalogError, match=message) as refusal:
        table(text)
    assert refusal.value.location.line == line
    assert refusal.value.fix


def test_type_aliases_are_one_type() -> None:
    names = ("INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT", "INT64")
    columns: tuple[Column, ...] = table(declared(",".join(f"c{n} {name}" for n, name in enumerate(names)))).columns
    assert {column.type for column in columns} == {"INT64"}
