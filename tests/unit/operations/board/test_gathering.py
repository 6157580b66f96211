"""A panel that cannot be read says why and leaves the others alone."""

from __future__ import annotations

import pytest

from operations.board.gathering import PANELS, Reader, gather
from operations.board.panels import Panel
from operations.board.rendering import render
from operations.board.sources import Sources
from outputs import StackOutputs
from settings.errors import ErosError
from tests.unit.operations.board import canned

NOBODY = "http://127.0.0.1:9/x/v1/"
ENDPOINTS = (
    "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT",
    "GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT",
    "GOOGLE_MONITORING_CUSTOM_ENDPOINT",
    "GOOGLE_STORAGE_CUSTOM_ENDPOINT",
)


def refuse(_: Sources) -> Panel:
    raise ErosError("Access Denied: <b>table</b>", fix="ask for roles/bigquery.dataViewer")


def well(name: str) -> Reader:
    return lambda _: Panel(name, name.title(), "100", state="ok")


@pytest.mark.parametrize("broken", PANELS)
def test_each_panel_fails_alone(broken: str) -> None:
    readers = {name: (title, refuse if name == broken else well(name)) for name, (title, _) in PANELS.items()}
    board = gather(canned.sources(), readers)
    assert [panel.id for panel in board.panels if panel.wrong] == [broken]
    assert board.verdict.state == "unknown"
    assert board.verdict.reasons == (f"Not read ({PANELS[broken][0]}): Access Denied: <b>table</b>",)


def test_what_could_not_be_read_stands_in_its_panel_with_the_way_out() -> None:
    shown = render(gather(canned.sources(), {"pool": ("Captions and locks", refuse)}))
    section = shown.partition('<section id="pool"')[2].partition("</section>")[0]
    assert "Access Denied: &lt;b&gt;table" in section
    assert "fix: <code>ask for roles/bigquery.dataViewer</code>" in section


def test_what_is_critical_is_not_hidden_by_what_could_not_be_read() -> None:
    bad = Panel("alerts", "Alerts", "1 open", state="critical", reasons=("x: y",))
    board = gather(canned.sources(), {"health": ("Health", refuse), "alerts": ("Alerts", lambda _: bad)})
    assert (board.verdict.state, board.verdict.figure) == ("critical", "?")
    assert board.verdict.reasons[0] == "x: y"


def test_without_outputs_the_page_stands_and_shows_the_lineage() -> None:
    board = canned.down()
    assert [panel.id for panel in board.panels if not panel.wrong] == ["lineage"]
    assert board.verdict.word == "Not known"
    assert len(board.verdict.reasons) == 1
    assert "127.0.0.1:9 is down" in board.verdict.reasons[0]


def test_with_the_cloud_down_every_panel_says_so_and_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENDPOINTS:
        monkeypatch.setenv(name, NOBODY)
    schedules = {"daily_automation": "projects/p/locations/us/transferConfigs/1"}
    stated = {name: "x" for name, field in StackOutputs.model_fields.items() if field.is_required()}
    listed = dict.fromkeys(("tables", "sources", "views", "routines"), ())
    outputs = StackOutputs(**{**stated, **listed, "schedules": schedules, "alert_policies": {}})
    board = gather(canned.sources(outputs))
    for panel in board.panels:
        assert panel.id == "lineage" or ("is down" in panel.wrong and "eros local up" in panel.fix), panel.id
    assert len(board.panels) == len(PANELS)
