"""Boards of canned facts: a week as the sample tells it, empty tables, an open critical alert, a cloud that is down."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.cloud.bigquery.table import Row

from catalog import Catalog, load_cached
from catalog.cost import ScheduleCost, assumed_sizes, estimate
from operations.backup.backup_facts import Backup, Origin
from operations.backup.shelf import Entry
from operations.billed import Bill
from operations.board import (
    alerts_panel,
    backups_panel,
    cost_panel,
    dashboards_panel,
    health_panel,
    lineage_panel,
    pool_panel,
    runs_panel,
    tables_panel,
)
from operations.board.gathering import PANELS, Reader, gather
from operations.board.panels import Board, Panel
from operations.board.sources import Sources
from operations.health import Health, HealthCheck
from operations.oncall.alert_rows import Alert
from operations.scheduled_runs import ScheduledQuery
from operations.storage_report import StoredTable
from settings.errors import ErosError

ROOT = Path(__file__).resolve().parents[4]
NOW = datetime(2025, 11, 5, 18, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOWN = ErosError("the cloud at 127.0.0.1:9 is down: Connection refused", fix="eros local up")
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(1)</script>\"'{{ 7 * 7 }}"


@functools.cache
def declared() -> Catalog:
    return load_cached(ROOT)


@functools.cache
def estimated() -> tuple[ScheduleCost, ...]:
    volume = declared().volumes.load
    return estimate(declared(), assumed_sizes(declared(), volume), volume.creators)


def sources(deployed: Any = DOWN) -> Sources:
    return Sources("local", True, NOW, declared(), deployed)


def rows(**columns: Sequence[Any]) -> list[Row]:
    """Rows as BigQuery's client gives them, from columns."""
    places = {name: place for place, name in enumerate(columns)}
    return [Row(values, places) for values in zip(*columns.values(), strict=True)]


def health(*checks: HealthCheck, score: int = 100) -> Panel:
    times = [NOW - number * HOUR for number in range(7 * 24, 0, -1)]
    scores = [95 if 40 < number < 46 else 100 for number in range(len(times))]
    reasons = ["Caption statistics are late" if value < 100 else "" for value in scores]
    states = ["WARNING" if value < 100 else "HEALTHY" for value in scores]
    history = rows(check_time=times, health_score=scores, status=states, reasons=reasons)
    well = HealthCheck("pool", "The bank is running out of captions", 44_592, "captions", "WARNING < 500", "OK")
    return health_panel.panel(Health((well, *checks), score), health_panel.over_time(history, sources()))


def alert(level: str, kind: str, text: str, hours: float = 2) -> Alert:
    since = NOW - hours * HOUR
    return Alert(f"0a1b2c3d-{kind}", since, level, "alert_evaluation", kind, text, False, None, "", None, (), since)


def notification(policy: str) -> dict[str, Any]:
    return {
        **{"time": "2025-11-05T10:28:00.5Z", "policy": policy, "state": "open", "channel": "data platform"},
        **{"channelType": "email", "delivery": "kept"},
    }


def runs(error: str = "") -> Panel:
    queries = [
        ScheduledQuery(name, f"c/{name}", one.schedule, False, one.next_after(NOW), None, None)
        for name, one in declared().schedules.items()
    ]
    return runs_panel.panel(queries, list(_runs(error)), NOW)


def _runs(error: str) -> Iterator[runs_panel.Began]:
    """Each hour the sweep, at half past the cost report, each night the daily run; `error` is the newest one's."""
    for number in range(7 * 24, -1, -1):
        at = NOW - number * HOUR - timedelta(minutes=10)
        for job in ("sweep_expired_caption_locks", "cost_report", "health_check"):
            yield runs_panel.Began(job, at, at + timedelta(seconds=6), "SUCCEEDED", "")
        if at.hour == 11:
            newest = number < 24
            state = "FAILED" if (newest and error) or at.day == 1 else "SUCCESS"
            said = error if newest else "Resources exceeded" if state == "FAILED" else ""
            yield runs_panel.Began("daily_automation", at, at + timedelta(minutes=3), state, said)


def cost(days: int = 14) -> Panel:
    dates = [(NOW - number * DAY).date() for number in range(days - 1, -1, -1)]
    dollars = [0.2 + 0.05 * math.sin(number) for number in range(days)]
    shares = {"select": 0.5, "insert": 0.1, "update": 0.1, "delete": 0.0, "merge": 0.1, "create": 0.2}
    kinds = {f"{verb}_cost_usd": [value * share for value in dollars] for verb, share in shares.items()}
    found = rows(
        date=dates,
        total_queries=[4000] * days,
        tb_billed=[value / 6.25 for value in dollars],
        estimated_cost_usd=dollars,
        cost_status=["HEALTHY"] * days,
        **kinds,
    )
    seen = {"backup_export": Bill(30, 30 * 11 * 2**30)}
    return cost_panel.panel(found, estimated(), seen, sources())


def pool(*pages: str, status: str = "OK") -> Panel:
    number = len(pages)
    found = rows(
        page_name=pages,
        checked_on=[NOW.date()] * number,
        ppv=[2000 + 37 * place for place in range(number)],
        ppv_least=[200] * number,
        bump=[700] * number,
        bump_least=[50] * number,
        status=[status] * number,
        locks=[place % 5 for place in range(number)],
        until=[NOW.date()] * number,
    )
    return pool_panel.panel(found, "local")


def tables(*missing: str) -> Panel:
    found = [
        StoredTable(name, 1_000 * place, 70_000 * place, 0, NOW - place * HOUR)
        for place, name in enumerate(sorted(declared().tables))
        if name not in missing
    ]
    return tables_panel.panel(found, missing, {"mass_messages"}, NOW)


def entries(*names: str) -> list[Entry]:
    """Whole backups, one a day, the newest nine hours old."""
    return [
        Entry(name, Backup(name, Origin.SCHEDULED, "local", "p", "d", NOW - 9 * HOUR - place * DAY, {}, "x"))
        for place, name in enumerate(names)
    ]


def backups(*names: str) -> Panel:
    return backups_panel.panel(entries(*names), [("eros-local-backups", len(names), "backup")], sources())


def dashboards(text: str) -> Panel:
    """A score, a chart of two series, words."""
    query = {"timeSeriesFilter": {"filter": "x"}}
    bars = {"plotType": "STACKED_BAR", "timeSeriesQuery": query}
    widgets = [
        {"title": text, "scorecard": {"timeSeriesQuery": query}},
        {"title": text, "xyChart": {"dataSets": [bars]}},
        {"title": text, "text": {"content": f"- `eros report kpis`: {text}"}},
    ]
    document = {"displayName": text, "mosaicLayout": {"tiles": [{"widget": widget} for widget in widgets]}}
    points = {NOW - number * HOUR: 1.0 + number % 3 for number in range(48)}
    return dashboards_panel.panel([document], lambda _: [(text, points), ("FAILED", points)], NOW, "local")


def board(*panels: Panel) -> Board:
    """The board that these panels make."""

    def reader(panel: Panel) -> Reader:
        return lambda _: panel

    order = sorted(panels, key=lambda panel: tuple(PANELS).index(panel.id))
    return gather(sources(), {panel.id: (panel.title, reader(panel)) for panel in order})


def week(text: str = "") -> Board:
    """Everything well; `text` is put wherever somebody else's text may stand."""
    pages = [f"{name}{ending}" for ending in ("", "_free", "_vip") for name in ("alice", "bella", "chloe", "dana")]
    told = alerts_panel.outbox([notification(text or "EROS (local): A job raised an alert (INFO)")], NOW, "local")
    ended = replace(alert("WARNING", "performance_update_warning", "hours_stale=8.4", 30), resolved_at=NOW - 28 * HOUR)
    odd = [alert("INFO", text, text)] if text else []
    return board(
        health(),
        alerts_panel.panel(odd, [ended], told, sources()),
        runs(text),
        cost(),
        pool(*pages, *([text] if text else [])),
        tables(),
        backups("2025-11-05_092300", "2025-11-04_092300"),
        dashboards(text or "Runs of scheduled queries"),
        lineage_panel.panel(declared()),
    )


def empty() -> Board:
    """A stack that was deployed and has neither rows nor runs."""
    waiting = HealthCheck("daily", "The daily automation has not run", None, "hours", "CRITICAL > 28", "WAITING")
    nothing = health_panel.over_time([], sources())
    return board(
        health_panel.panel(Health((waiting,), 100), nothing),
        alerts_panel.panel([], [], alerts_panel.outbox([], NOW, "local"), sources()),
        runs_panel.panel([], [], NOW),
        cost(0),
        pool(),
        tables(),
        backups(),
        dashboards_panel.panel([], lambda _: [], NOW, "local"),
        lineage_panel.panel(declared()),
    )


def critical() -> Board:
    """An open critical alert, a check that is critical, a daily run that failed."""
    bad = HealthCheck("daily", "The daily automation has not run", 31.4, "hours", "CRITICAL > 28", "CRITICAL")
    late = HealthCheck("late", "Caption statistics are late", 9.1, "hours", "WARNING > 8", "WARNING")
    shown = alert("CRITICAL", "daily_automation_not_run", "hours_since=31.4, expected=at most 28 hours")
    told = alerts_panel.outbox(
        [notification("EROS (local): The daily automation has not run (CRITICAL)")], NOW, "local"
    )
    return board(
        health(bad, late, score=75),
        alerts_panel.panel([shown], [shown], told, sources()),
        runs("EROS_JOB_FAILED|Resources exceeded during query execution"),
        cost(),
        pool("alice", "bella"),
        tables(),
        backups("2025-11-05_092300"),
        lineage_panel.panel(declared()),
    )


def down() -> Board:
    """Nothing answers."""
    return gather(sources(DOWN), PANELS)
