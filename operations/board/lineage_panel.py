"""The panel of lineage: every declared object with those before and after it, from the files alone.

Data flows from left to right: what an object reads or is called by stands before it, what it writes or feeds after it.
"""

from __future__ import annotations

from catalog import Catalog
from catalog.model import MaterializedView, Routine, Table
from operations.board.panels import LineageNode, Panel, Web
from operations.board.sources import Sources

KINDS = {"SCALAR_FUNCTION": "function", "TABLE_VALUED_FUNCTION": "table function", "PROCEDURE": "procedure"}


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    return panel(sources.catalog)


def panel(catalog: Catalog) -> Panel:
    """A node an object and a schedule."""
    nodes = (*_schedules(catalog), *(_node(catalog, name) for name in catalog.objects))
    views = len(catalog.views) + len(catalog.materialized_views)
    note = f"{len(catalog.tables)} tables, {views} views, {len(catalog.routines)} routines"
    return Panel("lineage", "Lineage", f"{len(nodes)} objects", note, "", (Web(nodes, _busiest(nodes)),), shape="wide")


def _busiest(nodes: tuple[LineageNode, ...]) -> str:
    """The table with the most around it."""
    tables = [node for node in nodes if "table" in node.kind]
    around = {node.name: sum(map(len, (*node.before.values(), *node.after.values()))) for node in tables}
    return max(around, key=lambda name: (around[name], name), default="")


def _schedules(catalog: Catalog) -> tuple[LineageNode, ...]:
    return tuple(
        LineageNode(f"schedule:{one.name}", "schedule", str(one.path), one.description, {}, {"runs": (one.procedure,)})
        for one in catalog.schedules.values()
    )


def _node(catalog: Catalog, name: str) -> LineageNode:
    declared, used = catalog.objects[name], catalog.usage(name)
    users = {other: catalog.usage(other) for other in catalog.objects}
    before = {
        "reads": catalog.reads(name),
        "written by": {other for other, one in users.items() if name in one.writes},
        "called by": {other for other, one in users.items() if name in one.calls},
        "run by": {f"schedule:{one.name}" for one in catalog.schedules.values() if one.procedure == name},
    }
    after = {
        "read by": {other for other, one in users.items() if name in one.reads},
        "writes": set(used.writes),
        "calls": used.calls,
    }
    return LineageNode(
        name,
        _kind(declared),
        declared.path.as_posix(),
        declared.description,
        {what: tuple(sorted(names)) for what, names in before.items() if names},
        {what: tuple(sorted(names)) for what, names in after.items() if names},
    )


def _kind(declared: object) -> str:
    if isinstance(declared, Table):
        return "source table" if declared.is_source else "table"
    if isinstance(declared, Routine):
        return KINDS[declared.kind]
    return "materialized view" if isinstance(declared, MaterializedView) else "view"
