"""How operations speak: tables for people, JSON for programs, both times in one cell."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

BUSINESS_ZONE = ZoneInfo("America/Los_Angeles")
PIPE_WIDTH = 200
NARROWEST, WIDEST = 20, 1000
# What moves a cursor, changes a colour or a title, or turns the direction of what is read: C0 and C1 without tab and
# newline, and the bidirectional marks that hide what a line says (https://trojansource.codes).
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class _Console(Console):
    """Prints strings without what a terminal would obey: they may come out of a table that anybody fills."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)


def console(*, error: bool = False) -> Console:
    """Colours and widths of a terminal; plain, unwrapped text in a pipe. What is printed is no markup and no emoji."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return _Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def visible(text: str) -> str:
    """The text with control characters written out (`\\x1b`), so that a terminal shows them and does not obey."""
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def bound_width() -> None:
    """Keeps what is laid out for a terminal between widths in which tables and help can be drawn."""
    columns = shutil.get_terminal_size().columns
    if not NARROWEST <= columns <= WIDEST:
        os.environ["COLUMNS"] = str(max(NARROWEST, min(columns, WIDEST)))


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar of `total` steps on standard error; what is given says which step is done. In a pipe it is lines."""
    shown = console(error=True)
    if not shown.is_terminal:
        yield lambda step: shown.print(step)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[step]}"), console=shown, transient=True) as bar:
        task = bar.add_task(what, total=total, step="")
        yield lambda step: bar.update(task, advance=1, step=step)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; empty cells for None. What stands in a cell is no markup; give a Text for colour."""
    made = Table(*headers, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        made.add_row(
            *(cell if isinstance(cell, Text) else Text("" if cell is None else visible(str(cell))) for cell in row)
        )
    return made


def print_json(value: Any) -> None:
    """Machine-readable output; instants as ISO 8601 in UTC. What JSON has no word for (infinity) is an error."""
    print(json.dumps(value, indent=2, default=lambda item: item.isoformat(), allow_nan=False))


@contextmanager
def only_json(wanted: bool) -> Iterator[None]:
    """What an engine prints while the body runs goes to standard error: JSON stands alone on standard output."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def both_zones(instant: datetime | None) -> str:
    """`2025-11-04 20:00 UTC (12:00 LA)`; the Los Angeles date only where it differs."""
    if instant is None:
        return ""
    there = instant.astimezone(BUSINESS_ZONE)
    day = "" if there.date() == instant.date() else f"{there:%m-%d} "
    return f"{instant:%Y-%m-%d %H:%M} UTC ({day}{there:%H:%M} LA)"


def duration(seconds: float | None) -> str:
    """`0.8 s`, `3 min 20 s`."""
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
