"""The platform's SQL on the local BigQuery, beside the same work in plain DuckDB, and how both grow.

Aims at a million messages: selection under 1 s, feedback at most 3 times plain DuckDB and linear; the daily automation
of 100 creators under 30 s, the export view of one schedule under 0.5 s, a sweep of 10,000 locks under 5 s.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
from google.cloud import bigquery

import catalog
from gcp_local.testing import NO_RETRY
from tests.benchmarks import plain
from tests.benchmarks.volume import NOW, Volume, write
from tests.sql import parameters
from tests.sql.emulator import PROJECT, ROOT, running_emulator
from tests.sql.warehouse import DATASET, Warehouse

SECONDS = 900.0
TURNS = 3
LOCK_DAY = (NOW + timedelta(days=5)).date()
SWEEP_AT = NOW + timedelta(days=23)
AIMS = {
    "feedback": "3 x plain, linear",
    "daily automation": "30 s (100 creators)",
    "selection": "1 s",
    "export view": "0.5 s",
    "sweep": "5 s (10,000 locks)",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the table: the platform's call, the plain statements, and how often each is timed."""

    name: str
    run: Callable[[], object]
    plain: Sequence[str]
    turns: int = 1


def main(sizes: Sequence[int], creators: int, only: Sequence[str] = ()) -> None:
    """Measures each number of messages on an emulator of its own and prints the growth between them."""
    seconds = {messages: measure(Volume(messages, creators), only) for messages in sizes}
    for smaller, larger in pairwise(sizes):
        print(f"\ngrowth from {smaller:,} to {larger:,} messages ({larger / smaller:g} x rows)")
        for name, (ours, theirs) in seconds[larger].items():
            before, before_plain = seconds[smaller][name]
            print(f"  {name:18} platform {ours / before:6.1f} x   plain {theirs / before_plain:6.1f} x")


def measure(volume: Volume, only: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Seconds of the platform and of plain DuckDB by job; prints a row as soon as it is known."""
    print(f"\n{volume.messages:,} messages, {volume.creators} creators, {volume.captions:,} captions, ", end="")
    print(f"{volume.locks:,} active locks\n  {'':18}{'platform':>11}{'plain':>11}{'ratio':>9}   aim", flush=True)
    found = {}
    with tempfile.TemporaryDirectory() as scratch, running_emulator(Path(scratch)) as endpoint:
        files = write(volume, Path(scratch))
        platform = Platform(endpoint, files)
        with plain.connect(files) as database:
            for job in platform.jobs():
                if only and job.name not in only:
                    continue
                ours = _timed(job.run, job.turns)
                theirs = _timed(partial(_plain, database, job), job.turns)
                found[job.name] = (ours, theirs)
                row = f"  {job.name:18}{ours:9.2f} s{theirs:9.3f} s{ours / theirs:9.1f}   {AIMS.get(job.name, '')}"
                print(row.rstrip(), flush=True)
    return found


class Platform:
    """All declared objects on one emulator, with the rows of the benchmark."""

    def __init__(self, endpoint: str, files: dict[str, Path]) -> None:
        self._warehouse = Warehouse(endpoint, catalog.load(ROOT))
        self._warehouse.deploy(*self._warehouse.catalog.order())
        for name, path in files.items():
            self._load(name, path)

    def jobs(self) -> list[Job]:
        """In this order: feedback makes what the others read, the sweep comes last because it ends all locks."""
        export = f"SELECT * FROM `{DATASET}.schedule_recommendations_messages` WHERE schedule_id = 'schedule_1'"
        batch = [
            {"caption_id": caption, "scheduled_send_date": LOCK_DAY, "scheduled_send_hour": 9}
            for caption in range(20_000, 20_080)
        ]
        return [
            Job("feedback, first", lambda: self._call("update_caption_performance_at", NOW), plain.FEEDBACK),
            Job("feedback", lambda: self._call("update_caption_performance_at", NOW), plain.FEEDBACK),
            Job("export view", lambda: self._query(export), (plain.VIEW,), TURNS),
            Job("selection", self._select, (plain.SELECTION,), TURNS),
            Job("lock", lambda: self._call("lock_caption_assignments_at", "s", "page_1", batch, NOW), plain.LOCK),
            Job("analysis", self._analyse, plain.ANALYSIS, TURNS),
            Job("daily automation", lambda: self._call("run_daily_automation_at", None, NOW), plain.DAILY),
            Job("sweep", lambda: self._call("sweep_expired_caption_locks_at", SWEEP_AT), plain.SWEEP),
        ]

    def _select(self) -> None:
        self._call("select_captions_for_creator_at", "page_1", "Standard", 10, 10, 10, 10, NOW)

    def _analyse(self) -> None:
        script = f"DECLARE v_report STRING; CALL `{DATASET}.analyze_creator_performance_at`('page_1', v_report, @p_now)"
        self._query(script, [bigquery.ScalarQueryParameter("p_now", "TIMESTAMP", NOW)])

    def _call(self, procedure: str, *arguments: Any) -> None:
        declared = self._warehouse.catalog.routines[procedure].arguments
        given = [
            parameters.declared(argument.name, argument.data_type or {}, value)
            for argument, value in zip(declared, arguments, strict=True)
        ]
        self._query(f"CALL `{DATASET}.{procedure}`({', '.join(f'@{one.name}' for one in declared)})", given)

    def _query(self, sql: str, given: Sequence[Any] = ()) -> None:
        config = bigquery.QueryJobConfig(query_parameters=list(given))
        job = self._warehouse.client.query(sql, config, timeout=SECONDS, retry=NO_RETRY, job_retry=None)
        list(job.result(timeout=SECONDS, retry=NO_RETRY))

    def _load(self, name: str, path: Path) -> None:
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition="WRITE_APPEND",
            create_disposition="CREATE_NEVER",
        )
        with path.open("rb") as file:
            job = self._warehouse.client.load_table_from_file(
                file, f"{PROJECT}.{DATASET}.{name}", job_config=config, timeout=SECONDS
            )
        job.result(timeout=SECONDS)


def _plain(database: duckdb.DuckDBPyConnection, job: Job) -> None:
    for statement in job.plain:
        database.execute(statement).to_arrow_table()


def _timed(run: Callable[[], object], turns: int) -> float:
    """Median seconds."""
    taken = []
    for _ in range(turns):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
