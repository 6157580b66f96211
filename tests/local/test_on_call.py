"""What somebody on call types, on a deployed stack: alerts, health, pauses, and who is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gcp_local import environment
from local.cloud import DATASET, PROJECT
from tests import listening
from tests.local.deployment import Deployment, deployed, shared_folder

pytestmark = pytest.mark.timeout(1800)
RUNBOOK = Path(__file__).parents[2] / "docs/runbook.md"
# Commands that only look, and their exit codes. Reports and checks by name: tests/unit/test_runbook.py.
LOOKING = {
    ("alerts", "list"): (0,),
    ("backups",): (0,),
    ("cost",): (0,),
    ("drift",): (0, 1),
    ("health",): (0, 1, 2),
    ("history",): (0,),
    ("logs",): (0,),
    ("pauses",): (0,),
    ("report", "scorecard"): (0,),
    ("report", "storage"): (0,),
    ("schedules",): (0,),
    ("verify",): (0, 4),
}
ALERTS = f"`{PROJECT}.{DATASET}.automation_alerts`"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployed(folder, state, shared_folder(tmp_path_factory)) as made:
        yield made


def ended(stack: Deployment, code: int, *arguments: str) -> str:
    done = stack.eros(*arguments, "--stack", "local")
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def raised(stack: Deployment, level: str) -> str:
    """The id of a test alert."""
    ended(stack, 0, "alerts", "test", "--level", level)
    ((alert_id,),) = stack.rows(f"SELECT alert_id FROM {ALERTS} ORDER BY alert_time DESC LIMIT 1")
    return str(alert_id)


def monitoring(stack: Deployment, path: str, field: str) -> list[dict[str, Any]]:
    url = environment.url(stack.ports[environment.SERVICES], f"/monitoring/v3/projects/{PROJECT}/{path}")
    return list(httpx.get(url, params={"pageSize": 500}, timeout=60, trust_env=False).json().get(field, []))


def snoozed(stack: Deployment, minutes: int = 15) -> set[str]:
    """Display names of the policies that are silent now and in so many minutes."""
    soon = datetime.now(UTC).timestamp() + minutes * 60
    names = {policy["name"]: policy["displayName"] for policy in monitoring(stack, "alertPolicies", "alertPolicies")}
    return {
        names[policy]
        for snooze in monitoring(stack, "snoozes", "snoozes")
        if datetime.fromisoformat(snooze["interval"]["endTime"]).timestamp() > soon
        for policy in snooze["criteria"]["policies"]
    }


def test_an_alert_is_raised_listed_acknowledged_once_and_closed(stack: Deployment) -> None:
    alert_id = raised(stack, "WARNING")
    assert f"channel_test:{alert_id[:8]}" in ended(stack, 0, "alerts", "list")
    ended(stack, 0, "alerts", "ack", alert_id[:8], "--by", "ann")
    ended(stack, 0, "alerts", "ack", alert_id, "--by", "bob", "--resolved")
    assert stack.rows(
        f"SELECT acknowledged, acknowledged_by, resolved_by FROM {ALERTS} WHERE alert_id = '{alert_id}'"
    ) == [(True, "ann", "bob")]
    assert alert_id[:8] not in ended(stack, 0, "alerts", "list")
    found = json.loads(stack.eros("alerts", "list", "--all", "--json", "--stack", "local").stdout)
    assert next(entry for entry in found if entry["id"] == alert_id)["acknowledged_by"] == "ann"


def test_the_board_of_a_deployed_stack_has_all_its_panels_and_what_is_open(stack: Deployment, tmp_path: Path) -> None:
    alert_id = raised(stack, "CRITICAL")
    file = tmp_path / "board.html"
    said = ended(stack, 0, "report", "html", str(file))
    assert f"Not well: {file}" in said
    shown = file.read_text(encoding="utf-8")
    assert 'class="wrong"' not in shown
    assert "could not be read" not in shown
    assert shown.count('<section id="') == 9
    reasons = shown.partition('<ul class="reasons">')[2].partition("</ul>")[0]
    assert f"channel_test ({alert_id[:8]}): " in reasons


def test_an_id_that_none_or_several_have_changes_nothing(stack: Deployment) -> None:
    raised(stack, "WARNING")
    raised(stack, "WARNING")
    said = ended(stack, 1, "alerts", "ack", "zz")
    assert "no alert of the last 90 days has the id 'zz'" in said
    assert "fix:" in said
    assert stack.rows(f"SELECT COUNTIF(acknowledged) FROM {ALERTS} WHERE resolved_at IS NULL") == [(0,)]
    ended(stack, 1, "alerts", "test", "--level", "LOUD")


def test_a_receiver_is_told_once_of_what_nobody_has_seen_and_info_is_acknowledged(stack: Deployment) -> None:
    stack.rows(f"UPDATE {ALERTS} SET acknowledged = TRUE, resolved_at = alert_time WHERE TRUE")
    critical, info = raised(stack, "CRITICAL"), raised(stack, "INFO")
    with listening.http() as web:
        told = replace(stack, environment={**stack.environment, "EROS_SLACK_WEBHOOK": f"{web.url}/hook/secret"})
        said = ended(told, 0, "alerts", "notify", "--once")
        assert "secret" not in said
        ended(told, 0, "alerts", "notify", "--once")
    ((path, body),) = web.got
    assert path == "/hook/secret"
    assert body["text"] == "<!channel> EROS (local): 1 critical, 1 info"
    rows = dict(stack.rows(f"SELECT alert_id, (acknowledged, TO_JSON_STRING(posted_to)) FROM {ALERTS}"))
    assert {key: tuple(row.values()) for key, row in rows.items() if key in (critical, info)} == {
        critical: (False, '["slack"]'),
        info: (True, '["slack"]'),
    }


def test_without_a_receiver_notify_says_how_to_set_one(stack: Deployment) -> None:
    assert "EROS_SLACK_WEBHOOK" in ended(stack, 1, "alerts", "notify", "--once")


def test_health_of_a_platform_that_never_ran_is_critical_and_every_check_has_its_limits(stack: Deployment) -> None:
    done = stack.eros("health", "--json", "--stack", "local")
    assert done.returncode == 2, done.stderr
    report = json.loads(done.stdout)
    assert report["status"] == "CRITICAL"
    states = {check["id"]: check["state"] for check in report["checks"]}
    found = [check["state"] for check in report["checks"]]
    assert states["reachable"] == states["tables"] == "OK"
    assert states["daily_automation_not_run"] in ("CRITICAL", "UNKNOWN")
    bad = sum(state in ("CRITICAL", "UNKNOWN") for state in found)
    warnings = found.count("WARNING")
    assert (report["critical"], report["warnings"]) == (bad, warnings)
    assert report["health_score"] == max(0, 100 - 5 * warnings - 20 * bad)
    assert report["checks_passed"] == len(found) - bad - warnings
    assert all(check["threshold"] for check in report["checks"])
    shown = ended(stack, 2, "health", "--verbose")
    assert all(name in shown for name in states)


def test_health_of_a_stack_that_has_lost_its_functions_is_unknown_not_well(stack: Deployment) -> None:
    client = stack.client()
    routine = client.get_routine(f"{PROJECT}.{DATASET}.health_states_at")
    client.delete_routine(routine)
    try:
        said = ended(stack, 2, "health")
        assert "UNKNOWN" in said
    finally:
        client.create_routine(routine)


def test_a_pause_stops_the_schedules_and_silences_only_what_it_would_trip(stack: Deployment) -> None:
    ended(stack, 0, "pause", "--for", "2h", "--only", "update_caption_performance", "--reason", "backfill")
    try:
        assert "backfill" in ended(stack, 0, "pauses")
        silent = snoozed(stack)
        assert any("statistics are stale" in name for name in silent), silent
        assert not any("daily automation has not run" in name for name in silent), silent
    finally:
        ended(stack, 0, "resume")
    assert "nothing is paused" in ended(stack, 0, "pauses")


def test_when_all_is_paused_the_dead_mans_switch_is_silent_too(stack: Deployment) -> None:
    ended(stack, 0, "pause", "--for", "2h")
    try:
        silent = snoozed(stack)
        assert any("the evaluator does not run" in name for name in silent), silent
        assert any("daily automation has not run" in name for name in silent), silent
        schedules = json.loads(stack.eros("schedules", "--json", "--stack", "local").stdout)
        assert all(query["disabled"] for query in schedules)
    finally:
        ended(stack, 0, "resume")
    # Until it has run: 40 minutes from one run to the next, and some to settle; the pause was for two hours.
    assert not any("the evaluator does not run" in name for name in snoozed(stack, minutes=100))


def test_a_rule_is_muted_by_name(stack: Deployment) -> None:
    ended(stack, 0, "alerts", "mute", "daily_cost", "--for", "1h")
    silent = snoozed(stack)
    assert silent
    assert "no alert rule 'daily_costs'" in ended(stack, 1, "alerts", "mute", "daily_costs")


def looking() -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    """The commands of the runbook that only look and have no placeholder, each with its exit codes."""
    text = RUNBOOK.read_text(encoding="utf-8")
    spans = [*re.findall(r"^\$ (eros [^#\n]+)", text, re.MULTILINE), *re.findall(r"`(eros [^`\n]+)`", text)]
    typed = {
        tuple(span.replace("-s prod", "-s local").split()[1:]) for span in spans if not re.search(r"\b[A-Z]{2}", span)
    }
    return [
        (words, codes)
        for words in sorted(typed)
        for start, codes in LOOKING.items()
        if words[: len(start)] == start and not {"run", "--only"} & {*words}
    ]


def test_what_the_runbook_says_to_look_at_can_be_looked_at(stack: Deployment) -> None:
    on_call = replace(stack, environment={**stack.environment, "EROS_STACK": "local"})
    commands = looking()
    assert {words[0] for words, _ in commands} == {start[0] for start in LOOKING}
    wrong = {}
    for words, codes in commands:
        done = on_call.eros(*words)
        if done.returncode not in codes or "Usage:" in done.stderr or "Traceback" in done.stderr:
            wrong[words] = (done.returncode, done.stdout[-500:] + done.stderr[-500:])
    assert wrong == {}
