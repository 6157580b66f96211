"""A watched project: policies with channels, log entries, points, and what was notified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.monitoring import series

if TYPE_CHECKING:
    from services.conftest import Api, Clock

PARENT = "/monitoring/v3/projects/gcp-local"
RESOURCE: dict[str, Any] = {"type": "bigquery_dts_config", "labels": {"location": "us", "config_id": "c-1"}}
RUNS = f'metric.type="{series.COMPLETED_RUNS}" AND resource.type="bigquery_dts_config"'


class Watched:
    """The project; times are those of the test's clock."""

    def __init__(self, api: Api, cloud: Cloud, clock: Clock) -> None:
        self.api, self.cloud, self.clock = api, cloud, clock

    def channel(self, kind: str = "email", name: str = "Ops", **labels: str) -> str:
        shown = labels or {"email_address": "ops@example.com"}
        body = {"type": kind, "displayName": name, "labels": shown}
        return str(self.api("POST", f"{PARENT}/notificationChannels", body)["name"])

    def policy(self, condition: dict[str, Any], **fields: Any) -> dict[str, Any]:
        body = {
            "displayName": "Stale",
            "combiner": "OR",
            "conditions": [{"displayName": "c", **condition}],
            "notificationChannels": [self.channel()],
            **fields,
        }
        return self.api("POST", f"{PARENT}/alertPolicies", body)

    def log_policy(
        self, text: str, *, period: str = "300s", auto_close: str = "1800s", **fields: Any
    ) -> dict[str, Any]:
        strategy = {"notificationRateLimit": {"period": period}, "autoClose": auto_close}
        extractors = fields.pop("extractors", {})
        condition = {"filter": text, **({"labelExtractors": extractors} if extractors else {})}
        return self.policy({"conditionMatchedLog": condition}, alertStrategy=strategy, **fields)

    def says(self, message: str, severity: str = "ERROR", config: str = "c-1") -> None:
        """A log entry of a transfer config."""
        resource = {**RESOURCE, "labels": {**RESOURCE["labels"], "config_id": config}}
        entry = {"jsonPayload": {"message": message}, "severity": severity, "labels": {"run_id": "r-1"}}
        name = "projects/gcp-local/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"
        self.api("POST", "/logging/v2/entries:write", {"logName": name, "resource": resource, "entries": [entry]})

    def runs(self, state: str = "SUCCEEDED", config: str = "c-1") -> None:
        """A point of the metric of completed runs."""
        resource = {**RESOURCE, "labels": {**RESOURCE["labels"], "config_id": config}}
        labels = {"completion_state": state, "run_cause": "AUTO_SCHEDULE"}
        points.record(self.cloud, series.COMPLETED_RUNS, labels, resource)

    def evaluate(self) -> list[dict[str, Any]]:
        """What an evaluation now adds to the outbox."""
        before = len(self.outbox())
        response = self.api.send("POST", "/local/evaluate", None)
        assert response.status_code == 200, response.text
        return self.outbox()[before:]

    def after(self, **span: float) -> list[dict[str, Any]]:
        """What an evaluation adds some time later."""
        self.clock.advance(**span)
        return self.evaluate()

    def outbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.send("GET", "/local/outbox", None).json()["records"]
        return found

    def alerts(self, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api("GET", f"{PARENT}/alerts", **parameters).get("alerts", [])
        return found

    def states(self) -> list[str]:
        """The states of the incidents, the latest first."""
        return [alert["state"] for alert in self.alerts()]


@pytest.fixture
def watched(api: Api, cloud: Cloud, clock: Clock) -> Watched:
    return Watched(api, cloud, clock)
