"""Reference data: the rows of the holidays, flags and alert rules of `config/` as views that hold nothing but them.

A view is deployed like any other: changed content is an update in place, and going back to an earlier content is one
more. `sql/procedures/apply_reference_data_at.sql` brings the rows into the tables that people may edit, and
`sql/views/reference_data_digest.sql` says which content that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from catalog import alert_view, alerts, yamlfile
from catalog.calendar_rules import FORM, parse_rule
from catalog.model import View
from catalog.rows_view import rows_view, sql_bool, sql_string

HOLIDAYS, FLAGS, ALERTS = "declared_holidays", "declared_flags", "declared_alert_rules"
FILES = {HOLIDAYS: "holidays.yaml", FLAGS: "flags.yaml", ALERTS: alerts.FILE}
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
    if name == ALERTS:
        return alert_view.view(name, file.path, alerts.rules(file))
    return _holiday_view(file) if name == HOLIDAYS else _flag_view(file)


def generated(root: Path) -> dict[Path, str]:
    """The statement that each file stands for, as if it were one of sql/views. Raises CatalogError."""
    views = [view for name in FILES if (view := read(root, name))]
    return {view.path: view.sql.source.text for view in views}


def meaning_of_flags(root: Path) -> dict[str, str]:
    """What each declared flag is for. Raises CatalogError for what is wrong in the file."""
    file = yamlfile.read(root, FILES[FLAGS])
    return {name: section.text("description") for name, section in file.sections()} if file else {}


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
        f"(DATE '{row.date}', {sql_string(row.name)}, {sql_string(row.type)}, {sql_bool(row.is_major)}, {row.factor!r})"
        for row in holidays(file)
    ]
    return rows_view(
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
        rows.append(f"({sql_string(name)}, {sql_bool(section.parsed('enabled', yamlfile.truth, 'true or false'))})")
    return rows_view(
        FLAGS, file.path, "Feature flags as the configuration declares them, one row a flag.", FLAG_COLUMNS, rows
    )
