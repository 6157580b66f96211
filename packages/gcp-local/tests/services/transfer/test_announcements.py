"""A run that ended is told: to Monitoring, and to the topic that its config names."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pending import run_pending

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.monitoring import series
from gcp_local.services.transfer import runner

if TYPE_CHECKING:
    from services.conftest import Api, Clock
    from services.transfer.conftest import Bigquery

BASE = "/bigquerydatatransfer/v1/"
PROJECT = "/pubsub/v1/projects/gcp-local"
TOPIC = "projects/gcp-local/topics/runs"
AGENT = "serviceAccount:service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"


def run(api: Api, cloud: Cloud, config: dict[str, Any]) -> dict[str, Any]:
    body = {"requestedRunTime": "2026-03-01T11:00:00Z"}
    started = api("POST", f"{BASE}{config['name']}:startManualRuns", body)["runs"][0]
    run_pending(cloud)
    return api("GET", BASE + started["name"])


def pulled(api: Api) -> list[dict[str, Any]]:
    answer = api("POST", f"{PROJECT}/subscriptions/reader:pull", {"maxMessages": 10})
    return [one["message"] for one in answer.get("receivedMessages", [])]


def test_every_run_that_ended_is_a_point_of_the_metric(
    api: Api, cloud: Cloud, clock: Clock, create: Callable[..., dict[str, Any]], bigquery: Bigquery
) -> None:
    config = create()
    run(api, cloud, config)
    bigquery.failures["CALL ds.sweep()"] = "no"
    clock.advance(minutes=68)
    runner.enqueue_due(cloud)
    run_pending(cloud)
    recorded = {
        (one.metric["labels"]["completion_state"], one.metric["labels"]["run_cause"]): len(one.points)
        for one in series.read(cloud, clock.now - points.KEPT)
    }
    assert recorded == {("SUCCEEDED", "USER_REQUESTED"): 1, ("FAILED", "AUTO_SCHEDULE"): 1}
    assert {one.resource["labels"]["config_id"] for one in series.read(cloud, clock.now - points.KEPT)} == {
        config["name"].rpartition("/")[2]
    }


def test_the_topic_of_a_config_gets_every_run_that_ended(
    api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
) -> None:
    api("PUT", f"{PROJECT}/topics/runs", {})
    api("PUT", f"{PROJECT}/subscriptions/reader", {"topic": TOPIC})
    config = create(notificationPubsubTopic=TOPIC)
    (binding,) = api("GET", f"{PROJECT}/topics/runs:getIamPolicy")["bindings"]
    assert binding == {"role": "roles/pubsub.publisher", "members": [AGENT]}
    ended = run(api, cloud, config)
    bigquery.failures["CALL ds.sweep()"] = "no"
    failed = run(api, cloud, config)
    first, second = pulled(api)
    assert first["attributes"] == {"eventType": "TRANSFER_RUN_FINISHED", "payloadFormat": "JSON_API_V1"}
    assert json.loads(base64.b64decode(first["data"])) == ended
    assert json.loads(base64.b64decode(second["data"])) == failed
    assert (ended["state"], failed["state"]) == ("SUCCEEDED", "FAILED")


def test_a_topic_that_is_gone_is_said_in_the_log_and_fails_no_run(
    api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
) -> None:
    api("PUT", f"{PROJECT}/topics/runs", {})
    config = create(notificationPubsubTopic=TOPIC)
    api("DELETE", f"{PROJECT}/topics/runs")
    ended = run(api, cloud, config)
    assert ended["state"] == "SUCCEEDED"
    logged = api("GET", f"{BASE}{ended['name']}/transferLogs", messageTypes="WARNING")["transferMessages"]
    assert "Resource not found (resource=runs)" in logged[0]["messageText"]


def test_a_topic_that_does_not_exist_is_refused(
    api: Api, runner_account: str, create: Callable[..., dict[str, Any]]
) -> None:
    path = f"{BASE}projects/gcp-local/locations/US/transferConfigs"
    body = {"displayName": "x", "dataSourceId": "scheduled_query", "params": {"query": "SELECT 1"}}
    given = {**body, "notificationPubsubTopic": TOPIC}
    assert "resource=runs" in api.refused(404, "POST", path, given, serviceAccountName=runner_account)["message"]
    name = f"{BASE}{create()['name']}"
    api.refused(404, "PATCH", name, {"notificationPubsubTopic": TOPIC}, updateMask="notificationPubsubTopic")
