"""What the pages ask of the catalog: places, links, the text at a file's head, readers, writers, schedules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from catalog.catalog import Catalog
from catalog.checks import Check
from catalog.model import Routine, Table
from catalog.reference import markdown
from catalog.reference.columns import Results
from catalog.schedules import Schedule
from catalog.tokens import SqlText

ROOT = Path("docs/reference")
INDEX = ROOT / "README.md"
ACCESS = ROOT / "access.md"
SCHEDULES = ROOT / "schedules.md"
CHECKS = ROOT / "checks.md"
ALERTS = ROOT / "alerts.md"
LINEAGE = ROOT / "lineage.md"
COST = ROOT / "cost.md"
# The folders' headings, in the order of the index.
TITLES = {
    "tables": "Tables",
    "views": "Views",
    "materialized_views": "Materialized views",
    "functions": "Functions",
    "table_functions": "Table functions",
    "procedures": "Procedures",
}
SINGULAR = {folder: title.removesuffix("s").lower() for folder, title in TITLES.items()}
# The form of a routine that takes the present moment as an argument.
AT = "_at"


class Site:
    """The reference of one catalog. Paths are relative to the project's root."""

    def __init__(self, catalog: Catalog, root: Path) -> None:
        self.catalog = catalog
        self.root = root
        self.results = Results(catalog)

    def folder(self, name: str) -> str:
        """The folder below sql/ for objects of this kind, also for those that are made of config/ or of the tables."""
        declared = self.catalog.objects[name]
        made = "procedures" if isinstance(declared, Routine) else "views"
        return declared.path.parts[1] if declared.path.parts[0] == "sql" else made

    def kind(self, name: str) -> str:
        """The kind as `mermaid.SHAPES` names it; source tables are a kind of their own."""
        declared = self.catalog.objects[name]
        if isinstance(declared, Table) and declared.is_source:
            return "source"
        return self.folder(name).removesuffix("s")

    def page(self, name: str) -> Path:
        """Where an object's page stands."""
        return ROOT / self.folder(name) / f"{name}.md"

    def link(self, page: Path, name: str) -> str:
        """A link from a page to an object's page."""
        return markdown.link(markdown.code(name), relative(page, self.page(name)))

    def links(self, page: Path, names: Iterable[str]) -> str:
        """Links in the order of the names, with commas."""
        return ", ".join(self.link(page, name) for name in sorted(names))

    def schedule_link(self, page: Path, schedule: Schedule) -> str:
        return markdown.link(markdown.code(schedule.name), f"{relative(page, SCHEDULES)}#{schedule.name}")

    def prose(self, page: Path, value: str) -> str:
        """Text with the names of objects as links; names that are plain words stay text."""

        def linked(match: re.Match[str]) -> str:
            name = match[0]
            return self.link(page, name) if name in self.catalog.objects and self.page(name) != page else name

        return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", linked, markdown.text(value))

    def head(self, page: Path, name: str) -> str:
        """What the comment at the head of an object's file says; '' without one."""
        declared = self.catalog.objects[name]
        if not isinstance(declared, Table):
            return self.comment(page, declared.sql.source)
        return self.comment(page, SqlText(declared.path, (self.root / declared.path).read_text(encoding="utf-8")))

    def comment(self, page: Path, source: SqlText) -> str:
        """The comment before the first statement of a file, its indented lines on lines of their own.

        Allowances for lint are nobody's reading.
        """
        lines = source.text.splitlines()
        parts = []
        for comment in source.comments:
            if comment.line >= source.tokens[0].line:
                break
            if comment.text.startswith("lint:"):
                continue
            indented = re.match(r"--\s{2,}", lines[comment.line - 1])
            parts.append((markdown.INDENTED if indented else "") + self.prose(page, comment.text))
        return "\n".join(parts)

    def readers(self, name: str) -> list[str]:
        """The objects whose own body reads this one."""
        return [other for other in self.catalog.objects if other != name and name in self.catalog.reads(other)]

    def writers(self, table: str) -> list[str]:
        """The procedures whose own statements change this table."""
        return [other for other in self.catalog.routines if table in self.catalog.writes(other)]

    def callers(self, procedure: str) -> list[str]:
        return [other for other in self.catalog.routines if procedure in self.catalog.usage(other).calls - {other}]

    def checks_of(self, name: str) -> list[Check]:
        return [check for check in self.catalog.checks.values() if name in self.check_reads(check)]

    def check_reads(self, check: Check) -> set[str]:
        """The declared objects that a check names."""
        return {reference.name for reference in check.sql.references} & self.catalog.objects.keys()

    def schedules(self, procedure: str) -> list[Schedule]:
        """The schedules that run a procedure, themselves or through what they call."""
        return [s for s in self.catalog.schedules.values() if procedure in self._run_by[s.name]]

    def present_form(self, name: str) -> str | None:
        """The object that gives the result of `NAME_at` at the present moment."""
        present = name.removesuffix(AT)
        is_form = name.endswith(AT) and present in self.catalog.objects
        return present if is_form and name in self.catalog.dependencies(present) else None

    @cached_property
    def _run_by(self) -> dict[str, set[str]]:
        found = {}
        for schedule in self.catalog.schedules.values():
            reached = set[str]()
            waiting = [schedule.procedure]
            while waiting:
                name = waiting.pop()
                if name not in reached:
                    reached.add(name)
                    waiting += self.catalog.usage(name).calls
            found[schedule.name] = reached
        return found


def relative(page: Path, target: Path) -> str:
    """The address of a file for a link on a page; both are relative to the project's root."""
    return Path(os.path.relpath(target, page.parent)).as_posix()
