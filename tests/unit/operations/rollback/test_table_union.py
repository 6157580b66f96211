"""Going back takes no column, value or partition away; what cannot be undone stays and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.tables import parse_table
from catalog.tokens import SqlText
from operations.rollback import overlay
from operations.rollback.table_union import table_union
from plain_command import plainyaml

PATH = Path("sql/tables/t.sql")


def table(*columns: str, tail: str = 'OPTIONS(description="d")', key: str = "") -> str:
    body = ",\n  ".join((*columns, *([key] if key else ())))
    return f"-- Comment.\nCREATE TABLE `eros_scheduling_brain.t`\n(\n  {body}\n)\n{tail};\n"


def columns(text: str) -> list[str]:
    return [f"{one.name} {one.type} {one.mode}" for one in parse_table(SqlText(PATH, text)).columns]


def test_a_newer_column_stays_in_its_place_and_the_older_text_of_the_others_is_back() -> None:
    then = table('a STRING OPTIONS(description="old, (text)")', "c INT64")
    now = table('a STRING OPTIONS(description="new")', "b DATE DEFAULT CURRENT_DATE('UTC')", "c INT64")
    found = table_union(PATH, then, now)
    assert columns(found.text) == ["a STRING NULLABLE", "b DATE NULLABLE", "c INT64 NULLABLE"]
    assert '"old, (text)"' in found.text
    assert found.notes == ("t.b is newer: kept with its values",)


def test_a_column_that_is_gone_comes_back_empty_so_it_is_not_required() -> None:
    then = table("a STRING NOT NULL", 'b STRUCT<x INT64 NOT NULL> NOT NULL OPTIONS(description="NOT NULL")')
    found = table_union(PATH, then, table("a STRING NOT NULL"))
    (a, b) = parse_table(SqlText(PATH, found.text)).columns
    assert (a.mode, b.mode, b.fields[0].mode, b.description) == ("REQUIRED", "NULLABLE", "REQUIRED", "NOT NULL")
    assert found.notes == ("t.b was gone: comes back empty",)


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ("a INT64", "a NUMERIC", "t.a was INT64 NULLABLE: stays NUMERIC NULLABLE"),
        ("a STRING(5)", "a STRING(9)", "t.a was STRING(5) NULLABLE: stays STRING(9) NULLABLE"),
        ("a INT64 NOT NULL", "a INT64", "t.a was INT64 REQUIRED: stays INT64 NULLABLE"),
        (
            "a STRUCT<x INT64>",
            "a STRUCT<x INT64, y ARRAY<STRUCT<z INT64, w DATE>>>",
            "t.a was STRUCT<x INT64 NULLABLE> NULLABLE: stays STRUCT<x INT64 NULLABLE, y STRUCT<z INT64 NULLABLE,"
            " w DATE NULLABLE> REPEATED> NULLABLE",
        ),
    ],
)
def test_what_bigquery_cannot_undo_stays_as_it_is(then: str, now: str, said: str) -> None:
    found = table_union(PATH, table(then), table(now))
    assert columns(found.text) == columns(table(now))
    assert found.notes == (said,)


def test_columns_are_told_apart_as_bigquery_does_and_the_key_is_that_of_then() -> None:
    key = "PRIMARY KEY (a, b) NOT ENFORCED"
    found = table_union(PATH, table("a INT64", "b INT64", key=key), table("b INT64", "a INT64"))
    assert columns(found.text) == ["b INT64 NULLABLE", "a INT64 NULLABLE"]
    assert parse_table(SqlText(PATH, found.text)).primary_key == ("a", "b")


def by_day(days: int | None) -> str:
    expiry = f", partition_expiration_days={days}" if days else ""
    return table("d DATE", tail=f'PARTITION BY d\nOPTIONS(description="of {days}"{expiry})')


@pytest.mark.parametrize(("then", "now", "kept"), [(30, 90, 90), (30, None, None), (90, 30, 90), (None, 30, None)])
def test_a_rollback_never_shortens_how_long_rows_are_kept(then: int, now: int, kept: int | None) -> None:
    found = parse_table(SqlText(PATH, table_union(PATH, by_day(then), by_day(now)).text))
    assert found.description == f"of {kept}"


def test_a_table_that_is_partitioned_otherwise_keeps_its_layout() -> None:
    now = table("d DATE", "e DATE", tail='PARTITION BY e\nOPTIONS(description="now")')
    found = table_union(PATH, table("d DATE", "e DATE", tail='PARTITION BY d\nOPTIONS(description="then")'), now)
    assert parse_table(SqlText(PATH, found.text)).description == "now"
    assert "partitioned otherwise" in found.notes[0]


def test_the_overlay_has_the_tables_of_both_and_says_how_large_those_are_that_came_along(tmp_path: Path) -> None:
    then, now = tmp_path / "then", tmp_path / "now"
    volumes = {then: "# c\ntables:  # all\n  gone: {rows: 1}\n", now: "tables:\n  newer: {rows: creators * 2}\n"}
    for folder, name in ((then, "gone"), (now, "newer")):
        (folder / "sql" / "tables").mkdir(parents=True)
        (folder / "config").mkdir()
        (folder / "config" / "volumes.yaml").write_text(volumes[folder])
        text = table("a INT64").replace("brain.t`", f"brain.{name}`")
        (folder / "sql" / "tables" / f"{name}.sql").write_text(text)
    notes = overlay.lay(then, now)
    assert sorted(path.stem for path in (then / "sql" / "tables").iterdir()) == ["gone", "newer"]
    assert notes == (
        "table gone was gone: comes back empty, unless it is still there",
        "table newer is newer: kept with its rows",
    )
    node = plainyaml.read(then / "config" / "volumes.yaml")
    assert node is not None
    assert plainyaml.value(node) == {"tables": {"gone": {"rows": 1}, "newer": {"rows": "creators * 2"}}}
