"""Rows that the platform starts with: `config/holidays.yaml` and `config/flags.yaml` to MERGE statements.

Every statement may run again at any time: holidays are brought to what the file says, flags and mutex rows are
only added where they are absent, because people and procedures change them. A row that leaves a file stays in
its table. How the statements are run is left to the stack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from catalog import yamlfile
from catalog.addresses import Placement
from catalog.calendar_rules import FORM, parse_rule
from catalog.errors import CatalogError, CatalogErrors, finding
from catalog.model import Table
from catalog.references import LogicalSql
from catalog.tokens import SqlText

HOLIDAY_TYPES = ("FEDERAL", "CULTURAL", "COMMERCIAL")
# One row a transaction that must not run twice at a time.
MUTEX_NAMES = ("caption_locks", "update_caption_performance", "daily_automation")
DIGEST_LENGTH = 12
# Typed, because only literals turn from STRING into DATE by themselves.
HOLIDAY_COLUMNS = {
    "holiday_date": "DATE",
    "holiday_name": "STRING",
    "holiday_type": "STRING",
    "is_major_holiday": "BOOL",
    "saturation_impact_factor": "FLOAT64",
}


@dataclass(frozen=True, slots=True)
class Holiday:
    """A row of holiday_calendar; `factor` is the expected share of a normal day's response, in (0, 1]."""

    date: date
    name: str
    type: str
    is_major: bool
    factor: float


@dataclass(frozen=True)
class Seed:
    """Rows for one table as a MERGE statement with logical names."""

    name: str
    table: str
    path: Path
    sql: LogicalSql

    @property
    def digest(self) -> str:
        """Hash of the content: another digest means other rows. Part of the job id."""
        return hashlib.sha256(self.sql.text.encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def job_id(self) -> str:
        """Name and digest: a BigQuery job id that changes exactly with the content."""
        return f"seed_{self.name}_{self.digest}"

    def statement(self, place: Placement) -> str:
        """The MERGE with the table fully qualified."""
        return self.sql.qualified(place)


def load(root: Path) -> tuple[Seed, ...]:
    """All seeds below `root`/config. Raises CatalogErrors."""
    findings: list[CatalogError] = []
    seeds = collect(root, findings)
    if findings:
        raise CatalogErrors(findings)
    return seeds


def collect(root: Path, findings: list[CatalogError]) -> tuple[Seed, ...]:
    """All seeds below `root`/config; what is wrong is added to `findings`. Without the files there are none."""
    seeds = []
    for name, reader in (("holidays.yaml", _holiday_seed), ("flags.yaml", _flag_seed)):
        try:
            file = yamlfile.read(root, name)
            if file is not None:
                seeds.append(reader(file))
        except CatalogError as error:
            findings.append(error)
    return (*seeds, _mutex_seed()) if seeds else ()


def check_tables(seeds: Sequence[Seed], tables: Mapping[str, Table]) -> list[CatalogError]:
    """A finding for each seed whose table is not declared."""
    return [
        finding(
            seed.path, 0, f"rows for {seed.table}, which no file declares", fix="declare the table", rule="reference"
        )
        for seed in seeds
        if seed.table not in tables
    ]


def holidays(file: yamlfile.Section) -> tuple[Holiday, ...]:
    """The rows of all years, by date. Raises CatalogError, also when two holidays fall on one date."""
    file.only("first_year", "last_year", "holidays")
    first, last = (file.parsed(name, int, "year") for name in ("first_year", "last_year"))
    if not 1900 <= first <= last <= 2200:
        raise file.error(
            "first_year must not be after last_year", fix="write for example 2024 and 2030", key="last_year"
        )
    rows: dict[date, Holiday] = {}
    for section in file.list("holidays"):
        for holiday in _rows_of(section, range(first, last + 1)):
            other = rows.setdefault(holiday.date, holiday)
            if other is not holiday:
                message = f"{holiday.name} and {other.name} both fall on {holiday.date}"
                raise section.error(message, fix="keep one of them, or shorten the range of years")
    return tuple(rows[day] for day in sorted(rows))


def _rows_of(section: yamlfile.Section, years: range) -> list[Holiday]:
    section.only("name", "on", "type", "major", "factor")
    rule = section.parsed("on", parse_rule, FORM)
    kind = section.parsed("type", _holiday_type, f"type of holiday ({', '.join(HOLIDAY_TYPES)})")
    major = section.parsed("major", yamlfile.truth, "true or false")
    factor = section.parsed("factor", _factor, "number above 0 and at most 1")
    return [Holiday(rule(year), section.text("name"), kind, major, factor) for year in years]


def _holiday_type(text: str) -> str:
    if text not in HOLIDAY_TYPES:
        raise ValueError(text)
    return text


def _factor(text: str) -> float:
    factor = float(text)
    if not 0 < factor <= 1:
        raise ValueError(text)
    return factor


def _holiday_seed(file: yamlfile.Section) -> Seed:
    rows = [
        f"(DATE '{row.date}', {_string(row.name)}, {_string(row.type)}, {_bool(row.is_major)}, {row.factor!r})"
        for row in holidays(file)
    ]
    columns = list(HOLIDAY_COLUMNS)
    typed = f"STRUCT<{', '.join(f'{name} {kind}' for name, kind in HOLIDAY_COLUMNS.items())}>"
    changed = " OR ".join(f"T.{column} IS DISTINCT FROM S.{column}" for column in columns[1:])
    assignments = ", ".join(f"{column} = S.{column}" for column in columns[1:])
    text = f"""\
MERGE `eros_scheduling_brain.holiday_calendar` AS T
USING (
  SELECT {", ".join(f"r.{column} AS {column}" for column in columns)}
  FROM UNNEST(ARRAY<{typed}>[
    {_lines(rows)}
  ]) AS r
) AS S
ON T.holiday_date = S.holiday_date
WHEN MATCHED AND ({changed}) THEN
  UPDATE SET {assignments}
WHEN NOT MATCHED THEN
  INSERT ({", ".join(columns)})
  VALUES ({", ".join(f"S.{column}" for column in columns)})"""
    return _seed("holidays", "holiday_calendar", file.path, text)


def _flag_seed(file: yamlfile.Section) -> Seed:
    rows = []
    for name, section in file.sections():
        section.only("enabled", "description")
        section.text("description")
        rows.append(f"({_string(name)}, {_bool(section.parsed('enabled', yamlfile.truth, 'true or false'))})")
    text = f"""\
MERGE `eros_scheduling_brain.feature_flags` AS T
USING (
  SELECT r.flag AS flag, r.is_enabled AS is_enabled
  FROM UNNEST(ARRAY<STRUCT<flag STRING, is_enabled BOOL>>[
    {_lines(rows)}
  ]) AS r
) AS S
ON T.flag = S.flag
WHEN NOT MATCHED THEN
  INSERT (flag, is_enabled, updated_at, updated_by)
  VALUES (S.flag, S.is_enabled, CURRENT_TIMESTAMP(), 'seed')"""
    return _seed("flags", "feature_flags", file.path, text)


def _mutex_seed() -> Seed:
    text = f"""\
MERGE `eros_scheduling_brain.platform_mutex` AS T
USING (
  SELECT n AS name
  FROM UNNEST([{", ".join(map(_string, MUTEX_NAMES))}]) AS n
) AS S
ON T.name = S.name
WHEN NOT MATCHED THEN
  INSERT (name, updated_at, holder)
  VALUES (S.name, CURRENT_TIMESTAMP(), NULL)"""
    return _seed("mutexes", "platform_mutex", Path("catalog/seeds.py"), text)


def _seed(name: str, table: str, path: Path, text: str) -> Seed:
    source = SqlText(path, text)
    return Seed(name, table, path, LogicalSql(source, source.tokens))


def _lines(rows: Sequence[str]) -> str:
    return ",\n    ".join(rows)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"
