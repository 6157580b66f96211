"""The sections of a page that say who writes and who reads: from the catalog's view of every statement."""

from __future__ import annotations

from pathlib import Path

from catalog.model import Table
from catalog.reference import markdown
from catalog.reference.site import CHECKS, TITLES, Site, relative


def writing_section(site: Site, table: Table) -> list[str]:
    """Who fills a table: sources from outside, procedures by statement."""
    page = site.page(table.name)
    rows = [
        [
            site.link(page, writer),
            ", ".join(site.catalog.usage(writer).writes[table.name]),
            _schedules(site, page, writer),
            site.links(page, site.callers(writer)),
        ]
        for writer in site.writers(table.name)
    ]
    lines = ["", "## Written by", ""]
    if table.is_source:
        lines += ["Loaded from outside: the platform reads it and never changes it.", ""]
    if rows:
        return lines + markdown.table(["Procedure", "Statement", "Run by schedule", "Called by"], rows)
    if not table.is_source:
        lines += ["No procedure: its rows come from people, operations or programs that use the platform."]
    return lines if lines[-1] else lines[:-1]


def procedure_sections(site: Site, name: str) -> list[str]:
    """What a procedure changes, itself and through what it calls, and what runs it."""
    page = site.page(name)
    usage = site.catalog.usage(name)
    rows = [[site.link(page, table), ", ".join(actions), ""] for table, actions in sorted(usage.writes.items())]
    for table, chain in sorted(site.catalog.writes_through(name).items()):
        if table not in usage.writes:
            rows.append([site.link(page, table), "", " → ".join(site.link(page, step) for step in chain)])
    lines = ["", "## Writes", ""]
    lines += markdown.table(["Table", "Statement", "Through"], rows) if rows else ["No table."]
    calls = site.links(page, usage.calls)
    lines += ["", "## Runs", ""]
    lines += _bullets(
        {
            "Schedules": _schedules(site, page, name) or "none: it is called by programs, people or other procedures",
            "Called by": site.links(page, site.callers(name)),
            "Calls": calls,
        }
    )
    return lines


def reading_sections(site: Site, name: str) -> list[str]:
    """What an object reads, and who reads it directly, by kind."""
    page = site.page(name)
    lines = []
    reads = site.catalog.reads(name) - {name}
    if reads:
        lines += ["", "## Reads", "", *_by_kind(site, page, reads)]
    if site.folder(name) == "procedures":
        return lines
    readers = site.readers(name)
    lines += ["", "## Read by", ""]
    lines += _by_kind(site, page, readers) or ["No object of `sql/`; programs and people may.", ""]
    checks = ", ".join(
        markdown.link(markdown.code(check.id), f"{relative(page, CHECKS)}#{check.path.stem}")
        for check in site.checks_of(name)
    )
    lines += _bullets({"Checks": checks})
    return lines if lines[-1] else lines[:-1]


def _by_kind(site: Site, page: Path, names: frozenset[str] | list[str]) -> list[str]:
    return _bullets(
        {
            title: site.links(page, [name for name in names if site.folder(name) == folder])
            for folder, title in TITLES.items()
        }
    )


def _bullets(items: dict[str, str]) -> list[str]:
    return [f"- {title}: {value}" for title, value in items.items() if value]


def _schedules(site: Site, page: Path, procedure: str) -> str:
    return ", ".join(site.schedule_link(page, schedule) for schedule in site.schedules(procedure))
