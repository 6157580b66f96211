"""How rows of a live table fit the declared one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.carrying import carrying
from catalog.model import Table
from catalog.tables import parse_table
from catalog.tokens import SqlText


def table(columns: str) -> Table:
    return parse_table(SqlText(Path("sql/tables/t.sql"), f"CREATE TABLE `eros_scheduling_brain.t` ({columns})"))


def live(name: str, kind: str, mode: str = "NULLABLE", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "mode": mode, **more}


def test_columns_of_one_type_are_taken_as_they_are_whatever_their_case() -> None:
    found = carrying(table("id INT64, Name STRING"), [live("ID", "INTEGER"), live("name", "STRING")])
    assert found.values == {"id": "source.`ID`", "Name": "source.`name`"}
    assert (found.left, found.obstacles, found.must_hold) == ({}, (), {})


def test_a_column_that_no_file_declares_stays_behind_by_name() -> None:
    found = carrying(table("id INT64"), [live("id", "INTEGER"), live("note", "STRING")])
    assert found.values == {"id": "source.`id`"}
    assert found.left == {"note": "no file declares it"}


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("INTEGER", "NUMERIC", "CAST(source.`c` AS NUMERIC)"),
        ("STRING", "DATE", "CAST(source.`c` AS DATE)"),
        ("STRING", "JSON", "PARSE_JSON(source.`c`)"),
        ("JSON", "STRING", "TO_JSON_STRING(source.`c`)"),
    ],
)
def test_another_type_is_converted_where_the_value_can_be_proven(old: str, new: str, value: str) -> None:
    assert carrying(table(f"c {new}"), [live("c", old)]).values == {"c": value}


def test_a_conversion_asks_that_every_value_comes_back_as_it_was() -> None:
    found = carrying(table("c INT64"), [live("c", "FLOAT")])
    assert found.must_hold == {
        "source.`c` IS NOT DISTINCT FROM CAST(SAFE_CAST(source.`c` AS INT64) AS FLOAT64)": "c does not survive as INT64"
    }


@pytest.mark.parametrize(("old", "new"), [("TIMESTAMP", "DATE"), ("BOOLEAN", "INT64"), ("STRING", "BYTES")])
def test_a_conversion_that_loses_is_not_made(old: str, new: str) -> None:
    found = carrying(table(f"id INT64, c {new}"), [live("id", "INTEGER"), live("c", old)])
    assert list(found.values) == ["id"]
    assert list(found.left) == ["c"]


def test_a_required_column_without_a_source_keeps_every_row_where_it_is() -> None:
    found = carrying(table("id INT64, day DATE NOT NULL"), [live("id", "INTEGER")])
    assert found.values == {}
    assert found.obstacles == ("day is required and the table has no such column",)
    assert found.left == {"id": "no row is carried"}


def test_a_required_column_with_a_default_is_no_obstacle() -> None:
    found = carrying(table("id INT64, day DATE DEFAULT CURRENT_DATE('UTC') NOT NULL"), [live("id", "INTEGER")])
    assert found.values == {"id": "source.`id`"}
    assert found.obstacles == ()


def test_a_column_that_becomes_required_must_hold_no_null() -> None:
    found = carrying(table("id INT64 NOT NULL"), [live("id", "INTEGER")])
    assert found.must_hold == {"source.`id` IS NOT NULL": "id is null, but id is required"}


def test_repeated_and_nested_columns_are_taken_only_when_their_shape_is_the_same() -> None:
    fields = [live("a", "STRING")]
    declared = table("tags ARRAY<STRING>, place STRUCT<a STRING>, other STRUCT<b STRING>")
    found = carrying(
        declared,
        [
            live("tags", "STRING", "REPEATED"),
            live("place", "RECORD", fields=fields),
            live("other", "RECORD", fields=fields),
        ],
    )
    assert found.values == {"tags": "IFNULL(source.`tags`, [])", "place": "source.`place`"}
    assert found.left == {"other": "STRUCT does not become STRUCT"}


def test_a_shorter_string_must_fit() -> None:
    found = carrying(table("c STRING(3)"), [live("c", "STRING")])
    assert found.must_hold == {"COALESCE(LENGTH(source.`c`), 0) <= 3": "c is longer than 3"}
