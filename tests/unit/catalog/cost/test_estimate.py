"""Bytes billed: the minimum, pruned scans, loops and the whole platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import Catalog, load
from catalog.cost import MINIMUM_BYTES, TableSize, Volume, assumed_sizes, billed_statements, estimate
from catalog.cost.estimate import billed_bytes, runs_a_month
from catalog.cost.scans import parsed, query_scans

TEBIBYTE = 2**40
MIB = 2**20
TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  id INT64 OPTIONS(description="Id."),
  at TIMESTAMP OPTIONS(description="When."),
  note STRING OPTIONS(description="Note.")
)
PARTITION BY DATE(at)
OPTIONS(description="A table.")
"""
PROCEDURE = """
-- A job.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.{name}`(p_now TIMESTAMP)
OPTIONS(description="A job.")
BEGIN
{body}
END;
"""


def procedure(root: Path, name: str, body: str) -> None:
    path = root / "sql" / "procedures" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROCEDURE.format(name=name, body=body))


@pytest.fixture
def two_tables(tmp_path: Path) -> Path:
    for name in ("big", "small"):
        path = tmp_path / "sql" / "tables" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TABLE.format(name=name))
    return tmp_path


SIZES = {
    # 100,000 rows on each of 100 days, 8 + 8 + 100 bytes a row.
    "big": TableSize(10_000_000, 100, {"id": 8, "at": 8, "note": 100}),
    "small": TableSize(10, 1, {"id": 8, "at": 8, "note": 100}),
}


def billed(catalog: Catalog, sql: str) -> int:
    return billed_bytes(query_scans(catalog, parsed(sql)), SIZES)


def test_each_table_of_a_query_is_billed_with_ten_mebibytes_at_least_and_once(two_tables: Path) -> None:
    small = "`eros_scheduling_brain.small`"
    found = billed(load(two_tables), f"SELECT a.id FROM {small} AS a JOIN {small} AS b ON a.id = b.id")

    assert found == MINIMUM_BYTES == 10_485_760


def test_a_pruned_scan_is_billed_for_its_days_and_its_columns(two_tables: Path) -> None:
    """Nine days back touch ten partitions: 10 x 100,000 rows of 16 bytes; the note is not read."""
    window = "b.at > TIMESTAMP_SUB(p_now, INTERVAL 9 DAY) AND b.at <= p_now"
    big = f"SELECT b.id FROM `eros_scheduling_brain.big` AS b WHERE {window}"

    assert billed(load(two_tables), big) == 10 * 100_000 * 16


def test_without_a_window_all_partitions_count_and_the_longest_window_decides(two_tables: Path) -> None:
    catalog, table = load(two_tables), "`eros_scheduling_brain.big`"
    week = f"SELECT b.id FROM {table} AS b WHERE b.at > TIMESTAMP_SUB(p_now, INTERVAL 6 DAY)"
    month = f"SELECT c.note FROM {table} AS c WHERE c.at > TIMESTAMP_SUB(p_now, INTERVAL 29 DAY)"

    assert billed(catalog, f"SELECT b.id FROM {table} AS b") == 10_000_000 * 8
    assert billed(catalog, f"{week} UNION ALL {month}") == 30 * 100_000 * 116


def test_every_child_statement_is_billed_and_a_loop_once_for_each_creator(two_tables: Path) -> None:
    """Hand count: SET 1, the loop's query 1, three creators x (the called UPDATE 1 + INSERT of a query 1)."""
    update = "  UPDATE `eros_scheduling_brain.small` AS s SET note = 'x' WHERE s.id = 1;"
    procedure(two_tables, "inner_job", update)
    body = """
  DECLARE v_rows INT64;
  SET v_rows = (SELECT COUNT(*) FROM `eros_scheduling_brain.small` AS s);
  FOR v_row IN (SELECT s.id FROM `eros_scheduling_brain.small` AS s) DO
    CALL `eros_scheduling_brain.inner_job`(p_now);
    INSERT INTO `eros_scheduling_brain.big` (id) SELECT s.id FROM `eros_scheduling_brain.small` AS s;
    INSERT INTO `eros_scheduling_brain.big` (id) VALUES (1);
  END FOR;
"""
    procedure(two_tables, "job", body)
    found = billed_statements(load(two_tables), "job", creators=3)

    assert [(one.procedure, one.times) for one in found] == [("job", 1), ("job", 1), ("inner_job", 3), ("job", 3)]
    assert sum(billed_bytes(one.scans, SIZES) * one.times for one in found) == 8 * MINIMUM_BYTES


def test_the_whole_platform_stays_within_the_free_tebibyte(declared: Catalog) -> None:
    volume = Volume(creators=100, messages_per_month=1_000_000)
    costs = estimate(declared, assumed_sizes(declared, volume), volume.creators)

    assert {cost.name for cost in costs} == declared.schedules.keys()
    assert sum(cost.bytes_a_month for cost in costs) < TEBIBYTE
    for cost in costs:
        assert cost.bytes_a_run > 3 * MINIMUM_BYTES, "each writes its job run and reads something"


def test_the_daily_run_reads_the_messages_as_often_for_many_creators_as_for_few(declared: Catalog) -> None:
    """A statement a page would be billed for the same 90 days of messages again for every page."""

    def readings(creators: int) -> float:
        found = billed_statements(declared, "run_daily_automation_at", creators)
        return sum(one.times for one in found if any(scan.table == "mass_messages" for scan in one.scans))

    assert readings(1) == readings(500) == 2


def test_what_is_done_once_a_day_does_not_count_with_every_tick_of_its_dispatcher(declared: Catalog) -> None:
    dispatcher = declared.schedules["daily_automation"]
    found = {one.procedure: one.daily for one in billed_statements(declared, dispatcher.procedure, 100)}

    assert found["run_daily_automation_at"]
    assert not found["dispatch_daily_automation_at"]
    assert runs_a_month(dispatcher) == pytest.approx(4 * 24 * 365.25 / 12)


def test_every_scan_of_the_messages_by_a_scheduled_query_prunes_partitions(declared: Catalog) -> None:
    # defect: T4
    found = [
        (one.procedure, one.line, scan.window)
        for schedule in declared.schedules.values()
        for one in billed_statements(declared, schedule.procedure, 1)
        for scan in one.scans
        if scan.table == "mass_messages"
    ]

    assert [place for *place, window in found if not window.is_bounded or window.days is None] == []
    assert {name for name, *_ in found} == {
        "match_message_captions", "run_daily_automation_at", "update_caption_performance_at"
    }  # fmt: skip
