"""The schedule strings of BigQuery's Data Transfer Service: what it takes, canonical text, next run."""

from transfer_schedule.grammar import (
    MONTHS,
    WEEKDAYS,
    CalendarSchedule,
    IntervalSchedule,
    ScheduleSpec,
    ScheduleSyntaxError,
    parse,
)

__all__ = [
    "MONTHS",
    "WEEKDAYS",
    "CalendarSchedule",
    "IntervalSchedule",
    "ScheduleSpec",
    "ScheduleSyntaxError",
    "parse",
]
