"""`eros report`: which reports there are, in which order and in which forms they come."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog import Catalog
from catalog import load_cached as load
from catalog.model import Routine, View
from catalog.tokens import SqlText
from catalog.views import parse_view
from operations import report_forms, reports
from operations.cli import app
from operations.report_forms import Form, Result
from settings.errors import ErosError, SourceError
from tests.sql.emulator import ROOT

OF_THE_HEALTH_CHECK = {
    *("daily_automation", "feedback_freshness", "sweep_efficiency", "lock_saturation", "repeat_failures", "alerts_24h"),
    *("scorecard", "duration_trend", "stale_pages", "queue"),
}
OF_THE_DEPLOYMENT_MONITOR = {
    *("integrity_health", "query_performance", "cost_by_query_type", "storage", "emv", "deployment_success"),
}
OTHERS = {"table_growth", "selection_per_page", "job_errors", "kpis", "capacity"}


@pytest.fixture(scope="module")
def declared() -> Catalog:
    return load(ROOT)


def test_the_reports_of_the_old_scripts_and_the_new_ones_are_there(declared: Catalog) -> None:
    assert reports.known(declared.views).keys() == OF_THE_HEALTH_CHECK | OF_THE_DEPLOYMENT_MONITOR | OTHERS


def test_each_report_has_a_moment_of_its_own_and_is_read_in_an_order_of_its_columns(declared: Catalog) -> None:
    found = reports.declared(declared.views)
    assert found
    for report in found.values():
        timed = declared.routines[f"{report.view}_at"]
        assert isinstance(timed, Routine)
        columns = {column.name for column in timed.return_columns}
        assert {term.split()[0] for term in report.order.split(", ")} <= columns, report


def test_each_report_says_in_one_sentence_what_it_shows(declared: Catalog) -> None:
    found = reports.known(declared.views)
    assert found
    for report in found.values():
        assert re.fullmatch(r"[A-Z].{20,150}\.", report.description), report


def _view(head: str) -> View:
    text = (
        f'{head}CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_x` OPTIONS(description="X.") AS SELECT 1 AS a'
    )
    return parse_view(SqlText(Path("sql/views/monitoring_x.sql"), text))


def _named(view: View) -> dict[str, View]:
    return {view.name: view}


def test_the_order_is_a_line_of_the_views_file() -> None:
    found = reports.declared(
        {"other": _view(""), **_named(_view("-- What it is.\n-- Order: a DESC NULLS FIRST, b.\n"))}
    )
    assert [(name, report.view, report.order) for name, report in found.items()] == [
        ("x", "monitoring_x", "a DESC NULLS FIRST, b")
    ]


@pytest.mark.parametrize("head", ["", "-- Order: .\n", "-- Order: a; DROP TABLE b.\n", "-- Order: a b c.\n"])
def test_a_view_without_an_order_is_refused(head: str) -> None:
    with pytest.raises(SourceError, match=r"sql/views/monitoring_x.sql:1: .*(?s:.*)-- Order: column"):
        reports.declared(_named(_view(head)))


def test_an_unknown_report_is_answered_with_the_nearest_one(declared: Catalog) -> None:
    known = reports.declared(declared.views)
    with pytest.raises(ErosError, match=r"(?s)no report 'dayly_automation'.*eros report daily_automation"):
        reports.find(known, "dayly_automation")
    with pytest.raises(ErosError, match=r"(?s)no report 'zzz'.*fix: eros report --list"):
        reports.find(known, "zzz")


AT = datetime(2025, 11, 4, 20, tzinfo=UTC)
RESULT = Result(
    ("page", "at", "day", "share", "ok"),
    (
        {"page": 'a,"b"', "at": AT, "day": date(2025, 11, 4), "share": 1 / 3, "ok": True},
        {"page": None, "at": None, "day": None, "share": 1e6, "ok": None},
    ),
)


def printed(capsys: pytest.CaptureFixture[str], form: Form, result: Result = RESULT) -> str:
    from operations import display

    report_forms.show(display.console(), result, form)
    return capsys.readouterr().out


def test_csv_keeps_values_as_they_are_and_nulls_empty(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(csv.reader(io.StringIO(printed(capsys, "csv"))))
    assert lines == [
        ["page", "at", "day", "share", "ok"],
        ['a,"b"', "2025-11-04T20:00:00+00:00", "2025-11-04", str(1 / 3), "True"],
        ["", "", "", "1000000.0", ""],
    ]
    assert printed(capsys, "csv", Result(("page",), ())) == "page\n"


def test_json_is_a_list_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = json.loads(printed(capsys, "json"))
    assert first["at"] == "2025-11-04T20:00:00+00:00"
    assert second == {"page": None, "at": None, "day": None, "share": 1e6, "ok": None}
    assert json.loads(printed(capsys, "json", Result(("page",), ()))) == []


def test_people_see_both_zones_and_few_digits(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "table")
    for part in ("2025-11-04 20:00 UTC (12:00 LA)", "0.3333 ", "1000000 ", "yes"):
        assert part in text
    assert "None" not in text


def test_the_list_needs_no_stack_and_names_every_report(declared: Catalog) -> None:
    done = CliRunner().invoke(app, ["report", "--list", "--json"])
    assert done.exit_code == 0, done.output
    assert [(one["name"], one["shows"]) for one in json.loads(done.stdout)] == [
        (report.name, report.description) for report in reports.known(declared.views).values()
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which report.*--list"),
        (["queue"], "of which stack.*eros report queue -s STACK"),
        (["que"], "no report 'que'.*eros report queue"),
        (["queue", "--json", "--csv"], "two forms.*give one"),
    ],
)
def test_what_is_missing_or_too_much_is_said_with_what_to_type(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.delenv("EROS_STACK", raising=False)
    done = CliRunner().invoke(app, ["report", *arguments])
    assert isinstance(done.exception, ErosError)
    assert re.search(message, str(done.exception), re.DOTALL)
