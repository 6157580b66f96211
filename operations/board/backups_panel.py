"""The panel of backups: the newest in the stack's bucket, and what else lies there and in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from operations.backup.bucket import Bucket
from operations.backup.ids import instant_of
from operations.backup.shelf import Entry, Shelf
from operations.board.panels import Grid, Heading, Item, Panel
from operations.board.sources import Sources
from operations.board.wording import age, size, some, when
from operations.clients import storage_client

# Each that is read costs three calls; the others are counted.
NEWEST = 7
# One a day, and some hours for a run that was late.
FRESH = timedelta(hours=30)


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    outputs = sources.outputs
    bucket = Bucket.of(outputs)
    names = [name for name in bucket.folders() if instant_of(name)]
    entries = Shelf(bucket, sources.stack, outputs, sources.catalog).list(NEWEST)
    archived: int | None = None
    if outputs.archive_bucket:
        archived = len(Bucket(storage_client(outputs.project), outputs.archive_bucket).folders())
    others = [(outputs.backup_bucket, len(names), "backup"), (outputs.archive_bucket, archived, "folder")]
    return panel(
        entries, [(name, number, what) for name, number, what in others if name and number is not None], sources
    )


def panel(entries: Sequence[Entry], buckets: Sequence[tuple[str, int, str]], sources: Sources) -> Panel:
    """The backups, the newest first, below what each bucket holds."""
    held = Grid(
        "Buckets",
        (Heading("bucket"), Heading("holds", numeric=True)),
        tuple((Item(f"gs://{name}"), Item(some(number, what))) for name, number, what in buckets),
    )
    whole = [entry.backup for entry in entries if entry.backup]
    newest = whole[0].taken if whole else None
    is_old = newest is None or newest < sources.now - FRESH
    if not entries:
        listed: Grid | str = f"There is no backup. The job makes one a day, or now: eros backup -s {sources.stack}"
    else:
        headings = (
            Heading("backup"),
            Heading("by"),
            Heading("tables", numeric=True),
            Heading("rows", numeric=True),
            Heading("size", numeric=True),
        )
        listed = Grid("Newest backups", headings, tuple(_row(entry, sources.now) for entry in entries))
    return Panel(
        *("backups", "Backups"),
        age(newest, sources.now) if newest else "none",
        f"{some(buckets[0][1] if buckets else 0, 'backup')} in the bucket",
        "warning" if is_old else "ok",
        (listed, held),
        ((f"The newest whole backup is {age(newest, sources.now)}" if newest else "There is no whole backup"),)
        if is_old
        else (),
    )


def _row(entry: Entry, now: datetime) -> tuple[Item, ...]:
    if entry.backup is None:
        return (Item(entry.id, entry.problem, state="warning"), *(Item(""),) * 4)
    found = entry.backup
    taken = when(found.taken, now)
    return (
        Item(entry.id, taken.text),
        Item(found.origin.value),
        Item(f"{len(found.tables)}"),
        Item(f"{found.rows:,}"),
        Item(size(found.bytes) if found.bytes else ""),
    )
