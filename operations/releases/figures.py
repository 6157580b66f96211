"""How the platform does, in figures: what a deployment and a rollback are judged by, before and after.

Speed, failures and cost are those of the stack's own statements in a window of time, as the reports count them
(`stack_jobs_at`); the health score is `eros health`'s. A figure that cannot be had is None, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import bigquery

from operations import health
from operations.clients import answering
from operations.cost_report import Price
from operations.errors import CloudError
from operations.placement import placement
from outputs import StackOutputs

SECONDS = 120
DAY = 86_400.0
# A run of the alert evaluator that ends by raising EROS_ALERT has done its work (as monitoring_deployment_success_at).
STATEMENTS = """
SELECT
  COUNT(*) AS statements,
  SUM(job.bytes) AS bytes,
  AVG(job.failed) AS error_rate,
  MAX(job.p50) AS p50,
  MAX(job.p95) AS p95
FROM (
  SELECT
    COALESCE(s.total_bytes_billed, 0) AS bytes,
    IF(s.error_reason IS NOT NULL AND STRPOS(COALESCE(s.error_message, ''), 'EROS_ALERT|') = 0, 1, 0) AS failed,
    PERCENTILE_CONT(TIMESTAMP_DIFF(s.end_time, s.start_time, MILLISECOND) / 1000, 0.5) OVER () AS p50,
    PERCENTILE_CONT(TIMESTAMP_DIFF(s.end_time, s.start_time, MILLISECOND) / 1000, 0.95) OVER () AS p95
  FROM `{jobs}`(@since, @until) AS s
  WHERE s.state = 'DONE'
) AS job
"""
EMV = "SELECT AVG(s.avg_emv) AS emv FROM `{stats}` AS s"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a window; seconds, shares from 0 to 1, US dollars."""

    cost_usd_per_day: float | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    error_rate: float | None = None
    health_score: int | None = None
    avg_emv: float | None = None
    statements: int = 0


def measure(client: bigquery.Client, outputs: StackOutputs, since: datetime, until: datetime) -> Figures:
    """The figures of (since, until]. Never raises for what BigQuery answers: what it refuses is None."""
    place = placement(outputs)
    window = max(until - since, timedelta(seconds=1)).total_seconds()
    jobs = _row(client, STATEMENTS.format(jobs=place.address("stack_jobs_at")), since=since, until=until)
    emv = _row(client, EMV.format(stats=place.address("caption_bandit_stats")))
    found = int(jobs.get("statements") or 0)
    return Figures(
        cost_usd_per_day=Price().of(float(jobs.get("bytes") or 0)) * DAY / window if jobs else None,
        p50_seconds=jobs.get("p50"),
        p95_seconds=jobs.get("p95"),
        error_rate=float(jobs["error_rate"]) if found else None,
        health_score=health.measure(client, outputs, until).score,
        avg_emv=emv.get("emv"),
        statements=found,
    )


def _row(client: bigquery.Client, statement: str, **instants: datetime) -> dict[str, Any]:
    parameters = [bigquery.ScalarQueryParameter(name, "TIMESTAMP", value) for name, value in instants.items()]
    config = bigquery.QueryJobConfig(query_parameters=parameters, labels={"eros_operation": "figures"})
    try:
        with answering("figures"):
            rows = list(client.query(statement, config, timeout=SECONDS).result(timeout=SECONDS))
    except CloudError:
        return {}
    return dict(rows[0].items()) if rows else {}
