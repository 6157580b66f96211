"""The panel of dashboards: what Cloud Monitoring shows of the stack.

For a stack of Google Cloud it links to the console. On the local cloud, which has none, the deployed documents are
drawn here from its time series: scores, charts over time, texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from operations import google_api, reach
from operations.board.panels import Grid, Heading, Item, Light, Panel, Plot, Tile, Tiles
from operations.board.sources import Sources
from operations.board.wording import figure, midnights
from operations.display import BUSINESS_ZONE
from settings.endpoints import MONITORING

DAYS = 7
LABEL = "eros"
CONSOLE = "https://console.cloud.google.com/monitoring/dashboards/builder/{}?project={}"
LIGHTS: Mapping[str, Light] = {"RED": "critical", "YELLOW": "warning"}
PARALLEL = 6
NOTHING = f"No data in the last {DAYS} days."
Json = Mapping[str, Any]
Series = Mapping[datetime, float]
Ask = Callable[[Json], Sequence[tuple[str, Series]]]
"""The series of a query of a widget, each with what tells it from the others."""


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    project = sources.outputs.project
    reach.check(os.environ, (MONITORING,))
    found = list(google_api.pages(MONITORING, f"v1/projects/{project}/dashboards", "dashboards"))
    ours = [one for one in found if {LABEL, sources.stack} <= one.get("labels", {}).keys()]
    if not sources.is_local:
        return linked(ours, project, sources.stack)
    return panel(ours, lambda query: _series(project, sources.now, query), sources.now, sources.stack)


def linked(documents: Sequence[Json], project: str, stack: str) -> Panel:
    """Where they are in the console."""
    rows = tuple(
        (Item(one["displayName"], href=CONSOLE.format(str(one["name"]).rpartition("/")[2], project)),)
        for one in documents
    )
    shown: Grid | str = Grid("Dashboards in the console", (Heading("dashboard"),), rows) if rows else _none(stack)
    return Panel("dashboards", "Dashboards", f"{len(documents)}", "in the console", "", (shown,))


def panel(documents: Sequence[Json], ask: Ask, now: datetime, stack: str) -> Panel:
    """Each dashboard drawn: its title, then its widgets in their order."""
    widgets = [[tile["widget"] for tile in one["mosaicLayout"].get("tiles", ())] for one in documents]
    with ThreadPoolExecutor(PARALLEL) as pool:
        drawn = [tuple(pool.map(lambda widget: _tile(widget, ask, now), those)) for those in widgets]
    tiles = tuple(Tiles(one["displayName"], those) for one, those in zip(documents, drawn, strict=True))
    note = f"drawn from {sum(map(len, drawn))} widgets"
    return Panel("dashboards", "Dashboards", f"{len(documents)}", note, "", tiles or (_none(stack),), shape="wide")


def _none(stack: str) -> str:
    return f"No dashboard of this stack is deployed: eros up -s {stack}"


def _tile(widget: Json, ask: Ask, now: datetime) -> Tile:
    title = str(widget.get("title", ""))
    if "scorecard" in widget:
        return _score(title, widget["scorecard"], ask)
    if "xyChart" in widget:
        return Tile(title, _chart(title, widget["xyChart"], ask, now))
    return Tile(title, str(widget.get("text", {}).get("content", "This kind of widget is not drawn here.")))


def _score(title: str, card: Json, ask: Ask) -> Tile:
    """The newest value, coloured by the most serious threshold that it crosses."""
    found = [series for _, series in ask(card["timeSeriesQuery"]) if series]
    if not found:
        return Tile(title, NOTHING)
    value = found[0][max(found[0])]
    crossed = {
        LIGHTS.get(one.get("color", ""), "")
        for one in card.get("thresholds", ())
        if (value > one.get("value", 0)) == (one.get("direction") == "ABOVE") and value != one.get("value", 0)
    }
    light: Light = "critical" if "critical" in crossed else "warning" if "warning" in crossed else "ok"
    return Tile(title, Item(figure(value), state=light if card.get("thresholds") else ""))


def _chart(title: str, chart: Json, ask: Ask, now: datetime) -> Grid | str:
    sets = chart.get("dataSets", ())
    series = [pair for one in sets for pair in _named(one, ask)]
    instants = sorted({instant for _, points in series for instant in points})
    if not instants:
        return NOTHING
    bars = sets[0].get("plotType") in ("STACKED_BAR", "STACKED_AREA")
    begins = now - timedelta(days=DAYS)
    ticks = (begins, *midnights(begins, now), now)
    unit = chart.get("yAxis", {}).get("label", "")
    plot = Plot("bars" if bars else "line", "", unit, tuple(one.timestamp() for one in ticks))
    rows = tuple((_along(instant), *(_value(points.get(instant)) for _, points in series)) for instant in instants)
    headings = (Heading("time"), *(Heading(name or title, numeric=True) for name, _ in series))
    return Grid(title, headings, rows, plot, "as a table")


def _named(data_set: Json, ask: Ask) -> Iterator[tuple[str, Series]]:
    """By the legend of its set, or by its labels; both when a legend stands for several."""
    legend, found = str(data_set.get("legendTemplate", "")), ask(data_set["timeSeriesQuery"])
    for labels, points in found:
        yield (f"{legend} {labels}".strip() if len(found) > 1 or not legend else legend), points


def _along(instant: datetime) -> Item:
    return Item(f"{instant.astimezone(BUSINESS_ZONE):%d %b %H:%M} LA", value=instant.timestamp())


def _value(value: float | None) -> Item:
    return Item("" if value is None else figure(value), value=value)


def _series(project: str, now: datetime, query: Json) -> list[tuple[str, Series]]:
    """From the API, which takes a filter, an interval and an aggregation."""
    asked = query["timeSeriesFilter"]
    aggregation = asked.get("aggregation", {})
    parameters = {
        "filter": asked["filter"],
        "interval.startTime": (now - timedelta(days=DAYS)).isoformat(),
        "interval.endTime": now.isoformat(),
        **{f"aggregation.{name}": value for name, value in aggregation.items()},
    }
    found = google_api.pages(MONITORING, f"v3/projects/{project}/timeSeries", "timeSeries", **parameters)
    return [(_labels(one), dict(map(_point, one.get("points", ())))) for one in found]


def _labels(series: Json) -> str:
    parts = (series.get("metric", {}).get("labels", {}), series.get("resource", {}).get("labels", {}))
    shown = (
        value for labels in parts for name, value in sorted(labels.items()) if name not in ("project_id", "location")
    )
    return " ".join(shown)


def _point(point: Json) -> tuple[datetime, float]:
    ((_, value),) = point["value"].items()
    number = value.get("mean", 0) if isinstance(value, Mapping) else value
    return datetime.fromisoformat(point["interval"]["endTime"]), float(number)
