"""Every report can be read as `eros report` reads it, and is its table function at the present moment."""

from __future__ import annotations

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from operations import reports, storage_report
from tests.sql.messages import caption
from tests.sql.warehouse import PLACE, Warehouse

GIB = 2**30


def test_every_report_answers_on_an_empty_platform(warehouse: Warehouse) -> None:
    found = reports.declared(warehouse.catalog.views)
    assert "daily_automation" in found
    warehouse.deploy(*(report.view for report in found.values()))
    for report in found.values():
        declared = warehouse.catalog.routines[f"{report.view}_at"]
        result = reports.run(warehouse.client, PLACE, report)
        assert result.columns == tuple(column.name for column in declared.return_columns), report.name
        assert not result.more


def test_rows_come_in_the_order_of_the_report_and_no_more_than_asked_for(warehouse: Warehouse) -> None:
    report = reports.declared(warehouse.catalog.views)["daily_automation"]
    warehouse.deploy(report.view)

    whole = reports.run(warehouse.client, PLACE, report)
    part = reports.run(warehouse.client, PLACE, report, limit=2)
    exact = reports.run(warehouse.client, PLACE, report, limit=len(whole.rows))

    dates = [row["execution_date"] for row in whole.rows]
    assert len(dates) in (6, 7)
    assert dates == sorted(dates, reverse=True)
    assert (part.rows, part.more) == (whole.rows[:2], True)
    assert (exact.rows, exact.more) == (whole.rows, False)


def test_storage_is_what_the_tables_say_of_themselves(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(f"text {n}") for n in range(50)])
    warehouse.insert("feature_flags", [{"flag": "a", "is_enabled": True, "updated_at": "2025-11-04 00:00:00"}])
    warehouse.deploy("captions")

    found = storage_report.report(warehouse.client, PLACE, ("captions", "feature_flags", "caption_bank", "audit_log_2"))

    tables = [
        warehouse.client.get_table(str(PLACE.address(name))) for name in ("caption_bank", "feature_flags", "captions")
    ]
    told = [(table.table_id, table.num_rows or 0, table.num_bytes or 0) for table in tables]
    told.sort(key=lambda one: (-one[2], one[0]))
    assert told[0][2] > 0
    assert [(row["table_name"], row["rows"], row["gib"] * GIB) for row in found.rows] == [
        ("(all tables)", sum(one[1] for one in told), sum(one[2] for one in told)),
        *told,
    ]


def test_what_nobody_changed_for_long_costs_half(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = {"numBytes": str(10 * GIB), "numLongTermBytes": str(4 * GIB), "numRows": "7"}
    reference = {"projectId": "p", "datasetId": "d", "tableId": "captions"}
    table = bigquery.Table.from_api_repr({"tableReference": reference, **resource})
    client = bigquery.Client("p", credentials=AnonymousCredentials())
    monkeypatch.setattr(client, "get_table", lambda *_, **__: table)

    every, one = storage_report.report(client, PLACE, ("captions",)).rows

    assert {**every, "table_name": "captions"} == one
    assert (one["gib"], one["long_term_gib"], one["cost_usd_a_month"]) == (10, 4, pytest.approx(6 * 0.02 + 4 * 0.01))
