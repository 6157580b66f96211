"""What a review says of the performance report: a page of 5,000 followers is SMALL and at LOW risk."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import Catalog, load_cached
from operations.review.findings import CheckResult
from operations.review.fixed_page import fixed_page
from tests.sql.emulator import ROOT
from tests.sql.test_data_diff import edited
from tests.sql.warehouse import DATASET, PLACE, Warehouse

TABLES = ("mass_messages", "message_caption_matches", "holiday_calendar")
CHANGED = ("message_facts",)


@pytest.fixture
def tables(warehouse: Warehouse) -> Warehouse:
    warehouse.deploy(*TABLES)
    return warehouse


def asked(tables: Warehouse, catalog: Catalog, changed: tuple[str, ...]) -> CheckResult:
    found = fixed_page(tables.client, PLACE, catalog, changed)
    assert found is not None
    return found


def test_the_page_comes_out_small_and_low_and_nothing_is_left_of_it(tables: Warehouse) -> None:
    found = asked(tables, load_cached(ROOT), CHANGED)
    assert (found.result, found.note) == ("passed", "5,000 followers, $2,500 a month: SMALL and LOW")
    assert not [one for one in tables.client.list_datasets() if "review" in one.dataset_id]
    assert tables.rows(f"SELECT COUNT(*) AS n FROM `{PLACE.project}.{DATASET}.mass_messages`") == [{"n": 0}]


def test_a_change_that_makes_it_another_size_fails_and_says_which(tables: Warehouse, tmp_path: Path) -> None:
    catalog = edited(
        tmp_path, ("table_functions/account_sizes_at", "STRUCT('SMALL', 25000.0", "STRUCT('SMALL', 6000.0")
    )
    found = asked(tables, catalog, ("account_sizes_at",))
    assert (found.result, found.note) == (
        "failed",
        "5,000 followers, $2,500 a month: MEDIUM and LOW, and must be SMALL and LOW",
    )


def test_a_change_that_cannot_run_fails(tables: Warehouse, tmp_path: Path) -> None:
    broken = ("table_functions/account_sizes_at", "page.audience AS avg_audience", "page.no_such AS avg_audience")
    found = asked(tables, edited(tmp_path, broken), ("account_sizes_at",))
    assert found.result == "failed"
    assert "no_such" in found.note


def test_what_changes_nothing_that_it_reads_is_not_asked_for(tables: Warehouse) -> None:
    assert fixed_page(tables.client, PLACE, load_cached(ROOT), ("latest_recommendations",)) is None
