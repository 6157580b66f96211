"""Objects under other names and sources in another dataset: the same SQL finds them."""

from __future__ import annotations

import pytest

from catalog import Placement
from tests.deploying import Deployment
from tests.sql.emulator import PROJECT
from tests.sql.warehouse import Warehouse

PLACE = Placement(
    PROJECT,
    "placed_brain",
    source_dataset="placed_etl",
    names={
        "captions": "audit_log",
        "audit_log": "audit_log_eros",
        "caption_bandit_stats": "stats_v2",
        "la_hour": "hour_in_la",
        "canonical_captions": "captions",
    },
    sources=frozenset({"captions", "caption_bank"}),
)
TABLES = ("captions", "audit_log", "caption_bank", "caption_bandit_stats", "holiday_calendar", "schedule_export_log")


@pytest.fixture(scope="module")
def placed(deployed_warehouse: Warehouse) -> Warehouse:
    """A few objects where PLACE says, and one of somebody else's under the logical name of a moved one."""
    catalog = deployed_warehouse.catalog
    deployment = Deployment(deployed_warehouse.endpoint, catalog, PLACE)
    for dataset in PLACE.datasets:
        deployment.dataset(dataset)
    wanted = deployed_warehouse.closure(*TABLES, "canonical_captions", "la_hour")
    deployment.create_all(name for name in catalog.order() if name in wanted)
    deployed_warehouse.rows("CREATE TABLE `placed_brain.caption_bandit_stats` (theirs INT64)")
    return deployed_warehouse


def result(placed: Warehouse, check: str) -> list[str]:
    return [row["detail"] for row in placed.rows(placed.catalog.checks[check].query(PLACE))]


def test_views_and_functions_read_what_lies_elsewhere(placed: Warehouse) -> None:
    count = "SELECT COUNT(*) FROM `placed_brain.captions`"
    before = placed.value(count)
    placed.rows("INSERT INTO `placed_etl.caption_bank` (caption_id, caption_text) VALUES (7, 'Hi there')")
    assert (before, placed.value(count)) == (0, 1)
    assert placed.value("SELECT `placed_brain.hour_in_la`(TIMESTAMP '2025-11-03 20:00:00+00')") == 12


def test_checks_of_routines_see_logical_names(placed: Warehouse) -> None:
    assert "function wilson_sample does not exist" in result(placed, "v1.1")
    assert all("sweep_expired_caption_locks" in detail for detail in result(placed, "v5.3"))


def test_checks_of_the_schema_see_logical_names_and_only_declared_objects(placed: Warehouse) -> None:
    assert result(placed, "v1.2") == []
    assert result(placed, "v3.1") == []
    placed.rows("DROP TABLE `placed_brain.stats_v2`")
    assert result(placed, "v1.2") == ["table caption_bandit_stats does not exist"]
    assert len(result(placed, "v3.1")) == 15
