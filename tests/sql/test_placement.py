"""Objects under other names and sources in another dataset: the same SQL finds them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from catalog import Placement, rest
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
    catalog, url = deployed_warehouse.catalog, f"{deployed_warehouse.endpoint}/bigquery/v2/projects/{PROJECT}/datasets"
    for dataset in PLACE.datasets:
        post(url, {"datasetReference": {"projectId": PROJECT, "datasetId": dataset}})
    wanted = deployed_warehouse.closure(*TABLES, "canonical_captions", "la_hour")
    for name in (item for item in catalog.order() if item in wanted):
        there = f"{url}/{PLACE.dataset_of(name)}"
        if name in catalog.tables:
            post(f"{there}/tables", rest.table_resource(catalog.tables[name], PLACE))
        elif name in catalog.routines:
            post(f"{there}/routines", rest.routine_resource(catalog.routines[name], PLACE))
        else:
            post(f"{there}/tables", rest.view_resource(catalog.view(name), PLACE))
    deployed_warehouse.rows("CREATE TABLE `placed_brain.caption_bandit_stats` (theirs INT64)")
    return deployed_warehouse


def post(url: str, body: dict[str, Any]) -> None:
    answer = requests.post(url, json=body, timeout=60)
    assert answer.ok, answer.text


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
