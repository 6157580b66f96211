"""The text of `python -m catalog plan`: each statement with its readings of tables, most first."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalog import Catalog
from catalog.model import Routine
from catalog.plan import PlannedStatement, called_procedures, object_reads, planned_statements


def lines(catalog: Catalog, of: str, *, chains: bool) -> Iterator[str]:
    """Every schedule with the statements of all procedures that it reaches; or one schedule or object, `of`."""
    names = [of] if of else list(catalog.schedules)
    for name in names:
        yield name
        for statement in _statements(catalog, name):
            counts = sorted(statement.counts.items(), key=lambda item: (-item[1], item[0]))
            path = catalog.objects[statement.procedure].path
            yield f"  {path}:{statement.line}  " + ", ".join(f"{table} {count}" for table, count in counts)
            if chains:
                yield from (f"    {read}" for read in sorted(statement.reads, key=str))


def _statements(catalog: Catalog, name: str) -> Iterator[PlannedStatement]:
    start = catalog.schedules[name].procedure if name in catalog.schedules else name
    declared = catalog.objects[start]
    if not isinstance(declared, Routine) or declared.kind != "PROCEDURE":
        yield PlannedStatement(start, declared.line, object_reads(catalog.objects, start))
        return
    for procedure in called_procedures(catalog.objects, start):
        yield from planned_statements(catalog.objects, catalog.routines[procedure])
