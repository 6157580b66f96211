"""How a report is shown: a table for people, JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from rich.console import Console

from operations import display
from settings.errors import ErosError

Form: TypeAlias = Literal["table", "json", "csv"]


@dataclass(frozen=True, slots=True)
class Result:
    """Columns and rows of a report; `more` when the limit cut some off."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    more: bool = False

    def first(self, limit: int | None) -> Result:
        """The first `limit` rows; all without one."""
        kept = self.rows if limit is None else self.rows[:limit]
        return Result(self.columns, kept, more=len(kept) < len(self.rows))


def form(*, as_json: bool, as_csv: bool) -> Form:
    """How to show it. Errors: ErosError for two ways at once."""
    if as_json and as_csv:
        raise ErosError("--json and --csv are two forms", fix="give one")
    return "json" if as_json else "csv" if as_csv else "table"


def show(console: Console, result: Result, form: Form) -> None:
    """For people a table: instants in both zones, numbers to four digits after the point. For programs all as it is:
    instants in UTC, JSON as a list of rows, CSV with a header and nothing for null.
    """
    if form == "json":
        display.print_json(result.rows)
    elif form == "csv":
        print(as_csv(result), end="")
    elif result.rows:
        rows = ([_cell(row[column]) for column in result.columns] for row in result.rows)
        console.print(display.table([column.replace("_", " ") for column in result.columns], rows))


def as_csv(result: Result) -> str:
    """A line for the header and one a row; nothing for null."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([_plain(row[column]) for column in result.columns] for row in result.rows)
    return text.getvalue()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return display.both_zones(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)
