"""Decisions: each condition of each rule met, just not met and without a value; cooldown, repeats, levels, coverage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog import Catalog
from catalog.alerts import ABOVE, LEVELS, AlertRule, Condition
from tests.sql.alerting import NOW, ago
from tests.sql.messages import Row
from tests.sql.warehouse import DATASET, Warehouse

DETAILS = "page=alice|hours_since=1|hours_stale=1"
Decision = tuple[str, str, str]


def decide(warehouse: Warehouse, given: Mapping[tuple[str, str], float | None], **waiting: bool) -> list[Row]:
    """The decisions for signals by name and subject."""
    rows = [
        f"STRUCT('{name}' AS signal, '{subject}' AS subject, {'NULL' if value is None else repr(float(value))}"
        f" AS value, '{DETAILS}' AS details, {str(waiting.get(name, False)).upper()} AS is_waiting)"
        for (name, subject), value in given.items()
    ]
    script = f"""
    DECLARE v_signals ARRAY<STRUCT<signal STRING, subject STRING, value FLOAT64, details STRING, is_waiting BOOL>>;
    SET v_signals = [{", ".join(rows)}];
    SELECT * FROM `{DATASET}.alert_decisions_at`(v_signals, @now) ORDER BY kind, level, action;
    """
    return warehouse.rows(script, now=NOW)


def told(decisions: list[Row]) -> set[Decision]:
    return {(row["action"], row["kind"], row["level"]) for row in decisions}


def past(condition: Condition) -> float:
    """The next value beyond a threshold."""
    return math.nextafter(condition.threshold, math.inf if condition.comparison == ABOVE else -math.inf)


def worst(rules: Mapping[str, AlertRule], signal: str, value: float | None) -> set[Decision]:
    """What is to be raised of one signal: of all enabled rules the most serious level that holds."""
    met = [
        (rule.name, one.level)
        for rule in rules.values()
        for one in rule.conditions
        if rule.enabled
        and one.signal == signal
        and (value is None or (value > one.threshold if one.comparison == ABOVE else value < one.threshold))
    ]
    best = min((LEVELS.index(level) for _, level in met), default=0)
    return {("FIRE", name, level) for name, level in met if LEVELS.index(level) == best}


@pytest.fixture(scope="module")
def rules(deployed_warehouse: Warehouse) -> Mapping[str, AlertRule]:
    declared: Catalog = deployed_warehouse.catalog
    return declared.alerts


# A signal of each rule at a time, so that no two of them make one alert.
def batches(rules: Mapping[str, AlertRule]) -> list[list[Condition]]:
    """All conditions, no signal and no rule twice in a batch."""
    found: list[list[Condition]] = []
    taken: list[set[str]] = []
    for rule in rules.values():
        for one in rule.conditions:
            place = next((n for n, names in enumerate(taken) if not names & {one.signal, rule.name}), len(taken))
            if place == len(taken):
                found.append([])
                taken.append(set())
            found[place].append(one)
            taken[place] |= {one.signal, rule.name}
    return found


def test_every_condition_is_met_beyond_its_threshold_and_not_at_it(
    warehouse: Warehouse, rules: Mapping[str, AlertRule]
) -> None:
    for batch in batches(rules):
        batch = [one for one in batch if one.signal != "raised_alerts"]
        for value in (past, lambda one: one.threshold):
            given = {(one.signal, ""): value(one) for one in batch}
            expected = set().union(*(worst(rules, name, each) for (name, _), each in given.items()))
            assert told(decide(warehouse, given)) == expected


def test_what_has_no_value_is_an_alarm_unless_it_is_waited_for(
    warehouse: Warehouse, rules: Mapping[str, AlertRule]
) -> None:
    ages = (
        "feedback_hours_stale",
        "source_hours_stale",
        "daily_hours_since_start",
        "sweep_hours_since",
        "health_score",
    )
    given = {(name, ""): None for name in ages}
    decisions = decide(warehouse, given)
    assert told(decisions) == set().union(*(worst(rules, name, None) for name in ages))
    assert all("never" in row["measured"] or "hours" in row["measured"] for row in decisions)
    assert decide(warehouse, {("restore_drill_days_since", ""): None}, restore_drill_days_since=True) == []
    assert told(decide(warehouse, {("restore_drill_days_since", ""): None})) == {
        ("FIRE", "restore_drill_overdue", "WARNING")
    }


def test_each_page_is_an_alert_of_its_own_and_says_what_was_measured_and_expected(warehouse: Warehouse) -> None:
    decisions = decide(warehouse, {("ppv_pool", "alice"): 40, ("ppv_pool", "bob"): 199.5, ("bump_pool", "alice"): 9})
    assert [(row["kind"], row["level"], row["measured"], row["expected"]) for row in decisions] == [
        (
            "creator_pool:alice",
            "CRITICAL",
            "9 bump captions left for a page (alice); 40 paid captions left for a page (alice)",
            "at least 10 captions (bump captions left for a page); "
            "at least 50 captions (paid captions left for a page)",
        ),
        (
            "creator_pool:bob",
            "WARNING",
            "199.5 paid captions left for a page (alice)",
            "at least 200 captions (paid captions left for a page)",
        ),
    ]


def alert(kind: str, level: str, told_at: Any, **changed: Any) -> Row:
    """An alert of the evaluator that was raised and told of at an instant."""
    row = {"alert_id": f"{kind} {level}", "alert_time": told_at, "alert_level": level, "alert_kind": kind}
    return row | {"alert_source": "alert_evaluation", "notified_at": told_at, "notifications": 1} | changed


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], {"FIRE"}),
        ([alert("error_rate", "CRITICAL", ago(minutes=59), resolved_at=NOW)], set()),
        ([alert("error_rate", "CRITICAL", ago(minutes=60), resolved_at=NOW)], {"FIRE"}),
        ([alert("error_rate", "CRITICAL", ago(minutes=71))], set()),
        ([alert("error_rate", "CRITICAL", ago(minutes=72))], {"REMIND"}),
        ([alert("error_rate", "CRITICAL", ago(hours=9), acknowledged=True)], set()),
        ([alert("error_rate", "WARNING", ago(minutes=1))], {"FIRE", "RESOLVE"}),
        ([alert("error_rate:alice", "CRITICAL", ago(minutes=1), resolved_at=NOW)], {"FIRE"}),
        ([alert("error_rate", "CRITICAL", ago(minutes=1), alert_source="somebody", resolved_at=NOW)], {"FIRE"}),
    ],
    ids=[
        "first", "in the cooldown", "after the cooldown", "open", "open for long", "acknowledged", "worse than before",
        "of another subject", "of another source",
    ],
)  # fmt: skip
def test_the_same_is_told_once_in_a_cooldown_and_again_while_nobody_looks_after_it(
    warehouse: Warehouse, earlier: list[Row], expected: set[str]
) -> None:
    warehouse.insert("automation_alerts", earlier)
    own = [row for row in decide(warehouse, {("failed_query_percent", ""): 50}) if row["rule"] == "error_rate"]
    assert {row["action"] for row in own} == expected


def test_a_warning_within_the_cooldown_of_its_critical_is_not_told(warehouse: Warehouse) -> None:
    warehouse.insert("automation_alerts", [alert("error_rate", "CRITICAL", ago(minutes=30))])
    assert told(decide(warehouse, {("failed_query_percent", ""): 3})) == {("RESOLVE", "error_rate", "CRITICAL")}


@pytest.mark.parametrize(
    ("kind", "given", "closed"),
    [
        ("error_rate", {("failed_query_percent", ""): 0}, True),
        ("error_rate", {("failed_query_percent", ""): 50}, False),
        ("error_rate", {}, False),
        ("creator_pool:gone", {("ppv_pool", "alice"): 900, ("bump_pool", "alice"): 900}, True),
        ("creator_pool:gone", {("ppv_pool", "alice"): 900}, False),
        ("daily_automation_failure", {("failed_daily_runs_2h", ""): 0}, False),
        ("a_rule_of_yesterday", {}, True),
    ],
    ids=["gone", "there", "not measured", "page gone", "half measured", "a person closes it", "rule gone"],
)
def test_an_alert_closes_itself_when_its_condition_is_known_to_be_gone(
    warehouse: Warehouse, kind: str, given: Mapping[tuple[str, str], float], closed: bool
) -> None:
    warehouse.insert("automation_alerts", [alert(kind, "CRITICAL", ago(minutes=30))])
    assert (("RESOLVE", kind, "CRITICAL") in told(decide(warehouse, given))) is closed


def raised(kind: str, level: str, minutes: float, **changed: Any) -> Row:
    """An alert that a job raised."""
    row = {"alert_id": f"{kind} {level} {minutes}", "alert_time": ago(minutes=minutes), "alert_level": level}
    return row | {"alert_source": "lock_cleanup", "alert_kind": kind, "alert_message": f"{kind}|n=1|m=2"} | changed


def test_what_jobs_raise_is_told_once_at_its_own_level(warehouse: Warehouse) -> None:
    seen = {"acknowledged": True}
    warehouse.insert(
        "automation_alerts",
        [
            raised("odd", "WARNING", 5),
            raised("bad", "CRITICAL", 5),
            raised("note", "INFO", 5, **seen),
            raised("seen", "WARNING", 5, **seen),
            raised("told", "WARNING", 5, notified_at=ago(minutes=1)),
            raised("old", "WARNING", 24 * 60),
        ],
    )
    decisions = decide(warehouse, {})
    assert told(decisions) == {("TELL", "odd", "WARNING"), ("TELL", "bad", "CRITICAL"), ("TELL", "note", "INFO")}
    assert {row["measured"] for row in decisions if row["kind"] == "odd"} == {"odd from lock_cleanup: n=1, m=2"}


def test_what_a_rule_tells_of_is_not_told_a_second_time(warehouse: Warehouse) -> None:
    warehouse.insert(
        "automation_alerts",
        [
            raised("active_locks_high", "WARNING", 5),
            raised("breaker_tripped", "CRITICAL", 5),
            raised("pool_low:alice", "WARNING", 5),
            raised("pool_low:bob", "WARNING", 5),
        ],
    )
    given = {("active_locks", ""): 6000.0, ("failed_daily_runs_2h", ""): 0.0, ("ppv_pool", "alice"): 100.0}
    assert told(decide(warehouse, given)) == {
        ("FIRE", "lock_table_warning_bloat", "WARNING"),
        ("COVERED", "active_locks_high", "WARNING"),
        ("TELL", "breaker_tripped", "CRITICAL"),
        ("FIRE", "creator_pool:alice", "WARNING"),
        ("COVERED", "pool_low:alice", "WARNING"),
        ("TELL", "pool_low:bob", "WARNING"),
    }


def test_a_critical_alert_of_a_job_is_told_beside_a_warning_of_a_rule(warehouse: Warehouse) -> None:
    warehouse.insert("automation_alerts", [raised("active_locks_high", "CRITICAL", 5)])
    assert ("TELL", "active_locks_high", "CRITICAL") in told(decide(warehouse, {("active_locks", ""): 6000}))


def test_after_twenty_notifications_in_a_day_the_rest_waits(warehouse: Warehouse) -> None:
    """Cloud Monitoring sends twenty a day for a policy and drops the others."""
    before = [raised("odd", "WARNING", 60 * n + 1, notified_at=ago(hours=n)) for n in range(20)]
    warehouse.insert("automation_alerts", [*before, raised("more", "WARNING", 1), raised("worse", "CRITICAL", 1)])
    assert told(decide(warehouse, {})) == {("HOLD", "more", "WARNING"), ("TELL", "worse", "CRITICAL")}


def test_a_page_of_an_evil_name_writes_no_message_of_its_own(warehouse: Warehouse) -> None:
    given = {("ppv_pool", "x|daily_cost=CRITICAL:all"): 1.0}
    (row,) = decide(warehouse, given)
    assert "|" not in row["measured"]


def test_the_evaluation_is_one_of_a_moment(warehouse: Warehouse) -> None:
    """Alerts of the future, as a replay meets them, say nothing."""
    later = NOW + timedelta(minutes=1)
    warehouse.insert("automation_alerts", [alert("error_rate", "CRITICAL", later)])
    assert told(decide(warehouse, {("failed_query_percent", ""): 50})) == {("FIRE", "error_rate", "CRITICAL")}
