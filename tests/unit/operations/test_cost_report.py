"""`eros cost`: prices, the free part, and the command without a stack."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from catalog.cost import RunCost, ScheduleCost
from operations import cost_report
from operations.billed import Bill
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


BILLED = {"a": Bill(runs=4, bytes=80 * 2**20)}


def test_what_was_billed_stands_beside_the_estimate() -> None:
    report = cost_report.as_json([schedule("a", 0.75), schedule("b", 1)], cost_report.Price(6.25), top=0, billed=BILLED)
    assert [one["billed"]["bytes_a_run"] for one in report["schedules"]] == [20 * 2**20, 0]
    assert report["schedules"][0]["billed"] == {
        "days": 30, "runs": 4, "bytes": 80 * 2**20, "bytes_a_run": 20 * 2**20, "dollars": 0.0005,
    }  # fmt: skip
    console = Console(width=200, record=True, file=io.StringIO())
    cost_report.show(console, [schedule("a", 0.75), schedule("b", 1)], cost_report.Price(), 0, BILLED)
    rows = {words[0]: words[-3:] for line in console.export_text().splitlines() if len(words := line.split()) > 5}
    assert (rows["a"], rows["b"]) == (["4", "20", "0.0005"], ["0", "-", "-"])


def test_nothing_is_said_of_bills_where_no_stack_was_asked() -> None:
    report = cost_report.as_json([schedule("a", 0.75)], cost_report.Price(), top=0)
    assert "billed" not in report["schedules"][0]


@pytest.mark.parametrize(("a_month", "is_met"), [(6.07, True), (6.1, False)])
def test_the_targets_of_a_day_and_a_week_are_a_months_share(a_month: float, is_met: bool) -> None:
    """Of a month of 30.4 days, without the free part: $0.20 a day and $1.40 a week are $6.08 a month."""
    report = cost_report.as_json([schedule("a", a_month / 5)], cost_report.Price(5.0), top=0)
    assert {name: one["is_met"] for name, one in report["targets"].items()} == {"day": is_met, "week": is_met}
    assert [one["target"] for one in report["targets"].values()] == [0.20, 1.40]
