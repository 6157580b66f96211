"""Bytes billed: the minimum, pruned scans, loops and the whole platform."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog import Catalog, load
from catalog.cost import MINIMUM_BYTES, TableSize, Volume, assumed_sizes, billed_statements, estimate
from catalog.cost.estimate import billed_bytes, runs_a_month
from catalog.cost.scans import query_scans
from catalog.sqltree import parsed

TEBIBYTE = 2**40
MIB = 2**20
TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  id INT64 OPTIONS(description="Id."),
  seen TIMESTAMP OPTIONS(description="When."),
  note STRING OPTIONS(description="Note.")
)
PARTITION BY DATE(seen)
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
    "big": TableSize(10_000_000, 100, {"id": 8, "seen": 8, "note": 100}),
    "small": TableSize(10, 1, {"id": 8, "seen": 8, "note": 100}),
}


def billed(catalog: Catalog, sql: str) -> int:
    return billed_bytes(query_scans(catalog, parsed(sql)), SIZES)


def test_each_table_of_a_query_is_billed_with_ten_mebibytes_at_least_and_once(two_tables: Path) -> None:
    small = "`eros_scheduling_brain.small`"
    found = billed(load(two_tables), f"SELECT a.id FROM {small} AS a JOIN {small} AS b ON a.id = b.id")

    assert found == MINIMUM_BYTES == 10_485_760


def test_a_pruned_scan_is_billed_for_its_days_and_its_columns(two_tables: Path) -> None:
    """Nine days back touch ten partitions: 10 x 100,000 rows of 16 bytes; the note is not read."""
    window = "b.seen > TIMESTAMP_SUB(p_now, INTERVAL 9 DAY) AND b.seen <= p_now"
    big = f"SELECT b.id FROM `eros_scheduling_brain.big` AS b WHERE {window}"

    assert billed(load(two_tables), big) == 10 * 100_000 * 16


def test_without_a_window_all_partitions_count_and_the_longest_window_decides(two_tables: Path) -> None:
    catalog, table = load(two_tables), "`eros_scheduling_brain.big`"
    week = f"SELECT b.id FROM {table} AS b WHERE b.seen > TIMESTAMP_SUB(p_now, INTERVAL 6 DAY)"
    month = f"SELECT c.note FROM {table} AS c WHERE c.seen > TIMESTAMP_SUB(p_now, INTERVAL 29 DAY)"

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


def test_a_loop_over_a_list_that_is_written_out_counts_its_members(two_tables: Path) -> None:
    """Two members, whatever the creators; a list from a table or a variable may be as long as the creators are many."""
    small = "`eros_scheduling_brain.small`"
    body = f"""
  DECLARE v_names ARRAY<STRING> DEFAULT ['a'];
  FOR v_row IN (SELECT one.id FROM UNNEST([STRUCT(1 AS id), STRUCT(2 AS id)]) AS one ORDER BY one.id) DO
    UPDATE {small} AS s SET note = 'x' WHERE s.id = v_row.id;
  END FOR;
  FOR v_row IN (SELECT name FROM UNNEST(v_names) AS name) DO
    UPDATE {small} AS s SET note = 'y' WHERE s.id = 1;
  END FOR;
  FOR v_row IN (SELECT one FROM UNNEST([1, 2]) AS one INNER JOIN {small} AS s ON s.id = one) DO
    UPDATE {small} AS s SET note = 'z' WHERE s.id = 1;
  END FOR;
"""
    procedure(two_tables, "job", body)
    found = billed_statements(load(two_tables), "job", creators=7)

    assert [one.times for one in found] == [2, 7, 1, 7]


def total(catalog: Catalog, volume: Volume) -> float:
    return sum(cost.bytes_a_month for cost in estimate(catalog, assumed_sizes(catalog, volume), volume.creators))


def test_the_whole_platform_stays_within_the_free_tebibyte(declared: Catalog) -> None:
    """100 creators with 10,000 captions each and 1 M messages a month, with backups and all that watches."""
    volume = declared.volumes.load
    costs = estimate(declared, assumed_sizes(declared, volume), volume.creators)

    assert (volume.creators, volume.captions_per_creator, volume.messages_per_month) == (100, 10_000, 1_000_000)
    assert {cost.name for cost in costs} == {*declared.schedules, "selection for all creators", "materialized views"}
    assert total(declared, volume) < TEBIBYTE
    for cost in costs:
        assert cost.bytes_a_run >= 3 * MINIMUM_BYTES, "each writes its job run and reads something"


def test_ten_times_the_creators_cost_at_most_ten_times_as_much(declared: Catalog) -> None:
    """Nothing is read once a page: what does not grow with the load, the minimum of a table, is why it is less."""
    many = total(declared, replace(declared.volumes.load, creators=1000, messages_per_month=10_000_000))

    assert 5 < many / total(declared, declared.volumes.load) < 10


def test_a_selection_for_all_creators_reads_the_bank_once(declared: Catalog) -> None:
    """A call a page would be billed for the whole bank each time: at 100 creators many times as much."""

    def readings(creators: int) -> list[float]:
        found = billed_statements(declared, "select_captions_for_creators_at", creators)
        return [one.times for one in found if any(scan.table == "caption_bank" for scan in one.scans)]

    volume = declared.volumes.load
    sizes = assumed_sizes(declared, volume)
    together = next(
        cost for cost in estimate(declared, sizes, volume.creators) if cost.name == "selection for all creators"
    )
    alone = billed_statements(declared, "select_captions_for_creator_at", 1)
    one_page = sum(billed_bytes(one.scans, sizes) * one.times for one in alone)

    assert readings(1) == readings(500) == [1]
    assert together.runs_a_month == pytest.approx(365.25 / 12)
    assert sizes["caption_bank"].rows * 160 < together.bytes_a_run < volume.creators * one_page / 10


def test_the_daily_run_reads_the_messages_as_often_for_many_creators_as_for_few(declared: Catalog) -> None:
    """A statement a page would be billed for the same 90 days of messages again for every page."""

    def readings(creators: int) -> float:
        found = billed_statements(declared, "run_daily_automation_at", creators)
        return sum(one.times for one in found if any(scan.table == "mass_messages" for scan in one.scans))

    assert readings(1) == readings(500) == 3, "the senders and the two halves of the reports"


def test_a_statement_marked_so_counts_once_a_day_and_so_does_all_that_it_calls(two_tables: Path) -> None:
    update = "  UPDATE `eros_scheduling_brain.small` AS s SET note = 'x' WHERE s.id = 1;"
    procedure(two_tables, "inner_job", f"{update}\n{update}")
    body = f"""
  -- cost: once a day because it is asked for by hand
  CALL `eros_scheduling_brain.inner_job`(p_now);
{update}
  -- cost: once a day because small is seldom empty
  IF NOT EXISTS (SELECT 1 FROM `eros_scheduling_brain.small` AS s) THEN
  {update}
  END IF;
  -- cost: seldom
{update}
"""
    procedure(two_tables, "job", body)
    found = billed_statements(load(two_tables), "job", creators=1)

    assert [one.period == "day" for one in found] == [True, True, False, True, True, False]


def test_what_is_done_once_a_month_counts_so_also_within_what_is_done_once_a_day(two_tables: Path) -> None:
    update = "  UPDATE `eros_scheduling_brain.small` AS s SET note = 'x' WHERE s.id = 1;"
    procedure(two_tables, "inner_job", f"  -- cost: once a month because it is the first of it\n{update}\n{update}")
    daily = "-- cost: once a day because it is asked for by hand"
    monthly = "-- cost: once a month because it seldom fails"
    call = "CALL `eros_scheduling_brain.inner_job`(p_now);"
    procedure(two_tables, "job", f"  {daily}\n  {call}\n  {monthly}\n  {call}\n")
    found = billed_statements(load(two_tables), "job", creators=1)
    assert [one.period for one in found] == ["month", "day", "month", "month"]


VIEW = """
CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.{name}`
OPTIONS(description="Sums.", enable_refresh={refreshed}, refresh_interval_minutes={minutes})
AS SELECT b.id, COUNT(*) AS n FROM `eros_scheduling_brain.{table}` AS b GROUP BY b.id;
"""
SCHEDULE = """
job:
  display_name: Job
  description: Changes small.
  owner: devops
  severity: WARNING
  recipients: [devops]
  call: CALL `eros_scheduling_brain.job`(NULL)
  schedule: every 6 hours from 00:23 to 23:59
  max_runtime_seconds: 30
"""


@pytest.mark.parametrize(
    ("table", "minutes", "refreshed", "times_a_month"),
    [
        # The one job changes small four times a day; big is changed by nobody here, but is no source either.
        ("small", 60, "true", 4 * 365.25 / 12),
        ("small", 1440, "true", 365.25 / 12),
        ("small", 60, "false", None),
        ("big", 60, "true", 0),
        ("fed", 60, "true", 24 * 365.25 / 12),
    ],
)
def test_refreshes_are_billed_as_often_as_the_base_changes_and_the_interval_allows(
    two_tables: Path, table: str, minutes: int, refreshed: str, times_a_month: float | None
) -> None:
    """Each reads the two columns of all partitions again: a change of rows invalidates the view as a whole."""
    fed = TABLE.format(name="fed").replace('"A table.")', '"A table.", labels=[("ownership", "source")])')
    (two_tables / "sql" / "tables" / "fed.sql").write_text(fed)
    procedure(two_tables, "job", "  UPDATE `eros_scheduling_brain.small` AS s SET note = 'x' WHERE s.id = 1;")
    for path, text in (
        (
            "sql/materialized_views/sums.sql",
            VIEW.format(name="sums", table=table, minutes=minutes, refreshed=refreshed),
        ),
        ("config/schedules.yaml", SCHEDULE),
    ):
        (two_tables / path).parent.mkdir(exist_ok=True)
        (two_tables / path).write_text(text)
    costs = {cost.name: cost for cost in estimate(load(two_tables), SIZES | {"fed": SIZES["big"]}, 1)}

    if times_a_month is None:
        assert set(costs) == {"job"}
        return
    (refresh,) = costs["materialized views"].statements
    assert refresh.times_a_month == pytest.approx(times_a_month)
    assert refresh.bytes == (MINIMUM_BYTES if table == "small" else 10_000_000 * 8)


def test_what_is_done_once_a_day_does_not_count_with_every_tick_of_its_dispatcher(declared: Catalog) -> None:
    """A quiet tick is one statement over one table; all that the daily run does is done once a day."""
    dispatcher = declared.schedules["daily_automation"]
    found = billed_statements(declared, dispatcher.procedure, 100)
    ticks = [one for one in found if one.period == "run"]

    assert [(one.procedure, {scan.table for scan in one.scans}) for one in ticks] == [
        ("dispatch_daily_automation_at", {"etl_job_runs"})
    ]
    assert any(one.procedure == "run_daily_automation_at" for one in found)
    assert runs_a_month(dispatcher) == pytest.approx(4 * 24 * 365.25 / 12)


def test_every_scan_of_the_messages_by_a_scheduled_query_prunes_partitions(declared: Catalog) -> None:
    # defect: T4
    found = [
        (one.procedure, one.line, scan.window)
        for schedule in declared.schedules.values()
        for one in billed_statements(declared, schedule.procedure, 1)
        for scan in one.scans
        if scan.table == "mass_messages" and one.procedure != "export_tables_at"  # a backup is of everything
    ]

    assert [place for *place, window in found if not window.is_bounded or window.days is None] == []
    assert {name for name, *_ in found} == {
        "match_message_captions", "pool_health_daily_at", "run_daily_automation_at", "run_health_check_at",
        "update_caption_performance_at",
    }  # fmt: skip
