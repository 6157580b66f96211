"""`gcp-local` as a shell sees it: output, exit codes, and the environment that it leads to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from toys import toy

from gcp_local import environment
from gcp_local.supervisor import state
from gcp_local.supervisor.cloud import LocalCloud

TOYS = [toy(name) for name in ("bigquery", "storage", "services", "provider")]
COMMAND = f'"{sys.executable}" -m gcp_local'


def shell(script: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in environment.NAMES}
    return subprocess.run(
        ["bash", "-c", script], input=given, env=clean | {"GCP_LOCAL_STATE": str(folder)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Toy processes under the real names, in a folder whose name needs quoting."""
    cloud = LocalCloud(tmp_path_factory.mktemp("it's a") / "state", specs=TOYS, grace=1)
    cloud.up()
    yield cloud
    cloud.down()


def test_a_shell_that_evaluates_env_reaches_the_local_cloud(running: LocalCloud) -> None:
    done = shell(f'eval "$({COMMAND} env)"; env -0', running.folder)
    seen = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
    ports = {name: record.port for name, record in running.up().processes.items()}
    services = f"http://127.0.0.1:{ports['services']}"
    assert {name: seen.get(name) for name in environment.NAMES} == {
        "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": f"http://127.0.0.1:{ports['bigquery']}/bigquery/v2/",
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT": f"{services}/storage/v1/",
        "GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT": f"{services}/bigquerydatatransfer/v1/",
        "GOOGLE_MONITORING_CUSTOM_ENDPOINT": f"{services}/monitoring/",
        "GOOGLE_LOGGING_CUSTOM_ENDPOINT": f"{services}/logging/v2/",
        "GOOGLE_PUBSUB_CUSTOM_ENDPOINT": f"{services}/pubsub/v1/",
        "GOOGLE_IAM_CUSTOM_ENDPOINT": f"{services}/iam/v1/",
        "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT": f"{services}/iam/v1/",
        "GOOGLE_KMS_CUSTOM_ENDPOINT": f"{services}/cloudkms/v1/",
        "GOOGLE_BILLING_BUDGETS_CUSTOM_ENDPOINT": f"{services}/billingbudgets/v1/",
        "GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT": f"{services}/serviceusage/v1beta1/",
        "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT": f"{services}/cloudresourcemanager/v1/",
        "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT": f"{services}/cloudresourcemanager/v3/",
        "GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT": f"{services}/run/v2/",
        "GOOGLE_CLOUD_SCHEDULER_CUSTOM_ENDPOINT": f"{services}/cloudscheduler/v1/",
        "GOOGLE_SHEETS_CUSTOM_ENDPOINT": f"{services}/sheets/",
        "STORAGE_EMULATOR_HOST": services,
        "PULUMI_DEBUG_PROVIDERS": f"gcp:{ports['provider']}",
        "PULUMI_BACKEND_URL": f"file://{running.folder}/pulumi",
        "PULUMI_CONFIG_PASSPHRASE": "gcp-local",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "token-of-the-local-cloud",
    }
    assert (running.folder / "pulumi").is_dir()


def test_unset_undoes_env_in_the_same_shell_and_needs_no_running_cloud(running: LocalCloud, tmp_path: Path) -> None:
    script = f'eval "$({COMMAND} env)"; export GCP_LOCAL_STATE={tmp_path}; eval "$({COMMAND} env --unset)"; env'
    done = shell(script, running.folder)
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if line.split("=")[0] in environment.NAMES] == []


def test_env_for_the_plugin_takes_back_what_leads_to_our_provider(running: LocalCloud) -> None:
    done = shell(f'eval "$({COMMAND} env)"; eval "$({COMMAND} env --plugin)"; env -0', running.folder)
    seen = {entry.partition("=")[0] for entry in done.stdout.split("\0")}
    assert {name for name in environment.NAMES if name not in seen} == {"PULUMI_DEBUG_PROVIDERS"}


def test_env_as_json_says_the_same(running: LocalCloud) -> None:
    values = json.loads(shell(f"{COMMAND} env --json", running.folder).stdout)
    assert environment.exports(values) == shell(f"{COMMAND} env", running.folder).stdout


def test_env_without_a_running_cloud_prints_nothing_to_evaluate(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} env", tmp_path / "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the local cloud is not running\n  fix: gcp-local up" in done.stderr


def test_status_shows_every_process_and_its_exit_code_says_how_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert shell(f"{COMMAND} status", folder).returncode == 3
    cloud = LocalCloud(folder, specs=TOYS, grace=1)
    started = cloud.up()
    try:
        shown = shell(f"{COMMAND} status", folder)
        assert shown.returncode == 0
        assert [line.split()[:2] for line in shown.stdout.splitlines()[1:]] == [[t.name, "running"] for t in TOYS]
        os.kill(started.processes["services"].pid, signal.SIGKILL)
        os.waitpid(started.processes["services"].pid, 0)
        shown = shell(f"{COMMAND} status --json", folder)
        assert shown.returncode == 1
        assert {row["name"]: row["state"] for row in json.loads(shown.stdout)}["services"] == "dead"
        assert "services" in shell(f"{COMMAND} env", folder).stderr
    finally:
        cloud.down()
    assert shell(f"{COMMAND} status", folder).returncode == 3


def test_down_wipe_asks_for_the_word_before_it_deletes(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state", specs=TOYS[:1], grace=1)
    cloud.up()
    refused = shell(f"{COMMAND} down --wipe", cloud.folder, given="yes\n")
    assert (refused.returncode, "nothing was deleted" in refused.stderr) == (1, True)
    assert state.exists(cloud.folder)
    assert shell(f"{COMMAND} down --wipe", cloud.folder, given="wipe\n").returncode == 0
    assert not cloud.folder.exists()


def test_down_without_a_cloud_is_no_error(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} down", tmp_path / "none")
    assert (done.returncode, "was not running" in done.stderr) == (0, True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("base", ["-5", "0", "80", "65535", "many"])
def test_a_port_that_cannot_begin_the_row_is_refused_at_once(tmp_path: Path, base: str) -> None:
    done = shell(f"{COMMAND} up --port-base={base}", tmp_path)
    assert done.returncode == 2
    assert "--port-base" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_alert_is_drilled_by_two_commands(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state", say=lambda _: None, grace=1)
    cloud.up()
    try:
        services = environment.url(cloud.running().processes[environment.SERVICES].port)
        watch(services)
        quiet = shell(f"{COMMAND} advance 20m && {COMMAND} outbox --json", cloud.folder)
        assert json.loads(quiet.stdout) == []
        entry = {"textPayload": "broken", "logName": "projects/gcp-local/logs/a", "resource": {"type": "global"}}
        post(f"{services}/logging/v2/entries:write", {"entries": [entry]})
        loud = shell(f"{COMMAND} advance 90s; {COMMAND} outbox", cloud.folder)
        assert "the services' clock says 20" in loud.stderr
        header, line = loud.stdout.splitlines()
        assert header.split() == ["time", "state", "severity", "policy", "channel", "delivery"]
        assert line.split()[1:] == ["open", "CRITICAL", "Broken", "email", "Ops", "kept"]
        wrong = shell(f"{COMMAND} advance soon", cloud.folder)
        assert wrong.returncode == 1
        assert "fix: give one such as 90s, 30m, 2h or 1d" in wrong.stderr
    finally:
        cloud.down()


def watch(services: str) -> None:
    """A policy that mails what a log entry says to be broken."""
    api = f"{services}/monitoring/v3/projects/gcp-local"
    channel = {"type": "email", "displayName": "Ops", "labels": {"email_address": "ops@example.com"}}
    condition = {"displayName": "c", "conditionMatchedLog": {"filter": 'textPayload:"broken"'}}
    policy = {
        "displayName": "Broken",
        "combiner": "OR",
        "severity": "CRITICAL",
        "conditions": [condition],
        "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
        "notificationChannels": [post(f"{api}/notificationChannels", channel)["name"]],
    }
    post(f"{api}/alertPolicies", policy)


def post(url: str, body: dict[str, Any]) -> Any:
    answer = httpx.post(url, json=body, timeout=30, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()
