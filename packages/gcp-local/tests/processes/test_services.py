"""The services as a process of their own, before the real emulators, through Google's own client libraries."""

from __future__ import annotations

import io
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import receivers
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery_datatransfer_v1 as transfer
from google.cloud.storage import Client as Storage
from google.protobuf.field_mask_pb2 import FieldMask

from gcp_local.emulators.storage import binary
from gcp_local.serving import Server
from gcp_local.supervisor import ports
from gcp_local.supervisor.specs import OK, answers_http

PROJECT = "/v1/projects/gcp-local"
ACCOUNT = "acme-runner@gcp-local.iam.gserviceaccount.com"
TRANSFER_API = "bigquerydatatransfer.googleapis.com"
OWNERS = {"role": "OWNER", "specialGroup": "projectOwners"}
RUN_SECONDS = 60


class Machine:
    """The processes of one local cloud in one folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.reserved = ports.Reservation()
        self.bigquery, self.grpc, self.gcs, self.port = self.reserved.free(4)
        self.url = f"http://127.0.0.1:{self.port}"
        self.servers: list[Server] = []

    def start_emulators(self) -> None:
        module = [sys.executable, "-m", "gcp_local.emulators.bigquery", "--project", "gcp-local"]
        module += ["--port", str(self.bigquery), "--grpc-port", str(self.grpc)]
        listed = answers_http("/bigquery/v2/projects/gcp-local/datasets", OK)
        bigquery = self._start([*module, "--data-dir", str(self.state / "bigquery")], listed, self.bigquery)
        root = ["-backend", "filesystem", "-filesystem-root", str(self.state / "storage")]
        at = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(self.gcs)]
        command = [str(binary()), *root, *at, "-external-url", f"http://127.0.0.1:{self.gcs}"]
        self._start(command, answers_http("/storage/v1/b?project=gcp-local", OK), self.gcs).wait()
        bigquery.wait()

    def start_services(self, *options: str) -> None:
        module = [sys.executable, "-m", "gcp_local.services", "--port", str(self.port), "--state", str(self.state)]
        behind = [f"--bigquery-url=http://127.0.0.1:{self.bigquery}", f"--storage-url=http://127.0.0.1:{self.gcs}"]
        self._start([*module, *behind, *options], answers_http("/healthz", OK), self.port).wait()

    def kill_services(self) -> None:
        """They were started last."""
        self.servers.pop().stop(signal.SIGKILL)

    def stop(self) -> None:
        for server in self.servers:
            server.stop(signal.SIGKILL)
        self.reserved.release()

    def call(self, verb: str, path: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
        response = httpx.request(verb, self.url + path, json=body, params=parameters or None, timeout=30)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def query(self, sql: str) -> list[list[Any]]:
        url = f"http://127.0.0.1:{self.bigquery}/bigquery/v2/projects/gcp-local/queries"
        answer = httpx.post(url, json={"query": sql, "useLegacySql": False}, timeout=30).json()
        return [[cell["v"] for cell in row["f"]] for row in answer.get("rows", [])]

    def _start(self, command: list[str], ready: Callable[[int], bool], port: int) -> Server:
        self.servers.append(Server(command, partial(ready, port), self.state / "logs" / f"{port}.log"))
        return self.servers[-1]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("cloud"))
    try:
        machine.start_emulators()
        machine.start_services("--no-scheduler")
        prepare(machine)
        yield machine
    finally:
        machine.stop()


def prepare(machine: Machine) -> None:
    """Everything that a scheduled query needs on Google Cloud."""
    apis = {"serviceIds": ["iam.googleapis.com", TRANSFER_API, "cloudresourcemanager.googleapis.com"]}
    machine.call("POST", f"/serviceusage{PROJECT}/services:batchEnable", apis)
    machine.call("POST", f"/iam{PROJECT}/serviceAccounts", {"accountId": "acme-runner"})
    path = f"/serviceusage/v1beta1/projects/gcp-local/services/{TRANSFER_API}:generateServiceIdentity"
    agent = machine.call("POST", path)["response"]["email"]
    grant = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{agent}"]}
    machine.call("POST", f"/iam{PROJECT}/serviceAccounts/{ACCOUNT}:setIamPolicy", {"policy": {"bindings": [grant]}})
    policy = machine.call("POST", f"/cloudresourcemanager{PROJECT}:getIamPolicy", {})
    policy["bindings"].append({"role": "roles/bigquery.jobUser", "members": [f"serviceAccount:{ACCOUNT}"]})
    agent_role = "roles/bigquerydatatransfer.serviceAgent"
    policy["bindings"].append({"role": agent_role, "members": [f"serviceAccount:{agent}"]})
    machine.call("POST", f"/cloudresourcemanager{PROJECT}:setIamPolicy", {"policy": policy})
    dataset = {
        "datasetReference": {"projectId": "gcp-local", "datasetId": "ds"},
        "location": "US",
        "access": [OWNERS, {"role": "WRITER", "userByEmail": ACCOUNT}],
    }
    url = f"http://127.0.0.1:{machine.bigquery}/bigquery/v2/projects/gcp-local/datasets"
    assert httpx.post(url, json=dataset, timeout=30).status_code == 200


@pytest.fixture(scope="module")
def transfers(machine: Machine) -> transfer.DataTransferServiceClient:
    options = ClientOptions(api_endpoint=f"{machine.url}/bigquerydatatransfer")
    return transfer.DataTransferServiceClient(
        transport="rest", credentials=AnonymousCredentials(), client_options=options
    )


@pytest.fixture
def buckets(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", machine.url)
    return Storage(project="gcp-local", credentials=AnonymousCredentials())


def create(
    transfers: transfer.DataTransferServiceClient, query: str, schedule: str = "every day 13:07", **fields: Any
) -> transfer.TransferConfig:
    config = transfer.TransferConfig(
        display_name="job", data_source_id="scheduled_query", schedule=schedule, params={"query": query}, **fields
    )
    request = transfer.CreateTransferConfigRequest(
        parent="projects/gcp-local/locations/US", transfer_config=config, service_account_name=ACCOUNT
    )
    return transfers.create_transfer_config(request=request, timeout=30, retry=None)


def next_run(transfers: transfer.DataTransferServiceClient, name: str) -> datetime:
    found: Any = transfers.get_transfer_config(name=name, timeout=30).next_run_time  # a datetime, says its wrapper
    assert isinstance(found, datetime)
    return found


def start(transfers: transfer.DataTransferServiceClient, name: str, at: datetime | None = None) -> transfer.TransferRun:
    request = transfer.StartManualTransferRunsRequest(parent=name, requested_run_time=at or datetime.now(UTC))
    return transfers.start_manual_transfer_runs(request=request, timeout=30, retry=None).runs[0]


def ended(transfers: transfer.DataTransferServiceClient, name: str) -> transfer.TransferRun:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        run = transfers.get_transfer_run(name=name, timeout=30, retry=None)
        if run.state not in (transfer.TransferState.PENDING, transfer.TransferState.RUNNING):
            return run
        time.sleep(0.1)
    raise TimeoutError(f"{name} did not end in {RUN_SECONDS} s")


def test_a_manual_run_executes_the_script_with_its_run_time(
    machine: Machine, transfers: transfer.DataTransferServiceClient
) -> None:
    script = (
        "DECLARE v INT64 DEFAULT 7; CREATE OR REPLACE TABLE ds.ran AS SELECT v AS n, @run_date AS d, @run_time AS t"
    )
    config = create(transfers, script)
    run = ended(transfers, start(transfers, config.name, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).name)
    assert run.state == transfer.TransferState.SUCCEEDED, run.error_status
    assert machine.query("SELECT n, CAST(d AS STRING), FORMAT_TIMESTAMP('%H:%M:%S', t) FROM ds.ran") == [
        ["7", "2026-01-02", "03:04:05"]
    ]
    logs = [message.message_text for message in transfers.list_transfer_logs(parent=run.name, timeout=30)]
    assert any("completed successfully" in text for text in logs)


def test_figures_in_a_statements_text_reach_a_log_metric(
    machine: Machine, transfers: transfer.DataTransferServiceClient
) -> None:
    """A scheduled query has no log of its own; BigQuery writes down the text of each of its statements."""
    text = "protoPayload.metadata.jobChange.job.jobConfig.queryConfig.query"
    metric = {
        "name": "score",
        "filter": f'log_id("cloudaudit.googleapis.com/data_access") AND {text} =~ "FIGURES[|]"',
        "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
        "valueExtractor": f'REGEXP_EXTRACT({text}, "[|]score=([0-9.]+)")',
    }
    httpx.post(f"{machine.url}/logging/v2/projects/gcp-local/metrics", json=metric, timeout=30).raise_for_status()
    script = (
        "DECLARE v STRING DEFAULT '|score=87.5'; EXECUTE IMMEDIATE CONCAT(\"SELECT 'FIGURES\", v, \"' AS figures\")"
    )
    run = ended(transfers, start(transfers, create(transfers, f"{script}; SELECT 1 AS one").name).name)
    assert run.state == transfer.TransferState.SUCCEEDED, run.error_status

    def series(kind: str, aligner: str) -> list[dict[str, Any]]:
        asked = {"perSeriesAligner": aligner, "alignmentPeriod": "3600s"}
        parameters = {
            "filter": f'metric.type="{kind}" AND resource.type="bigquery_project"',
            "interval.endTime": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
            **{f"aggregation.{name}": value for name, value in asked.items()},
        }
        url = f"{machine.url}/monitoring/v3/projects/gcp-local/timeSeries"
        found = httpx.get(url, params=parameters, timeout=30)
        found.raise_for_status()
        return [one["points"][0]["value"] for one in found.json().get("timeSeries", [])]

    assert series("logging.googleapis.com/user/score", "ALIGN_PERCENTILE_50") == [{"doubleValue": 87.5}]
    (seconds,) = series("bigquery.googleapis.com/query/execution_times", "ALIGN_DELTA")
    assert int(seconds["distributionValue"]["count"]) >= 2


def test_a_failing_query_is_a_failed_run_with_bigquerys_message(transfers: transfer.DataTransferServiceClient) -> None:
    run = ended(transfers, start(transfers, create(transfers, "RAISE USING MESSAGE = 'ACME_ALERT|x'").name).name)
    assert run.state == transfer.TransferState.FAILED
    assert "ACME_ALERT|x" in run.error_status.message


def test_a_run_that_raises_reaches_a_mailbox(machine: Machine, transfers: transfer.DataTransferServiceClient) -> None:
    api = "/monitoring/v3/projects/gcp-local"
    labels = {"email_address": "ops@example.com"}
    channel = machine.call("POST", f"{api}/notificationChannels", {"type": "email", "labels": labels})["name"]
    config = create(transfers, "BEGIN RAISE USING MESSAGE = 'ALERT|stale=CRITICAL:13|pool=WARNING:3'; END")
    log = (
        'resource.type="bigquery_dts_config" log_id("bigquerydatatransfer.googleapis.com/transfer_config") '
        f'resource.labels.config_id="{config.name.rpartition("/")[2]}" severity>=ERROR '
        'jsonPayload.message=~"stale=CRITICAL"'
    )
    policy = {
        "displayName": "Stale",
        "combiner": "OR",
        "severity": "CRITICAL",
        "conditions": [{"displayName": "c", "conditionMatchedLog": {"filter": log}}],
        "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
        "notificationChannels": [channel],
    }
    machine.call("POST", f"{api}/alertPolicies", policy)
    with receivers.mail() as mail:
        machine.call("PUT", "/local/receivers", {"smtp": mail.address})
        assert ended(transfers, start(transfers, config.name).name).state == transfer.TransferState.FAILED
        machine.call("POST", "/local/evaluate")
        machine.call("PUT", "/local/receivers", {})
    assert [str(one["Subject"]) for one in mail.mails] == ["[ALERT - Critical] Stale"]
    assert machine.call("GET", "/local/outbox")["records"][-1]["delivery"] == "delivered"


def test_a_run_whose_account_lost_a_table_fails_and_changes_nothing(
    machine: Machine, transfers: transfer.DataTransferServiceClient
) -> None:
    name = create(transfers, "INSERT INTO ds.counted (n) VALUES (1)").name
    machine.query("CREATE OR REPLACE TABLE ds.counted (n INT64)")
    dataset = f"http://127.0.0.1:{machine.bigquery}/bigquery/v2/projects/gcp-local/datasets/ds"
    before = httpx.get(dataset, timeout=30).json()["access"]
    try:
        reader = {"role": "READER", "userByEmail": ACCOUNT}
        assert httpx.patch(dataset, json={"access": [OWNERS, reader]}, timeout=30).status_code == 200
        denied = ended(transfers, start(transfers, name).name)
        assert denied.state == transfer.TransferState.FAILED
        assert "Permission bigquery.tables.updateData denied on table gcp-local:ds.counted" in (
            denied.error_status.message
        )
        assert machine.query("SELECT COUNT(*) FROM ds.counted") == [["0"]]
        policy = {"bindings": [{"role": "roles/bigquery.dataEditor", "members": [f"serviceAccount:{ACCOUNT}"]}]}
        set_policy = f"{dataset}/tables/counted:setIamPolicy"
        assert httpx.post(set_policy, json={"policy": policy}, timeout=30).status_code == 200
        granted = ended(transfers, start(transfers, name).name)
        assert granted.state == transfer.TransferState.SUCCEEDED, granted.error_status
        assert machine.query("SELECT COUNT(*) FROM ds.counted") == [["1"]]
    finally:
        assert httpx.patch(dataset, json={"access": before}, timeout=30).status_code == 200


def test_a_query_writes_its_destination_table(machine: Machine, transfers: transfer.DataTransferServiceClient) -> None:
    config = transfer.TransferConfig(
        display_name="rows",
        data_source_id="scheduled_query",
        schedule="every day 13:07",
        destination_dataset_id="ds",
        params={
            "query": "SELECT 1 AS n",
            "destination_table_name_template": "rows_{run_date}",
            "write_disposition": "WRITE_APPEND",
        },
    )
    request = transfer.CreateTransferConfigRequest(
        parent="projects/gcp-local/locations/US", transfer_config=config, service_account_name=ACCOUNT
    )
    name = transfers.create_transfer_config(request=request, timeout=30, retry=None).name
    for _ in range(2):
        run = ended(transfers, start(transfers, name, datetime(2026, 1, 2, tzinfo=UTC)).name)
        assert run.state == transfer.TransferState.SUCCEEDED, run.error_status
    assert machine.query("SELECT COUNT(*) FROM ds.rows_20260102") == [["2"]]


def test_googles_client_sees_googles_refusals(transfers: transfer.DataTransferServiceClient) -> None:
    with pytest.raises(BadRequest, match="Invalid schedule"):
        create(transfers, "SELECT 1", schedule="every 3 minutes")
    with pytest.raises(NotFound):
        transfers.get_transfer_config(name="projects/gcp-local/locations/us/transferConfigs/none", timeout=30)


def test_googles_client_changes_and_deletes_a_config(transfers: transfer.DataTransferServiceClient) -> None:
    config = create(transfers, "SELECT 1")
    changed = transfer.TransferConfig(name=config.name, disabled=True)
    updated = transfers.update_transfer_config(
        transfer_config=changed, update_mask=FieldMask(paths=["disabled"]), timeout=30
    )
    assert updated.disabled
    assert updated.schedule == "every day 13:07"
    assert not updated.next_run_time
    names = [one.name for one in transfers.list_transfer_configs(parent="projects/gcp-local/locations/us", timeout=30)]
    assert config.name in names
    transfers.delete_transfer_config(name=config.name, timeout=30)
    with pytest.raises(NotFound):
        transfers.get_transfer_config(name=config.name, timeout=30)


def test_a_killed_process_leaves_an_interrupted_run_and_a_due_config(
    machine: Machine, transfers: transfer.DataTransferServiceClient
) -> None:
    loop = "DECLARE i INT64 DEFAULT 0; WHILE i < 300 DO SET i = i + 1; END WHILE; SELECT i"
    config = create(transfers, loop)
    run = start(transfers, config.name)
    deadline = time.monotonic() + RUN_SECONDS
    while transfers.get_transfer_run(name=run.name, timeout=30).state != transfer.TransferState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    machine.kill_services()
    machine.start_services("--no-scheduler")
    after = transfers.get_transfer_run(name=run.name, timeout=30)
    assert after.state == transfer.TransferState.FAILED
    assert after.error_status.message.startswith("interrupted")
    due = next_run(transfers, config.name)
    assert due <= datetime.now(UTC)
    again = ended(transfers, start(transfers, config.name, due).name)
    assert again.state == transfer.TransferState.SUCCEEDED, again.error_status
    assert next_run(transfers, config.name) > datetime.now(UTC)


def test_the_scheduler_runs_what_is_due_and_only_when_it_is_on(
    machine: Machine, transfers: transfer.DataTransferServiceClient
) -> None:
    config = create(transfers, "SELECT 1", schedule="every 6 hours")
    time.sleep(1.5)
    assert list(transfers.list_transfer_runs(parent=config.name, timeout=30)) == []
    machine.kill_services()
    machine.start_services()
    deadline = time.monotonic() + RUN_SECONDS
    while not (runs := list(transfers.list_transfer_runs(parent=config.name, timeout=30))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(runs) == 1
    assert ended(transfers, runs[0].name).state == transfer.TransferState.SUCCEEDED
    assert runs[0].schedule == "every 6 hours"
    machine.kill_services()
    machine.start_services("--no-scheduler")


def test_a_bucket_keeps_every_field_also_after_a_kill(machine: Machine, buckets: Storage) -> None:
    body = {
        "name": "acme-kept",
        "location": "us",
        "labels": {"team": "acme"},
        "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]},
        "softDeletePolicy": {"retentionDurationSeconds": 0},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
        "versioning": {"enabled": False},
    }
    made = machine.call("POST", "/storage/v1/b", body, project="gcp-local")
    assert (made["location"], made["locationType"], made["storageClass"]) == ("US", "multi-region", "STANDARD")
    assert made["lifecycle"] == body["lifecycle"]
    assert made["softDeletePolicy"]["retentionDurationSeconds"] == "0"
    assert made["versioning"] == {"enabled": False}
    machine.kill_services()
    machine.start_services("--no-scheduler")
    assert machine.call("GET", "/storage/v1/b/acme-kept") == made
    with pytest.raises(Conflict, match="you already own it"):
        buckets.create_bucket("acme-kept", timeout=30, retry=None)


def test_a_bucket_is_patched_field_by_field(machine: Machine, buckets: Storage) -> None:
    bucket = buckets.create_bucket("acme-patched", timeout=30, retry=None)
    assert bucket.soft_delete_policy.retention_duration_seconds == 604800
    bucket.labels = {"a": "1", "b": "2"}
    bucket.add_lifecycle_delete_rule(age=30)
    bucket.patch(timeout=30)
    machine.call("PATCH", "/storage/v1/b/acme-patched", {"labels": {"a": None, "c": "3"}})
    found = buckets.get_bucket("acme-patched", timeout=30)
    assert found.labels == {"b": "2", "c": "3"}
    assert [rule["action"]["type"] for rule in found.lifecycle_rules] == ["Delete"]
    assert found.metageneration == 3
    response = httpx.patch(f"{machine.url}/storage/v1/b/acme-patched", json={"location": "EU"}, timeout=30)
    assert response.status_code == 400


def test_objects_pass_through_whole(machine: Machine, buckets: Storage) -> None:
    bucket = buckets.create_bucket("acme-objects", timeout=30, retry=None)
    small = bucket.blob("folder/a b#ö.txt")
    small.upload_from_string("héllo", timeout=30)
    large = bucket.blob("large.bin", chunk_size=256 * 1024)
    content = bytes(range(256)) * 4000
    large.upload_from_file(io.BytesIO(content), timeout=30)
    assert sorted(blob.name for blob in bucket.list_blobs(timeout=30)) == ["folder/a b#ö.txt", "large.bin"]
    assert bucket.blob("folder/a b#ö.txt").download_as_bytes(timeout=30) == "héllo".encode()
    assert large.download_as_bytes(timeout=30) == content
    assert large.download_as_bytes(timeout=30, start=256, end=511) == bytes(range(256))
    assert bucket.get_blob("large.bin", timeout=30).media_link.startswith(machine.url)


def test_a_bucket_with_objects_is_not_deleted(buckets: Storage) -> None:
    bucket = buckets.create_bucket("acme-full", timeout=30, retry=None)
    blob = bucket.blob("x")
    blob.upload_from_string("x", timeout=30)
    with pytest.raises(Conflict, match="The bucket you tried to delete is not empty"):
        bucket.delete(timeout=30)
    blob.delete(timeout=30)
    bucket.delete(timeout=30)
    with pytest.raises(NotFound, match="The specified bucket does not exist"):
        buckets.get_bucket("acme-full", timeout=30)
    with pytest.raises(NotFound):
        bucket.blob("x").upload_from_string("x", timeout=30)


def test_a_buckets_policy_is_changed_under_its_etag(machine: Machine, buckets: Storage) -> None:
    bucket = buckets.create_bucket("acme-granted", timeout=30, retry=None)
    policy = bucket.get_iam_policy(requested_policy_version=3, timeout=30)
    assert "roles/storage.legacyBucketOwner" in {binding["role"] for binding in policy.bindings}
    policy.bindings.append({"role": "roles/storage.objectAdmin", "members": {f"serviceAccount:{ACCOUNT}"}})
    bucket.set_iam_policy(policy, timeout=30)
    written = machine.call("GET", "/storage/v1/b/acme-granted/iam", optionsRequestedPolicyVersion=3)
    assert {"role": "roles/storage.objectAdmin", "members": [f"serviceAccount:{ACCOUNT}"]} in written["bindings"]
    stale = {"etag": policy.etag, "bindings": []}
    response = httpx.put(f"{machine.url}/storage/v1/b/acme-granted/iam", json=stale, timeout=30)
    assert response.status_code == 412
    asked = ["storage.objects.get", "storage.buckets.delete"]
    assert bucket.test_iam_permissions(asked, timeout=30) == asked
