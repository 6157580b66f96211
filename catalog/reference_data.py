"""Reference data: the rows of `config/holidays.yaml` and `config/flags.yaml` as views that hold nothing but them.

A view is deployed like any other: changed content is an update in place, and going back to an earlier content is one
more. `sql/procedures/apply_reference_data_at.sql` brings the rows into the tables that people may edit, and
`sql/views/reference_data_digest.sql` says which content that is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from catalog import yamlfile
from catalog.calendar_rules import FORM, parse_rule
from catalog.model import View
from catalog.references import LOGICAL_DATASET, LogicalSql
from catalog.tokens import SqlText
from catalog.views import parse_view

HOLIDAYS, FLAGS = "declared_holidays", "declared_flags"
FILES = {HOLIDAYS: "holidays.yaml", FLAGS: "flags.yaml"}
HOLIDAY_TYPES = ("FEDERAL", "CULTURAL", "COMMERCIAL")
YEARS = range(1900, 2201)
# Below it a day's expected response is no response at all, and the scores divide by it.
LEAST_FACTOR = 0.01
LONGEST_NAME = 100
FLAG_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Name, type and meaning.
HOLIDAY_COLUMNS = (
    ("holiday_date", "DATE", "Calendar date of the holiday in Los Angeles; one row each."),
    ("holiday_name", "STRING", "Name in English."),
    ("holiday_type", "STRING", "FEDERAL, CULTURAL or COMMERCIAL."),
    ("is_major_holiday", "BOOL", "TRUE when the day never counts into a run of weak days."),
    ("saturation_impact_factor", "FLOAT64", "Factor on the expected rates of that day, 0.01 to 1."),
)
FLAG_COLUMNS = (
    ("flag", "STRING", "Name of the switch; one row each."),
    ("is_enabled", "BOOL", "TRUE when on."),
)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A row of holiday_calendar; `factor` is the expected share of a normal day's response, in [0.01, 1]."""

    date: date
    name: str
    type: str
    is_major: bool
    factor: float


def read(root: Path, name: str) -> View | None:
    """The view `name` of FILES; None without its file. Raises CatalogError for what is wrong in the file."""
    file = yamlfile.read(root, FILES[name])
    if file is None:
        return None
    return _holiday_view(file) if name == HOLIDAYS else _flag_view(file)


def generated(root: Path) -> dict[Path, str]:
    """The statement that each file stands for, as if it were one of sql/views. Raises CatalogError."""
    views = [view for name in FILES if (view := read(root, name))]
    return {view.path: view.sql.source.text for view in views}


def holidays(file: yamlfile.Section) -> tuple[Holiday, ...]:
    """The rows of all years, by date. Raises CatalogError, also when two holidays fall on one date."""
    file.only("first_year", "last_year", "holidays")
    first, last = (file.parsed(name, yamlfile.year, "year of four digits") for name in ("first_year", "last_year"))
    if not YEARS[0] <= first <= last <= YEARS[-1]:
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
    if not rows:
        raise file.error("no holiday is listed", fix="list those that count, or take the list from git", key="holidays")
    return tuple(rows[day] for day in sorted(rows))


def _rows_of(section: yamlfile.Section, years: range) -> list[Holiday]:
    section.only("name", "on", "type", "major", "factor")
    name = section.parsed("name", _holiday_name, f"name of at most {LONGEST_NAME} characters")
    rule = section.parsed("on", parse_rule, FORM)
    kind = section.parsed("type", _holiday_type, f"type of holiday ({', '.join(HOLIDAY_TYPES)})")
    major = section.parsed("major", yamlfile.truth, "true or false")
    factor = section.parsed("factor", _factor, f"number from {LEAST_FACTOR} to 1")
    return [Holiday(rule(year), name, kind, major, factor) for year in years]


def _holiday_name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise ValueError(text)
    return text


def _holiday_type(text: str) -> str:
    if text not in HOLIDAY_TYPES:
        raise ValueError(text)
    return text


def _factor(text: str) -> float:
    factor = float(text)
    if not LEAST_FACTOR <= factor <= 1:
        raise ValueError(text)
    return factor


def _holiday_view(file: yamlfile.Section) -> View:
    rows = [
        f"(DATE '{row.date}', {_string(row.name)}, {_string(row.type)}, {_bool(row.is_major)}, {row.factor!r})"
        for row in holidays(file)
    ]
    return _view(
        HOLIDAYS, file.path, "Holidays as the configuration declares them, one row a date.", HOLIDAY_COLUMNS, rows
    )


def _flag_view(file: yamlfile.Section) -> View:
    rows = []
    for name, section in file.sections():
        section.only("enabled", "description")
        section.text("description")
        if not FLAG_NAME.fullmatch(name):
            message = f"{name!r} is no name of a flag"
            raise section.error(message, fix="use lower-case letters, digits and underscores, at most 63")
        rows.append(f"({_string(name)}, {_bool(section.parsed('enabled', yamlfile.truth, 'true or false'))})")
    return _view(
        FLAGS, file.path, "Feature flags as the configuration declares them, one row a flag.", FLAG_COLUMNS, rows
    )


def _view(
    name: str, path: Path, description: str, columns: Sequence[tuple[str, str, str]], rows: Sequence[str]
) -> View:
    # Typed, because only literals turn from STRING into DATE by themselves, and an empty list has no type.
    typed = f"STRUCT<{', '.join(f'{column} {kind}' for column, kind, _ in columns)}>"
    selected = [f"--: {meaning}\n  CAST(declared.{column} AS {kind}) AS {column}" for column, kind, meaning in columns]
    text = f"""\
-- What {path.as_posix()} declares, and made from it: edit that file.
CREATE OR REPLACE VIEW `{LOGICAL_DATASET}.{name}`
OPTIONS(
  description="{description}",
  labels=[("system", "eros"), ("component", "reference_data")]
)
AS
SELECT
  {_lines(selected, 2)}
FROM
  UNNEST(ARRAY<{typed}>[
    {_lines(rows, 4)}
  ]) AS declared
"""
    # Read like a file of sql/views; findings name the file that people edit.
    view = parse_view(SqlText(Path("sql/views") / f"{name}.sql", text))
    return replace(view, path=path, line=1, sql=LogicalSql(SqlText(path, text), view.sql.tokens))


def _lines(parts: Sequence[str], indent: int) -> str:
    return f",\n{' ' * indent}".join(parts)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"
