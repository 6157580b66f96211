"""`eros cost`: prices, the free part, and the command without a stack."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from catalog.cost import RunCost, ScheduleCost
from operations import cost_report
from operations.cli import app

TEBIBYTE = 2**40


def schedule(name: str, tebibytes: float, times: float = 4) -> ScheduleCost:
    return ScheduleCost(name, times, (RunCost("job", 7, int(tebibytes * TEBIBYTE / times), times),))


def test_only_what_exceeds_the_free_part_of_all_schedules_together_is_paid() -> None:
    report = cost_report.as_json([schedule("a", 0.75), schedule("b", 1.25)], cost_report.Price(8.0, 1.0), top=5)

    assert report["dollars_a_month_before_free"] == 16
    assert report["dollars_a_month"] == 8
    assert [one["dollars_a_month"] for one in report["schedules"]] == [6, 10]
    assert report["schedules"][0]["bytes_a_run"] == 0.75 * TEBIBYTE / 4


def test_within_the_free_part_nothing_is_paid() -> None:
    report = cost_report.as_json([schedule("a", 0.75)], cost_report.Price(), top=0)

    assert report["dollars_a_month"] == 0
    assert report["schedules"][0]["largest_statements"] == []


def run(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["cost", "--json", *arguments])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_more_messages_cost_more_and_the_price_is_a_parameter() -> None:
    usual, busy = run("--price", "5"), run("--price", "10", "--messages-per-month", "5000000", "--free", "0.5")

    assert busy["bytes_a_month"] > 2 * usual["bytes_a_month"]  # type: ignore[operator]
    assert usual["dollars_a_month_before_free"] == pytest.approx(usual["bytes_a_month"] / TEBIBYTE * 5, abs=1e-3)  # type: ignore[operator]
    assert busy["free_bytes_a_month"] == TEBIBYTE / 2


def test_people_get_a_row_for_each_schedule_the_dearest_statements_and_the_sum() -> None:
    done = CliRunner().invoke(app, ["cost", "--top", "3"])

    assert done.exit_code == 0
    for text in (
        "update_caption_performance",
        "daily_automation",
        "selection for all creators",
        ".sql:",
        "TiB a month",
        "10 MiB",
    ):
        assert text in done.stdout
