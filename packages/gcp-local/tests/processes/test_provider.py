"""The provider's resources in a running local cloud, over gRPC: make, preview, change, refresh, import, delete."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from ground_cases import GROUND, KEY, POOL, RING
from provider_engine import Case, Engine, Made
from run_cases import RUN_JOB, RUNS, SCHEDULED, container, run_job
from shown_cases import SHOWN, WATCHED

from gcp_local import environment
from gcp_local.provider.values import UNKNOWN, Secret, plain
from gcp_local.supervisor.cloud import LocalCloud

PROJECT = environment.project()
DATASET = "gcp:bigquery/dataset:Dataset"
TABLE = "gcp:bigquery/table:Table"
ROUTINE = "gcp:bigquery/routine:Routine"
JOB = "gcp:bigquery/job:Job"
EVENTS = "projects/gcp-local/datasets/base/tables/events"
TABLE_MEMBER = "gcp:bigquery/iamMember:IamMember"
CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
DATASET_MEMBER = "gcp:bigquery/datasetIamMember:DatasetIamMember"
TRANSFER = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
ACCOUNT = "gcp:serviceaccount/account:Account"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
SERVICE = "gcp:projects/service:Service"
IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
TOPIC_MEMBER = "gcp:pubsub/topicIAMMember:TopicIAMMember"

APIS = ("bigquery", "iam", "cloudresourcemanager", "storage", "monitoring", "bigquerydatatransfer", "serviceusage",
        "pubsub", "cloudkms", "billingbudgets", "run", "cloudscheduler")  # fmt: skip
RUNNER = f"acme-runner@{PROJECT}.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{RUNNER}"
SITE = "https://bigquery.googleapis.com/bigquery/v2/"

ID = {"name": "id", "type": "STRING", "mode": "REQUIRED", "description": "the id"}
AT = {"name": "at", "type": "TIMESTAMP", "mode": "NULLABLE", "description": "when"}
N = {"name": "n", "type": "INTEGER", "mode": "NULLABLE", "description": "count", "defaultValueExpression": "0"}
R = {"name": "r", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "x", "type": "FLOAT", "mode": "NULLABLE"}]}
CONDITION = {
    "displayName": "c",
    "conditionThreshold": {
        "filter": 'resource.type = "bigquery_dts_config" AND metric.type = '
        '"bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"',
        "comparison": "COMPARISON_GT",
        "duration": "0s",
        "thresholdValue": 0,
        "aggregations": [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_SUM"}],
        "trigger": {"count": 1},
    },
}


MATCHED_LOG = {
    "displayName": "c",
    "conditionMatchedLog": {
        "filter": 'resource.type="bigquery_dts_config" AND jsonPayload.message=~"stale=CRITICAL"',
        "labelExtractors": {"rule": 'REGEXP_EXTRACT(jsonPayload.message, "(\\\\w+)=CRITICAL")'},
    },
}
ABSENT = {
    "displayName": "c",
    "conditionAbsent": {
        "filter": CONDITION["conditionThreshold"]["filter"],  # type: ignore[index]
        "duration": "1800s",
        "aggregations": [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_DELTA"}],
        "trigger": {"count": 1},
    },
}


def schema(*columns: dict[str, Any]) -> str:
    return json.dumps(columns)


CASES = [
    Case(
        DATASET,
        {"datasetId": "made", "description": "x", "labels": {"env": "dev"}, "maxTimeTravelHours": "48"},
        id=f"projects/{PROJECT}/datasets/made",
        known={"location": "US", "labels": {"env": "dev"}, "project": PROJECT, "deletionPolicy": "DELETE",
               "selfLink": f"{SITE}projects/{PROJECT}/datasets/made", "maxTimeTravelHours": "48"},
        change={"description": "y", "labels": {"team": "x"}},
        changed={"description": "UPDATE", "labels.env": "DELETE", "labels.team": "ADD", "pulumiLabels.env": "DELETE",
                 "pulumiLabels.team": "ADD", "effectiveLabels.env": "DELETE", "effectiveLabels.team": "ADD"},
        unknown=("id", "selfLink", "etag", "creationTime"),
    ),
    Case(
        TABLE,
        {"datasetId": "base", "tableId": "made", "schema": schema(ID, AT, N, R), "description": "events",
         "deletionProtection": False, "clusterings": ["id"], "labels": {"ownership": "stack"},
         "timePartitioning": {"type": "DAY", "field": "at", "expirationMs": 864000000},
         "tableConstraints": {"primaryKey": {"columns": ["id"]}}},
        id=f"projects/{PROJECT}/datasets/base/tables/made",
        known={"type": "TABLE", "location": "US", "clusterings": ["id"], "view": None,
               "timePartitioning": {"type": "DAY", "field": "at", "expirationMs": 864000000,
                                    "requirePartitionFilter": False},
               "tableConstraints": {"primaryKey": {"columns": ["id"]}, "foreignKeys": []}},
        change={"schema": schema({**ID, "mode": "NULLABLE"}, AT, R, {"name": "new", "type": "NUMERIC"}, N),
                "description": "more"},
        changed={"schema": "UPDATE", "description": "UPDATE"},
        unknown=("id", "selfLink", "etag", "type"),
    ),
    Case(
        TABLE,
        {"datasetId": "base", "tableId": "made_view", "deletionProtection": False, "description": "v",
         "view": {"query": f"SELECT id FROM `{PROJECT}.base.events`", "useLegacySql": False}},
        id=f"projects/{PROJECT}/datasets/base/tables/made_view",
        kind="view",
        known={"type": "VIEW"},
        change={"view": {"query": f"SELECT id, at FROM `{PROJECT}.base.events`", "useLegacySql": False}},
        changed={"view.query": "UPDATE"},
        unknown=("id", "schema", "selfLink"),
    ),
    Case(
        ROUTINE,
        {"datasetId": "base", "routineId": "made", "routineType": "PROCEDURE", "language": "SQL", "description": "p",
         "arguments": [{"name": "p_d", "argumentKind": "FIXED_TYPE", "mode": "IN", "dataType": '{"typeKind":"DATE"}'}],
         "definitionBody": "BEGIN SELECT p_d; END"},
        id=f"projects/{PROJECT}/datasets/base/routines/made",
        known={"definitionBody": "BEGIN SELECT p_d; END", "returnType": "",
               "arguments": [{"name": "p_d", "argumentKind": "FIXED_TYPE", "mode": "IN", "tableType": None,
                              "dataType": '{"typeKind":"DATE"}'}]},
        change={"definitionBody": "BEGIN SELECT p_d, 1; END"},
        changed={"definitionBody": "UPDATE"},
        unknown=("id", "creationTime"),
    ),
    Case(
        JOB,
        {"jobId": "made_1", "query": {"query": f"INSERT INTO `{PROJECT}.base.events` (id) VALUES ('a')",
                                      "useLegacySql": False, "createDisposition": "", "writeDisposition": ""}},
        id=f"projects/{PROJECT}/jobs/made_1",
        known={"jobType": "QUERY", "location": "US"},
        unknown=("id", "userEmail", "statuses"),
        stays=True,
    ),
    Case(
        DATASET_MEMBER,
        {"datasetId": "base", "role": "roles/bigquery.dataEditor", "member": MEMBER},
        id=f"projects/{PROJECT}/datasets/base/roles/bigquery.dataEditor/{MEMBER}",
        known={"datasetId": "base", "project": PROJECT, "member": MEMBER, "condition": None},
    ),
    Case(
        TRANSFER,
        {"displayName": "sweep", "dataSourceId": "scheduled_query", "schedule": "every 6 hours",
         "params": {"query": "SELECT 1"}, "serviceAccountName": RUNNER, "disabled": True,
         "scheduleOptions": {"startTime": "2026-01-01T00:05:00Z"}},
        id="projects/",
        known={"location": "US", "serviceAccountName": RUNNER, "disabled": True, "params": {"query": "SELECT 1"},
               "scheduleOptions": {"startTime": "2026-01-01T00:05:00Z", "endTime": "", "disableAutoScheduling": False}},
        change={"schedule": "every 12 hours", "params": {"query": "SELECT 2"}, "disabled": False,
                "notificationPubsubTopic": f"projects/{PROJECT}/topics/base"},
        changed={"schedule": "UPDATE", "params.query": "UPDATE", "disabled": "UPDATE",
                 "notificationPubsubTopic": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        BUCKET,
        {"name": "gcp-local-made", "location": "us", "uniformBucketLevelAccess": True, "labels": {"a": "b"},
         "publicAccessPrevention": "enforced", "softDeletePolicy": {"retentionDurationSeconds": 0},
         "versioning": {"enabled": False}, "forceDestroy": True,
         "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 30, "matchesPrefixes": ["raw/"]}}]},
        id="gcp-local-made",
        known={"location": "US", "url": "gs://gcp-local-made", "storageClass": "STANDARD", "forceDestroy": True,
               "projectNumber": 123456789012, "publicAccessPrevention": "enforced"},
        change={"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 40}}], "labels": {"c": "d"}},
        unknown=("id", "url", "selfLink"),
    ),
    Case(
        BUCKET_MEMBER,
        {"bucket": "gcp-local-base", "role": "roles/storage.objectAdmin", "member": MEMBER},
        id=f"b/gcp-local-base/roles/storage.objectAdmin/{MEMBER}",
        known={"bucket": "b/gcp-local-base"},
    ),
    Case(
        ACCOUNT,
        {"accountId": "acme-made", "displayName": "one", "description": "d"},
        id=f"projects/{PROJECT}/serviceAccounts/acme-made@{PROJECT}.iam.gserviceaccount.com",
        known={"email": f"acme-made@{PROJECT}.iam.gserviceaccount.com", "disabled": False,
               "member": f"serviceAccount:acme-made@{PROJECT}.iam.gserviceaccount.com"},
        change={"displayName": "two", "disabled": True},
        changed={"displayName": "UPDATE", "disabled": "UPDATE"},
        unknown=("id", "name", "uniqueId"),
    ),
    Case(
        ACCOUNT_MEMBER,
        {"serviceAccountId": f"projects/{PROJECT}/serviceAccounts/{RUNNER}", "member": "user:Me@Example.com",
         "role": "roles/iam.serviceAccountTokenCreator"},
        id=f"projects/{PROJECT}/serviceAccounts/{RUNNER}/roles/iam.serviceAccountTokenCreator/user:me@example.com",
        known={"member": "user:me@example.com"},
    ),
    Case(
        SERVICE,
        {"service": "sheets.googleapis.com", "disableOnDestroy": True},
        id=f"{PROJECT}/sheets.googleapis.com",
        known={"project": PROJECT, "disableOnDestroy": True, "disableDependentServices": None},
    ),
    Case(
        IDENTITY,
        {"service": "bigquerydatatransfer.googleapis.com"},
        id=f"projects/{PROJECT}/services/bigquerydatatransfer.googleapis.com",
        known={"email": "service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"},
        unknown=("id", "email", "member"),
        stays=True,
    ),
    Case(
        PROJECT_MEMBER,
        {"project": PROJECT, "role": "roles/bigquery.jobUser", "member": MEMBER},
        id=f"{PROJECT}/roles/bigquery.jobUser/{MEMBER}",
        known={"condition": None},
    ),
    Case(
        CHANNEL,
        {"type": "email", "displayName": "oncall", "labels": {"email_address": "a@example.com"}},
        id=f"projects/{PROJECT}/notificationChannels/",
        known={"enabled": True, "forceDelete": False, "sensitiveLabels": None},
        change={"labels": {"email_address": "b@example.com"}, "enabled": False},
        changed={"labels.email_address": "UPDATE", "enabled": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        TABLE_MEMBER,
        {"datasetId": "base", "tableId": "events", "role": "roles/bigquery.dataViewer",
         "member": f"serviceAccount:{RUNNER}"},
        id=f"{EVENTS}/roles/bigquery.dataViewer/serviceAccount:{RUNNER}",
        known={"project": PROJECT, "datasetId": "base", "tableId": EVENTS},
        unknown=("id", "etag"),
    ),
    Case(
        POLICY,
        {"displayName": "failed", "combiner": "OR", "severity": "ERROR", "conditions": [CONDITION],
         "alertStrategy": {"autoClose": "1800s", "notificationPrompts": ["OPENED", "CLOSED"]},
         "documentation": {"content": "look", "mimeType": "text/markdown"}},
        id=f"projects/{PROJECT}/alertPolicies/",
        known={"enabled": True, "severity": "ERROR", "userLabels": {}},
        change={"displayName": "failed again", "severity": "CRITICAL"},
        changed={"displayName": "UPDATE", "severity": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        POLICY,
        {"displayName": "matched", "combiner": "OR", "severity": "CRITICAL", "conditions": [MATCHED_LOG],
         "alertStrategy": {"autoClose": "1800s", "notificationPrompts": ["OPENED"],
                           "notificationRateLimit": {"period": "300s"}},
         "documentation": {"content": "look", "mimeType": "text/markdown", "subject": "${log.extracted_label.rule}"},
         "userLabels": {"rule": "stale"}},
        id=f"projects/{PROJECT}/alertPolicies/",
        kind="log",
        known={"userLabels": {"rule": "stale"}},
        change={"alertStrategy": {"autoClose": "3600s", "notificationPrompts": ["OPENED"],
                                  "notificationRateLimit": {"period": "600s"}}},
        changed={"alertStrategy.autoClose": "UPDATE", "alertStrategy.notificationRateLimit.period": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        POLICY,
        {"displayName": "absent", "combiner": "OR", "conditions": [ABSENT], "enabled": False,
         "alertStrategy": {"autoClose": "1800s", "notificationPrompts": ["OPENED", "CLOSED"]}},
        id=f"projects/{PROJECT}/alertPolicies/",
        kind="absent",
        known={"enabled": False, "severity": ""},
        change={"enabled": True},
        changed={"enabled": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        CHANNEL,
        {"type": "slack", "displayName": "on-call", "labels": {"channel_name": "#ops", "team": "acme"},
         "sensitiveLabels": Secret({"authToken": "xoxb-1"})},
        id=f"projects/{PROJECT}/notificationChannels/",
        kind="slack",
        known={"labels": {"channel_name": "#ops", "team": "acme"}},
        change={"sensitiveLabels": Secret({"authToken": "xoxb-2"})},
        changed={"sensitiveLabels.authToken": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        CHANNEL,
        {"type": "pagerduty", "displayName": "on-call", "sensitiveLabels": Secret({"serviceKey": "k-1"})},
        id=f"projects/{PROJECT}/notificationChannels/",
        kind="pagerduty",
        known={"labels": {}},
        change={"enabled": False},
        changed={"enabled": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        TOPIC,
        {"name": "made", "labels": {"env": "dev"}, "messageRetentionDuration": "86400s"},
        id=f"projects/{PROJECT}/topics/made",
        known={"name": "made", "project": PROJECT, "labels": {"env": "dev"}, "messageStoragePolicy": None},
        change={"labels": {"env": "prod"}, "messageRetentionDuration": "172800s"},
        changed={"labels.env": "UPDATE", "pulumiLabels.env": "UPDATE", "effectiveLabels.env": "UPDATE",
                 "messageRetentionDuration": "UPDATE"},
    ),
    Case(
        SUBSCRIPTION,
        {"name": "made", "topic": "base", "ackDeadlineSeconds": 20, "labels": {"env": "dev"},
         "expirationPolicy": {"ttl": ""}},
        id=f"projects/{PROJECT}/subscriptions/made",
        known={"name": "made", "topic": f"projects/{PROJECT}/topics/base", "pushConfig": None,
               "messageRetentionDuration": "604800s", "expirationPolicy": {"ttl": ""}},
        change={"ackDeadlineSeconds": 60, "retainAckedMessages": True},
        changed={"ackDeadlineSeconds": "UPDATE", "retainAckedMessages": "UPDATE"},
    ),
    Case(
        TOPIC_MEMBER,
        {"topic": "base", "role": "roles/pubsub.publisher", "member": MEMBER},
        id=f"projects/{PROJECT}/topics/base/roles/pubsub.publisher/{MEMBER}",
        known={"topic": f"projects/{PROJECT}/topics/base", "project": PROJECT},
        unknown=("id", "etag"),
    ),
    Case(
        BUCKET,
        {"name": "gcp-local-archive", "location": "US", "storageClass": "ARCHIVE", "publicAccessPrevention": "enforced",
         "uniformBucketLevelAccess": True, "versioning": {"enabled": False},
         "softDeletePolicy": {"retentionDurationSeconds": 0}, "retentionPolicy": {"retentionPeriod": "2592000"},
         "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 365}}]},
        id="gcp-local-archive",
        kind="archive",
        known={"storageClass": "ARCHIVE", "forceDestroy": False},
        change={"retentionPolicy": {"retentionPeriod": "5184000"}},
        changed={"retentionPolicy.retentionPeriod": "UPDATE"},
        unknown=("id", "url", "selfLink"),
    ),
    *GROUND,
    *RUNS,
    *SHOWN,
]  # fmt: skip


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    state = tmp_path_factory.mktemp("cloud")
    patch = pytest.MonkeyPatch()
    patch.setenv("GCP_LOCAL_STATE", str(state))
    started = LocalCloud(state, say=lambda _: None)
    started.up()
    yield started
    started.down()
    patch.undo()


def port(cloud: LocalCloud, process: str) -> int:
    found: int = cloud.running().processes[process].port
    return found


def rest(cloud: LocalCloud, method: str, path: str, **body: Any) -> Any:
    """A call of Google's API behind the provider's back."""
    process = environment.BIGQUERY if path.startswith("/bigquery") else environment.SERVICES
    url = environment.url(port(cloud, process), path)
    answer = httpx.request(method, url, json=body or None, timeout=30, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else {}


@pytest.fixture(scope="module")
def base(cloud: LocalCloud) -> Iterator[Engine]:
    """An engine, and what the resources of the tests stand on."""
    engine = Engine(port(cloud, environment.PROVIDER))
    for api in APIS:
        engine.create(SERVICE, f"base-{api}", {"service": f"{api}.googleapis.com"})
    engine.create(ACCOUNT, "base", {"accountId": "acme-runner"})
    agent = engine.create(IDENTITY, "base", {"service": "bigquerydatatransfer.googleapis.com"}).output("member")
    account = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
    creator = {"serviceAccountId": account, "role": "roles/iam.serviceAccountTokenCreator", "member": agent}
    engine.create(ACCOUNT_MEMBER, "base", creator)
    engine.create(DATASET, "base", {"datasetId": "base"})
    table = {"datasetId": "base", "tableId": "events", "schema": schema(ID, AT, N)}
    engine.create(TABLE, "base", table)
    engine.create(BUCKET, "base", {"name": "gcp-local-base", "location": "US"})
    engine.create(TOPIC, "base", {"name": "base"})
    ring = engine.create(RING, "base", {"name": "base", "location": "us"})
    engine.create(KEY, "base", {"name": "base", "keyRing": ring.id})
    engine.create(POOL, "base", {"workloadIdentityPoolId": "base"})
    engine.create(RUN_JOB, "base", run_job("base"))
    engine.create(WATCHED, "base", {"serviceId": "base"})
    yield engine
    engine.close()


@pytest.fixture
def engine(base: Engine, cloud: LocalCloud) -> Iterator[Engine]:
    """A connection of its own: some tests start the provider anew."""
    own = Engine(port(cloud, environment.PROVIDER))
    yield own
    own.close()


def picked(made: Made | None, names: Any) -> dict[str, Any]:
    assert made is not None
    outputs = plain(made.outputs)
    return {name: outputs[name] for name in names}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_resource_lives_as_declared(engine: Engine, case: Case) -> None:
    preview = engine.preview(case.token, "made", case.inputs)
    assert [name for name in case.unknown if preview[name] is not UNKNOWN] == []

    made = engine.create(case.token, "made", case.inputs)
    assert made.id.startswith(case.id)
    assert picked(made, case.known) == case.known
    assert engine.diff(made, case.inputs) == {}
    assert engine.refresh(made) == made

    if case.change:
        wanted = {**case.inputs, **case.change}
        changed = engine.diff(made, wanted)
        assert changed
        assert not any(kind.endswith("_REPLACE") for kind in changed.values())
        assert changed == case.changed or not case.changed
        made = engine.update(made, wanted)
        assert engine.diff(made, wanted) == {}
        assert engine.refresh(made) == made

    engine.delete(made)
    assert (engine.refresh(made) is not None) == case.stays
    engine.delete(made)


def test_outputs_hold_every_property_of_the_real_ones(engine: Engine) -> None:
    cases = json.loads((Path(__file__).parents[1] / "data" / "provider_diff_cases.json").read_text())
    recorded = {case["type"]: set(case["old_outputs"]) for case in cases}
    compared = 0
    for case in CASES:
        if case.token in recorded:
            made = engine.create(case.token, "whole", case.inputs)
            assert set(made.outputs) == recorded[case.token] - {"__meta", "__pulumi_raw_state_delta"}, case.token
            engine.delete(made)
            compared += 1
    assert compared > 8


def test_labels_of_the_cloud_are_secret_and_say_who_made_it(engine: Engine) -> None:
    made = engine.create(DATASET, "labelled", {"datasetId": "labelled", "labels": {"a": "b"}})
    assert made.outputs["effectiveLabels"] == Secret({"a": "b", "goog-pulumi-provisioned": "true"})
    assert made.outputs["labels"] == {"a": "b"}
    engine.delete(made)


def test_a_secret_input_is_a_secret_output(engine: Engine) -> None:
    inputs = {"datasetId": "hidden", "description": Secret("psst")}
    made = engine.create(DATASET, "hidden", inputs)
    assert made.outputs["description"] == Secret("psst")
    assert engine.refresh(made) == made
    engine.delete(made)


def test_dropped_columns_are_gone_and_the_rows_stay(engine: Engine, cloud: LocalCloud) -> None:
    inputs = {"datasetId": "base", "tableId": "shrunk", "schema": schema(ID, AT, N), "deletionProtection": False}
    made = engine.create(TABLE, "shrunk", inputs)
    query(cloud, f"INSERT INTO `{PROJECT}.base.shrunk` (id, n) VALUES ('a', 1), ('b', 2)")
    made = engine.update(made, {**inputs, "schema": schema(ID, AT)})
    assert [column["name"] for column in json.loads(made.output("schema"))] == ["id", "at"]
    rows = query(cloud, f"SELECT id FROM `{PROJECT}.base.shrunk` ORDER BY id")["rows"]
    assert [row["f"][0]["v"] for row in rows] == ["a", "b"]
    engine.delete(made)


def test_every_update_drops_the_live_columns_that_it_does_not_send(engine: Engine, cloud: LocalCloud) -> None:
    """As the real provider does: whoever made them, and although the schema of the program did not change."""
    inputs = {"datasetId": "base", "tableId": "shared", "schema": schema(ID, N), "deletionProtection": False}
    made = engine.create(TABLE, "shared", inputs)
    query(cloud, f"ALTER TABLE `{PROJECT}.base.shared` ADD COLUMN note STRING")
    made = engine.update(made, {**inputs, "description": "Edited."})
    assert [column["name"] for column in json.loads(made.output("schema"))] == ["id", "n"]
    engine.delete(made)


def test_another_case_of_a_column_is_another_column_to_the_provider(engine: Engine) -> None:
    inputs = {"datasetId": "base", "tableId": "cased", "schema": schema(ID, N), "deletionProtection": False}
    made = engine.create(TABLE, "cased", inputs)
    wanted = {**inputs, "schema": schema(ID, {**N, "name": "N"})}
    assert any(kind.endswith("_REPLACE") for kind in engine.diff(made, wanted).values())
    engine.delete(made)


def query(cloud: LocalCloud, sql: str) -> Any:
    return rest(cloud, "POST", f"/bigquery/v2/projects/{PROJECT}/queries", query=sql, useLegacySql=False)


def test_drift_is_read_into_outputs_and_inputs(engine: Engine, cloud: LocalCloud) -> None:
    inputs = {"datasetId": "drifting", "description": "as declared", "labels": {"a": "b"}}
    made = engine.create(DATASET, "drifting", inputs)
    path = f"/bigquery/v2/projects/{PROJECT}/datasets/drifting"
    rest(cloud, "PATCH", path, description="by hand")
    seen = engine.refresh(made)
    assert seen is not None
    assert (seen.output("description"), seen.inputs["description"]) == ("by hand", "by hand")
    assert engine.diff(seen, inputs) == {"description": "UPDATE"}
    engine.delete(seen)


def test_what_vanished_is_gone_at_refresh(engine: Engine, cloud: LocalCloud) -> None:
    made = engine.create(CHANNEL, "lost", {"type": "email", "labels": {"email_address": "a@example.com"}})
    rest(cloud, "DELETE", f"/monitoring/v3/{made.id}")
    assert engine.refresh(made) is None


def test_what_a_bucket_says_of_encryption_and_addresses_is_kept(engine: Engine) -> None:
    config = "googleManagedEncryptionEnforcementConfig"
    inputs: dict[str, Any] = {
        "name": "gcp-local-strict",
        "location": "US",
        "encryption": {config: {"restrictionMode": "NotRestricted"}},
        "ipFilter": {"mode": "Disabled", "publicNetworkSource": {"allowedIpCidrRanges": ["192.0.2.0/24"]}},
        "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"sizeAboveBytes": 5}}],
    }
    made = engine.create(BUCKET, "strict", inputs)
    assert made.output("ipFilter")["publicNetworkSource"] == inputs["ipFilter"]["publicNetworkSource"]
    assert made.output("encryption")[config]["effectiveTime"]
    assert made.output("lifecycleRules")[0]["condition"]["sizeAboveBytes"] == 5
    assert (engine.diff(made, inputs), engine.refresh(made)) == ({}, made)
    wanted = {**inputs, "encryption": {config: {"restrictionMode": "FullyRestricted"}}}
    assert engine.diff(made, wanted) == {f"encryption.{config}.restrictionMode": "UPDATE"}
    made = engine.update(made, wanted)
    assert (engine.diff(made, wanted), engine.refresh(made)) == ({}, made)
    engine.delete(made)


def test_a_member_taken_out_by_hand_is_gone_at_refresh(engine: Engine, cloud: LocalCloud) -> None:
    inputs = {"bucket": "gcp-local-base", "role": "roles/storage.objectViewer", "member": "user:a@example.com"}
    made = engine.create(BUCKET_MEMBER, "lost", inputs)
    rest(cloud, "PUT", "/storage/v1/b/gcp-local-base/iam", bindings=[])
    assert engine.refresh(made) is None


@pytest.mark.parametrize(
    ("token", "inputs", "short"),
    [
        (DATASET, {"datasetId": "adopted", "description": "d"}, "adopted"),
        (TABLE, {"datasetId": "base", "tableId": "adopted", "schema": schema(ID), "deletionProtection": False},
         "base/adopted"),
        (ROUTINE, {"datasetId": "base", "routineId": "adopted", "routineType": "PROCEDURE", "language": "SQL",
                   "definitionBody": "BEGIN SELECT 1; END"}, f"{PROJECT}/base/adopted"),
        (BUCKET, {"name": "acme-adopted", "location": "US"}, "acme-adopted"),
        (ACCOUNT, {"accountId": "acme-adopted", "displayName": "d"}, f"acme-adopted@{PROJECT}.iam.gserviceaccount.com"),
        (TRANSFER, {"displayName": "adopted", "dataSourceId": "scheduled_query", "params": {"query": "SELECT 1"},
                    "schedule": "every 6 hours", "location": "US", "serviceAccountName": RUNNER}, ""),
        (TOPIC, {"name": "adopted", "messageRetentionDuration": "86400s"}, "adopted"),
        (SUBSCRIPTION, {"name": "adopted", "topic": f"projects/{PROJECT}/topics/base", "ackDeadlineSeconds": 30},
         f"{PROJECT}/adopted"),
        (SCHEDULED, {"name": "adopted", "region": "us-central1", "schedule": "0 10 * * 1",
                     "httpTarget": {"uri": "https://example.com", "httpMethod": "POST"}}, "us-central1/adopted"),
        (PROJECT_MEMBER, {"project": PROJECT, "role": "roles/viewer", "member": "user:a@example.com"},
         f"{PROJECT} roles/viewer user:a@example.com"),
    ],
)  # fmt: skip
def test_an_import_needs_the_id_only(engine: Engine, token: str, inputs: dict[str, Any], short: str) -> None:
    made = engine.create(token, "adopted", inputs)
    identities = {made.id, short or made.id} - ({made.id} if token == PROJECT_MEMBER else set())
    assert identities
    for identity in identities:
        found = engine.imported(token, "adopted-too", identity)
        assert found is not None
        assert found.id == made.id or token == PROJECT_MEMBER
        unkept = {"deletionProtection", "serviceAccountName"}  # not in the cloud
        stated = {name: value for name, value in inputs.items() if name not in unkept | {"schema", "location"}}
        assert {name: without_defaults(found.inputs.get(name)) for name in stated} == stated
        differs = engine.diff(found, inputs)
        # The service spells the place of a transfer `us`, which the provider takes for another place.
        assert set(differs) <= unkept | ({"location"} if token == TRANSFER else set())
    engine.delete(made)


def test_an_imported_channel_shows_its_secret_obfuscated(engine: Engine) -> None:
    inputs = {"type": "slack", "labels": {"channel_name": "#ops"}, "sensitiveLabels": Secret({"authToken": "xoxb-1"})}
    made = engine.create(CHANNEL, "shown", inputs)
    assert isinstance(made.outputs["sensitiveLabels"], Secret)
    found = engine.imported(CHANNEL, "shown-too", made.id)
    assert found is not None
    assert without_defaults(found.inputs["labels"]) == {"channel_name": "#ops", "auth_token": "**********"}
    assert "sensitiveLabels" not in found.inputs
    engine.delete(made)


def without_defaults(value: Any) -> Any:
    """Imported inputs without the lists of defaults that the bridge puts into every object."""
    if isinstance(value, dict):
        return {key: without_defaults(item) for key, item in value.items() if key != "__defaults"}
    return [without_defaults(item) for item in value] if isinstance(value, list) else value


def test_an_imported_transfer_would_be_replaced_unless_its_location_is_left_out_of_the_comparison(
    engine: Engine,
) -> None:
    inputs = {"displayName": "placed", "dataSourceId": "scheduled_query", "params": {"query": "SELECT 1"},
              "schedule": "every 6 hours", "location": "US", "serviceAccountName": RUNNER}  # fmt: skip
    made = engine.create(TRANSFER, "placed", inputs)
    found = engine.imported(TRANSFER, "placed", made.id)
    assert found is not None
    assert found.inputs["location"] == "us"
    assert engine.diff(found, inputs) == {"location": "UPDATE_REPLACE", "serviceAccountName": "UPDATE"}
    engine.delete(made)


def test_imported_inputs_are_those_that_the_bridge_extracts(engine: Engine) -> None:
    """Required, or neither empty nor the default; each object lists no defaults."""
    bucket = {"name": "gcp-local-extracted", "location": "US", "forceDestroy": True, "versioning": {"enabled": False},
              "uniformBucketLevelAccess": True, "softDeletePolicy": {"retentionDurationSeconds": 0}}  # fmt: skip
    made = engine.create(BUCKET, "extracted", bucket)
    found = engine.imported(BUCKET, "extracted", made.id)
    assert found is not None
    assert found.inputs["__defaults"] == []
    assert found.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 0, "__defaults": []}
    assert {"forceDestroy", "labels", "storageClass", "requesterPays"} & found.inputs.keys() == set()
    assert found.inputs["versioning"] == {"enabled": False, "__defaults": []}
    assert found.inputs["uniformBucketLevelAccess"] is True
    assert found.inputs["deletionPolicy"] == "DELETE"
    engine.delete(engine.update(made, bucket))


def test_nothing_is_imported_where_nothing_is(engine: Engine) -> None:
    assert engine.imported(DATASET, "none", "no_such_dataset") is None
    with pytest.raises(grpc.RpcError, match=r"is not of the form projects/\{project\}/datasets"):
        engine.imported(TABLE, "none", "nonsense")


def test_a_protected_table_is_not_deleted(engine: Engine) -> None:
    inputs = {"datasetId": "base", "tableId": "guarded", "schema": schema(ID)}
    made = engine.create(TABLE, "guarded", inputs)
    with pytest.raises(grpc.RpcError, match=r"cannot destroy table .*guarded without setting deletionProtection=false"):
        engine.delete(made)
    assert engine.refresh(made) == made
    engine.delete(engine.update(made, {**inputs, "deletionProtection": False}))


def test_a_dataset_with_tables_is_deleted_only_if_the_program_said_so(engine: Engine) -> None:
    made = engine.create(DATASET, "full", {"datasetId": "full"})
    engine.create(TABLE, "in-full", {"datasetId": "full", "tableId": "t", "schema": schema(ID)})
    with pytest.raises(grpc.RpcError, match="googleapi: Error 400"):
        engine.delete(made)
    engine.delete(engine.update(made, {"datasetId": "full", "deleteContentsOnDestroy": True}))
    assert engine.refresh(made) is None


def test_a_bucket_is_emptied_only_if_the_program_said_so(engine: Engine, cloud: LocalCloud) -> None:
    made = engine.create(BUCKET, "full", {"name": "gcp-local-full", "location": "US"})
    upload = environment.url(port(cloud, environment.SERVICES), "/upload/storage/v1/b/gcp-local-full/o")
    for name in ("a.txt", "folder/b c.txt"):
        query = {"uploadType": "media", "name": name}
        httpx.post(upload, params=query, content=b"x", timeout=30, trust_env=False).raise_for_status()
    with pytest.raises(grpc.RpcError, match="googleapi: Error 409"):
        engine.delete(made)
    engine.delete(engine.update(made, {"name": "gcp-local-full", "location": "US", "forceDestroy": True}))
    assert engine.refresh(made) is None


def test_a_deletion_policy_keeps_or_forgets(engine: Engine) -> None:
    inputs = {"datasetId": "policied", "deletionPolicy": "PREVENT"}
    made = engine.create(DATASET, "policied", inputs)
    with pytest.raises(grpc.RpcError, match="deletionPolicy"):
        engine.delete(made)
    made = engine.update(made, {**inputs, "deletionPolicy": "ABANDON"})
    engine.delete(made)
    assert engine.refresh(made) is not None
    engine.delete(engine.update(made, {"datasetId": "policied", "deletionPolicy": "DELETE"}))


def test_googles_message_reaches_the_person_who_deploys(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match=r"googleapi: Error 409: Already Exists: Dataset gcp-local:base, duplicate"):
        engine.create(DATASET, "second", {"datasetId": "base"})
    with pytest.raises(grpc.RpcError, match="googleapi: Error 404: Not found: Dataset"):
        engine.create(TABLE, "nowhere", {"datasetId": "absent", "tableId": "t", "schema": schema(ID)})


def test_a_job_is_made_as_soon_as_it_exists_and_its_failure_stands_only_in_its_status(engine: Engine) -> None:
    sql = f"INSERT INTO `{PROJECT}.base.events` (id) SELECT ERROR('no such luck')"
    made = engine.create(JOB, "wrong", {"jobId": "wrong_1", "query": {"query": sql, "useLegacySql": False}})
    status = wait_until_done(engine, made)
    assert "no such luck" in status["errorResults"][0]["message"]


def test_the_id_of_a_job_stays_taken_when_its_resource_has_gone(engine: Engine) -> None:
    inputs = {"jobId": "once", "query": {"query": "SELECT 1", "useLegacySql": False}}
    engine.delete(engine.create(JOB, "once", inputs))
    with pytest.raises(grpc.RpcError, match="googleapi: Error 409: Already Exists: Job"):
        engine.create(JOB, "again", inputs)


def wait_until_done(engine: Engine, made: Made) -> dict[str, Any]:
    """The status of a job that has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = engine.refresh(made)
        assert found is not None
        status: dict[str, Any]
        (status,) = plain(found.outputs)["statuses"]
        if status["state"] == "DONE":
            return status
    raise AssertionError(f"{made.id} is still running")


def test_members_written_at_once_are_all_there(engine: Engine) -> None:
    def inputs(number: int) -> list[tuple[str, dict[str, Any]]]:
        who = {"role": "roles/bigquery.dataViewer", "member": f"user:u{number}@example.com"}
        return [
            (DATASET_MEMBER, {"datasetId": "base", **who}),
            (PROJECT_MEMBER, {"project": PROJECT, **who}),
            (BUCKET_MEMBER, {"bucket": "gcp-local-base", **who, "role": "roles/storage.objectViewer"}),
        ]

    wanted = [each for number in range(6) for each in inputs(number)]
    with ThreadPoolExecutor(len(wanted)) as pool:
        made = list(pool.map(lambda each: engine.create(each[0], each[1]["member"], each[1]), wanted))
        assert all(engine.refresh(each) for each in made)
        list(pool.map(engine.delete, made))
    assert not any(engine.refresh(each) for each in made)


def test_a_changed_dataset_keeps_its_members(engine: Engine) -> None:
    made = engine.create(DATASET, "shared", {"datasetId": "shared"})
    member = engine.create(
        DATASET_MEMBER, "m", {"datasetId": "shared", "role": "roles/bigquery.dataViewer", "member": MEMBER}
    )
    engine.update(made, {"datasetId": "shared", "description": "changed"})
    assert engine.refresh(member) == member
    engine.delete(made)


def test_an_existing_tables_columns_can_be_read(engine: Engine) -> None:
    found = engine.invoke("gcp:bigquery/getTable:getTable", {"datasetId": "base", "tableId": "events"})
    assert [column["name"] for column in json.loads(found["schema"])] == ["id", "at", "n"]
    assert (found["project"], found["type"]) == (PROJECT, "TABLE")
    with pytest.raises(grpc.RpcError, match=r"Error 404"):
        engine.invoke("gcp:bigquery/getTable:getTable", {"datasetId": "base", "tableId": "absent"})


def test_the_projects_number_can_be_read(engine: Engine) -> None:
    found = engine.invoke("gcp:organizations/getProject:getProject", {"projectId": PROJECT})
    assert found["number"] == environment.PROJECT_NUMBER


def test_a_program_gets_the_token_that_the_provider_calls_with(engine: Engine) -> None:
    found = engine.invoke("gcp:organizations/getClientConfig:getClientConfig", {})
    assert (found["project"], found["accessToken"]) == (PROJECT, environment.ACCESS_TOKEN)


def test_an_access_list_is_read_with_what_is_authorised(engine: Engine) -> None:
    view = {"projectId": PROJECT, "datasetId": "base", "tableId": "events"}
    whole = {"dataset": {"projectId": PROJECT, "datasetId": "base"}, "targetTypes": ["VIEWS"]}
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    inputs = {"datasetId": "read", "accesses": [owners, {"view": view}, {"dataset": whole}]}
    made = engine.create(DATASET, "read", inputs)
    assert engine.refresh(made) == made
    assert engine.diff(made, inputs) == {}
    entries = engine.invoke("gcp:bigquery/getDataset:getDataset", {"datasetId": "read"})["accesses"]
    assert [view] in [entry["views"] for entry in entries]
    assert [{"datasets": [whole["dataset"]], "targetTypes": ["VIEWS"]}] in [entry["datasets"] for entry in entries]
    assert [len(entry["views"]) + len(entry["datasets"]) for entry in entries].count(0) == 1


def kill_provider(cloud: LocalCloud) -> None:
    """kill -9, and a fresh provider on the same port."""
    os.kill(cloud.running().processes[environment.PROVIDER].pid, signal.SIGKILL)
    time.sleep(0.2)
    cloud.up()


@pytest.mark.parametrize(
    ("token", "inputs", "change"),
    [
        (DATASET, {"datasetId": "crashed"}, {"description": "two"}),
        (BUCKET, {"name": "gcp-local-crashed", "location": "US"}, {"requesterPays": True}),
        (CHANNEL, {"type": "email", "labels": {"email_address": "a@example.com"}}, {"displayName": "two"}),
    ],
)
def test_a_create_repeated_after_a_crash_returns_the_same_object(
    base: Engine, cloud: LocalCloud, token: str, inputs: dict[str, Any], change: dict[str, Any]
) -> None:
    engine = Engine(port(cloud, environment.PROVIDER))
    made = engine.create(token, "crashed", inputs)
    engine.close()
    kill_provider(cloud)

    engine = Engine(port(cloud, environment.PROVIDER))
    again = engine.create(token, "crashed", inputs)
    assert again == made
    changed = engine.create(token, "crashed", {**inputs, **change})
    assert changed.id == made.id
    assert picked(changed, change) == change
    engine.delete(changed)
    engine.close()


def test_a_create_of_what_was_recorded_is_a_conflict(engine: Engine) -> None:
    made = engine.create(DATASET, "recorded", {"datasetId": "recorded"})
    assert engine.diff(made, {"datasetId": "recorded"}) == {}
    with pytest.raises(grpc.RpcError, match="googleapi: Error 409"):
        engine.create(DATASET, "recorded", {"datasetId": "recorded"})
    engine.delete(made)


def test_another_urn_does_not_take_over_what_was_made(engine: Engine) -> None:
    made = engine.create(DATASET, "mine", {"datasetId": "mine"})
    with pytest.raises(grpc.RpcError, match="googleapi: Error 409"):
        engine.create(DATASET, "yours", {"datasetId": "mine"})
    engine.delete(made)


def test_a_create_after_the_object_was_deleted_by_hand_makes_it_anew(engine: Engine, cloud: LocalCloud) -> None:
    inputs = {"type": "email", "displayName": "x", "labels": {"email_address": "a@example.com"}}
    made = engine.create(CHANNEL, "anew", inputs)
    rest(cloud, "DELETE", f"/monitoring/v3/{made.id}")
    anew = engine.create(CHANNEL, "anew", inputs)
    assert anew.id != made.id
    engine.delete(anew)


ROLE = {"roleId": "acme_reader", "title": "Reads", "description": "d", "permissions": ["bigquery.tables.getData"]}


def test_a_custom_role_is_changed_in_place_and_replaced_for_another_id(engine: Engine) -> None:
    made = engine.create(CUSTOM_ROLE, "role", ROLE)
    assert made.id == f"projects/{PROJECT}/roles/acme_reader"
    assert picked(made, ("name", "stage", "deleted")) == {"name": made.id, "stage": "GA", "deleted": False}
    assert engine.diff(made, ROLE) == {}
    assert engine.refresh(made) == made
    more = {**ROLE, "permissions": ["bigquery.tables.updateData", "bigquery.tables.getData"]}
    assert set(engine.diff(made, more).values()) <= {"ADD", "UPDATE"}
    made = engine.update(made, more)
    assert engine.diff(made, {**more, "permissions": more["permissions"][::-1]}) == {}
    assert engine.diff(made, {**more, "roleId": "acme_other"}) == {"roleId": "UPDATE_REPLACE"}
    engine.delete(made)


def test_a_custom_role_that_was_deleted_is_taken_back_by_the_next_create(engine: Engine, cloud: LocalCloud) -> None:
    role = {**ROLE, "roleId": "acme_again"}
    first = engine.create(CUSTOM_ROLE, "role-again", role)
    with pytest.raises(grpc.RpcError, match="already exists and must be imported"):
        engine.create(CUSTOM_ROLE, "role-twice", role)
    engine.delete(first)
    assert rest(cloud, "GET", f"/iam/v1/{first.id}")["deleted"] is True
    changed = engine.create(CUSTOM_ROLE, "role-again", {**role, "title": "Reads again"})
    assert picked(changed, ("title", "deleted")) == {"title": "Reads again", "deleted": False}
    engine.delete(changed)


def test_a_dataset_with_its_access_list_owns_it(engine: Engine, cloud: LocalCloud) -> None:
    owners, ann = {"role": "OWNER", "specialGroup": "projectOwners"}, {"role": "READER", "userByEmail": "ann@b.de"}
    inputs = {"datasetId": "listed", "accesses": [owners, ann]}
    made = engine.create(DATASET, "listed", inputs)
    path = f"/bigquery/v2/projects/{PROJECT}/datasets/listed"
    assert rest(cloud, "GET", path)["access"] == [owners, ann]
    long = {"role": "roles/bigquery.dataOwner", "specialGroup": "projectOwners"}
    assert engine.diff(made, {**inputs, "accesses": [ann, long]}) == {}
    rest(cloud, "PATCH", path, access=[owners, ann, {"role": "WRITER", "userByEmail": "eve@b.de"}])
    drifted = engine.refresh(made)
    assert drifted is not None
    assert engine.diff(drifted, inputs)
    made = engine.update(drifted, inputs)
    assert rest(cloud, "GET", path)["access"] == [owners, ann]
    engine.delete(made)


def test_the_last_owner_of_a_dataset_cannot_be_taken_out(engine: Engine) -> None:
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    made = engine.create(DATASET, "owned", {"datasetId": "owned", "accesses": [owners]})
    nobody = {"datasetId": "owned", "accesses": [{"role": "READER", "userByEmail": "ann@b.de"}]}
    with pytest.raises(grpc.RpcError, match="Error 400: Cannot remove all owners"):
        engine.update(made, nobody)
    engine.delete(made)


def test_a_member_that_goes_leaves_the_rest_of_the_list_as_it_is(engine: Engine, cloud: LocalCloud) -> None:
    """A stack that stops naming a member writes the list first and deletes the member last."""
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    made = engine.create(DATASET, "switched", {"datasetId": "switched"})
    member = {"datasetId": "switched", "role": "roles/bigquery.dataEditor", "member": f"serviceAccount:{RUNNER}"}
    granted = engine.create(DATASET_MEMBER, "switched", member)
    caller = {"role": "roles/bigquery.routineMetadataViewer", "userByEmail": RUNNER}
    made = engine.update(made, {"datasetId": "switched", "accesses": [owners, caller]})
    engine.delete(granted)
    assert rest(cloud, "GET", f"/bigquery/v2/projects/{PROJECT}/datasets/switched")["access"] == [owners, caller]
    engine.delete(made)


def test_a_service_is_enabled_only_where_resource_manager_is(engine: Engine, cloud: LocalCloud) -> None:
    manager = "/serviceusage/v1/projects/gcp-local/services/cloudresourcemanager.googleapis.com"
    rest(cloud, "POST", f"{manager}:disable")
    try:
        with pytest.raises(grpc.RpcError, match="Cloud Resource Manager API has not been used in project"):
            engine.create(SERVICE, "scheduler", {"service": "sheets.googleapis.com"})
        already = engine.create(SERVICE, "bigquery", {"service": "bigquery.googleapis.com"})
        with pytest.raises(grpc.RpcError, match="Cloud Resource Manager API has not been used in project"):
            engine.refresh(already)
    finally:
        rest(cloud, "POST", f"{manager}:enable")


def test_a_job_of_cloud_run_is_deleted_only_when_its_protection_is_gone(engine: Engine) -> None:
    inputs = {name: value for name, value in run_job("guarded").items() if name != "deletionProtection"}
    made = engine.create(RUN_JOB, "guarded", inputs)
    assert made.output("deletionProtection") is True
    with pytest.raises(grpc.RpcError, match="cannot destroy job without setting deletion_protection=false"):
        engine.delete(made)
    freed = engine.update(made, {**inputs, "deletionProtection": False})
    engine.delete(freed)
    assert engine.refresh(freed) is None


def test_a_job_of_cloud_run_elsewhere_is_another_one_and_nothing_else_replaces_it(engine: Engine) -> None:
    inputs = run_job("moving")
    made = engine.create(RUN_JOB, "moving", inputs)
    assert engine.diff(made, {**inputs, "location": "us-west1"}) == {"location": "UPDATE_REPLACE"}
    task = {"containers": [container(image="x:2", envs=[{"name": "A", "value": "b"}])], "maxRetries": 0}
    changed = engine.diff(made, {**inputs, "template": {"template": task}})
    assert changed
    assert not any(kind.endswith("_REPLACE") for kind in changed.values())
    engine.delete(made)


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (RUN_JOB, {**run_job("wrong"), "colour": "red"}, "colour"),
        (RUN_JOB, run_job("wrong", timeout="10m"), "timeout"),
        (SCHEDULED, {"region": "us-central1", "schedule": "* * * * *"}, "pubsubTarget"),
    ],
)
def test_what_a_job_does_not_have_is_refused(engine: Engine, token: str, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        engine.check(token, "wrong", inputs)


def test_a_schedule_follows_its_state_and_has_one_token(engine: Engine, cloud: LocalCloud) -> None:
    email = {"serviceAccountEmail": RUNNER}
    target = {"uri": "https://example.com/", "httpMethod": "POST", "oidcToken": email}
    inputs = {"name": "paused", "region": "us-central1", "schedule": "0 10 * * 1", "httpTarget": target}
    made = engine.create(SCHEDULED, "paused", {**inputs, "paused": True})
    assert made.output("state") == "PAUSED"
    rest(cloud, "POST", f"/cloudscheduler/v1/{made.id}:resume")
    found = engine.refresh(made)
    assert found is not None
    assert (found.output("state"), found.output("paused")) == ("ENABLED", False)
    assert engine.diff(found, {**inputs, "paused": True}) == {"paused": "UPDATE"}
    slashed = {**inputs, "httpTarget": {**target, "uri": "https://example.com"}}
    assert engine.diff(found, slashed) == {}
    with pytest.raises(grpc.RpcError, match="only one of oauth_token or oidc_token"):
        engine.diff(found, {**inputs, "httpTarget": {**target, "oauthToken": email}})
    engine.delete(found)


def test_an_imported_job_of_cloud_run_differs_in_its_protection_only(engine: Engine) -> None:
    inputs = run_job("adopted")
    made = engine.create(RUN_JOB, "adopted", inputs)
    for identity in (made.id, "us-central1/adopted"):
        found = engine.imported(RUN_JOB, "adopted-too", identity)
        assert found is not None
        assert found.id == made.id
        assert engine.diff(found, inputs) == {"deletionProtection": "UPDATE"}
    engine.delete(made)
