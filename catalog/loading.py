"""Reading the files below `sql/` and `config/`: all findings of all files are collected, then raised at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog import graph, schedules, seeds
from catalog.catalog import Catalog
from catalog.errors import CatalogError, CatalogErrors, finding
from catalog.header import FOLDERS
from catalog.model import DeclaredObject
from catalog.routines import parse_function, parse_procedure, parse_table_function
from catalog.tables import parse_table
from catalog.tokens import SqlText
from catalog.views import parse_materialized_view, parse_view

PARSERS: Mapping[str, Callable[[SqlText], DeclaredObject]] = {
    "tables": parse_table,
    "views": parse_view,
    "materialized_views": parse_materialized_view,
    "functions": parse_function,
    "table_functions": parse_table_function,
    "procedures": parse_procedure,
}


@dataclass(slots=True)
class _Loader:
    root: Path
    objects: dict[str, DeclaredObject] = field(default_factory=dict)
    sources: dict[str, SqlText] = field(default_factory=dict)
    findings: list[CatalogError] = field(default_factory=list)

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.objects)

    def read_objects(self) -> None:
        for folder in FOLDERS:
            for path in sorted((self.root / "sql" / folder).glob("*.sql")):
                self._read(path, PARSERS[folder])

    def check_graph(self) -> None:
        self.findings += graph.unknown_references(self.objects)
        self.findings += graph.cycles(graph.dependencies(self.objects), self.objects)

    def _read(self, path: Path, parse: Callable[[SqlText], DeclaredObject]) -> None:
        relative = path.relative_to(self.root)
        try:
            source = SqlText(relative, path.read_text(encoding="utf-8"))
            declared = parse(source)
        except CatalogError as error:
            self.findings.append(error)
        except UnicodeDecodeError:
            self.findings.append(finding(relative, 0, "the file is not UTF-8 text", fix="save it as UTF-8"))
        else:
            self._add(declared, source)

    def _add(self, declared: DeclaredObject, source: SqlText) -> None:
        other = self.objects.get(declared.name)
        if other is not None:
            message = f"{declared.name} is declared in {other.path} as well"
            fix = "give one of the two another name"
            self.findings.append(finding(declared.path, declared.line, message, fix=fix, rule="object-name"))
            return
        self.objects[declared.name] = declared
        self.sources[declared.name] = source


def load(root: Path) -> Catalog:
    """Everything declared below `root`/sql and `root`/config, checked.

    Raises CatalogErrors with every finding of every file; no network, no Pulumi.
    """
    loader = _Loader(root)
    loader.read_objects()
    timetable = schedules.load(root, loader.findings)
    rows = seeds.collect(root, loader.findings)
    if not loader.findings:
        # A file that cannot be read would make every reference to its object look unknown.
        loader.check_graph()
        loader.findings += schedules.check_calls(timetable, loader.catalog.routines)
        loader.findings += seeds.check_tables(rows, loader.catalog.tables)
    if loader.findings:
        raise CatalogErrors(loader.findings)
    return Catalog(loader.objects, timetable, rows)
