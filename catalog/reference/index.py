"""The pages that list: the index of all objects, the schedules, the checks."""

from __future__ import annotations

from pathlib import Path

from catalog.reference import markdown
from catalog.reference.site import ACCESS, ALERTS, CHECKS, COST, INDEX, LINEAGE, SCHEDULES, TITLES, Site, relative

CONVENTIONS = Path("sql/README.md")
NOTICE = "Generated from `sql/` and `config/`; renew it with `python -m catalog reference`."


def index_page(site: Site) -> str:
    """Every object with its one sentence, by kind."""
    conventions = markdown.link("`sql/README.md`", relative(INDEX, CONVENTIONS))
    lines = [
        "# Reference",
        "",
        NOTICE,
        f"What `_at` means, and where descriptions of columns come from: {conventions}.",
        "",
    ]
    for folder, title in TITLES.items():
        count = len(_names(site, folder))
        lines.append(f"- {markdown.link(title, '#' + title.lower().replace(' ', '-'))}: {count}")
    lines.append(f"- {markdown.link('Schedules', relative(INDEX, SCHEDULES))}: {len(site.catalog.schedules)}")
    lines.append(f"- {markdown.link('Checks', relative(INDEX, CHECKS))}: {len(site.catalog.checks)}")
    lines.append(f"- {markdown.link('Alerts', relative(INDEX, ALERTS))}: {len(site.catalog.alerts)}")
    lines.append(
        f"- {markdown.link('Access', relative(INDEX, ACCESS))}: account by account, and which statement needs it"
    )
    lines.append(f"- {markdown.link('Lineage', relative(INDEX, LINEAGE))}: who feeds whom, as pictures")
    lines.append(f"- {markdown.link('Cost', relative(INDEX, COST))}: what it is billed at three loads")
    for folder, title in TITLES.items():
        lines += ["", f"## {title}", "", *_listing(site, folder)]
    lines += ["", "## Schedules", "", *_schedule_rows(site)]
    return "\n".join([*lines, ""])


def schedules_page(site: Site) -> str:
    """Each scheduled query: when it runs, what it runs, which tables that changes."""
    lines = ["# Schedules", "", f"{markdown.link('Reference', 'README.md')} · `config/schedules.yaml` · times are UTC"]
    for schedule in site.catalog.schedules.values():
        procedure = schedule.procedure
        tables = site.catalog.writes(procedure) | site.catalog.writes_through(procedure).keys()
        start = f", counted from {schedule.start_time}" if schedule.start_time else ""
        lines += ["", f"## {schedule.name}", "", f"**{markdown.text(schedule.description)}**", ""]
        lines += [
            f"- Display name: {markdown.text(schedule.display_name)}",
            f"- Runs: {markdown.text(schedule.schedule)}{start}",
            f"- Calls: {site.link(SCHEDULES, procedure)}",
            f"- When it fails: {schedule.severity}, to {', '.join(schedule.recipients)}",
            f"- A healthy run takes at most: {schedule.max_runtime_seconds} s",
            f"- Owner: {markdown.text(schedule.owner)}",
            f"- Changes: {site.links(SCHEDULES, tables) or 'no table'}",
        ]
    return "\n".join([*lines, ""])


def checks_page(site: Site) -> str:
    """Each read-only check of a deployed platform: what holds, and what it reads."""
    lines = ["# Checks", "", f"{markdown.link('Reference', 'README.md')} · queries of `sql/checks` that only read"]
    if not site.catalog.checks:
        lines += ["", "None are declared."]
    for check in site.catalog.checks.values():
        file = markdown.link(markdown.code(check.path.as_posix()), relative(CHECKS, check.path))
        reads = site.links(CHECKS, site.check_reads(check))
        lines += ["", f"## {check.path.stem}", "", f"**{check.id}**: {site.prose(CHECKS, check.purpose)}", ""]
        lines += [f"- When it fails: {site.prose(CHECKS, check.advice)}"]
        lines += [f"- Reads: {reads}"] if reads else []
        lines += [f"- File: {file}"]
    return "\n".join([*lines, ""])


def _names(site: Site, folder: str) -> list[str]:
    return [name for name in site.catalog.objects if site.folder(name) == folder]


def _listing(site: Site, folder: str) -> list[str]:
    rows = []
    for name in _names(site, folder):
        description = markdown.text(site.catalog.objects[name].description)
        ownership = {"source": "source", "table": "owned"}.get(site.kind(name), "")
        rows.append([site.link(INDEX, name), ownership, description])
    return markdown.table(["Name", "Ownership", "Description"], rows) if rows else ["None."]


def _schedule_rows(site: Site) -> list[str]:
    rows = [
        [
            site.schedule_link(INDEX, schedule),
            markdown.text(schedule.schedule),
            site.link(INDEX, schedule.procedure),
            markdown.text(schedule.description),
        ]
        for schedule in site.catalog.schedules.values()
    ]
    return markdown.table(["Name", "Runs", "Procedure", "Description"], rows) if rows else ["None."]
