"""What follows from a change: columns by value, rows by what chooses them, through views, functions and procedures."""

from __future__ import annotations

import pytest

from catalog import Catalog
from catalog.impact import ROWS, Follower, Impact, Name
from tests.unit.catalog.conftest import Project

TABLES = {
    "orders": "id INT64, price FLOAT64, state STRING",
    "daily": "day DATE, total FLOAT64, note STRING",
    "report": "total FLOAT64, made_at TIMESTAMP",
}
FILES = {
    "sql/functions/net.sql": (
        "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.net`(p_price FLOAT64) RETURNS FLOAT64\n"
        'OPTIONS(description="Net.") AS (p_price * 0.8);'
    ),
    "sql/views/open_orders.sql": (
        'CREATE OR REPLACE VIEW `eros_scheduling_brain.open_orders` OPTIONS(description="Open.") AS\n'
        "SELECT o.id, o.price,\n  --: Net.\n  `eros_scheduling_brain.net`(o.price) AS net_price\n"
        "FROM `eros_scheduling_brain.orders` AS o WHERE o.state = 'open';"
    ),
    "sql/views/ids.sql": (
        'CREATE OR REPLACE VIEW `eros_scheduling_brain.ids` OPTIONS(description="Ids.") AS\n'
        "SELECT o.id FROM `eros_scheduling_brain.open_orders` AS o;"
    ),
    "sql/procedures/fill.sql": (
        "CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.fill`(p_now TIMESTAMP)\n"
        'OPTIONS(description="Fills.")\nBEGIN\n'
        "  DECLARE v_total FLOAT64;\n"
        "  CREATE OR REPLACE TEMP TABLE sums AS\n"
        "  SELECT SUM(o.net_price) AS total FROM `eros_scheduling_brain.open_orders` AS o;\n"
        "  SET v_total = (SELECT s.total FROM sums AS s);\n"
        "  MERGE `eros_scheduling_brain.daily` AS d\n"
        "  USING (SELECT DATE(p_now, 'America/Los_Angeles') AS day, v_total AS total) AS s ON d.day = s.day\n"
        "  WHEN MATCHED THEN UPDATE SET total = s.total\n"
        "  WHEN NOT MATCHED THEN INSERT (day, total, note) VALUES (s.day, s.total, 'new');\n"
        "  FOR v_row IN (SELECT d.total FROM `eros_scheduling_brain.daily` AS d) DO\n"
        "    INSERT INTO `eros_scheduling_brain.report` (total, made_at) SELECT v_row.total, p_now;\n"
        "  END FOR;\nEND;"
    ),
}


@pytest.fixture
def impact(project: Project) -> Impact:
    for name, columns in TABLES.items():
        fields = ", ".join(f'{column} OPTIONS(description="C.")' for column in columns.split(", "))
        text = f'CREATE TABLE `eros_scheduling_brain.{name}` ({fields}) OPTIONS(description="T.");'
        project.write(f"sql/tables/{name}.sql", text)
    for path, text in FILES.items():
        project.write(path, text)
    return Impact(project.load())


def by_name(followers: tuple[Follower, ...]) -> dict[str, tuple[set[str], bool]]:
    return {follower.name: (set(follower.columns), follower.rows) for follower in followers}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (("orders", "id"), {"open_orders": ({"id"}, False), "ids": ({"id"}, False)}),
        (
            ("orders", "PRICE"),
            {
                "open_orders": ({"price", "net_price"}, False),
                "fill": (set(), False),
                "daily": ({"total"}, False),
                "report": ({"total"}, False),
            },
        ),
        (("orders", "state"), {"open_orders": (set(), True), "ids": (set(), True)}),
        (
            ("net", ROWS),
            {
                "open_orders": ({"net_price"}, False),
                "fill": (set(), False),
                "daily": ({"total"}, False),
                "report": ({"total"}, False),
            },
        ),
        (
            ("fill", ROWS),
            {"daily": ({"day", "total", "note"}, True), "report": ({"total", "made_at"}, True)},
        ),
        (("daily", "note"), {}),
    ],
)
def test_what_follows_from_a_change(impact: Impact, changed: Name, expected: dict[str, tuple[set[str], bool]]) -> None:
    assert by_name(impact.of([changed])) == expected


def test_distances_are_steps_and_the_nearest_comes_first(impact: Impact) -> None:
    found = impact.of([("orders", "price")])
    assert [(follower.name, follower.distance) for follower in found] == sorted(
        ((follower.name, follower.distance) for follower in found), key=lambda pair: pair[1]
    )
    assert {follower.name: follower.distance for follower in found}["open_orders"] == 1


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        (("caption_bank", "price_tier"), {("caption_bandit_stats", None), ("available_captions", "price_tier")}),
        (("emv", ROWS), {("caption_bandit_stats", "avg_emv"), ("caption_selection_at", "final_score")}),
        (("caption_bank", "caption_text"), {("schedule_recommendations_messages", "caption_text")}),
    ],
)
def test_on_the_platform_a_change_reaches_what_people_get(
    declared: Catalog, changed: Name, reached: set[tuple[str, str | None]]
) -> None:
    found = by_name(Impact(declared).of([changed]))
    there = {(name, column) for name, (columns, _) in found.items() for column in columns}
    assert {pair for pair in reached if pair[1]} <= there
    assert not {name for name, column in reached if column is None} & found.keys()


def test_a_schedule_is_named_when_what_it_calls_changes(declared: Catalog) -> None:
    impact = Impact(declared)
    assert "update_caption_performance" in impact.schedules({"update_caption_performance_at"})
    assert "daily_automation" in impact.schedules({"sweep_expired_caption_locks_at"})
    assert impact.schedules({"top_captions_v"}) == ()


def test_every_procedure_of_the_platform_can_be_followed(declared: Catalog) -> None:
    impact = Impact(declared)
    writers = [name for name, routine in declared.routines.items() if routine.kind == "PROCEDURE"]
    writers = [name for name in writers if declared.writes(name)]
    reached = {name: {follower.name for follower in impact.of([(name, ROWS)])} for name in writers}
    assert len(reached) > 10
    assert {
        name: declared.writes(name) - found for name, found in reached.items() if declared.writes(name) - found
    } == {}
