"""The CSV of a schedule, for people and spreadsheets: columns, names and forms of the old exporter, row by row.

A text that a spreadsheet would take for a formula is kept from being one by a quote mark in front of it
(https://owasp.org/www-community/attacks/CSV_Injection); nothing is cut.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from operations.display import BUSINESS_ZONE
from scheduling.model import MessageType

COLUMNS = (
    "schedule_id",
    "page_name",
    "day_of_week",
    "scheduled_send_time",
    "message_type",
    "caption_id",
    "caption_text",
    "price_tier",
    "content_category",
    "has_urgency",
    "performance_score",
)
TIERS = {
    **dict.fromkeys(("low", "budget"), "Budget"),
    **dict.fromkeys(("mid", "standard"), "Mid"),
    **dict.fromkeys(("high", "premium"), "Premium"),
    **dict.fromkeys(("luxury", "vip"), "Luxury"),
    **dict.fromkeys(("bump", "free"), "Free"),
}
# Also in the wide forms that Asian keyboards make.
FORMULA = tuple("=+-@＝＋－＠")
CONTROL = ("\t", "\r", "\n")
# https://support.google.com/drive/answer/37603; Excel's cells hold 32,767.
SHEETS_CELL = 50_000


@dataclass(slots=True)
class Counted:
    """What was written, and what a reader should know of it."""

    messages: int = 0
    follow_ups: int = 0
    too_long: int = 0


def write(file: TextIO, rows: Iterable[Any], counted: Counted) -> None:
    """The rows of schedule_recommendations_messages, in their order, one at a time, counted as they go.

    The file has messages that sell and free ones; follow-ups have no caption to paste and are only counted.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        if row["message_type"] == MessageType.FOLLOW_UP:
            counted.follow_ups += 1
            continue
        writer.writerow(cells(row))
        counted.messages += 1
        counted.too_long += len(row["caption_text"] or "") > SHEETS_CELL


def cells(row: Any) -> Iterator[str]:
    """One line of the file."""
    sent: datetime = row["scheduled_send_time"].astimezone(BUSINESS_ZONE)
    tier = (row["price_tier"] or "").strip()
    score = row["performance_score"]
    yield plain(row["schedule_id"])
    yield plain(row["page_name"])
    yield f"{sent:%A}"
    yield f"{sent:%Y-%m-%d %H:%M:%S}"
    yield plain(row["message_type"])
    # A whole number, often below zero, is no formula.
    yield "" if row["caption_id"] is None else str(int(row["caption_id"]))
    yield plain(row["caption_text"] or "")
    yield plain(TIERS.get(tier.lower(), tier))
    yield plain(row["content_category"] or "")
    yield "" if row["has_urgency"] is None else str(bool(row["has_urgency"]))
    yield "" if score is None else f"{score:.2f}"


def plain(text: str) -> str:
    """The text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(CONTROL) or text.lstrip().startswith(FORMULA) else text
