"""`config/volumes.yaml`: how large the tables are at a load, and what is called beside the schedules.

Owns the file and that it fits the catalog: every table has an estimate, and nothing is estimated that is not declared.
Bytes and bills are `catalog.cost`'s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeAlias

from catalog import yamlfile
from catalog.errors import CatalogError, finding
from catalog.model import DeclaredObject, Routine, Table
from catalog.schema import walk

FILE = "volumes.yaml"
DAYS_A_MONTH = 365.25 / 12
DAYS = "days_of_history"
NUMBER = re.compile(r"\d{1,9}(\.\d{1,3})?")
LONGEST_TEXT = 10_000_000
MOST_CALLS = 24 * 60
MOST = 10**12
FORM = "write factors joined by *, for example creators * 90"


@dataclass(frozen=True, slots=True)
class Volume:
    """A load: how much there is of what the tables grow with."""

    creators: int
    messages_per_month: int
    captions_per_creator: int
    months_of_history: int
    sends_per_creator_and_day: int

    def value(self, factor: str) -> float:
        """A number, or what the factor of this name is at the load."""
        if NUMBER.fullmatch(factor):
            return float(factor)
        return self.months_of_history * DAYS_A_MONTH if factor == DAYS else float(getattr(self, factor))


LOADS = tuple(one.name for one in fields(Volume))
FACTORS = (*LOADS, DAYS)
Product: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rows of a table as a product of factors; `days` is empty where they are not spread over days."""

    rows: Product
    days: Product = ()
    at_most: Product = ()

    def at(self, volume: Volume) -> tuple[float, float]:
        """Rows, and days over which they are spread (0: none)."""
        rows = _value(self.rows, volume)
        most = _value(self.at_most, volume) if self.at_most else rows
        return min(rows, most), _value(self.days, volume) if self.days else 0


@dataclass(frozen=True, slots=True)
class OtherCall:
    """A procedure that is called by somebody else than a schedule."""

    name: str
    procedure: str
    times_a_day: float


@dataclass(frozen=True, slots=True)
class Volumes:
    """What the file states: the load that is assumed, estimates by table, text lengths by column name, other calls."""

    load: Volume = field(default_factory=lambda: Volume(**dict.fromkeys(LOADS, 0)))
    tables: Mapping[str, Estimate] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    calls: tuple[OtherCall, ...] = ()


def load(root: Path, objects: Mapping[str, DeclaredObject], findings: list[CatalogError]) -> Volumes:
    """The file, held against what is declared; what is wrong is added to `findings`. No file: no estimates."""
    try:
        file = yamlfile.read(root, FILE)
        if file is None:
            return Volumes()
        file.only("load", "tables", "texts", "calls")
        parts = {name: list(file.section(name).sections()) for name in ("tables", "calls")}
        volumes = Volumes(
            _load(file.section("load")),
            {name: _estimate(section) for name, section in parts["tables"]},
            _texts(file.section("texts")),
            tuple(_call(name, section) for name, section in parts["calls"]),
        )
    except CatalogError as error:
        findings.append(error)
        return Volumes()
    findings += _unknown(file, volumes, objects)
    findings += _kept_otherwise(file, volumes, objects)
    findings += _missing(volumes, objects)
    return volumes


def _unknown(file: yamlfile.Section, volumes: Volumes, objects: Mapping[str, DeclaredObject]) -> Iterator[CatalogError]:
    tables = {name: declared for name, declared in objects.items() if isinstance(declared, Table)}
    columns = {column.name for table in tables.values() for _, column in walk(table.columns)}
    for name in volumes.tables.keys() - tables.keys():
        fix = f"take it out, or declare it in sql/tables/{name}.sql"
        yield file.section("tables").error(f"{name} is no declared table", fix=fix, key=name)
    for name in volumes.texts.keys() - columns:
        yield file.section("texts").error(f"{name} is no column of any table", fix="take it out", key=name)
    for call in volumes.calls:
        routine = objects.get(call.procedure)
        if not isinstance(routine, Routine) or routine.kind != "PROCEDURE":
            fix = f"name a procedure, or declare it in sql/procedures/{call.procedure}.sql"
            message = f"{call.name}: {call.procedure} is no declared procedure"
            yield file.section("calls").error(message, fix=fix, key=call.name)


def _kept_otherwise(
    file: yamlfile.Section, volumes: Volumes, objects: Mapping[str, DeclaredObject]
) -> Iterator[CatalogError]:
    """Rows cannot lie on more days than their table keeps, and lie on all of them once it is that old."""
    for name, estimate in volumes.tables.items():
        table = objects.get(name)
        kept = table.kept_days if isinstance(table, Table) else None
        if kept and estimate.days and estimate.days != (f"{kept:g}",):
            message = f"{name}: its rows lie on {' * '.join(estimate.days)} days, its partitions go after {kept:g}"
            yield file.section("tables").error(message, fix=f"write days: {kept:g}", key=name)


def _missing(volumes: Volumes, objects: Mapping[str, DeclaredObject]) -> Iterator[CatalogError]:
    for name, declared in objects.items():
        if isinstance(declared, Table) and name not in volumes.tables:
            fix = f"add to tables in config/{FILE}: {name}: {{rows: 2000}}, or what it grows with"
            message = f"nobody says how many rows {name} holds"
            yield finding(declared.path, declared.line, message, fix=fix, rule="configuration")


def _load(section: yamlfile.Section) -> Volume:
    section.only(*LOADS)
    most = f"number of 1 to {MOST}"
    return Volume(**{name: section.parsed(name, lambda text: _whole(text, MOST), most) for name in LOADS})


def _estimate(section: yamlfile.Section) -> Estimate:
    section.only("rows", "days", "at_most")
    rows = _product(section, "rows")
    return Estimate(rows, _product(section, "days", default="0"), _product(section, "at_most", default="0"))


def _product(section: yamlfile.Section, name: str, default: str | None = None) -> Product:
    text = section.text(name, default)
    factors = tuple(factor.strip() for factor in text.split("*")) if text != default else ()
    for factor in factors:
        if factor not in FACTORS and not NUMBER.fullmatch(factor):
            message = f"{section.where}: {name}: {factor!r} is neither a number nor one of {', '.join(FACTORS)}"
            raise section.error(message, fix=FORM, key=name)
    return factors


def _texts(section: yamlfile.Section) -> dict[str, int]:
    return {name: section.parsed(name, _length, "number of characters") for name in section.names}


def _length(text: str) -> int:
    return _whole(text, LONGEST_TEXT)


def _call(name: str, section: yamlfile.Section) -> OtherCall:
    section.only("procedure", "times_a_day")
    return OtherCall(
        name,
        section.text("procedure"),
        section.parsed("times_a_day", lambda text: _whole(text, MOST_CALLS), f"number of 1 to {MOST_CALLS}"),
    )


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        raise ValueError(text)
    return int(text)


def _value(product: Product, volume: Volume) -> float:
    return math.prod(volume.value(factor) for factor in product)
