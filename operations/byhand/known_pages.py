"""Which page is meant: a name that the platform knows, or a refusal with the names next to it."""

from __future__ import annotations

import difflib
from datetime import datetime

from operations.weeks.page_facts import Found, Pages, page_name
from operations.weeks.queue import la_date
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

NEAR = 3


class UnknownPage(ErosError):
    """No active creator is called so, and no report was ever written of such a page."""

    def __init__(self, page: str, near: list[str]) -> None:
        fix = f"perhaps {', '.join(near)}" if near else "its name is that of a row of active_creators"
        super().__init__(f"nobody knows the page {page}: it is no active creator and never had a report", fix=fix)


def known_page(warehouse: Statements, text: str, now: datetime) -> Found:
    """The page with its newest report. Errors: WeekError for what is no name, UnknownPage, CloudError."""
    name, pages = page_name(text), Pages(warehouse)
    found = pages.find([name], la_date(now))[name]
    if not found.is_creator and found.report_date is None:
        raise UnknownPage(name, difflib.get_close_matches(name, pages.creators(), NEAR))
    return found
