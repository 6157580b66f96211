"""Reading the files below `sql/` and `config/`: all findings of all files are collected, then raised at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from catalog import alerts, checks, exports, graph, reference_data, schedules, volumes
from catalog.catalog import Catalog
from catalog.errors import CatalogError, CatalogErrors, finding
from catalog.header import FOLDERS
from catalog.lint import lint_check, lint_object
from catalog.lint.clean_files import Verdicts
from catalog.lint.declarations import Declarations
from catalog.model import DeclaredObject
from catalog.references import Reference
from catalog.routines import parse_function, parse_procedure, parse_table_function
from catalog.tables import parse_table
from catalog.textfile import read_text
from catalog.tokens import SqlText
from catalog.views import parse_materialized_view, parse_view
from catalog.volumes import Volumes

PARSERS: Mapping[str, Callable[[SqlText], DeclaredObject]] = {
    "tables": parse_table,
    "views": parse_view,
    "materialized_views": parse_materialized_view,
    "functions": parse_function,
    "table_functions": parse_table_function,
    "procedures": parse_procedure,
}


def read(root: Path, verdicts: Verdicts | None = None) -> Catalog:
    """What `catalog.load` gives. Raises CatalogErrors."""
    loader = _Loader(root, verdicts or Verdicts())
    loader.read_objects()
    loader.read_reference_data()
    loader.make_exports()
    loader.check_objects()
    loader.read_checks()
    timetable = schedules.load(root, loader.findings)
    catalog = Catalog(loader.objects, timetable, loader.checks.values(), loader.volumes(), loader.alerts())
    loader.check_config(catalog)
    if loader.findings:
        raise CatalogErrors(loader.findings)
    return catalog


def _too_deep(path: Path, line: int) -> CatalogError:
    return finding(path, line, "blocks or types are nested too deeply to be read", fix="split it", rule="nesting")


@dataclass(slots=True)
class _Loader:
    root: Path
    verdicts: Verdicts
    objects: dict[str, DeclaredObject] = field(default_factory=dict)
    sources: dict[str, SqlText] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    checks: dict[str, checks.Check] = field(default_factory=dict)
    findings: list[CatalogError] = field(default_factory=list)

    def read_objects(self) -> None:
        self._refuse_strangers()
        for folder in FOLDERS:
            for path in self._files(folder):
                self._read(path, PARSERS[folder])

    def read_reference_data(self) -> None:
        """The views of config/. One that cannot be read, or has no file, is not reported again where it is named."""
        for name, file in reference_data.FILES.items():
            try:
                if view := reference_data.read(self.root, name):
                    self._add(view, view.sql.source)
                elif any(name == used.name for item in self.objects.values() for used in graph.references_of(item)):
                    message = f"{name} is made of this file, which does not exist"
                    fix = f"take it from git: git checkout -- config/{file}"
                    raise finding(Path("config") / file, 0, message, fix=fix, rule="reference")
            except CatalogError as error:
                self.unreadable.add(name)
                self.findings.append(error)

    def make_exports(self) -> None:
        """The procedures that are made from the tables; where one cannot be read, its own finding is enough."""
        if self.unreadable:
            self.unreadable |= exports.MAKERS.keys()
            return
        for routine in exports.made(self.objects):
            self._add(routine, routine.sql.source)

    def check_objects(self) -> None:
        known = Declarations(self.objects)
        for name, declared in self.objects.items():
            source = self.sources[name]
            lint = partial(lint_object, source, declared, known)
            try:
                self.findings += self.verdicts.of(source, known, self.sources, lint)
            except RecursionError:
                self.findings.append(_too_deep(declared.path, declared.line))
            self._check_references(declared.path, graph.references_of(declared))
        self.findings += graph.cycles(graph.dependencies(self.objects), self.objects)

    def read_checks(self) -> None:
        """Checks declare nothing, but what they name and do is held to the same rules."""
        known = Declarations(self.objects)
        for path in self._files(checks.FOLDER):
            source = self._source(path)
            if source is not None:
                self.findings += self.verdicts.of(source, known, self.sources, partial(lint_check, source, known))
                self._read_check(source)

    def _read_check(self, source: SqlText) -> None:
        try:
            check = checks.parse_check(source)
            self._check_references(source.path, check.sql.references)
            other = self.checks.setdefault(check.id, check)
            if other is not check:
                message = f"{check.id} is the id of {other.path} as well"
                raise finding(source.path, 1, message, fix="give one of the two another id", rule="check-name")
        except CatalogError as error:
            self.findings.append(error)

    def volumes(self) -> Volumes:
        """What a file declares that cannot be read is neither unknown nor without an estimate."""
        findings: list[CatalogError] = []
        found = volumes.load(self.root, self.objects, findings)
        self.findings += [] if self.unreadable else findings
        return found

    def alerts(self) -> dict[str, alerts.AlertRule]:
        """What is wrong in the file was found when its view was read."""
        return {} if reference_data.ALERTS in self.unreadable else alerts.load(self.root)

    def check_config(self, catalog: Catalog) -> None:
        """What the configuration calls must be declared, as far as every file could be read."""
        if not self.unreadable:
            self.findings += schedules.check_calls(catalog.schedules, catalog.routines)
        for rule in catalog.alerts.values():
            references = tuple(Reference(used.name, rule.query_line) for used in rule.sql.references)
            self._check_references(rule.path, references)

    def _check_references(self, path: Path, references: tuple[Reference, ...]) -> None:
        # What a file that cannot be read declares is not unknown: its own finding is enough.
        known = {*self.objects, *self.unreadable}
        self.findings += graph.unknown_references(path, references, known)

    def _refuse_strangers(self) -> None:
        """A file outside the folders would be declared nowhere and missed by nobody."""
        for path in sorted((self.root / "sql").glob("**/*")):
            relative = path.relative_to(self.root)
            if path.is_symlink() and path.is_dir():
                fix = "put the folder itself here"
                message = "this folder is a link, and not everything that reads sql/ follows it"
                self.findings.append(finding(relative, 0, message, fix=fix, rule="object-kind"))
            if path.suffix.lower() != ".sql" or path.name.startswith("."):
                continue
            if path.suffix != ".sql":
                fix = f"rename it to {path.stem}.sql"
                message = f"{path.name} is not read: a file of SQL ends in .sql"
                self.findings.append(finding(relative, 0, message, fix=fix, rule="object-kind"))
            elif len(relative.parts) != 3 or relative.parts[1] not in (*FOLDERS, checks.FOLDER):
                fix = f"move it to sql/{'|'.join(FOLDERS)}"
                message = "the file is in none of the folders that are read"
                self.findings.append(finding(relative, 0, message, fix=fix, rule="object-kind"))

    def _files(self, folder: str) -> list[Path]:
        """The files of a folder; hidden ones are an editor's own."""
        found = (self.root / "sql" / folder).glob("*.sql")
        return sorted(path for path in found if not path.name.startswith("."))

    def _read(self, path: Path, parse: Callable[[SqlText], DeclaredObject]) -> None:
        source = self._source(path)
        if source is None:
            return
        try:
            self._add(parse(source), source)
        except CatalogError as error:
            self.unreadable.add(path.stem)
            self.findings.append(error)
        except RecursionError:
            self.unreadable.add(path.stem)
            self.findings.append(_too_deep(source.path, 1))

    def _source(self, path: Path) -> SqlText | None:
        """The text of a file; None, with a finding, when it is no SQL text."""
        relative = path.relative_to(self.root)
        try:
            source = SqlText(relative, read_text(self.root, relative))
            if source.tokens:
                return source
            raise finding(relative, 0, "the file holds no statement", fix="write one, or delete the file")
        except CatalogError as error:
            self.findings.append(error)
        self.unreadable.add(path.stem)
        return None

    def _add(self, declared: DeclaredObject, source: SqlText) -> None:
        other = self.objects.get(declared.name)
        if other is not None:
            message = f"{declared.name} is declared in {other.path} as well"
            fix = "give one of the two another name"
            raise finding(declared.path, declared.line, message, fix=fix, rule="object-name")
        self.objects[declared.name] = declared
        self.sources[declared.name] = source
