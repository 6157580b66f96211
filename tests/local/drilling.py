"""A deployed stack whose alerts are drilled: rows in, one evaluation, and what lies in the outbox since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from google.cloud import bigquery

from catalog.alerts import AlertRule
from gcp_local import environment
from local.cloud import DATASET, PROJECT
from operations.clients import transfer_client
from operations.scheduled_runs import Run, ScheduledQueries
from outputs import StackOutputs
from tests.local.deployment import Deployment

Record = dict[str, Any]
Told = dict[tuple[str, str], list[Record]]
EVALUATOR = "alert_evaluation"
# A policy tells at most once in five minutes.
APART = timedelta(minutes=5, seconds=1)
SECONDS = 120
TYPES = {"webhook": "webhook_tokenauth"}
# Where Google's APIs list what a stack makes.
LISTED = {
    "alert policies": ("monitoring/v3/projects/{}/alertPolicies", "alertPolicies", "name"),
    "channels": ("monitoring/v3/projects/{}/notificationChannels", "notificationChannels", "name"),
    "transfer configs": ("bigquerydatatransfer/v1/projects/{}/locations/us/transferConfigs", "transferConfigs", "name"),
    "topics": ("pubsub/v1/projects/{}/topics", "topics", "name"),
    "accounts": ("iam/v1/projects/{}/serviceAccounts", "accounts", "email"),
    "roles": ("iam/v1/projects/{}/roles", "roles", "name"),
    "buckets": ("storage/v1/b?project={}", "items", "name"),
}


def ago(**parts: float) -> datetime:
    return datetime.now(UTC) - timedelta(**parts)


def job(name: str, started: datetime, status: str = "SUCCESS", **values: Any) -> Record:
    """A row of etl_job_runs; what is not RUNNING took a minute."""
    ended = None if status == "RUNNING" else (started + timedelta(minutes=1)).isoformat()
    row = {"job_id": f"{name} {started:%H:%M}", "job_name": name, "job_status": status, "job_end_time": ended}
    return row | {"job_start_time": started.isoformat()} | values


def channel_types(rule: AlertRule, level: str) -> set[str]:
    """What Monitoring calls the channels of a rule's level."""
    return {TYPES.get(name, name) for name in rule.channels[level]}


@dataclass
class Drills:
    """One stack of a cloud, with its evaluator; `seen` records of the outbox are old."""

    platform: Deployment
    queries: ScheduledQueries
    dataset: str = DATASET
    seen: int = 0

    @classmethod
    def of(cls, platform: Deployment, stack: str = "local", dataset: str = DATASET) -> Drills:
        """In an environment that leads to the cloud."""
        exported = json.loads(platform.command("stack", "output", "--json", "--stack", stack).stdout)
        return cls(platform, ScheduledQueries(transfer_client(), StackOutputs.read(stack, exported)), dataset)

    def services(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the services of the cloud, or below `local/` to what Google has no method for."""
        url = environment.url(self.platform.ports[environment.SERVICES], f"/{path}")
        answer = httpx.request(method, url, json=body, timeout=SECONDS, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def everything(self) -> dict[str, set[str]]:
        """Names of all that the project holds, whichever stack made it."""
        datasets = {one.dataset_id for one in self.platform.client().list_datasets(timeout=SECONDS)}
        return {"datasets": datasets} | {
            kind: {one[key] for one in self.services("GET", path.format(PROJECT)).get(field, [])}
            for kind, (path, field, key) in LISTED.items()
        }

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement; a table without a dataset is this stack's."""
        config = bigquery.QueryJobConfig(default_dataset=f"{PROJECT}.{self.dataset}")
        found = self.platform.client().query(statement, config, timeout=SECONDS).result(timeout=SECONDS)
        return [row.values() for row in found]

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        place = f"{PROJECT}.{self.dataset}.{table}"
        assert self.platform.client().insert_rows_json(place, rows, timeout=SECONDS) == []

    def given(
        self,
        values: Mapping[str, float | None] | None,
        runs: Sequence[Record] = (),
        *,
        score: int = 100,
        pages: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        """A health check of now with these signals (None: no health check), these job runs, and no alert yet."""
        for table in ("automation_alerts", "etl_job_runs", "health_checks"):
            self.sql(f"DELETE FROM {table} WHERE TRUE")
        if runs:
            self.insert("etl_job_runs", runs)
        if values is not None:
            self.check(values, score=score, pages=pages)

    def check(
        self,
        values: Mapping[str, float | None],
        *,
        score: int = 100,
        pages: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        """A health check of now."""
        measured = {(name, ""): value for name, value in values.items()} | dict(pages or {})
        signals = [
            {
                "signal": name,
                "subject": subject,
                "value": value,
                "details": f"page={subject or 'alice'}",
                "is_waiting": False,
            }
            for (name, subject), value in measured.items()
        ]
        row = {"check_time": ago().isoformat(), "health_score": score, "status": "HEALTHY", "signals": signals}
        self.insert("health_checks", [row])

    def evaluate(self) -> Run:
        """A run of the scheduled query."""
        return self.queries.run(EVALUATOR, datetime.now(UTC), SECONDS)

    def advance(self, span: timedelta) -> None:
        """The clock of the services, and all policies at that time."""
        self.services("POST", "local/clock", {"advance": f"{span.total_seconds():.0f}s"})
        self.services("POST", "local/evaluate")

    def news(self) -> list[Record]:
        """What lies in the outbox since the last look."""
        found = self.services("GET", f"local/outbox?after={self.seen}")
        self.seen = found["total"]
        return list(found["records"])

    def told(self) -> Told:
        """One run of the evaluator and of all policies: the notifications of rules, by rule and level."""
        self.advance(APART)
        self.news()
        self.evaluate()
        self.services("POST", "local/evaluate")
        found: Told = {}
        for record in self.news():
            labels = record["userLabels"]
            assert "rule" in labels, f"{record['policy']}: {record['text']}"
            found.setdefault((labels["rule"], labels["level"].upper()), []).append(record)
        return found
