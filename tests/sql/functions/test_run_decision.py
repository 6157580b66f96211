"""The dispatcher's decision over 400 days of ticks, put to it in one query, and its cases one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sql.warehouse import DATASET, Warehouse

LA = ZoneInfo("America/Los_Angeles")
FIRST = datetime(2025, 1, 1, 0, 7, tzinfo=UTC)
TICK, DAYS = timedelta(minutes=15), 400
RUN = "STRUCT<job_status STRING, job_start_time TIMESTAMP, job_end_time TIMESTAMP>"
# Every tick without a run of the date, then every tick with the run that the first START of the date has made.
QUERY = f"""
WITH
  tick AS (
    SELECT
      instant,
      DATE(instant, 'America/Los_Angeles') AS day,
      TIMESTAMP(DATETIME(DATE(instant, 'America/Los_Angeles'), @due_at), 'America/Los_Angeles') AS due_from
    FROM UNNEST(GENERATE_TIMESTAMP_ARRAY(@first, @last, INTERVAL 15 MINUTE)) AS instant
  ),
  alone AS (
    SELECT
      tick.instant,
      tick.day,
      tick.due_from,
      `{DATASET}.run_decision`(tick.instant, tick.due_from, 2, 600, CAST([] AS ARRAY<{RUN}>)) AS decision
    FROM tick
  ),
  started AS (
    SELECT
      alone.instant,
      alone.day,
      alone.due_from,
      MIN(IF(alone.decision = 'START', alone.instant, NULL)) OVER (PARTITION BY alone.day) AS start
    FROM alone
  )
SELECT
  CAST(started.day AS STRING) AS day,
  COUNT(*) AS ticks,
  MIN(started.start) AS start,
  COUNTIF(
    started.instant = started.start
    OR (
      started.instant > started.start
      AND `{DATASET}.run_decision`(
        started.instant, started.due_from, 2, 600,
        [STRUCT('SUCCESS' AS job_status, started.start AS job_start_time, started.start AS job_end_time)]
      ) != 'WAIT'
    )
  ) AS starts
FROM started
GROUP BY started.day
"""


@pytest.mark.parametrize(("due_at", "latest"), [("03:05:00", "03:20:00"), ("08:00:00", "08:15:00")])
def test_every_date_of_four_hundred_days_has_one_start_within_a_quarter_of_an_hour(
    warehouse: Warehouse, due_at: str, latest: str
) -> None:
    # defect: T1
    last = FIRST + DAYS * timedelta(days=1) - TICK
    query = QUERY.replace("@due_at", f"TIME '{due_at}'")
    rows = {row["day"]: row for row in warehouse.rows(query, first=FIRST, last=last)}
    assert sum(row["ticks"] for row in rows.values()) == 38_400
    # The first date began before the first tick, the last one goes on after the last.
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(DAYS)]
    assert len(rows) == DAYS + 1
    for day in days:
        row = rows[str(day)]
        assert row["starts"] == 1, day
        local = row["start"].astimezone(LA)
        assert local.date() == day
        assert due_at <= f"{local:%H:%M:%S}" < latest, local


def decision(warehouse: Warehouse, now: datetime, *runs: tuple[str, datetime, datetime | None]) -> Any:
    def instant(at: datetime | None) -> str:
        return "CAST(NULL AS TIMESTAMP)" if at is None else f"TIMESTAMP '{at:%F %T}+00'"

    listed = ", ".join(f"('{status}', {instant(start)}, {instant(end)})" for status, start, end in runs)
    arguments = f"@now, TIMESTAMP '2025-06-02 10:05:00+00', 2, 600, ARRAY<{RUN}>[{listed}]"
    return warehouse.value(f"SELECT `{DATASET}.run_decision`({arguments})", now=now)


def test_an_outage_of_six_hours_and_failures_with_retries_play_out_as_written(warehouse: Warehouse) -> None:
    """Tick by tick, each with the rows that the ticks before it have left."""
    day = datetime(2025, 6, 2, 10, 7, tzinfo=UTC)
    back = day + timedelta(hours=6)
    runs: list[tuple[str, datetime, datetime | None]] = []
    said = []
    for tick in (back + number * TICK for number in range(5)):
        found = decision(warehouse, tick, *runs)
        said.append(found)
        if found == "START":
            # Each attempt dies after a minute; the second one takes so long that its rest covers the next tick.
            runs.append(("FAILED", tick, tick + timedelta(minutes=6 if len(runs) == 1 else 1)))
    assert said == ["START", "START", "WAIT", "START", "GIVE_UP"]
    assert decision(warehouse, day - timedelta(minutes=3)) == "WAIT"
    assert decision(warehouse, back, *runs, ("SUCCESS", back, back)) == "WAIT"
    assert decision(warehouse, back, ("RUNNING", back - timedelta(hours=2), None)) == "WAIT"
    assert decision(warehouse, back, ("RUNNING", back - timedelta(hours=2, seconds=1), None)) == "START"
