"""Statements on one table: filtered where the table asks for it, and with no value in their text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from google.cloud import bigquery

from catalog.tables import parse_table
from catalog.tokens import SqlText
from operations.erasing.subject import ErasureSubject
from operations.erasing.subject_tables import SubjectTable

DECLARED = """\
CREATE TABLE `eros_scheduling_brain.t`
(
  day DATE OPTIONS(description="Day."),
  --@ page, delete
  page_name STRING OPTIONS(description="Page."),
  --@ words, replace
  notes STRING OPTIONS(description="Notes."),
  --@ none because it is a test
  names ARRAY<STRING> OPTIONS(description="Names.")
)
PARTITION BY day
OPTIONS(description="T.", require_partition_filter=TRUE);
"""


@pytest.fixture
def table() -> SubjectTable:
    declared = parse_table(SqlText(Path("sql/tables/t.sql"), DECLARED))
    live = {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "t"},
        "schema": {"fields": [column.api_json() for column in declared.columns] + [{"name": "more", "type": "STRING"}]},
        "timePartitioning": {"type": "DAY", "field": "day"},
        "requirePartitionFilter": True,
    }
    client = cast(bigquery.Client, Client())
    return SubjectTable(client, "t", declared, bigquery.Table.from_api_repr(live), "p.d.caption_key_v2")


class Client:
    """Keeps what it is asked, and counts nothing."""

    asked: list[str]

    def query(self, sql: str, config: Any, timeout: float) -> Any:
        Client.asked = [sql]
        raise TimeoutError


def test_a_table_that_wants_a_filter_gets_one_that_every_row_meets(table: SubjectTable) -> None:
    deleting, changing = table.statements(ErasureSubject.of("alice", ""))
    every = "(`day` >= '0001-01-01' OR `day` IS NULL)"
    assert deleting.startswith("DELETE FROM `p.d.t` AS source WHERE")
    assert deleting.endswith(every)
    assert changing.startswith("UPDATE `p.d.t` AS source SET `notes` = REGEXP_REPLACE(")
    assert changing.endswith(every)


def test_what_is_erased_stands_in_no_statement(table: SubjectTable) -> None:
    assert not [sql for sql in table.statements(ErasureSubject.of("alice", "")) if "alice" in sql]


def test_columns_that_somebody_added_are_read_and_those_said_to_hold_nothing_are_not(table: SubjectTable) -> None:
    with pytest.raises(Exception, match="time is up"):
        table.held(ErasureSubject.of("alice", ""))
    (sql,) = Client.asked
    assert "REGEXP_CONTAINS(source.`more`, @pattern)" in sql
    assert "`names`" not in sql
    assert "OR `day` IS NULL" in sql
