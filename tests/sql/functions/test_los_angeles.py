"""Los Angeles dates, hours and weekdays against Python's zone data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.sql.warehouse import Warehouse

LA = ZoneInfo("America/Los_Angeles")
QUERY = """
SELECT
  eros_scheduling_brain.la_date(t) AS date,
  eros_scheduling_brain.la_hour(t) AS hour,
  eros_scheduling_brain.la_dayofweek(t) AS weekday
FROM UNNEST(@instants) AS t WITH OFFSET AS o
ORDER BY o
"""
MICROSECOND = timedelta(microseconds=1)
EDGES = {
    "clocks forward": datetime(2025, 3, 9, 10, tzinfo=UTC),
    "clocks back": datetime(2025, 11, 2, 9, tzinfo=UTC),
    "midnight in summer": datetime(2025, 7, 1, 7, tzinfo=UTC),
    "midnight in winter": datetime(2025, 12, 1, 8, tzinfo=UTC),
    "29 February": datetime(2024, 2, 29, 8, tzinfo=UTC),
    "after 29 February": datetime(2024, 3, 1, 8, tzinfo=UTC),
    "year end": datetime(2026, 1, 1, 8, tzinfo=UTC),
    "year end in UTC": datetime(2026, 1, 1, tzinfo=UTC),
}


def expected(instant: datetime) -> dict[str, object]:
    local = instant.astimezone(LA)
    return {"date": local.date(), "hour": local.hour, "weekday": local.isoweekday() % 7 + 1}


@pytest.mark.parametrize("edge", EDGES)
def test_each_side_of_an_edge_falls_where_the_los_angeles_clock_says(warehouse: Warehouse, edge: str) -> None:
    instants = [EDGES[edge] - MICROSECOND, EDGES[edge], EDGES[edge] + MICROSECOND]
    assert warehouse.rows(QUERY, instants=instants) == [expected(instant) for instant in instants]


def test_every_half_hour_of_the_weeks_of_both_clock_changes(warehouse: Warehouse) -> None:
    starts = [datetime(2025, 3, 5, tzinfo=UTC), datetime(2025, 10, 29, tzinfo=UTC)]
    instants = [start + timedelta(minutes=30 * step) for start in starts for step in range(2 * 24 * 8)]
    assert warehouse.rows(QUERY, instants=instants) == [expected(instant) for instant in instants]


def test_an_unknown_instant_has_no_date_hour_or_weekday(warehouse: Warehouse) -> None:
    query = """
    SELECT eros_scheduling_brain.la_date(t) AS date, eros_scheduling_brain.la_hour(t) AS hour,
      eros_scheduling_brain.la_dayofweek(t) AS weekday
    FROM (SELECT CAST(NULL AS TIMESTAMP) AS t)
    """
    assert warehouse.rows(query) == [{"date": None, "hour": None, "weekday": None}]
