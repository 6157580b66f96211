"""What a query reads: tables, columns and windows, through views and table functions."""

from __future__ import annotations

import pytest

from catalog import Catalog
from catalog.cost import object_scans, query_scans
from catalog.cost.scans import Scan
from catalog.cost.windows import Window
from catalog.model import MaterializedView, Routine, Table, View
from catalog.sqltree import parsed

MESSAGES = "`eros_scheduling_brain.mass_messages` AS m"
FACTS = "`eros_scheduling_brain.message_facts` AS f"
NINETY_DAYS = "TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)"


def scans_of(catalog: Catalog, sql: str, table: str = "mass_messages") -> list[Scan]:
    return [scan for scan in query_scans(catalog, parsed(sql)) if scan.table == table]


def only_scan(catalog: Catalog, sql: str, table: str = "mass_messages") -> Scan:
    [scan] = scans_of(catalog, sql, table)
    return scan


@pytest.mark.parametrize(
    ("predicate", "window"),
    [
        (f"m.sending_time > {NINETY_DAYS} AND m.sending_time <= p_now", Window(True, True, 90)),
        ("m.sending_time BETWEEN TIMESTAMP_SUB(v_now, INTERVAL 36 HOUR) AND v_now", Window(True, True, 1.5)),
        ("TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 * 24 HOUR) < m.sending_time", Window(True, False, 2)),
        (
            "DATE(m.sending_time) = DATE_SUB(p_date, INTERVAL IF(3 > 0, LEAST(3, 4), 9) DAY)",
            Window(True, True, 3),
        ),
        ("m.sending_time <= p_now", Window(False, True, None)),
        # BigQuery prunes nothing by these.
        (f"m.sending_time > {NINETY_DAYS} OR m.price > 1", Window()),
        ("m.sending_time > (SELECT MAX(x.t) FROM UNNEST([p_now]) AS x)", Window()),
        ("m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL m.row_id DAY)", Window()),
        ("TIMESTAMP_ADD(m.sending_time, INTERVAL 1 DAY) > p_now", Window()),
        ("DATE(m.sending_time, 'America/Los_Angeles') >= DATE_SUB(p_date, INTERVAL 3 DAY)", Window()),
        ("m.price > 3", Window()),
    ],
)
def test_only_constant_bounds_on_the_partition_column_prune(declared: Catalog, predicate: str, window: Window) -> None:
    assert only_scan(declared, f"SELECT m.row_id FROM {MESSAGES} WHERE {predicate}").window == window


def test_the_bounds_of_a_views_reader_reach_the_table_behind_it(declared: Catalog) -> None:
    scan = only_scan(
        declared, f"SELECT f.rpr FROM {FACTS} WHERE f.sending_time > {NINETY_DAYS} AND f.sending_time < p_now"
    )

    assert scan.window == Window(True, True, 90)


def test_the_bounds_of_one_table_do_not_reach_another_that_it_is_joined_with(declared: Catalog) -> None:
    """message_facts joins the matches on the row only; they have a column of the same name."""
    scan = only_scan(
        declared, f"SELECT f.rpr FROM {FACTS} WHERE f.sending_time > {NINETY_DAYS}", "message_caption_matches"
    )

    assert scan.window == Window()


def test_arguments_of_a_table_function_decide_its_window(declared: Catalog) -> None:
    call = "`eros_scheduling_brain.get_recent_performance_window_at`(p_page, {days}, p_now) AS w"

    weeks = {
        days: only_scan(declared, f"SELECT w.rpr FROM {call.format(days=days)}").window.days
        for days in ("14", "7 + 7 * 3", "v_days")
    }

    assert weeks == {"14": 14, "7 + 7 * 3": 28, "v_days": None}


def test_a_subquery_as_instant_of_a_table_function_does_not_prune(declared: Catalog) -> None:
    instant = "(SELECT MAX(r.job_start_time) FROM `eros_scheduling_brain.etl_job_runs` AS r)"
    call = f"`eros_scheduling_brain.get_recent_performance_window_at`(p_page, 14, {instant})"

    assert not only_scan(declared, f"SELECT w.rpr FROM {call} AS w").window.is_bounded


def test_columns_are_those_that_are_named_and_all_for_a_star(declared: Catalog) -> None:
    every = {column.name for column in declared.tables["mass_messages"].columns}

    assert only_scan(declared, f"SELECT m.price FROM {MESSAGES} WHERE m.row_id = 1").columns == {"price", "row_id"}
    assert only_scan(declared, f"SELECT m.* FROM {MESSAGES}").columns == every
    assert only_scan(declared, f"SELECT COUNT(*) FROM {MESSAGES}").columns == set()
    assert "message" not in only_scan(declared, f"SELECT f.rpr FROM {FACTS}").columns, "message_facts leaves it out"


def test_columns_of_a_view_that_its_reader_does_not_take_are_not_read(declared: Catalog) -> None:
    """canonical_captions hands 41 columns on; its key is made of the text, and its rows are told apart by the id."""
    sql = "SELECT c.caption_id FROM `eros_scheduling_brain.canonical_captions` AS c WHERE c.price_tier = 'mid'"

    assert only_scan(declared, sql, "caption_bank").columns == {"caption_id", "caption_text", "price_tier"}


def test_what_an_update_changes_is_billed_with_all_its_columns(declared: Catalog) -> None:
    every = {column.name for column in declared.tables["platform_mutex"].columns}
    sql = "UPDATE `eros_scheduling_brain.platform_mutex` AS m SET holder = 'x' WHERE m.name = 'y'"

    assert only_scan(declared, sql, "platform_mutex").columns == every


def readers(catalog: Catalog) -> list[str]:
    """Every declared object that can be run as a query, without the view that has no window of its own."""
    return [
        name
        for name, one in catalog.objects.items()
        if not isinstance(one, Table | MaterializedView)
        and name != "message_facts"
        and (isinstance(one, View) or (isinstance(one, Routine) and one.kind == "TABLE_VALUED_FUNCTION"))
    ]


def test_every_scan_of_the_messages_by_a_view_or_table_function_prunes_partitions(declared: Catalog) -> None:
    # defect: T4
    scans = {
        name: [scan for scan in object_scans(declared, name) if scan.table == "mass_messages"]
        for name in readers(declared)
    }

    assert {name for name, found in scans.items() if not all(scan.window.is_bounded for scan in found)} == set()
    assert sum(map(len, scans.values())) > 50, "this test looks at the readers"
