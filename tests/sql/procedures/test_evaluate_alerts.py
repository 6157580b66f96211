"""The evaluator: one message, rows that stay, silence when there is nothing to tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.alerting import NOW, ago, alerts, calm, evaluate, healthy, run
from tests.sql.warehouse import DATASET, Warehouse

__all__ = ["calm"]


def test_a_platform_that_is_well_is_silent_and_writes_nothing(calm: Warehouse) -> None:
    assert evaluate(calm) == {}
    assert alerts(calm) == []


def test_what_is_told_stays_as_a_row_with_measured_and_expected_value(warehouse: Warehouse) -> None:
    healthy(warehouse, cost_usd_today=7.5, active_locks=12000)
    text = {"daily_cost": "$7.5 since midnight in Los Angeles, unknown GiB billed", "bloat": "unknown active locks"}
    assert evaluate(warehouse) == {
        ("lock_table_critical_bloat", "CRITICAL"): text["bloat"],
        ("daily_cost", "WARNING"): text["daily_cost"],
    }
    cost, locks = alerts(warehouse)
    assert (cost["alert_kind"], cost["alert_level"], cost["measured"]) == ("daily_cost", "WARNING", 7.5)
    assert cost["alert_message"] == (
        f"daily_cost|measured={text['daily_cost']}"
        "|expected=at most $5 (price of the bytes billed since midnight in Los Angeles)"
    )
    assert locks["expected"] == "at most 10,000 locks (active caption locks)"
    for row in (cost, locks):
        assert (row["alert_source"], row["alert_time"]) == ("alert_evaluation", NOW)
        assert (row["notified_at"], row["notifications"]) == (NOW, 1)
        assert (row["acknowledged"], row["resolved_at"]) == (False, None)


def test_the_most_serious_comes_first(warehouse: Warehouse) -> None:
    """A message that is cut loses the least."""
    healthy(warehouse, available_captions=300, failed_query_percent=50, cost_usd_today=99)
    levels = [level for _, level in evaluate(warehouse)]
    assert levels == ["CRITICAL", "CRITICAL", "WARNING"]


def test_an_alert_lives_through_reminders_and_closes_itself(warehouse: Warehouse) -> None:
    told = []
    warehouse.insert("etl_job_runs", [run("sweep_expired_caption_locks", NOW)])
    for minutes in (0, 30, 75, 90):
        now = NOW + timedelta(minutes=minutes)
        healthy(warehouse, now, cost_usd_today=20 if minutes < 90 else 1)
        told.append([*evaluate(warehouse, now)])
    assert told == [[("daily_cost", "CRITICAL")], [], [("daily_cost", "CRITICAL")], []]
    (row,) = alerts(warehouse)
    assert (row["notifications"], row["notified_at"]) == (2, NOW + timedelta(minutes=75))
    assert (row["resolved_at"], row["resolved_by"]) == (NOW + timedelta(minutes=90), "system")


def test_of_many_pages_three_are_named_and_the_others_counted(warehouse: Warehouse) -> None:
    healthy(warehouse, ago(minutes=5))
    rows = [
        {"signal": "ppv_pool", "subject": f"page{n}", "value": n, "details": f"page=page{n}", "is_waiting": False}
        for n in range(5)
    ]
    warehouse.insert("health_checks", [{"check_time": NOW, "health_score": 100, "signals": rows}])
    (only,) = (text for (rule, _), text in evaluate(warehouse).items() if rule == "creator_pool")
    assert only == "; ".join(f"{n} paid captions left for a page (page{n})" for n in range(3)) + " and 2 more"
    assert len([row for row in alerts(warehouse) if row["alert_kind"].startswith("creator_pool:")]) == 5


def test_alerts_of_jobs_are_told_once(calm: Warehouse) -> None:
    calm.call("raise_automation_alert", "WARNING", "selection", "odd", "n=1", "job", ago(minutes=5))
    calm.call(
        "raise_automation_alert", "INFO", "selection", "selection_shortfall:alice", "got=1", "job", ago(minutes=4)
    )
    assert evaluate(calm) == {
        ("job_alerts", "WARNING"): "odd from selection: n=1",
        ("job_alerts", "INFO"): "selection_shortfall:alice from selection: got=1",
    }
    assert evaluate(calm, NOW + timedelta(minutes=15)) == {}
    assert {(row["alert_kind"], row["notified_at"], row["notifications"]) for row in alerts(calm)} == {
        ("odd", NOW, 1),
        ("selection_shortfall:alice", NOW, 1),
    }


def test_without_a_health_check_only_that_is_told_of_what_it_measures(warehouse: Warehouse) -> None:
    warehouse.insert("etl_job_runs", [run("sweep_expired_caption_locks", ago(hours=1))])
    assert evaluate(warehouse) == {("system_health", "CRITICAL"): "health score: never (no health check)"}


@pytest.mark.parametrize(("minutes", "silent"), [(149, True), (150, False)])
def test_a_health_check_counts_for_two_and_a_half_hours(warehouse: Warehouse, minutes: int, silent: bool) -> None:
    healthy(warehouse, ago(minutes=minutes))
    assert (evaluate(warehouse) == {}) is silent


def test_an_age_goes_on_since_it_was_measured(warehouse: Warehouse) -> None:
    healthy(warehouse)
    stored = {
        "signal": "source_hours_stale",
        "subject": "",
        "since": ago(hours=23, minutes=50).isoformat(),
        "is_waiting": False,
    }
    late = NOW + timedelta(minutes=20)
    row = {"check_time": NOW + timedelta(minutes=1), "health_score": 100, "signals": [stored]}
    warehouse.insert("health_checks", [row])
    found = evaluate(warehouse, late)
    assert found["source_stale", "WARNING"] == "hours since the newest message: 24.17"


def test_an_error_of_its_own_is_no_alert(calm: Warehouse) -> None:
    with calm.without("automation_alerts"), pytest.raises(GoogleAPICallError) as failed:
        calm.call("evaluate_alerts_at", NOW)
    assert "EROS_ALERT" not in failed.value.message


def test_without_an_instant_it_refuses(warehouse: Warehouse) -> None:
    with pytest.raises(GoogleAPICallError, match="EROS_INVALID"):
        warehouse.call("evaluate_alerts_at", None)


def test_the_query_of_each_rule_runs(warehouse: Warehouse) -> None:
    for rule in warehouse.catalog.alerts.values():
        warehouse.rows(rule.sql.text)
    assert warehouse.value(f"SELECT COUNT(DISTINCT d.rule) FROM `{DATASET}.declared_alert_rules` AS d") == len(
        warehouse.catalog.alerts
    )
