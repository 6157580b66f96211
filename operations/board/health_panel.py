"""The panel of health: the checks now, and the score of each scheduled check over a week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from operations import health
from operations.board.panels import SERIOUSNESS, STATES, Grid, Heading, Item, Panel, Plot
from operations.board.sources import Sources
from operations.board.wording import measured, midnights, moment, to_run
from operations.errors import CloudError

DAYS = 7
# Below these the gate rolls back and the scorecard warns.
LIMITS = {"rollback below 70": 70.0}
HISTORY = """
SELECT
  h.check_time, h.health_score, h.status,
  ARRAY_TO_STRING(
    ARRAY(
      SELECT c.title FROM UNNEST(h.checks) AS c WHERE c.state IN ('WARNING', 'CRITICAL', 'UNKNOWN') ORDER BY c.rule
    ),
    ', '
  ) AS reasons
FROM {0} AS h
WHERE h.check_time > TIMESTAMP_SUB(@now, INTERVAL 7 DAY) AND h.check_time <= @now
ORDER BY h.check_time
"""


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    found = health.measure(sources.client, sources.outputs, sources.now)
    try:
        history = over_time(sources.rows("health", HISTORY, "health_checks"), sources)
    except CloudError as error:
        history = f"The checks of the last week could not be read: {error.message}"
    return panel(found, history)


def panel(found: health.Health, history: Grid | str) -> Panel:
    """The score over time, then the checks now, what is not well first."""
    shown = sorted(found.checks, key=lambda check: (SERIOUSNESS.index(STATES[check.state]), check.id))
    bad = [check for check in shown if check.state not in (health.OK, health.WAITING)]
    headings = (Heading("check"), Heading("value", numeric=True), Heading("state"))
    checks = Grid("Checks now", headings, tuple(map(_row, shown)))
    return Panel(
        "health",
        "Health",
        f"{found.score}",
        f"{len(shown) - len(bad)} of {len(shown)} checks well",
        STATES[found.status],
        (history, checks),
        tuple(map(_reason, bad)),
        shape="tall",
    )


def over_time(rows: list[Any], sources: Sources) -> Grid | str:
    """The score of each scheduled check."""
    if not rows:
        return f"No check in the last {DAYS} days. It runs every hour, or now: {to_run('health_check', sources.stack)}"
    begins = sources.now - timedelta(days=DAYS)
    worst = min(row.health_score for row in rows)
    plot = Plot(
        "line",
        f"Score of each check in {DAYS} days: {rows[-1].health_score} at the last, {worst} at the worst.",
        ticks=(
            begins.timestamp(),
            *(day.timestamp() for day in midnights(begins, sources.now)),
            sources.now.timestamp(),
        ),
        limits=LIMITS,
        top=100,
        bottom=50,
    )
    return Grid(
        f"Score of the last {DAYS} days",
        (Heading("check at"), Heading("score", numeric=True), Heading("status"), Heading("what was not well")),
        tuple(
            (
                moment(row.check_time),
                Item(str(row.health_score), value=row.health_score),
                Item(row.status or "", state=STATES.get(row.status, "")),
                Item(row.reasons or ""),
            )
            for row in rows
        ),
        plot,
        "as a table",
    )


def _row(check: health.HealthCheck) -> tuple[Item, ...]:
    value = "" if check.value is None else measured(check.value, check.unit)
    return (Item(check.title, check.reason or check.bad), Item(value), Item(check.state, state=STATES[check.state]))


def _reason(check: health.HealthCheck) -> str:
    if check.value is None:
        return f"{check.title}: {check.reason or ('cannot be measured' if check.state == health.UNKNOWN else 'no')}"
    return f"{check.title}: {measured(check.value, check.unit)} ({check.bad})"
