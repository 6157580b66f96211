"""What the tables know of pages and a week: reports, special days, how many captions to select."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from operations.weeks.errors import WeekError
from operations.weeks.queue import la_date
from operations.weeks.week_statements import Statements, Structs
from scheduling.model import PageReport, SpecialDay
from scheduling.page_report import page_report
from scheduling.weekdays import DAYS

# As validate_input, which locking asks.
PAGE_NAME = re.compile(r"[a-z0-9_-]{1,100}")
REPORT_DAYS = 90
FRESH_DAYS = 1
# A lock lies at most 366 days ahead (lock_caption_assignments_at); a week ends six days after its Monday.
LATEST_AHEAD = timedelta(days=360)

PAGES = """
SELECT asked AS page_name, creator.page_name IS NOT NULL AS is_creator, report.report_date, report.performance_report
FROM UNNEST(@pages) AS asked
LEFT JOIN (
  SELECT DISTINCT LOWER(TRIM(c.page_name)) AS page_name FROM {active_creators} AS c
) AS creator ON creator.page_name = asked
LEFT JOIN (
  SELECT r.page_name, r.report_date, r.performance_report
  FROM {creator_reports} AS r
  WHERE r.report_date >= @since AND r.page_name IN UNNEST(@pages)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY r.page_name ORDER BY r.report_date DESC) = 1
) AS report ON report.page_name = asked
"""
CREATORS = """
SELECT DISTINCT LOWER(TRIM(c.page_name)) AS page_name FROM {active_creators} AS c WHERE TRIM(c.page_name) != ''
ORDER BY page_name
"""
HOLIDAYS = """
SELECT h.holiday_date, h.holiday_name, h.saturation_impact_factor
FROM {holiday_calendar} AS h
WHERE h.holiday_date BETWEEN @monday AND DATE_ADD(@monday, INTERVAL 6 DAY)
ORDER BY h.holiday_date
"""
TARGETS = """
SELECT p.page_name, {caption_target}(p.size_tier, p.risk_level) AS target FROM UNNEST(@pages) AS p
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What the tables hold of one page."""

    page: str
    is_creator: bool
    report_date: date | None
    text: str | None


class Pages:
    """Reads pages, many in one statement."""

    def __init__(self, warehouse: Statements) -> None:
        self._warehouse = warehouse

    def creators(self) -> list[str]:
        """All pages under contract."""
        return [row.page_name for row in self._warehouse.rows(CREATORS)]

    def find(self, pages: Sequence[str], today: date) -> dict[str, Found]:
        """Each page with its newest report."""
        since = today - timedelta(days=REPORT_DAYS)
        found = self._warehouse.rows(PAGES, pages=list(pages), since=since)
        return {
            row.page_name: Found(row.page_name, row.is_creator, row.report_date, row.performance_report)
            for row in found
        }

    def holidays(self, monday: date) -> tuple[SpecialDay, ...]:
        """The special days of the week."""
        rows = self._warehouse.rows(HOLIDAYS, monday=monday)
        return tuple(
            SpecialDay(row.holiday_date, row.holiday_name, float(row.saturation_impact_factor)) for row in rows
        )

    def targets(self, reports: Sequence[PageReport]) -> dict[str, int]:
        """How many captions to select for each page."""
        fields = {"page_name": "STRING", "size_tier": "STRING", "risk_level": "STRING"}
        rows: list[Mapping[str, Any]] = [
            {"page_name": one.page_name, "size_tier": one.size_tier, "risk_level": one.risk_level} for one in reports
        ]
        return {row.page_name: row.target for row in self._warehouse.rows(TARGETS, pages=Structs(fields, rows))}


def report_of(found: Found, today: date, *, neutral: bool) -> PageReport:
    """The page's report if it is fresh. Errors: WeekError for an unknown page, and without a fresh report.

    `neutral` builds from neutral values where there is no fresh one.
    """
    if not found.is_creator and found.report_date is None:
        raise WeekError(
            f"nobody knows the page {found.page}: it is no active creator and never had a report",
            fix=f"look at its spelling: eros page {found.page} names what is near",
        )
    if found.report_date is not None and found.text is not None and (today - found.report_date).days <= FRESH_DAYS:
        return page_report(found.text)
    if neutral:
        return PageReport(found.page)
    age = "has no report" if found.report_date is None else f"has its last report from {found.report_date}"
    raise WeekError(
        f"{found.page} {age}, and a week is built from one of today or yesterday",
        fix="eros run daily_automation, or build from neutral values: --neutral",
    )


def page_name(text: str) -> str:
    """A page's name in lower case. Errors: WeekError."""
    name = text.strip().lower()
    if not PAGE_NAME.fullmatch(name):
        raise WeekError(
            f"{text!r} is no page", fix="page names have letters, digits, underscores and hyphens, at most 100"
        )
    return name


def next_monday(now: datetime) -> date:
    """The Monday after today in Los Angeles."""
    today = la_date(now)
    return today + timedelta(days=DAYS - today.weekday())


def week_of(text: str, now: datetime) -> date:
    """The Monday that `text` names; without one the next. Errors: WeekError unless it can be planned still."""
    upcoming = next_monday(now)
    if not text:
        return upcoming
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WeekError(f"{text!r} is no date", fix=f"write a Monday, for example {upcoming}") from None
    if day.weekday():
        fix = f"write its Monday: {day - timedelta(days=day.weekday())}"
        raise WeekError(f"a week starts on a Monday, and {day} is a {day:%A}", fix=fix)
    if day < upcoming:
        raise WeekError(f"the week of {day} has begun in Los Angeles", fix=f"the next one is {upcoming}")
    if day - la_date(now) > LATEST_AHEAD:
        raise WeekError(f"the week of {day} is more than a year ahead", fix=f"the next one is {upcoming}")
    return day
