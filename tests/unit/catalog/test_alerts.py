"""Alert rules: the merged thresholds, and that a rule which could not work is refused with its line and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import Catalog, CatalogError, alerts
from catalog.addresses import Placement
from catalog.alert_signals import BUILT_IN, SIGNALS
from catalog.reference_data import ALERTS
from tests.unit.catalog.conftest import Project

# Rule, level, side, threshold: the stricter ones where sources disagree.
MERGED = """
daily_automation_failure CRITICAL ABOVE 0 | daily_automation_not_run CRITICAL ABOVE 28
performance_feedback_stale CRITICAL ABOVE 12 | performance_feedback_stale CRITICAL ABOVE 0
performance_update_warning WARNING ABOVE 8
lock_table_critical_bloat CRITICAL ABOVE 10000 | lock_table_warning_bloat WARNING ABOVE 5000
lock_cleanup_high_volume WARNING ABOVE 100 | lock_cleanup_not_run WARNING ABOVE 2
high_creator_failure_rate WARNING ABOVE 10 | slow_automation_execution WARNING ABOVE 600
daily_automation_success INFO ABOVE 0 | error_rate WARNING ABOVE 2 | error_rate CRITICAL ABOVE 5
query_latency WARNING ABOVE 10 | query_latency CRITICAL ABOVE 60
daily_cost WARNING ABOVE 5 | daily_cost CRITICAL ABOVE 10
caption_pool_low WARNING BELOW 500 | caption_pool_low CRITICAL BELOW 200 | duplicate_assignments CRITICAL ABOVE 0
expired_locks WARNING ABOVE 0 | expired_locks CRITICAL ABOVE 100 | schedule_generation_failures WARNING ABOVE 2
caption_selection_failures WARNING ABOVE 5 | caption_selection_failures CRITICAL ABOVE 5
export_failures CRITICAL ABOVE 3
avg_emv_drop WARNING ABOVE 15 | system_health WARNING BELOW 85 | system_health CRITICAL BELOW 70
creator_pool WARNING BELOW 200 | creator_pool CRITICAL BELOW 50
creator_pool WARNING BELOW 50 | creator_pool CRITICAL BELOW 10
filter_rate INFO BELOW 5 | filter_rate WARNING ABOVE 60 | filter_rate CRITICAL ABOVE 80
restriction_audit WARNING ABOVE 200
restriction_audit WARNING ABOVE 30 | restriction_audit WARNING ABOVE 20 | restriction_audit WARNING ABOVE 500
restriction_audit WARNING ABOVE 1
"""
# Minutes of cooldown, and whether the alert closes itself.
TIMES = {
    "daily_automation_failure": (60, False),
    "daily_automation_not_run": (180, True),
    "performance_feedback_stale": (120, True),
    "performance_update_warning": (180, True),
    "lock_table_critical_bloat": (60, True),
    "lock_table_warning_bloat": (360, True),
    "lock_cleanup_high_volume": (360, True),
    "high_creator_failure_rate": (240, True),
    "slow_automation_execution": (480, True),
    "daily_automation_success": (1440, False),
}
RULE = """\
rule_a:
  title: A rule
  conditions:
    - {conditions}
    - {second}
  channels: {channels}
  cooldown_minutes: {cooldown}
  auto_resolve: true
  auto_close_minutes: {close}
  measured: "{measured}"
  meaning: It means this.
  actions: [Look.]
  query: "{query}"
"""
SOUND = {
    "conditions": "{level: WARNING, signal: failed_query_percent, above: 2}",
    "second": "{level: CRITICAL, signal: failed_query_percent, above: 5}",
    "channels": "{WARNING: [slack], CRITICAL: [all]}",
    "cooldown": "60",
    "close": "30",
    "measured": "{value} of {total_queries}",
    "query": "SELECT 1",
}


def written(project: Project, text: str = RULE, **changed: str) -> Path:
    values = SOUND | changed
    for name, value in values.items():
        text = text.replace("{" + name + "}", value, 1)
    project.write("config/alerts.yaml", text)
    return project.root


def test_the_declared_thresholds_are_the_merged_ones(declared: Catalog) -> None:
    merged = [entry.split() for entry in MERGED.replace("\n", "|").split("|") if entry.strip()]
    names = {rule for rule, *_ in merged}
    assert len(names) == 25
    found = [
        [rule.name, one.level, one.comparison, f"{one.threshold:g}"]
        for rule in declared.alerts.values()
        for one in rule.conditions
        if rule.name in names
    ]
    assert sorted(found) == sorted(merged)


@pytest.mark.parametrize("name", TIMES)
def test_cooldown_and_closing_are_the_agreed_ones(declared: Catalog, name: str) -> None:
    rule = declared.alerts[name]
    assert (rule.cooldown_minutes, rule.auto_resolve) == TIMES[name]


def test_critical_goes_to_every_channel_and_only_one_alert_of_the_merged_ones_is_off(declared: Catalog) -> None:
    rules = declared.alerts.values()
    assert {rule.channels["CRITICAL"] for rule in rules if "CRITICAL" in rule.channels} == {alerts.CHANNELS}
    assert {rule.name for rule in rules if not rule.enabled} == {
        "daily_automation_success", "slow_queries", "recent_assignments",
    }  # fmt: skip


def test_every_signal_has_a_rule_and_every_text_says_more_than_its_title(declared: Catalog) -> None:
    assert {one.signal for rule in declared.alerts.values() for one in rule.conditions} == set(SIGNALS)
    assert all("{" in rule.measured and rule.actions and rule.meaning for rule in declared.alerts.values())


def test_a_sound_rule_is_read_as_it_is_written(project: Project) -> None:
    (rule,) = alerts.load(written(project)).values()
    assert rule.levels == ("CRITICAL", "WARNING")
    assert [(one.level, one.threshold) for one in rule.conditions] == [("WARNING", 2), ("CRITICAL", 5)]
    assert rule.channels == {"WARNING": ("slack",), "CRITICAL": alerts.CHANNELS}
    assert (rule.health, rule.enabled, rule.covers) == (False, True, ())
    assert rule.conditions[0].expected == "at most 2 % (failed queries in the last hour)"


def test_the_view_says_of_each_condition_what_the_file_says(declared: Catalog) -> None:
    query = declared.views[ALERTS].query(Placement("p", "d"))
    conditions = [one for rule in declared.alerts.values() for one in rule.conditions]
    assert query.count("'ABOVE'") + query.count("'BELOW'") == len(conditions)
    assert "('daily_cost', 'The day is getting expensive', 'CRITICAL', 'cost_usd_today'" in query
    assert "eros_scheduling_brain" not in query


def test_a_query_names_the_objects_of_the_stack(declared: Catalog) -> None:
    query = declared.alerts["queue_stuck"].query(Placement("p", "d"))
    assert "FROM `p.d.schedule_generation_queue` AS queue" in query


@pytest.mark.parametrize(
    ("changed", "line", "message", "fix"),
    [
        ({"channels": "{WARNING: [irc], CRITICAL: [all]}"}, 6, "'irc' is no channel", "use email, slack, pagerduty"),
        (
            {"channels": "{WARNING: [slack]}"},
            6,
            "channels are for WARNING, conditions for CRITICAL, WARNING",
            "name channels",
        ),
        ({"conditions": "{level: WARNING, signal: cpu, above: 2}"}, 4, "'cpu' is no signal", "use one of failed_query"),
        ({"conditions": "{level: ERROR, signal: active_locks, above: 2}"}, 4, "'ERROR' is no level", "use CRITICAL"),
        ({"conditions": "{level: WARNING, signal: failed_query_percent}"}, 4, "one of above and below", "write above:"),
        (
            {"conditions": "{level: WARNING, signal: failed_query_percent, above: 2, below: 1}"},
            4,
            "one of above",
            "write",
        ),
        (
            {"conditions": "{level: WARNING, signal: failed_query_percent, above: two}"},
            4,
            "'two' is no number",
            "write",
        ),
        (
            {"conditions": "{level: WARNING, signal: failed_query_percent, above: nan}"},
            4,
            "'nan' is no number",
            "write",
        ),
        (
            {"conditions": "{level: WARNING, signal: failed_query_percent, over: 2}"},
            4,
            "unknown entry over",
            "use level",
        ),
        (
            {"second": "{level: CRITICAL, signal: failed_query_percent, above: 100}"},
            5,
            "is never above 100",
            "at most 100",
        ),
        ({"second": "{level: CRITICAL, signal: active_locks, above: -1}"}, 5, "is always above -1", "write 0 or more"),
        ({"second": "{level: CRITICAL, signal: active_locks, below: 0}"}, 5, "is never below 0", "write more"),
        ({"second": "{level: CRITICAL, signal: health_score, below: 101}"}, 5, "is always below 101", "at most 100"),
        (
            {"second": "{level: CRITICAL, signal: failed_query_percent, above: 2}"},
            5,
            "CRITICAL at 2 is not stricter",
            "more",
        ),
        (
            {"second": "{level: CRITICAL, signal: failed_query_percent, above: 1}"},
            5,
            "CRITICAL at 1 is not stricter",
            "more",
        ),
        (
            {"second": "{level: WARNING, signal: failed_query_percent, above: 3}"},
            5,
            "two thresholds of level WARNING",
            "keep",
        ),
        ({"cooldown": "4"}, 7, "cooldown_minutes 4 is outside", "write 5 to 10,080"),
        ({"cooldown": "an hour"}, 7, "'an hour' is no whole number", "write cooldown_minutes"),
        ({"close": "29"}, 9, "auto_close_minutes 29 is outside", "write 30 to 10,080"),
        ({"close": "10081"}, 9, "auto_close_minutes 10081 is outside", "write 30 to 10,080"),
        ({"measured": "{vlaue} failed"}, 10, "nothing measures {vlaue}", "use {alert_time}"),
        ({"measured": "{hours_stale}"}, 10, "nothing measures {hours_stale}", "{total_queries}"),
        ({"measured": "{value"}, 10, "measured:", "close each"),
        ({"query": "SELECT `a"}, 13, "query:", ""),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_line_and_the_fix(
    project: Project, changed: dict[str, str], line: int, message: str, fix: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        alerts.load(written(project, **changed))
    text = str(refused.value)
    assert text.startswith(f"config/alerts.yaml:{line}: ")
    assert message in text
    assert fix in text.split("fix: ", 1)[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RULE + RULE, "rule_a is given twice"),
        (RULE.replace("rule_a", "Rule A"), "'Rule A' is no name of a rule"),
        (RULE + "  colour: red\n", "unknown entry colour"),
        (RULE.replace("  meaning: It means this.\n", ""), "meaning is missing"),
        (
            RULE.replace("    - {conditions}\n    - {second}\n", "").replace("conditions:", "conditions: []"),
            "conditions is empty",
        ),
    ],
)
def test_what_is_no_rule_is_refused(project: Project, text: str, message: str) -> None:
    if text.count("rule_a") > 1:
        text = text.replace("{conditions}", SOUND["conditions"]).replace("{second}", SOUND["second"])
        text = text.replace("{channels}", SOUND["channels"]).replace("{query}", "SELECT 1")
    with pytest.raises(CatalogError, match=message):
        alerts.load(written(project, text))


def test_a_query_on_what_is_not_declared_is_a_finding_of_the_catalog(project: Project) -> None:
    from catalog import CatalogErrors, load

    written(project, query="SELECT t.a FROM `eros_scheduling_brain.nothing` AS t")
    with pytest.raises(CatalogErrors, match=r"config/alerts\.yaml:13: reference to nothing, which no file declares"):
        load(project.root)


def test_details_never_hide_what_every_text_has() -> None:
    assert not [name for name, signal in SIGNALS.items() if {*signal.details} & {*BUILT_IN}]
