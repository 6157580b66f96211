"""What a review says of the rows that changed SQL shows: counted by hand; values only where they are asked for."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import Catalog, load_cached
from operations.review.data_diff import data_changes
from operations.review.examples import Showing
from operations.review.findings import ColumnChange, DataChange
from operations.rows.compared import compared
from tests.sql.emulator import ROOT
from tests.sql.warehouse import DATASET, PLACE, Warehouse

VIEW, ANALYTICS = "latest_recommendations", "recommendation_analytics"
PRICE = "  newest.recommended_price,\n  newest.saturation_zone"
SENT = timedelta(days=2)


def edited(tmp_path: Path, *edits: tuple[str, str, str]) -> Catalog:
    """The catalog after edits of files below sql/."""
    for name in ("sql", "config"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name, before, after in edits:
        path = tmp_path / "sql" / f"{name}.sql"
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
    return load_cached(tmp_path)


@pytest.fixture
def recommended(warehouse: Warehouse) -> Warehouse:
    """Four messages of one schedule: two prices with a fraction, one without, one null; one is withdrawn."""
    now = datetime.now(UTC).replace(microsecond=0)
    rows = [("Unlock", 9.5, None), ("Unlock", 12.0, "Withdrawn"), ("Unlock", 7.25, None), ("Bump", None, None)]
    warehouse.insert(
        "schedule_recommendations",
        [
            {
                "schedule_id": f"s{number}",
                "page_name": "alice",
                "day_of_week": "Monday",
                "scheduled_send_time": now - SENT,
                "message_type": kind,
                "created_at": now - SENT,
                "is_active": True,
                "scheduled_send_date": (now - SENT).date(),
                "scheduled_send_hour": 1,
                "recommended_price": price,
                "status": status,
            }
            for number, (kind, price, status) in enumerate(rows)
        ],
    )
    warehouse.deploy(VIEW, ANALYTICS)
    return warehouse


def changes(warehouse: Warehouse, catalog: Catalog, *names: str, new: tuple[str, ...] = ()) -> dict[str, DataChange]:
    return {one.name: one for one in data_changes(warehouse.client, PLACE, catalog, names, new)}


def test_rows_that_change_go_and_stay_are_told_by_column_and_downstream(recommended: Warehouse, tmp_path: Path) -> None:
    rounded = PRICE.replace("newest.recommended_price", "ROUND(newest.recommended_price) AS recommended_price")
    catalog = edited(
        tmp_path,
        (f"views/{VIEW}", PRICE, rounded),
        (f"views/{VIEW}", "!= 'archived'", "NOT IN ('archived', 'withdrawn')"),
    )
    found = changes(recommended, catalog, VIEW)
    assert found[VIEW] == DataChange(
        name=VIEW, before=4, after=3, removed=1, changed=2, columns=(ColumnChange(name="recommended_price", rows=2),)
    )
    follows = found[ANALYTICS]
    assert (follows.before, follows.after, follows.changed) == (1, 1, 1)
    assert {one.name for one in follows.columns} >= {"messages"}
    assert "latest_recommendations" in found
    left = {one["schema_name"] for one in recommended.rows("SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA")}
    assert DATASET in left
    assert not [name for name in left if name.startswith("eros_review_")]


def test_rows_are_shown_where_they_are_asked_for_by_id_and_number_and_no_text_is(
    recommended: Warehouse, tmp_path: Path
) -> None:
    rounded = PRICE.replace("newest.recommended_price", "ROUND(newest.recommended_price) AS recommended_price")
    catalog = edited(
        tmp_path,
        (f"views/{VIEW}", PRICE, rounded),
        (f"views/{VIEW}", "!= 'archived'", "NOT IN ('archived', 'withdrawn')"),
    )
    showing = Showing(5, catalog, load_cached(ROOT))
    found = {one.name: one for one in data_changes(recommended.client, PLACE, catalog, [VIEW], (), showing)}[VIEW]
    seen = [(example.op, {one.name: (one.before, one.after) for one in example.values}) for example in found.examples]
    assert [op for op, _ in seen] == ["changed", "changed", "removed"]
    assert [values["recommended_price"] for _, values in seen[:2]] == [("9.5", "10.0"), ("7.25", "7.0")]
    assert [values["schedule_id"] for _, values in seen] == [("s0", "s0"), ("s2", "s2"), ("s1", "")]
    assert "alice" not in str(found.examples)
    assert "Unlock" not in str(found.examples)


def test_what_shows_the_same_rows_is_said_to(recommended: Warehouse, tmp_path: Path) -> None:
    catalog = edited(tmp_path, (f"views/{VIEW}", "!= 'archived'", "NOT IN ('archived', 'never')"))
    found = changes(recommended, catalog, VIEW)
    assert [one for one in found.values() if one.differs or one.note] == []
    assert found[VIEW].before == found[VIEW].after == 4


def test_a_version_that_cannot_be_read_fails_and_leaves_nothing_behind(recommended: Warehouse, tmp_path: Path) -> None:
    catalog = edited(tmp_path, (f"views/{VIEW}", PRICE, PRICE.replace("recommended_price", "no_such_column")))
    found = changes(recommended, catalog, VIEW)
    assert found[VIEW].fails
    assert "no_such_column" in found[VIEW].note


def test_without_rows_nothing_was_compared(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.deploy(VIEW, ANALYTICS)
    catalog = edited(tmp_path, (f"views/{VIEW}", "!= 'archived'", "= 'archived'"))
    assert changes(warehouse, catalog, VIEW)[VIEW].note == "not compared: there are no rows"


def test_functions_of_other_arguments_are_named_as_not_compared(warehouse: Warehouse, tmp_path: Path) -> None:
    found = changes(warehouse, edited(tmp_path), "caption_key")
    assert found["caption_key"].note == "not compared itself: what calls it is"


def test_what_is_new_is_neither_compared_nor_missed(warehouse: Warehouse, tmp_path: Path) -> None:
    names = ("evaluate_alerts_at", "caption_key", VIEW)
    assert changes(warehouse, edited(tmp_path), *names, new=names).keys().isdisjoint(names)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # The key is k: 1 changes in a, 2 goes, 3 comes.
        ("1 k, 'x' a|2, 'y'", "1 k, 'z' a|3, 'y'", {"added": 1, "removed": 1, "changed": 1, "columns": {"a": 1}}),
        # No column names a row once: what differs went and came.
        ("1 k, 1 a|1, 1|1, 2", "1 k, 1 a|1, 3|1, 3", {"added": 2, "removed": 2, "changed": 0, "columns": {}}),
        # Equal rows count as often as they are there.
        ("1 k|1|1", "1 k|1", {"added": 0, "removed": 1, "changed": 0, "columns": {}}),
        # Columns that one side has alone say nothing, a float's last digits neither.
        ("1 k, 0.1 + 0.2 a, 5 gone", "1 k, 0.3 a, 6 new", {"added": 0, "removed": 0, "changed": 0, "columns": {}}),
        ("1 k, [1, 2] a", "1 k, [2, 1] a", {"added": 0, "removed": 0, "changed": 1, "columns": {"a": 1}}),
        ("1 k, CAST(NULL AS STRING) a", "1 k, '' a", {"added": 0, "removed": 0, "changed": 1, "columns": {"a": 1}}),
    ],
)
def test_two_relations_are_compared(warehouse: Warehouse, old: str, new: str, expected: dict[str, Any]) -> None:
    def relation(rows: str) -> str:
        return "(" + " UNION ALL ".join(f"SELECT {row}" for row in rows.split("|")) + ")"

    found = compared(warehouse.client, relation(old), relation(new))
    assert {name: getattr(found, name) for name in expected} == expected
