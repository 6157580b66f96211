"""Every report can be read as `eros report` reads it, and is its table function at the present moment."""

from __future__ import annotations

from operations import reports
from tests.sql.warehouse import PLACE, Warehouse


def test_every_report_answers_on_an_empty_platform(warehouse: Warehouse) -> None:
    found = reports.declared(warehouse.catalog.views)
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
