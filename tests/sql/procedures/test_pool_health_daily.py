"""The daily check of caption pools: which pages, which figures, which status, one row a page, scope and day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.sql.captions import NOW, Row, caption, flag, inventory, restriction
from tests.sql.messages import message
from tests.sql.warehouse import DATASET, Warehouse

TODAY = date.fromisoformat(NOW.date().isoformat())


def checked(warehouse: Warehouse) -> dict[tuple[date, str, str], Row]:
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.pool_health")
    found = {(row["check_date"], row["page_name"], row["scope"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def statuses(warehouse: Warehouse, page: str = "alice") -> dict[str, str]:
    return {scope: row["status"] for (_, name, scope), row in checked(warehouse).items() if name == page}


def bank(ppv: int, bump: int, category: str = "General") -> list[Row]:
    start = {"General": 0, "Feet": 10_000}[category]
    return [
        *(caption(start + number, "mid", category) for number in range(ppv)),
        *(caption(start + 5_000 + number, "bump", category) for number in range(bump)),
    ]


@pytest.mark.parametrize(
    ("ppv", "bump", "expected"),
    [
        (200, 50, {"PPV": "OK", "BUMP": "OK"}),
        (199, 49, {"PPV": "WARNING", "BUMP": "WARNING"}),
        (50, 10, {"PPV": "WARNING", "BUMP": "WARNING"}),
        (49, 9, {"PPV": "CRITICAL", "BUMP": "CRITICAL"}),
        (0, 0, {"PPV": "CRITICAL", "BUMP": "CRITICAL"}),
    ],
)
def test_small_pools_warn_and_tiny_ones_are_critical(
    warehouse: Warehouse, ppv: int, bump: int, expected: dict[str, str]
) -> None:
    warehouse.insert("active_creators", [{"page_name": "alice"}])
    if ppv:
        warehouse.insert("caption_bank", bank(ppv, bump))
    warehouse.call("pool_health_daily_at", NOW)
    assert statuses(warehouse) == expected
    assert {row["min_pool"] for (_, _, scope), row in checked(warehouse).items() if scope == "PPV"} == {200}


def test_a_page_below_its_own_minimum_is_critical_however_large_its_pool_is(warehouse: Warehouse) -> None:
    warehouse.insert("active_creators", [{"page_name": "alice"}])
    warehouse.insert("caption_bank", bank(250, 60))
    warehouse.insert("feature_flags", [flag(is_enabled=True)])
    warehouse.insert("creator_caption_restrictions", [restriction(min_ppv_pool=251, min_bump_pool=60)])
    warehouse.call("pool_health_daily_at", NOW)
    assert statuses(warehouse) == {"PPV": "CRITICAL", "BUMP": "OK"}
    assert checked(warehouse)[TODAY, "alice", "PPV"]["min_pool"] == 251


def test_hard_rules_and_inventory_are_told_apart(warehouse: Warehouse) -> None:
    warehouse.insert("active_creators", [{"page_name": "alice"}])
    warehouse.insert("caption_bank", [*bank(100, 20), *bank(30, 5, "Feet")])
    warehouse.insert("creator_content_inventory", [inventory(["Solo"])])
    warehouse.insert("creator_caption_restrictions", [restriction(hard_patterns=["nothing"], min_ppv_pool=1)])
    warehouse.call("pool_health_daily_at", NOW)
    row = checked(warehouse)[TODAY, "alice", "PPV"]
    assert (row["pool_total"], row["pool_after_hard"], row["pool_after_restrictions"]) == (130, 130, 100)


def test_pages_are_those_that_are_active_or_have_sent_in_thirty_days(warehouse: Warehouse) -> None:
    def sent(page: str, **ago: float) -> Row:
        return message(page, NOW - timedelta(**ago))

    warehouse.insert("active_creators", [{"page_name": " Alice "}, {"page_name": ""}, {"page_name": None}])
    rows = [sent("bob", days=29), sent("carol", days=31), sent("alice", days=1), sent("dave", days=-1)]
    warehouse.insert("mass_messages", rows)
    warehouse.call("pool_health_daily_at", NOW)
    assert {page for _, page, _ in checked(warehouse)} == {"alice", "bob"}


def test_a_second_run_replaces_the_day_and_leaves_the_days_before(warehouse: Warehouse) -> None:
    warehouse.insert("active_creators", [{"page_name": "alice"}])
    warehouse.insert("mass_messages", [message("bob", NOW - timedelta(days=29, hours=20))])
    warehouse.insert("caption_bank", bank(60, 20))
    warehouse.call("pool_health_daily_at", NOW - timedelta(days=1))
    warehouse.call("pool_health_daily_at", NOW)
    warehouse.insert("caption_bank", bank(7, 0, "Feet"))
    warehouse.call("pool_health_daily_at", NOW + timedelta(hours=8))
    found = checked(warehouse)
    pages: dict[date, Any] = {}
    for day, page, _ in found:
        pages.setdefault(day, set()).add(page)
    assert pages == {TODAY - timedelta(days=1): {"alice", "bob"}, TODAY: {"alice"}}
    assert found[TODAY, "alice", "PPV"]["pool_total"] == 67
    assert found[TODAY - timedelta(days=1), "alice", "PPV"]["pool_total"] == 60


def test_it_is_a_job_run_of_the_pages_that_it_counted(warehouse: Warehouse) -> None:
    warehouse.call("pool_health_daily_at", NOW)
    warehouse.insert("active_creators", [{"page_name": "alice"}])
    warehouse.call("pool_health_daily_at", NOW)
    with warehouse.without("pool_health"), pytest.raises(Exception, match="pool_health"):
        warehouse.call("pool_health_daily_at", NOW)
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs ORDER BY job_status")
    assert [(row["job_status"], row["creators_processed"], row["records_processed"]) for row in rows] == [
        ("COMPLETED_NO_WORK", 0, 0),
        ("FAILED", None, None),
        ("SUCCESS", 1, 2),
    ]
