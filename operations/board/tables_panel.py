"""The panel of tables: rows, bytes and the last write of each, as the tables say themselves, which is free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from operations.board.panels import Grid, Heading, Item, Panel
from operations.board.sources import Sources
from operations.board.wording import count, size, some, when
from operations.storage_report import StoredTable, stored


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    names = sorted({*sources.outputs.tables, *sources.outputs.sources})
    found = stored(sources.client, sources.place, names)
    return panel(found, sorted(set(names) - {table.name for table in found}), set(sources.outputs.sources), sources.now)


def panel(found: Sequence[StoredTable], missing: Sequence[str], fed: set[str], now: datetime) -> Panel:
    """The largest first; what is missing before them."""
    largest = max((table.bytes for table in found), default=0) or 1
    empty = sum(not table.rows for table in found)
    rows = tuple(
        (
            Item(table.name, "source: others write it" if table.name in fed else "", href=f"#object-{table.name}"),
            count(table.rows),
            Item(size(table.bytes), share=table.bytes / largest),
            when(table.modified, now, "not known"),
        )
        for table in sorted(found, key=lambda table: (-table.bytes, -table.rows, table.name))
    )
    gone = tuple((Item(name, "missing", state="critical"), Item(""), Item(""), Item("")) for name in missing)
    headings = (Heading("table"), Heading("rows", numeric=True), Heading("size", numeric=True), Heading("last written"))
    return Panel(
        *("tables", "Tables"),
        f"{sum(table.rows for table in found):,} rows",
        f"{some(len(found), 'table')}, {empty} empty, {size(sum(table.bytes for table in found))}",
        "critical" if missing else "ok",
        (Grid("Rows and freshness of the tables", headings, (*gone, *rows)),),
        tuple(f"Table {name} is missing" for name in missing),
    )
