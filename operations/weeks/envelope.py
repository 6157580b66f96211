"""A schedule as one JSON document, in the form of the old system's contract; docs/schedule.schema.json is its schema.

Prices are written as text here and nowhere else: $N for what sells, a dot for what is free, nothing for a follow-up.
Numbers of captions are text, because readers of JSON lose digits beyond 2^53.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from scheduling.model import MessageType

MessageName = Literal["Unlock", "Photo bump", "Follow up"]
NAMES: dict[str, MessageName] = {
    MessageType.PPV: "Unlock",
    MessageType.BUMP: "Photo bump",
    MessageType.FOLLOW_UP: "Follow up",
}
# A sheet's first row holds the names of its columns.
FIRST_ROW = 2
WEEK = timedelta(days=6)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VolumeSummary(_Part):
    """How many messages of each kind the schedule has."""

    unlocks: Annotated[int, Field(ge=0)]
    photo_bumps: Annotated[int, Field(ge=0)]
    follow_ups: Annotated[int, Field(ge=0)]


class Metadata(_Part):
    """What the week was built for; empty where nobody wrote it down."""

    week_start: Annotated[date, Field(description="A Monday.")]
    week_end: date
    account_size: Annotated[str, Field(description="MICRO, SMALL, MEDIUM, LARGE or MEGA.")]
    saturation_status: Annotated[str, Field(description="GREEN, YELLOW or RED.")]
    volume_summary: VolumeSummary


class Row(_Part):
    """One message. Dates and times are Los Angeles wall time."""

    row_number: Annotated[int, Field(ge=FIRST_ROW)]
    schedule_type: Literal["Mass Message"] = "Mass Message"
    message_type: MessageName
    time_pst: Annotated[str, Field(pattern=r"^(1[0-2]|[1-9]):[0-5][0-9] (AM|PM)$")]
    scheduled_date: date
    caption: Annotated[str, Field(description="Empty for a follow-up.")]
    caption_id: Annotated[str | None, Field(pattern=r"^-?[0-9]{1,19}$")]
    recommended_price: Annotated[str, Field(pattern=r"^(\$[0-9]+(\.[0-9]{2})?|\.|)$")]


class Envelope(_Part):
    """A schedule: every message of it, in order of time."""

    page_name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,100}$")]
    schedule_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="Holds the page: no two alike.")]
    mm_schedule: Annotated[tuple[Row, ...], Field(min_length=1)]
    metadata: Metadata


def envelope(week: StoredWeek) -> Envelope:
    """The whole schedule. Errors: ValueError for messages of another program that have no name here."""
    kinds = [message.message_type for message in week.messages]
    volumes = VolumeSummary(
        unlocks=kinds.count(MessageType.PPV),
        photo_bumps=kinds.count(MessageType.BUMP),
        follow_ups=kinds.count(MessageType.FOLLOW_UP),
    )
    metadata = Metadata(
        week_start=week.monday,
        week_end=week.monday + WEEK,
        account_size=str(week.details.get("tier") or ""),
        saturation_status=week.zone,
        volume_summary=volumes,
    )
    rows = tuple(_row(number, message) for number, message in enumerate(week.messages, FIRST_ROW))
    return Envelope(page_name=week.page, schedule_id=week.schedule_id, mm_schedule=rows, metadata=metadata)


def price_text(message: StoredMessage) -> str:
    """As the sheets of the old system have it; whole dollars without cents."""
    if message.message_type == MessageType.FOLLOW_UP:
        return ""
    if message.price is None:
        return "."
    return f"${message.price:.2f}".removesuffix(".00")


def clock_text(local: datetime) -> str:
    """h:mm AM or PM, whatever the locale."""
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"


def _row(number: int, message: StoredMessage) -> Row:
    if message.message_type not in NAMES:
        raise ValueError(f"{message.local:%Y-%m-%d %H:%M} has the type {message.message_type!r}")
    return Row(
        row_number=number,
        message_type=NAMES[message.message_type],
        time_pst=clock_text(message.local),
        scheduled_date=message.local.date(),
        caption=message.text,
        caption_id=None if message.caption_id is None else str(message.caption_id),
        recommended_price=price_text(message),
    )
