"""Weeks of many pages selected, planned, locked, stored and activated by one run, five at a time; how that grows.

Aims: 100 pages under 60 s, linear.
"""

from __future__ import annotations

import json
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import catalog
from operations.weeks.sweeping import Sweep
from operations.weeks.week_building import Builder, Terms
from operations.weeks.week_runs import WeekRunner
from operations.weeks.week_statements import Statements
from scheduling import profiles
from tests.sql.captions import NOW, TODAY, caption
from tests.sql.emulator import ROOT, running_emulator
from tests.sql.warehouse import Warehouse
from tests.sql.weeks.test_building_weeks import MONDAY, USED

SIZES = (25, 50, 100)
PARALLEL = 5
CAPTIONS_A_PAGE = 150
AIM_PAGES, AIM_SECONDS = 100, 60
BUCKETS = ("low", "mid", "premium", "bump")
TIERS = ("MICRO", "SMALL", "MEDIUM", "LARGE")


def main() -> None:
    """Prints the seconds of each number of pages, and the growth between them."""
    print(f"\nweeks, {PARALLEL} at a time")
    taken = {pages: _measure(pages) for pages in SIZES}
    for fewer, more in pairwise(SIZES):
        print(f"  growth from {fewer} to {more} pages: {taken[more] / taken[fewer]:.1f} x (aim {more / fewer:.1f})")


def _measure(pages: int) -> float:
    with tempfile.TemporaryDirectory() as scratch, running_emulator(Path(scratch)) as endpoint:
        warehouse = Warehouse(endpoint, catalog.load(ROOT))
        _fill(warehouse, pages)
        statements = Statements(warehouse.client, warehouse.place)
        runner = WeekRunner(
            Builder(statements, profiles.load(ROOT), lambda: NOW), Sweep(statements), lambda: NOW, lambda _: None
        )
        started = time.perf_counter()
        outcome = runner.run(Terms(MONDAY), everybody=True, parallel=PARALLEL)
        seconds = time.perf_counter() - started
    sent = [message.caption.caption_id for made in outcome.made for message in made.week.messages if message.caption]
    aim = f" (aim {AIM_SECONDS} s)" if pages == AIM_PAGES else ""
    print(f"  {pages:4} pages: {seconds:6.1f} s{aim}, {len(sent)} captions, ", end="")
    print(f"{len(sent) - len(set(sent))} twice, {len(outcome.failed)} pages failed", flush=True)
    return seconds


def _fill(warehouse: Warehouse, pages: int) -> None:
    """Pages of every size with a report of today, and captions enough for all."""
    warehouse.deploy(*USED)
    for table in ("schedule_generation_queue", "schedule_recommendations", "audit_log", "platform_mutex"):
        warehouse.insert(table, [])
    names = [f"page_{number}" for number in range(pages)]
    bank = [caption(n, BUCKETS[n % len(BUCKETS)], f"C{n % 9}") for n in range(pages * CAPTIONS_A_PAGE)]
    warehouse.insert("caption_bank", bank)
    warehouse.insert("active_creators", [{"page_name": page} for page in names])
    warehouse.insert(
        "creator_reports",
        [
            {
                "page_name": page,
                "report_date": TODAY,
                "performance_report": json.dumps(_report(page, TIERS[number % len(TIERS)])),
                "created_at": NOW,
            }
            for number, page in enumerate(names)
        ],
    )


def _report(page: str, tier: str) -> dict[str, object]:
    return {
        "creator_name": page,
        "account_classification": {"size_tier": tier},
        "behavioral_segment": {"segment_label": "BUDGET"},
        "saturation": {"risk_level": "LOW"},
    }
