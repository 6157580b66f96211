"""Loads the sample by load jobs, as a real ingest does, and says how far it is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from google.cloud import bigquery

from catalog import Placement
from local_cloud.sample import captions, messages, others
from local_cloud.sample.captions import Row
from local_cloud.sample.shape import Sample

BATCH = 20_000
JOB_SECONDS = 300.0
Progress = Callable[[str, int, int], None]


def is_loaded(client: bigquery.Client, place: Placement) -> bool:
    """True when there is any message."""
    query = f"SELECT COUNT(*) AS messages FROM `{place.address('mass_messages')}`"
    return bool(next(iter(client.query(query, timeout=JOB_SECONDS).result(timeout=JOB_SECONDS))).messages)


def load(client: bigquery.Client, place: Placement, sample: Sample, progress: Progress) -> dict[str, int]:
    """Replaces the rows of every table and returns their number.

    `progress(table, rows so far, rows in all)` is called after each batch.
    """
    bank = list(captions.rows(sample))
    sized: dict[str, tuple[Iterable[Row], int]] = {
        "caption_bank": (bank, len(bank)),
        "mass_messages": (messages.rows(sample, bank), sample.messages),
    }
    for name, rows in others.tables(sample, bank).items():
        held = list(rows)
        sized[name] = (held, len(held))
    return {name: _load_table(client, place, name, rows, total, progress) for name, (rows, total) in sized.items()}


def _load_table(
    client: bigquery.Client, place: Placement, name: str, rows: Iterable[Row], total: int, progress: Progress
) -> int:
    table = client.get_table(str(place.address(name)), timeout=JOB_SECONDS)
    # Not WRITE_TRUNCATE: that gives the table the job's schema and may lose what the stack declared.
    client.query(f"TRUNCATE TABLE `{table}`", timeout=JOB_SECONDS).result(timeout=JOB_SECONDS)
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
        progress(name, done, total)
    return done


def _batches(rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
