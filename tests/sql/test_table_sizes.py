"""Table sizes for `eros cost`, measured on a deployed dataset."""

from __future__ import annotations

from datetime import timedelta

from catalog.cost.sizes import column_bytes
from operations.cost_report import measured_sizes
from tests.sql.messages import message, utc
from tests.sql.warehouse import PLACE, Warehouse

NOON = utc("2025-11-04 12:00")


def test_rows_days_and_widths_are_those_of_the_deployed_tables(warehouse: Warehouse) -> None:
    warehouse.deploy(*warehouse.catalog.tables)
    warehouse.insert("mass_messages", [message("alice", NOON - timedelta(hours=12 * n)) for n in range(6)])

    sizes = measured_sizes(warehouse.client, PLACE, warehouse.catalog)

    assert sizes.keys() == warehouse.catalog.tables.keys()
    messages = sizes["mass_messages"]
    assert (messages.rows, messages.days) == (6, 3)
    model = column_bytes(warehouse.catalog.tables["mass_messages"], warehouse.catalog.volumes.texts)
    ratio = {messages.column_bytes[name] / width for name, width in model.items()}
    assert max(ratio) - min(ratio) < 1e-9
    assert messages.bytes_of(("price",), 1) == 4 * messages.column_bytes["price"]
    assert (sizes["caption_bank"].rows, sizes["platform_mutex"].days) == (0, 0)
