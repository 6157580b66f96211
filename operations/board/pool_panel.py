"""The panel of captions: what each page has left to send, and what it has locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from operations.board.panels import SERIOUSNESS, STATES, Grid, Heading, Item, Panel
from operations.board.sources import Sources
from operations.board.wording import some, to_run

POOL = """
WITH
  counted AS (
    SELECT h.page_name, h.scope, h.check_date, h.pool_after_restrictions, h.min_pool, h.status
    FROM {0} AS h
    WHERE h.check_date > DATE_SUB(DATE(@now, 'America/Los_Angeles'), INTERVAL 7 DAY)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY h.page_name, h.scope ORDER BY h.check_date DESC) = 1
  ),
  pool AS (
    SELECT
      LOWER(TRIM(c.page_name)) AS page_name,
      MAX(c.check_date) AS checked_on,
      MAX(IF(c.scope = 'PPV', c.pool_after_restrictions, NULL)) AS ppv,
      MAX(IF(c.scope = 'PPV', c.min_pool, NULL)) AS ppv_least,
      MAX(IF(c.scope = 'BUMP', c.pool_after_restrictions, NULL)) AS bump,
      MAX(IF(c.scope = 'BUMP', c.min_pool, NULL)) AS bump_least,
      CASE
        WHEN COUNTIF(c.status = 'CRITICAL') > 0 THEN 'CRITICAL'
        WHEN COUNTIF(c.status = 'WARNING') > 0 THEN 'WARNING'
        ELSE 'OK'
      END AS status
    FROM counted AS c
    GROUP BY LOWER(TRIM(c.page_name))
  ),
  locks AS (
    SELECT
      LOWER(TRIM(a.page_name)) AS page_name, COUNT(*) AS locks, MAX(a.scheduled_send_date) AS until
    FROM {1} AS a
    WHERE a.is_active AND a.scheduled_send_date >= DATE(@now, 'America/Los_Angeles')
    GROUP BY LOWER(TRIM(a.page_name))
  )
SELECT
  COALESCE(pool.page_name, locks.page_name) AS page_name, pool.checked_on, pool.ppv, pool.ppv_least, pool.bump,
  pool.bump_least, COALESCE(pool.status, 'UNKNOWN') AS status, COALESCE(locks.locks, 0) AS locks, locks.until
FROM pool
FULL OUTER JOIN locks ON locks.page_name = pool.page_name
ORDER BY page_name
"""


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    return panel(sources.rows("pool", POOL, "pool_health", "active_caption_assignments"), sources.stack)


def panel(rows: Sequence[Any], stack: str) -> Panel:
    """A row a page, those that have least first."""
    if not rows:
        empty = (
            f"No page has a pool or a lock. They are counted once a day, or now: {to_run('pool_health_daily', stack)}"
        )
        return Panel("pool", "Captions and locks", "none", "no page counted", "waiting", (empty,))
    shown = sorted(rows, key=lambda row: (SERIOUSNESS.index(STATES[row.status]), row.ppv or 0, row.page_name))
    short = [row for row in shown if row.status in ("CRITICAL", "WARNING")]
    fullest = max((row.ppv or 0 for row in rows), default=0) or 1
    most = max(row.locks for row in rows) or 1
    grid = Grid(
        "Captions that each page may still send, and its locks",
        (
            Heading("page"),
            Heading("PPV pool", numeric=True),
            Heading("bump pool", numeric=True),
            Heading("locks", numeric=True),
            Heading("state"),
        ),
        tuple(
            (
                Item(row.page_name),
                _pool(row.ppv, row.ppv_least, (row.ppv or 0) / fullest),
                _pool(row.bump, row.bump_least, None),
                Item(f"{row.locks:,}", f"until {row.until}" if row.until else "", share=row.locks / most),
                Item(row.status, state=STATES[row.status]),
            )
            for row in shown
        ),
    )
    counted = max((row.checked_on for row in rows if row.checked_on), default=None)
    return Panel(
        *("pool", "Captions and locks"),
        f"{len(short)} short" if short else some(len(rows), "page"),
        f"{some(sum(row.locks for row in rows), 'lock')}; counted {counted or 'never'}",
        STATES[shown[0].status],
        (grid,),
        tuple(f"Page {row.page_name} is short of captions" for row in short if row.status == "CRITICAL"),
    )


def _pool(found: int | None, least: int | None, share: float | None) -> Item:
    if found is None:
        return Item("not counted", state="unknown")
    is_short = least is not None and found < least
    return Item(
        f"{found:,}", f"least {least:,}" if least is not None else "", share=share, state="critical" if is_short else ""
    )
