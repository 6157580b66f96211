"""What goes into a week and what comes out: plain, frozen values. Times without zone are Los Angeles wall time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from scheduling.giving_way import GaveWay


class MessageType(StrEnum):
    """The kinds of messages, as schedule_recommendations.message_type holds them."""

    PPV = "PPV"
    BUMP = "Bump"
    FOLLOW_UP = "Follow up"


@dataclass(frozen=True, slots=True)
class AnalysedHour:
    """An hour of the page's report; `day_type` is Weekday or Weekend in whatever case."""

    day_type: str
    hour: int
    avg_rpr: float | None = None
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class PageReport:
    """What the builder needs of a page's performance report; empty where the report says nothing."""

    page_name: str
    size_tier: str = ""
    segment: str = ""
    risk_level: str = ""
    hours: tuple[AnalysedHour, ...] = ()  # best first


@dataclass(frozen=True, slots=True)
class SelectedCaption:
    """A caption that the selection gave the page. `price_tier` is the bank's, in its spelling.

    `score_parts` says what the score is made of; empty where the selection did not say.
    """

    caption_id: int
    price_tier: str
    content_category: str = ""
    psychological_trigger: str = ""
    final_score: float = 0.0
    score_parts: str = ""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A row of holiday_calendar: `factor` is the expected share of a normal day's response."""

    day: date
    name: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class WeekRequest:
    """One page and one week: what is known, what was selected, and the seed of the draw of minutes."""

    report: PageReport
    monday: date
    captions: tuple[SelectedCaption, ...]
    holidays: tuple[SpecialDay, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class WeekVolume:
    """How many messages the page's week is meant to have, and the limits that hold in it."""

    tier: str
    zone: str
    ppv: int
    bump: int
    gap_minutes: int
    most_a_day: int
    split: Mapping[str, int]  # of ppv, by bucket


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message. A follow-up has no caption and therefore no lock."""

    message_type: MessageType
    local: datetime
    instant: datetime
    why: tuple[str, ...]
    caption: SelectedCaption | None = None
    price: Decimal | None = None
    time_slot_rank: int | None = None  # 1 is the best hour of the page
    only: str = ""  # condition to send it; empty: always


@dataclass(frozen=True, slots=True)
class BuiltWeek:
    """A page's week in the order of time, and the rules that gave way in it, weakest first.

    Follow-ups stand outside the volumes and the day's maximum, and those of the last days lie after the week.
    """

    page_name: str
    monday: date
    profile: str
    volume: WeekVolume
    messages: tuple[PlannedMessage, ...]
    gave_way: tuple[GaveWay, ...] = field(default=())
