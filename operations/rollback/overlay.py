"""The one thing in which a rollback's program differs from the recorded commit: its `sql/tables/`.

They are the union of the target's tables and columns and those of now, so that nothing that holds data is planned to
be deleted (a protected table that a program no longer declares ends every update in an error).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from catalog.errors import CatalogError
from operations.rollback.table_union import table_union
from plain_command import plainyaml
from settings.errors import ErosError

TABLES, VOLUMES = Path("sql", "tables"), Path("config", "volumes.yaml")


def lay(target: Path, current: Path) -> tuple[str, ...]:
    """Puts the union of both folders' tables into `target`; what to know of it, a line each.

    Errors: ErosError for files that cannot be read as tables.
    """
    then, now = (_files(folder) for folder in (target, current))
    notes: list[str] = []
    (target / TABLES).mkdir(parents=True, exist_ok=True)
    for name in sorted(then.keys() | now.keys()):
        path = target / TABLES / f"{name}.sql"
        if name not in then:
            path.write_text(now[name], encoding="utf-8")
            notes.append(f"table {name} is newer: kept with its rows")
        elif name not in now:
            notes.append(f"table {name} was gone: comes back empty, unless it is still there")
        elif then[name] != now[name]:
            try:
                union = table_union(TABLES / f"{name}.sql", then[name], now[name])
            except CatalogError as error:
                raise ErosError(f"the tables of then and now cannot be united: {error}", fix="mend it") from None
            path.write_text(union.text, encoding="utf-8")
            notes += union.notes
    add_volumes(target, current, sorted(now.keys() - then.keys()))
    return tuple(notes)


def _files(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (folder / TABLES).glob("*.sql")}


def add_volumes(target: Path, current: Path, names: list[str]) -> None:
    """Each table needs a line that says how large it is: those that came along bring theirs."""
    path = target / VOLUMES
    if not names or not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    stated = dict(_volumes(current / VOLUMES))
    there = {name for name, _ in _volumes(path)}
    for place, line in enumerate(lines):
        if line.split("#")[0].rstrip() == "tables:":
            lines[place + 1 : place + 1] = [
                f"  {name}: {stated.get(name, '{rows: 2000}')}\n" for name in names if name not in there
            ]
            break
    path.write_text("".join(lines), encoding="utf-8")


def _volumes(path: Path) -> Iterator[tuple[str, str]]:
    """Table and its entry in one line."""
    node = plainyaml.read(path) if path.is_file() else None
    for key, _, value in plainyaml.entries(node) if node else ():
        if key == "tables" and isinstance(value, yaml.MappingNode):
            for name, _, entry in plainyaml.entries(value):
                text = yaml.safe_dump(plainyaml.value(entry), default_flow_style=True, width=10_000)
                yield name, text.removesuffix("...\n").strip()
