"""Widgets and their place on a grid, in the one form in which Monitoring answers them.

It leaves out what is empty, 0 or false, and so do these: the provider compares what the program states with what is
answered, and a field that never comes back would be a difference for ever
(google-beta/services/monitoring/resource_monitoring_dashboard.go, monitoringDashboardDiffSuppress).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = 48
HEIGHT = 14


def chart(title: str, series: Mapping[str, dict[str, Any]], *, plot: str = "LINE", unit: str = "") -> dict[str, Any]:
    """Series over time by their legends; an empty legend leaves Monitoring's own, the labels."""
    sets: list[dict[str, Any]] = [
        {"plotType": plot, "timeSeriesQuery": query, **({"legendTemplate": legend} if legend else {})}
        for legend, query in series.items()
    ]
    axis = {"yAxis": {"label": unit, "scale": "LINEAR"}} if unit else {}
    return {"title": title, "xyChart": {"dataSets": sets, **axis}}


def score(title: str, query: dict[str, Any], limits: Sequence[tuple[str, str, float]]) -> dict[str, Any]:
    """The newest value with its course; `limits` are (YELLOW or RED, ABOVE or BELOW, value)."""
    thresholds = [
        {"color": color, "direction": direction, **({"value": value} if value else {})}
        for color, direction, value in limits
    ]
    card: dict[str, Any] = {"timeSeriesQuery": query, "sparkChartView": {"sparkChartType": "SPARK_LINE"}}
    return {"title": title, "scorecard": {**card, **({"thresholds": thresholds} if thresholds else {})}}


def text(title: str, content: str) -> dict[str, Any]:
    """Words in Markdown."""
    return {"title": title, "text": {"content": content, "format": "MARKDOWN"}}


def dashboard(title: str, labels: Mapping[str, str], rows: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """A dashboard of rows, whose widgets share the width."""
    tiles = []
    for number, row in enumerate(rows):
        width = COLUMNS // len(row)
        for place, widget in enumerate(row):
            where = {"xPos": place * width, "yPos": number * HEIGHT}
            spot = {side: value for side, value in where.items() if value}
            tiles.append({**spot, "width": width, "height": HEIGHT, "widget": widget})
    return {"displayName": title, "labels": dict(labels), "mosaicLayout": {"columns": COLUMNS, "tiles": tiles}}
