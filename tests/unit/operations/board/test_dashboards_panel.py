"""Dashboards: linked for Google Cloud, drawn from the series that their widgets ask for on the local one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from operations.board import dashboards_panel
from operations.board.dashboards_panel import NOTHING
from operations.board.panels import Grid, Item, Panel, Tile, Tiles
from operations.board.rendering import render
from tests.unit.operations.board import canned
from tests.unit.operations.board.canned import HOUR, NOW

Json = dict[str, Any]


def query(name: str) -> Json:
    return {"timeSeriesFilter": {"filter": name, "aggregation": {"alignmentPeriod": "3600s"}}}


def score(*limits: tuple[str, str, float]) -> Json:
    thresholds = [{"color": color, "direction": direction, "value": value} for color, direction, value in limits]
    return {"title": "score", "scorecard": {"timeSeriesQuery": query("up"), "thresholds": thresholds}}


def chart(plot: str, *names: str, legend: str = "") -> Json:
    sets = [{"plotType": plot, "timeSeriesQuery": query(name), "legendTemplate": legend} for name in names]
    return {"title": "chart", "xyChart": {"dataSets": sets, "yAxis": {"label": "s"}}}


def answers(asked: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[datetime, float]]]:
    up = {NOW - 2 * HOUR: 7.0, NOW - HOUR: 9.0}
    return {
        "up": [("", up)],
        "late": [("", {NOW - HOUR: 4.5})],
        "states": [("FAILED", {NOW - HOUR: 1.0}), ("SUCCEEDED", up)],
        "none": [],
    }[asked["timeSeriesFilter"]["filter"]]


def drawn(*widgets: Json) -> Panel:
    tiles = [{"widget": widget} for widget in widgets]
    document = {"displayName": "EROS (local): health", "mosaicLayout": {"tiles": tiles}}
    return dashboards_panel.panel([document], answers, NOW, "local")


def tile(widget: Json) -> Tile:
    (tiles,) = drawn(widget).blocks
    assert isinstance(tiles, Tiles)
    return tiles.tiles[0]


@pytest.mark.parametrize(
    ("limits", "light"),
    [
        ((), ""),
        ((("RED", "BELOW", 5), ("YELLOW", "BELOW", 8)), "ok"),
        ((("YELLOW", "BELOW", 10),), "warning"),
        ((("YELLOW", "ABOVE", 1), ("RED", "ABOVE", 8)), "critical"),
        ((("RED", "ABOVE", 9),), "ok"),
    ],
)
def test_a_score_is_the_newest_value_in_the_light_of_what_it_crosses(
    limits: tuple[tuple[str, str, float], ...], light: str
) -> None:
    assert tile(score(*limits)).content == Item("9", state=light)  # type: ignore[arg-type]


def test_a_chart_has_a_row_for_each_instant_and_a_column_for_each_series() -> None:
    content = tile(chart("LINE", "up", "late")).content
    assert isinstance(content, Grid)
    assert content.plot is not None
    assert (content.plot.kind, content.plot.unit) == ("line", "s")
    assert [[item.value for item in row[1:]] for row in content.rows] == [[7, None], [9, 4.5]]
    assert content.rows[0][0] == Item("05 Nov 08:30 LA", value=(NOW - 2 * HOUR).timestamp())


def test_series_of_one_query_are_told_apart_by_their_labels() -> None:
    content = tile(chart("STACKED_BAR", "states", legend="runs")).content
    assert isinstance(content, Grid)
    assert content.plot is not None
    assert content.plot.kind == "bars"
    assert [heading.title for heading in content.headings] == ["time", "runs FAILED", "runs SUCCEEDED"]


def test_what_has_no_data_says_so_and_what_is_no_chart_stands_in_words() -> None:
    assert tile(chart("LINE", "none")).content == NOTHING
    words = {"title": "Goals", "text": {"content": "- `eros report kpis`: <b>goals</b>\nand more"}}
    shown = render(canned.board(drawn(words)))
    assert '<p class="item"><code>eros report kpis</code>: &lt;b&gt;goals&lt;/b&gt;</p><p>and more</p>' in shown


def test_of_google_cloud_the_console_is_linked() -> None:
    found = [{"displayName": "EROS (prod): health", "name": "projects/1/dashboards/ab-1"}]
    shown = render(canned.board(dashboards_panel.linked(found, "p", "prod")))
    assert 'href="https://console.cloud.google.com/monitoring/dashboards/builder/ab-1?project=p"' in shown


def test_without_any_it_is_said_what_would_make_them() -> None:
    assert dashboards_panel.panel([], answers, NOW, "local").blocks == (
        "No dashboard of this stack is deployed: eros up -s local",
    )
