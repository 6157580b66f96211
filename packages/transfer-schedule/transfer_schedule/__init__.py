"""The schedule strings of BigQuery's Data Transfer Service: what it takes, canonical text, next run."""

from transfer_schedule.grammar import (
    EVERY_WEEKDAY,
    MONTHS,
    WEEKDAYS,
    CalendarSchedule,
    IntervalSchedule,
    ScheduleSpec,
    ScheduleSyntaxError,
    parse,
)

__all__ = [
    "EVERY_WEEKDAY",
    "MONTHS",
    "WEEKDAYS",
    "CalendarSchedule",
    "IntervalSchedule",
    "ScheduleSpec",
    "ScheduleSyntaxError",
    "parse",
]
