"""What a panel of the board may hold: figures, grids of cells (some drawn as a plot), lanes of runs, a web of objects.

All of it is data; how it looks is `rendering`'s. Every text is a text, never markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Light: TypeAlias = Literal["ok", "waiting", "warning", "unknown", "critical", ""]
SERIOUSNESS: tuple[Light, ...] = ("critical", "unknown", "warning", "waiting", "ok", "")
WORDS: Mapping[Light, str] = {
    **{"ok": "well", "waiting": "waiting", "warning": "warning", "unknown": "not known", "critical": "critical"},
    "": "",
}
STATES: Mapping[str, Light] = {
    **{"OK": "ok", "HEALTHY": "ok", "SUCCESS": "ok", "SUCCEEDED": "ok", "COMPLETED_NO_WORK": "ok", "INFO": ""},
    **{"WARNING": "warning", "COMPLETED_WITH_ERRORS": "warning", "CANCELLED": "warning"},
    **{"CRITICAL": "critical", "FAILED": "critical", "UNKNOWN": "unknown"},
    **{"WAITING": "waiting", "RUNNING": "waiting", "PENDING": "waiting"},
}
"""How a state of the platform's tables is shown."""


@dataclass(frozen=True, slots=True)
class Item:
    """A cell: `note` stands below its text, `value` is what a plot draws, `share` (0 to 1) is drawn as a bar, `href`
    leads to another part of the board or to the console.
    """

    text: str
    note: str = ""
    value: float | None = None
    share: float | None = None
    state: Light = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column; numbers stand on the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """How a grid is drawn: the first column lies along it, the others are its series. `about` says what is seen.

    `ticks` are instants (seconds) at which the axis is marked, empty for an axis of words; `limits` are lines across;
    `top` and `bottom` are seen at least.
    """

    kind: Literal["line", "bars"]
    about: str
    unit: str = ""
    ticks: tuple[float, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    top: float | None = None
    bottom: float | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. With a plot it is folded away below it: the same in words."""

    about: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Item, ...], ...]
    plot: Plot | None = None
    folded: str = ""
    """What is clicked to see it; empty for a grid that stands open."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A run in a lane."""

    begins: datetime
    ends: datetime
    state: Light
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The runs of one job."""

    name: str
    note: str
    last: Item
    following: Item
    sums: str
    """The runs in words: what whoever sees no drawing is told."""
    marks: tuple[Stroke, ...]
    ahead: datetime | None


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes of one stretch of time."""

    about: str
    begins: datetime
    ends: datetime
    now: datetime
    lanes: tuple[Lane, ...]
    days: tuple[tuple[datetime, str], ...] = ()

    def at(self, instant: datetime) -> float:
        """Where an instant stands, in percent of the stretch."""
        share = (instant - self.begins) / (self.ends - self.begins)
        return round(100 * min(max(share, 0.0), 1.0), 3)


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A declared object, and the objects around it by what they do."""

    name: str
    kind: str
    path: str
    about: str
    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Web:
    """All objects; `first` is shown before anybody chose."""

    nodes: tuple[LineageNode, ...]
    first: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A small panel in a panel: a plot, a text, or one value."""

    title: str
    content: Grid | Item | str


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles side by side, as many as there is room for."""

    title: str
    tiles: tuple[Tile, ...]


Content: TypeAlias = Grid | Lanes | Web | Tiles | str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: `figure` with its `note` is what the strip on top shows of it; a text among the blocks is a paragraph.

    `reasons` are what it adds to the verdict. `wrong` and `fix` say why it could not be read.
    """

    id: str
    title: str
    figure: str = ""
    note: str = ""
    state: Light = ""
    blocks: tuple[Content, ...] = ()
    reasons: tuple[str, ...] = ()
    shape: Literal["", "wide", "tall"] = ""
    """Both columns, or as high as the two beside it."""
    wrong: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer on top: `figure` of a hundred, in a word, and why."""

    state: Light
    figure: str
    word: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page; `read_at` is when it was read."""

    stack: str
    place: str
    read_at: datetime
    verdict: Answer
    panels: tuple[Panel, ...]
