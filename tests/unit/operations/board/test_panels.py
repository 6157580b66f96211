"""What stands in each panel, from canned facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from operations.board import alerts_panel, backups_panel, cost_panel, lineage_panel, runs_panel
from operations.board.panels import Grid, Lanes, Panel, Web
from operations.board.runs_panel import Began
from operations.health import HealthCheck
from tests.unit.operations.board import canned
from tests.unit.operations.board.canned import DAY, HOUR, NOW


def grid(panel: Panel, about: str) -> Grid:
    return next(block for block in panel.blocks if isinstance(block, Grid) and about in block.about)


def first(panel: Panel, about: str) -> list[str]:
    """The first cells of a grid."""
    return [row[0].text for row in grid(panel, about).rows]


def test_what_is_not_well_stands_first_among_the_checks_and_is_a_reason() -> None:
    late = HealthCheck("a_late", "Statistics are late", 9.123, "hours", "WARNING > 8", "WARNING")
    blind = HealthCheck("z_blind", "Queries fail", None, "%", "", "UNKNOWN", "Access Denied")
    panel = canned.health(late, blind, score=75)
    assert first(panel, "Checks") == ["Queries fail", "Statistics are late", "The bank is running out of captions"]
    assert panel.reasons == ("Queries fail: Access Denied", "Statistics are late: 9.12 hours (WARNING > 8)")
    assert (panel.figure, panel.state, panel.note) == ("75", "critical", "1 of 3 checks well")


def test_the_score_over_time_says_its_last_and_its_worst() -> None:
    plotted = grid(canned.health(), "Score")
    assert plotted.plot is not None
    assert plotted.plot.about == "Score of each check in 7 days: 100 at the last, 95 at the worst."
    assert [row[1].value for row in plotted.rows] == [float(row[1].text) for row in plotted.rows]
    assert len(plotted.rows) == 7 * 24


def test_a_run_that_is_written_down_twice_is_shown_once() -> None:
    run = Began("cost_report", NOW - HOUR, NOW - HOUR + timedelta(seconds=5), "SUCCEEDED", "")
    same = replace(run, begins=run.begins + timedelta(seconds=3), state="SUCCESS")
    earlier = replace(same, begins=run.begins - HOUR, ends=run.ends - HOUR)
    other = replace(same, job="daily_report")
    assert runs_panel.merged([run], [same, earlier, other]) == [earlier, run, other]


def test_lanes_show_the_newest_run_the_next_one_and_what_the_dispatcher_starts() -> None:
    panel = canned.runs("Quota")
    (lanes,) = (block for block in panel.blocks if isinstance(block, Lanes))
    daily = next(lane for lane in lanes.lanes if lane.name == "daily_automation")
    assert (daily.last.state, daily.last.text) == ("critical", "7 h ago")
    assert daily.sums == "daily_automation: 7 runs in 7 days, 2 failed"
    assert daily.ahead == canned.declared().schedules["daily_automation"].next_after(NOW)
    assert panel.reasons == ("The newest run of daily_automation failed",)
    assert panel.state == "critical"
    assert first(panel, "failed") == ["daily_automation", "daily_automation"]
    assert [lanes.at(instant) for instant in (lanes.begins, lanes.ends, NOW + 9 * DAY)] == [0, 100, 100]


def test_a_failure_that_was_made_good_is_a_warning_for_a_day_and_no_reason() -> None:
    good = Began("cost_report", NOW - HOUR, NOW - HOUR, "SUCCESS", "")
    bad = replace(good, begins=NOW - 2 * HOUR, state="FAILED", error="Quota")
    panel = runs_panel.panel([], [bad, good], NOW)
    assert (panel.figure, panel.state, panel.reasons) == ("1 failed", "warning", ())


def test_open_alerts_stand_by_seriousness_with_the_titles_of_their_rules() -> None:
    found = [canned.alert("WARNING", "expired_locks", "3"), canned.alert("CRITICAL", "creator_pool:alice", "12")]
    panel = alerts_panel.panel(found, [], "", canned.sources())
    rules = canned.declared().alerts
    titles = [rules["creator_pool"].title + " (alice)", rules["expired_locks"].title]
    assert [row[1].text for row in grid(panel, "Open").rows] == titles
    assert panel.reasons == (f"{titles[0]}: 12", f"{titles[1]}: 3")
    assert (panel.state, panel.note) == ("critical", "1 critical, 1 warning")


def test_the_outbox_stands_with_the_newest_first_and_what_could_not_be_delivered() -> None:
    kept = canned.notification("first")
    lost = {**canned.notification("second"), "delivery": "failed: refused"}
    shown = alerts_panel.outbox([kept, lost], NOW, "local")
    assert isinstance(shown, Grid)
    assert [(row[1].text, row[3].state) for row in shown.rows] == [("second", "critical"), ("first", "")]


def test_the_bars_of_a_day_add_up_to_its_cost() -> None:
    bars = grid(canned.cost(), "Cost of the last")
    assert bars.plot is not None
    assert len(bars.rows) == 14
    for row in bars.rows:
        drawn = sum(cell.value or 0 for cell in row[1:])
        assert drawn == pytest.approx(float(row[-1].text.removeprefix("$")), abs=0.0001)


def test_a_schedules_bill_stands_beside_its_estimate_or_why_it_is_not_known() -> None:
    dearest, *others = grid(canned.cost(), "each schedule").rows
    assert [item.text for item in dearest] == ["backup_export", "11.6 GiB", "11.0 GiB", "$2.16"]
    assert dearest[2].note == "30 runs"
    assert {row[2].text for row in others} == {""}
    unknown = cost_panel.panel([], canned.estimated(), "Access Denied", canned.sources())
    assert unknown.blocks[-1] == "What each was billed is not known: Access Denied"


def test_the_page_with_the_smallest_pool_stands_first() -> None:
    assert first(canned.pool("zoe", "alice"), "Captions") == ["zoe", "alice"]
    assert canned.pool("zoe", status="CRITICAL").reasons == ("Page zoe is short of captions",)


def test_a_table_that_is_missing_is_a_reason_and_stands_first() -> None:
    panel = canned.tables("caption_bank")
    assert first(panel, "Rows")[0] == "caption_bank"
    assert (panel.state, panel.reasons) == ("critical", ("Table caption_bank is missing",))


def test_a_backup_that_is_two_days_old_is_a_reason() -> None:
    assert canned.backups("2025-11-05_092300").reasons == ()
    old = replace(canned.sources(), now=NOW + 2 * DAY)
    entries = canned.entries("2025-11-05_092300")
    assert backups_panel.panel(entries, [], old).reasons == ("The newest whole backup is 2 d ago",)


def test_lineage_goes_both_ways_between_all_objects() -> None:
    (web,) = lineage_panel.panel(canned.declared()).blocks
    assert isinstance(web, Web)
    nodes = {node.name: node for node in web.nodes}
    assert web.first in nodes
    mirrored = {"reads": "read by", "written by": "writes", "called by": "calls", "run by": "runs"}
    edges = 0
    for node in web.nodes:
        for what, names in node.before.items():
            for name in names:
                assert node.name in nodes[name].after[mirrored[what]], (node.name, what, name)
                edges += 1
    assert edges > 500
