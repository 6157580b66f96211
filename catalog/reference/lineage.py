"""Lineage as pictures: the neighbourhood of one object, and the platform in a few charts that can be read.

Arrows follow the data: what is read points to its reader, a writer points to what it writes, a schedule to the
procedure that it runs. Scalar functions are left out but of their own pages: they pass on no rows. In the charts of
the platform `NAME` and `NAME_at` are one node, NAME.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.reference.mermaid import SHAPES, Chart
from catalog.reference.site import LINEAGE, Site

PAGE = LINEAGE
# More neighbours on one side are counted in one node; the page lists them all.
MOST_NEIGHBOURS = 12


def neighbourhood(site: Site, name: str) -> list[str]:
    """The chart of an object with all that it touches directly."""
    catalog = site.catalog
    chart = Chart(emphasised=name)
    _add(site, chart, name)
    before = set(catalog.reads(name)) | set(site.writers(name))
    after = set(site.readers(name)) | set(catalog.writes(name))
    is_function = site.folder(name) == "functions"
    before = {other for other in before - {name} if is_function or site.folder(other) != "functions"}
    _side(site, chart, name, before, incoming=True)
    _side(site, chart, name, after - {name}, incoming=False)
    for called in catalog.usage(name).calls - {name}:
        _add(site, chart, called)
        chart.edge(name, called, "calls")
    for caller in site.callers(name):
        _add(site, chart, caller)
        chart.edge(caller, name, "calls")
    for schedule in catalog.schedules.values():
        if schedule.procedure == name:
            _scheduled(chart, schedule.name, name)
    return chart.lines()


def lineage_page(site: Site) -> str:
    """The charts of the whole platform."""
    head = [
        "# Lineage",
        "",
        "The platform in four pictures; every page of the reference has one of its own surroundings. Arrows follow",
        "the data. `NAME` stands for `NAME` and `NAME_at` together, and scalar functions are left out.",
    ]
    sections = {
        "From the schedules to the tables": _writing(site),
        "From the tables to the procedures": _feeding(site, "procedures"),
        "From the tables to the views": _direct(site, ("views", "materialized_views")),
        "From tables and views to the table functions": _direct(site, ("table_functions",)),
        "Legend": _legend(),
    }
    notes = {
        "From the schedules to the tables": "What each schedule runs, and what its procedures change.",
        "From the tables to the procedures": "Which tables a procedure's results depend on, also through views and "
        "table functions, which are not drawn.",
        "Legend": "A source is filled from outside; the platform owns every other table.",
    }
    for title, lines in sections.items():
        head += ["", f"## {title}", "", *([notes[title], ""] if title in notes else []), *lines]
    return "\n".join([*head, ""])


def _writing(site: Site) -> list[str]:
    chart = Chart()
    for schedule in site.catalog.schedules.values():
        _scheduled(chart, schedule.name, _add(site, chart, schedule.procedure))
    for name in _procedures(site):
        usage = site.catalog.usage(name)
        for table in usage.writes:
            _edge(site, chart, name, table)
        for called in usage.calls:
            _edge(site, chart, name, called)
    return chart.lines(_grouped(chart))


def _feeding(site: Site, folder: str) -> list[str]:
    """Each object of the folder with the tables that it depends on, however many views lie between."""
    chart = Chart()
    for name in site.catalog.objects:
        if site.folder(name) == folder:
            for table in _tables_behind(site, name):
                _edge(site, chart, table, name)
    return chart.lines(_grouped(chart))


def _direct(site: Site, folders: tuple[str, ...]) -> list[str]:
    chart = Chart()
    for name in site.catalog.objects:
        if site.folder(name) in folders:
            for other in site.catalog.reads(name):
                if site.folder(other) != "functions":
                    _edge(site, chart, other, name)
    return chart.lines(_grouped(chart))


def _legend() -> list[str]:
    chart = Chart()
    for kind in SHAPES:
        if kind != "more":
            chart.node(kind, kind.replace("_", " "), kind)
    return chart.lines()


def _tables_behind(site: Site, name: str) -> set[str]:
    seen = set[str]()
    waiting = [name]
    while waiting:
        new = site.catalog.reads(waiting.pop()) - seen
        seen |= new
        waiting += new
    return {other for other in seen if site.folder(other) == "tables"}


def _procedures(site: Site) -> Iterable[str]:
    return (name for name in site.catalog.routines if site.folder(name) == "procedures")


def _side(site: Site, chart: Chart, name: str, others: set[str], *, incoming: bool) -> None:
    shown = sorted(others)
    if len(shown) > MOST_NEIGHBOURS:
        rest = len(shown) - MOST_NEIGHBOURS + 1
        shown = shown[: MOST_NEIGHBOURS - 1]
        key = "before" if incoming else "after"
        chart.node(f"more.{key}", f"and {rest} more", "more")
        chart.edge(*((f"more.{key}", name) if incoming else (name, f"more.{key}")))
    for other in shown:
        _add(site, chart, other)
        chart.edge(*((other, name) if incoming else (name, other)))


def _edge(site: Site, chart: Chart, start: str, end: str) -> None:
    one, other = _merged(site, start), _merged(site, end)
    if one != other:
        chart.edge(_add(site, chart, one), _add(site, chart, other))


def _merged(site: Site, name: str) -> str:
    return site.present_form(name) or name


def _add(site: Site, chart: Chart, name: str) -> str:
    chart.node(name, name, site.kind(name))
    return name


def _scheduled(chart: Chart, schedule: str, procedure: str) -> None:
    key = f"schedule.{schedule}"
    chart.node(key, schedule, "schedule")
    chart.edge(key, procedure)


def _grouped(chart: Chart) -> dict[str, list[str]]:
    """The tables in boxes of sources and of owned tables; the rest of the chart falls into its own order."""
    kinds = {"Source tables": "source", "Owned tables": "table"}
    return {
        title: found
        for title, kind in kinds.items()
        if (found := [key for key, (_, known) in chart.nodes.items() if known == kind])
    }
