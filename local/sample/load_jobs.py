"""Loads the sample by load jobs, as a real ingest does, and says how far it is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from google.cloud import bigquery

from catalog import Placement
from local.sample import captions, messages, others
from local.sample.captions import Row
from local.sample.past_week import Week
from local.sample.shape import Sample

BATCH = 20_000
STAGING = "sample_loading"
JOB_SECONDS = 300.0
Progress = Callable[[str, int, int], None]


def is_loaded(client: bigquery.Client, place: Placement) -> bool:
    """True when there is any message."""
    query = f"SELECT COUNT(*) AS messages FROM `{place.address('mass_messages')}`"
    return bool(next(iter(client.query(query, timeout=JOB_SECONDS).result(timeout=JOB_SECONDS))).messages)


def load(client: bigquery.Client, place: Placement, sample: Sample, progress: Progress) -> dict[str, int]:
    """Replaces the rows of every table, all or none of them, and returns their number.

    The rows arrive in a dataset of their own, which an interrupted load leaves to the next one; then one transaction
    moves them. `progress(table, rows so far, rows in all)` is called after each batch.
    """
    bank = list(captions.rows(sample))
    sized: dict[str, tuple[Iterable[Row], int]] = {
        "caption_bank": (bank, len(bank)),
        "mass_messages": (messages.rows(sample, bank), sample.messages),
    }
    for name, rows in others.tables(sample, bank).items():
        held = list(rows)
        sized[name] = (held, len(held))
    staging = f"{place.project}.{STAGING}"
    client.delete_dataset(staging, delete_contents=True, not_found_ok=True, timeout=JOB_SECONDS)
    client.create_dataset(staging, timeout=JOB_SECONDS)
    counts = {}
    for name, (rows, total) in sized.items():
        declared = client.get_table(str(place.address(name)), timeout=JOB_SECONDS)
        table = client.create_table(bigquery.Table(f"{staging}.{name}", declared.schema), timeout=JOB_SECONDS)
        counts[name] = _load_table(client, table, rows, _of(progress, name, total))
    moves = "".join(_move(f"{staging}.{name}", str(place.address(name))) for name in counts)
    # Not a copy job: it gives the table the source's schema and may lose what the stack declared.
    _run(client, f"BEGIN TRANSACTION;\n{moves}COMMIT TRANSACTION;")
    client.delete_dataset(staging, delete_contents=True, timeout=JOB_SECONDS)
    return counts


def append_week(client: bigquery.Client, place: Placement, week: Week) -> int:
    """Adds the week before, where no job has run yet; the number of its rows. What the platform lived through itself
    is never mixed with it.
    """
    query = f"SELECT COUNT(*) AS runs FROM `{place.address('etl_job_runs')}`"
    if next(iter(client.query(query, timeout=JOB_SECONDS).result(timeout=JOB_SECONDS))).runs:
        return 0
    # The job runs last: whoever is interrupted before them begins again.
    rows = sorted(week.tables().items(), key=lambda entry: entry[0] == "etl_job_runs")
    added = 0
    for name, held in rows:
        table = client.get_table(str(place.address(name)), timeout=JOB_SECONDS)
        _run(client, f"DELETE FROM `{place.address(name)}` WHERE TRUE")
        added += _load_table(client, table, held, lambda _: None)
    return added


def _of(progress: Progress, name: str, total: int) -> Callable[[int], None]:
    return lambda done: progress(name, done, total)


def _move(source: str, target: str) -> str:
    return f"DELETE FROM `{target}` WHERE TRUE;\nINSERT INTO `{target}` SELECT * FROM `{source}`;\n"


def _run(client: bigquery.Client, script: str) -> None:
    client.query(script, timeout=JOB_SECONDS).result(timeout=JOB_SECONDS)


def _load_table(
    client: bigquery.Client, table: bigquery.Table, rows: Iterable[Row], progress: Callable[[int], None]
) -> int:
    done = 0
    for batch in _batches(iter(rows)):
        config = bigquery.LoadJobConfig(
            schema=table.schema,
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            write_disposition="WRITE_APPEND",
            create_disposition="CREATE_NEVER",
        )
        body = io.BytesIO("\n".join(json.dumps(row, ensure_ascii=False) for row in batch).encode())
        client.load_table_from_file(body, table, job_config=config, timeout=JOB_SECONDS).result(timeout=JOB_SECONDS)
        done += len(batch)
        progress(done)
    return done


def _batches(rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
