"""Reads all panels at once. Each fails alone: what could not be read says so and how to mend it; the others stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

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
from operations.board.panels import SERIOUSNESS, Answer, Board, Light, Panel
from operations.board.sources import Sources
from plain_command.errors import UserError
from settings.errors import ErosError

Reader = Callable[[Sources], Panel]
# In the order of the page.
PANELS: Mapping[str, tuple[str, Reader]] = {
    "health": ("Health", health_panel.read),
    "alerts": ("Alerts", alerts_panel.read),
    "backups": ("Backups", backups_panel.read),
    "runs": ("Job runs", runs_panel.read),
    "cost": ("Cost", cost_panel.read),
    "pool": ("Captions and locks", pool_panel.read),
    "tables": ("Tables", tables_panel.read),
    "dashboards": ("Dashboards", dashboards_panel.read),
    "lineage": ("Lineage", lineage_panel.read),
}
HEADLINES: Mapping[Light, str] = {
    "ok": "Well",
    "warning": "Needs a look",
    "critical": "Not well",
    "unknown": "Not known",
    "waiting": "Waiting",
    "": "Well",
}


def gather(sources: Sources, panels: Mapping[str, tuple[str, Reader]] = PANELS) -> Board:
    """The whole board. Raises nothing for what a cloud, an engine or a file says."""
    with ThreadPoolExecutor(len(panels)) as pool:
        read = list(pool.map(lambda entry: _panel(sources, entry[0], *entry[1]), panels.items()))
    place = ""
    if not isinstance(sources.deployed, ErosError):
        place = f"{sources.deployed.project}.{sources.deployed.dataset}"
    return Board(sources.stack, place, sources.now, verdict(read), tuple(read))


def _panel(sources: Sources, name: str, title: str, read: Reader) -> Panel:
    try:
        return read(sources)
    except UserError as error:
        return Panel(name, title, "not read", "", "unknown", wrong=error.message, fix=error.fix)


def verdict(panels: Sequence[Panel]) -> Answer:
    """The worst of what was found, in words; the score is the health panel's."""
    health = next((panel for panel in panels if panel.id == "health" and not panel.wrong), None)
    unread = [panel for panel in panels if panel.wrong]
    ranked = sorted((panel for panel in panels if panel.reasons), key=lambda panel: SERIOUSNESS.index(panel.state))
    # An alert and a check may tell of the same rule: the first one's words stand.
    told: dict[str, str] = {}
    for reason in (reason for panel in ranked for reason in panel.reasons):
        told.setdefault(reason.partition(": ")[0], reason)
    said = [*told.values(), *_unread(unread)]
    states: list[Light] = [panel.state for panel in (*ranked, *unread)]
    state: Light = min(states, key=SERIOUSNESS.index, default="ok")
    return Answer(state, health.figure if health else "?", HEADLINES[state], tuple(said))


def _unread(panels: Sequence[Panel]) -> list[str]:
    """One line for each cause: a cloud that is down is down for all panels."""
    titles: dict[str, list[str]] = {}
    for panel in panels:
        titles.setdefault(panel.wrong, []).append(panel.title)
    return [f"Not read ({', '.join(named)}): {cause}" for cause, named in titles.items()]
