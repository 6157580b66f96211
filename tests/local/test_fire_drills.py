"""Fire drills: alerts on a deployed platform, from rows in its tables to the receivers of each channel.

One stack with every channel, whose receivers are real servers on loopback; at the end a second stack beside it.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from catalog import load_cached as load_catalog
from catalog.alert_signals import HOURLY, LOCKS, QUERIES
from catalog.alerts import ABOVE, CHANNELS, LEVELS, AlertRule
from gcp_local import environment
from local.cloud import DATASET, PROJECT
from tests import listening
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder
from tests.local.drilled_jobs import cases, well
from tests.local.drilling import EVALUATOR, Drills, Record, ago, channel_types, job

pytestmark = pytest.mark.timeout(1800)
RULES = load_catalog(ROOT).alerts
MEASURED = {*QUERIES, *LOCKS, *HOURLY}
SECRETS = {
    "slackToken": "xoxb-1",
    "pagerdutyKey": "pd-key-1",
    "webhookUrl": "https://hooks.example.com/eros?token=hook-secret",
}
PLAIN = {"googleChatSpace": "spaces/AAA", "alertTopic": "eros-alerts"}
QUIET = '  auto_close_minutes: 1440\n  enabled: false\n  measured: "{job_id}: {creators_processed}'
# Values that meet no condition.
CALM: dict[str, float | None] = {
    **{
        one.signal: 0.0 if one.comparison == ABOVE else 1e6
        for rule in RULES.values()
        for one in rule.conditions
        if one.signal in MEASURED
    },
    "hard_filtered_percent": 50.0,
}
BROKEN, SILENT = "no alert is evaluated: the evaluator fails", "no alert is evaluated: the evaluator does not run"


@dataclass
class Platform:
    """The first stack, and what its receivers got."""

    drills: Drills
    web: listening.Http
    mail: listening.Smtp


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    patch = pytest.MonkeyPatch()
    with (
        deployed(folder, state, shared_folder(tmp_path_factory)) as made,
        listening.http() as web,
        listening.smtp() as mail,
    ):
        for name in (*environment.ENDPOINTS, environment.STORAGE_HOST):
            patch.setenv(name, made.environment[name])
        for key, value in (SECRETS | PLAIN).items():
            flag = ["--secret"] if key in SECRETS else []
            done = made.command("config", "set", f"eros-platform:{key}", value, *flag, "--stack", "local")
            assert done.returncode == 0, done.stderr
        made.edit("config/alerts.yaml", QUIET, QUIET.replace("enabled: false", "enabled: true"))
        made.up()
        drills = Drills.of(made)
        drills.services("PUT", "local/receivers", {"smtp": f"127.0.0.1:{mail.port}", "http": web.url})
        yield Platform(drills, web, mail)
    patch.undo()


@pytest.fixture
def drills(platform: Platform) -> Drills:
    return platform.drills


def met(level: str) -> tuple[dict[str, float], set[tuple[str, str]]]:
    """Values just beyond every threshold of a level on what is measured, and the rules that they meet."""
    values, expected = {}, set()
    for rule in RULES.values():
        for one in rule.conditions if rule.enabled else ():
            if one.level == level and one.signal in MEASURED:
                values[one.signal] = math.nextafter(one.threshold, math.inf if one.comparison == ABOVE else -math.inf)
                expected.add((rule.name, level))
    return values, expected


def says(record: Record, rule: AlertRule, level: str) -> None:
    """Severity, measured and expected value, and what to do are in the notification."""
    assert record["severity"] == ("" if level == "INFO" else level)
    text = record["text"]
    assert all(f"{n}. {action.replace('-s STACK', '-s local')}" in text for n, action in enumerate(rule.actions, 1))
    assert all(one.expected in text for one in rule.of(level))
    assert "extracted_label" not in text
    measured = text.partition("Measured: ")[2].partition("\n")[0]
    assert measured not in ("", "null"), text


def test_a_platform_that_is_well_is_silent(drills: Drills) -> None:
    drills.given(CALM, well())
    assert drills.told() == {}
    assert drills.sql("SELECT COUNT(*) FROM automation_alerts") == [(0,)]


@pytest.mark.parametrize("level", LEVELS)
def test_every_rule_on_what_is_measured_tells_the_channels_of_its_row(drills: Drills, level: str) -> None:
    values, expected = met(level)
    drills.given(CALM | values, well())
    told = drills.told()
    assert told.keys() == expected
    for (name, _), records in told.items():
        assert {one["channelType"] for one in records} == channel_types(RULES[name], level), name
        assert {one["delivery"] for one in records} == {"delivered"}, name
        for record in records:
            says(record, RULES[name], level)
    if level == "CRITICAL":
        assert all(
            {one["channelType"] for one in records} == channel_types(RULES["daily_cost"], level)
            for records in told.values()
        )
        assert len(channel_types(RULES["daily_cost"], level)) == len(CHANNELS)


@pytest.mark.parametrize("case", cases())
def test_what_the_jobs_did_or_did_not_is_told_by_the_rules_on_jobs(drills: Drills, case: str) -> None:
    rows, expected = cases()[case]
    drills.given(CALM, rows)
    told = drills.told()
    assert told.keys() == expected.keys()
    for (name, level), text in expected.items():
        records = told[name, level]
        assert {one["channelType"] for one in records} == channel_types(RULES[name], level)
        assert all(part in one["text"] for one in records for part in text.split("|")), records[0]["text"]
        says(records[0], RULES[name], level)
    infos = drills.sql("SELECT acknowledged, resolved_by FROM automation_alerts WHERE alert_level = 'INFO'")
    assert infos == [(True, "system")] * sum(level == "INFO" for _, level in expected)


def test_a_bad_score_is_told_at_its_level_and_without_a_health_check_that_alone(drills: Drills) -> None:
    for score, level in ((84, "WARNING"), (69, "CRITICAL")):
        drills.given(CALM, well(), score=score)
        told = drills.told()
        assert told.keys() == {("system_health", level)}
        assert all(f"health score: {score}" in one["text"] for one in told["system_health", level])
    drills.given(None, well())
    told = drills.told()
    assert told.keys() == {("system_health", "CRITICAL")}
    assert all("health score: never (no health check)" in one["text"] for one in told["system_health", "CRITICAL"])


def test_a_value_that_is_missing_alarms(drills: Drills) -> None:
    """Nothing was ever learned and no message ever came: ages without start."""
    drills.given(
        CALM | {"feedback_hours_stale": None, "source_hours_stale": None, "daily_hours_since_start": None}, well()
    )
    told = drills.told()
    assert told.keys() == {
        ("performance_feedback_stale", "CRITICAL"),
        ("source_stale", "CRITICAL"),
        ("daily_automation_not_run", "CRITICAL"),
    }
    assert "hours since the last start: never" in told["daily_automation_not_run", "CRITICAL"][0]["text"]


def test_each_page_is_told_by_name_at_its_own_level(drills: Drills) -> None:
    pages = {
        ("ppv_pool", "alice"): 49.0,
        ("ppv_pool", "bob"): 199.0,
        ("bump_pool", "bob"): 49.0,
        ("ppv_pool", "carol"): 200.0,
        ("hard_filtered_percent", "dora"): 81.0,
        ("hard_filtered_percent", "eve"): 4.0,
    }
    drills.given(CALM, well(), pages=pages)
    told = drills.told()
    assert told.keys() == {
        ("creator_pool", "CRITICAL"), ("creator_pool", "WARNING"), ("filter_rate", "CRITICAL"), ("filter_rate", "INFO"),
    }  # fmt: skip
    texts = {key: records[0]["text"] for key, records in told.items()}
    assert "49 paid captions left for a page (alice)" in texts["creator_pool", "CRITICAL"]
    warned = texts["creator_pool", "WARNING"]
    assert "199 paid captions left for a page (bob)" in warned
    assert "49 bump captions left for a page (bob)" in warned
    assert "carol" not in warned + texts["creator_pool", "CRITICAL"]
    assert "81 % for dora" in texts["filter_rate", "CRITICAL"]
    assert "4 % for eve" in texts["filter_rate", "INFO"]


def test_the_same_is_told_once_again_after_its_rest_not_when_seen_and_closes_itself(drills: Drills) -> None:
    stale: dict[str, float | None] = CALM | {"source_hours_stale": 50.0}
    key = ("source_stale", "CRITICAL")
    drills.given(stale, well())
    assert drills.told().keys() == {key}
    assert drills.told() == {}, "within the cooldown"
    passed = "notified_at = TIMESTAMP_SUB(notified_at, INTERVAL 361 MINUTE)"
    drills.sql(f"UPDATE automation_alerts SET {passed} WHERE TRUE")
    assert drills.told().keys() == {key}, "the cooldown is over and nobody has looked"
    assert drills.sql("SELECT alert_kind, notifications, acknowledged FROM automation_alerts") == [
        ("source_stale", 2, False)
    ]
    drills.sql(f"UPDATE automation_alerts SET {passed}, acknowledged = TRUE WHERE TRUE")
    assert drills.told() == {}, "somebody looks after it"
    drills.check(CALM)
    assert drills.told() == {}
    assert drills.sql("SELECT resolved_by FROM automation_alerts") == [("system",)]


def test_what_a_job_raises_is_told_once_and_not_beside_the_rule_that_tells_of_it(drills: Drills) -> None:
    drills.given(CALM, [*well(), job("daily_automation", ago(minutes=5), "FAILED", error_message="boom")])
    common = {"alert_time": ago(minutes=4).isoformat(), "alert_source": "daily_automation", "acknowledged": False}
    kinds = {"daily_failed:2025-11-04": "CRITICAL", "regex_invalid:alice": "WARNING"}
    drills.insert(
        "automation_alerts",
        [
            common | {"alert_id": kind, "alert_kind": kind, "alert_level": level, "alert_message": f"{kind}|attempts=3"}
            for kind, level in kinds.items()
        ],
    )
    told = drills.told()
    assert told.keys() == {("daily_automation_failure", "CRITICAL"), ("job_alerts", "WARNING")}
    assert "regex_invalid:alice from daily_automation: attempts=3" in told["job_alerts", "WARNING"][0]["text"]
    assert drills.told() == {}


def test_a_critical_alert_arrives_at_the_receiver_of_each_channel_in_its_own_form(platform: Platform) -> None:
    drills, web, mail = platform.drills, platform.web, platform.mail
    subscription = f"projects/{PROJECT}/subscriptions/drill"
    drills.services("PUT", f"pubsub/v1/{subscription}", {"topic": f"projects/{PROJECT}/topics/eros-alerts"})
    drills.given(CALM | {"available_captions": 150.0, "source_hours_stale": 30.0}, well())
    drills.advance(timedelta(minutes=5))
    web.got.clear()
    mail.got.clear()
    assert drills.told().keys() == {("caption_pool_low", "CRITICAL"), ("source_stale", "WARNING")}

    title, measured = "The bank is running out of captions (CRITICAL)", "150 captions are not held by a page"
    (mailed,) = mail.got
    content = mailed.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert mailed["To"] == "alerts@example.com"
    assert title in " ".join(str(mailed["Subject"]).split())
    assert measured in content.decode()

    posted: dict[str, list[Any]] = {}
    for path, content in web.got:
        posted.setdefault(path.split("/")[1], []).append((path, content))
    assert posted.keys() == {"slack.com", "events.pagerduty.com", "chat.googleapis.com", "hooks.example.com"}
    slack = {content["channel"]: content for _, content in posted["slack.com"]}
    assert slack.keys() == {"#eros-critical-alerts", "#eros-warnings"}
    attachment = slack["#eros-critical-alerts"]["attachments"][0]
    assert attachment["color"] == "#d32f2f"
    assert measured in attachment["text"]
    assert "hours since the newest message: 30" in slack["#eros-warnings"]["attachments"][0]["text"]
    ((_, page),) = posted["events.pagerduty.com"]
    assert (page["routing_key"], page["event_action"]) == (SECRETS["pagerdutyKey"], "trigger")
    assert page["payload"]["severity"] == "critical"
    assert title in page["payload"]["summary"]
    ((path, chat),) = posted["chat.googleapis.com"]
    assert path == "/chat.googleapis.com/v1/spaces/AAA/messages"
    assert title in chat["text"]
    ((path, hook),) = posted["hooks.example.com"]
    assert path == "/hooks.example.com/eros?token=hook-secret"
    pulled = drills.services("POST", f"pubsub/v1/{subscription}:pull", {"maxMessages": 10})["receivedMessages"]
    (message,) = (json.loads(base64.b64decode(one["message"]["data"])) for one in pulled)
    for incident in (hook["incident"], message["incident"]):
        assert incident["severity"] == "Critical"
        assert measured in incident["documentation"]["content"]
    drills.services("DELETE", f"pubsub/v1/{subscription}")
    secrets = [*SECRETS.values(), "hook-secret"]
    assert not [one for one in secrets if one in json.dumps(drills.services("GET", "local/outbox"))]


def named(records: list[Record]) -> dict[str, set[str]]:
    """Channel types by the policy's title."""
    found: dict[str, set[str]] = {}
    for record in records:
        found.setdefault(record["policy"].partition("): ")[2], set()).add(record["channelType"])
    return found


def test_an_evaluator_that_breaks_is_told_everywhere_and_one_that_is_silent_too(drills: Drills) -> None:
    """Its failed runs are runs: the dead man's switch waits for none in any state."""
    everywhere = channel_types(RULES["daily_cost"], "CRITICAL")
    drills.given(CALM, well())
    client, name = drills.platform.client(), f"{PROJECT}.{DATASET}.alert_signals_at"
    routine = client.get_routine(name)
    drills.advance(timedelta(minutes=5))
    drills.news()
    client.delete_routine(routine)
    try:
        for _ in range(3):
            assert drills.evaluate().state == "FAILED"
            drills.advance(timedelta(minutes=30))
    finally:
        client.create_routine(routine)
    assert named(drills.news()) == {BROKEN: everywhere}
    drills.evaluate()
    drills.advance(timedelta(minutes=40))
    assert drills.news() == []
    drills.advance(timedelta(minutes=25))
    silent = drills.news()
    assert named(silent) == {SILENT: everywhere}
    assert {(one["severity"], one["state"]) for one in silent} == {("CRITICAL", "open")}
    drills.evaluate()
    drills.advance(timedelta(minutes=5))
    assert {(one["policy"].partition("): ")[2], one["state"]) for one in drills.news()} == {(SILENT, "closed")}


SECOND, SECOND_DATASET = "second", "eros_second"
CONFIG = f"""\
config:
  eros-platform:project: {PROJECT}
  eros-platform:cloud: local
  eros-platform:dataset: {SECOND_DATASET}
  eros-platform:manageSources: "true"
  eros-platform:protect: "false"
  eros-platform:alertEmail: second@example.com
"""


@pytest.fixture
def second(drills: Drills) -> Iterator[Drills]:
    """Another environment's stack in the same project; it is gone afterwards."""
    made: Deployment = drills.platform
    before = drills.everything()
    (made.folder / f"Pulumi.{SECOND}.yaml").write_text(CONFIG)
    made.init(SECOND)
    done = made.engine_run("up", "--yes", "--skip-preview", "--non-interactive", stack=SECOND)
    assert done.returncode == 0, done.stdout + done.stderr
    yield Drills.of(made, SECOND, SECOND_DATASET)
    done = made.engine_run("destroy", "--yes", "--skip-preview", "--non-interactive", stack=SECOND)
    assert done.returncode == 0, done.stdout + done.stderr
    assert drills.everything() == before


def test_two_stacks_of_one_project_never_touch_each_others_things(drills: Drills, second: Drills) -> None:
    drills.given(CALM, well())
    second.given(CALM | {"available_captions": 150.0}, well())
    assert drills.told() == {}
    second.news()
    told = second.told()
    assert told.keys() == {("caption_pool_low", "CRITICAL")}
    (record,) = told["caption_pool_low", "CRITICAL"]
    assert record["policy"].startswith("EROS (second): ")
    assert record["payload"]["to"] == "second@example.com"
    assert "eros alerts list -s second" in record["text"]
    assert drills.sql("SELECT COUNT(*) FROM automation_alerts") == [(0,)]
    drills.given(CALM | {"source_hours_stale": 30.0}, well())
    second.given(CALM, well())
    assert second.told() == {}
    told = drills.told()
    assert {one["policy"] for one in told["source_stale", "WARNING"]} == {
        "EROS (local): No new messages arrive (WARNING)"
    }
    assert drills.queries.get(EVALUATOR).config != second.queries.get(EVALUATOR).config
    assert drills.platform.changes() == {}
