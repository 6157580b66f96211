"""`eros health`: the checks of the health score, measured now.

Measures what the scheduled health check measures, by the same functions and thresholds, and writes nothing: it tells
the truth also when no job runs. What cannot be measured is UNKNOWN and counts as critical.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from operations.clients import answering
from operations.errors import CloudError
from operations.placement import placement
from outputs import StackOutputs

SECONDS = 30
PARTS = ("query_signals_at", "lock_signals_at", "hourly_signals_at", "daily_signals_at")
# Without them the platform does nothing.
CORE = (
    *(
        "caption_bank",
        "caption_bandit_stats",
        "active_caption_assignments",
        "caption_locks",
        "schedule_recommendations",
    ),
)
OK, WARNING, CRITICAL, UNKNOWN, WAITING = "OK", "WARNING", "CRITICAL", "UNKNOWN", "WAITING"
BAD = (CRITICAL, UNKNOWN)
EXIT_CODES = {"HEALTHY": 0, "WARNING": 1, "CRITICAL": 2}
MEASURE = "SELECT s.signal, s.subject, s.value, s.since, s.details, s.is_waiting FROM `{part}`(@now) AS s"
JUDGE = """
SELECT c.rule, c.title, c.value, c.unit, c.comparison, c.warning_threshold, c.critical_threshold, c.state
FROM `{states}`(@signals, @now) AS c
ORDER BY c.rule
"""
FIELDS = {
    "signal": "STRING",
    "subject": "STRING",
    "value": "FLOAT64",
    "since": "TIMESTAMP",
    "details": "STRING",
    "is_waiting": "BOOL",
    "cadence": "STRING",
    "measured_at": "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check: `bad` says in words when it warns and when it is critical, `reason` why it is UNKNOWN."""

    id: str
    title: str
    value: float | None
    unit: str
    bad: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """All checks, and the score that they make, 0 to 100."""

    checks: tuple[HealthCheck, ...]
    score: int

    @property
    def warnings(self) -> int:
        return sum(check.state == WARNING for check in self.checks)

    @property
    def critical(self) -> int:
        return sum(check.state in BAD for check in self.checks)

    @property
    def status(self) -> str:
        return "CRITICAL" if self.critical else "WARNING" if self.warnings else "HEALTHY"


def measure(client: bigquery.Client, outputs: StackOutputs, now: datetime) -> Health:
    """The platform's health at `now`. Never raises for what BigQuery answers: that is a check of its own."""
    place = placement(outputs)
    try:
        with answering("BigQuery"):
            tables = {
                table.table_id for table in client.list_tables(f"{place.project}.{place.dataset}", timeout=SECONDS)
            }
            if place.source_dataset:
                sources = client.list_tables(f"{place.project}.{place.source_dataset}", timeout=SECONDS)
                tables |= {table.table_id for table in sources}
    except CloudError as error:
        return Health((_basic("reachable", "BigQuery and the dataset answer", CRITICAL, error.message),), 0)
    missing = [name for name in CORE if place.name(name) not in tables]
    there = _basic("reachable", "BigQuery and the dataset answer", OK)
    core = _basic("tables", "the five core tables exist", CRITICAL if missing else OK, ", ".join(missing))
    checks = (there, core, *_rules(client, outputs, now))
    return Health(checks, _score(client, str(place.address("health_score")), checks))


def _score(client: bigquery.Client, function: str, checks: Sequence[HealthCheck]) -> int:
    counted = {
        "warnings": sum(check.state == WARNING for check in checks),
        "critical": sum(check.state in BAD for check in checks),
    }
    parameters = [bigquery.ScalarQueryParameter(name, "INT64", count) for name, count in counted.items()]
    try:
        ((score,),) = _rows(client, f"SELECT `{function}`(@warnings, @critical)", parameters)
    except CloudError:
        return 0  # the function has gone with others, whose checks are UNKNOWN
    return int(score)


def _rules(client: bigquery.Client, outputs: StackOutputs, now: datetime) -> Sequence[HealthCheck]:
    place = placement(outputs)
    at = bigquery.ScalarQueryParameter("now", "TIMESTAMP", now)

    def part(name: str) -> list[Any] | CloudError:
        try:
            return _rows(client, MEASURE.format(part=place.address(name)), [at])
        except CloudError as error:
            return error

    with ThreadPoolExecutor(len(PARTS)) as pool:
        answers = list(pool.map(part, PARTS))
    signals = [row for answer in answers if not isinstance(answer, CloudError) for row in answer]
    reasons = "; ".join(dict.fromkeys(answer.message for answer in answers if isinstance(answer, CloudError)))
    try:
        judged = _rows(client, JUDGE.format(states=place.address("health_states_at")), [_array(signals, now), at])
    except CloudError as error:
        return [_basic("rules", "the rules of config/alerts.yaml can be measured", UNKNOWN, error.message)]
    return [
        HealthCheck(
            row.rule, row.title, row.value, row.unit, _bad(row), row.state, reasons if row.state == UNKNOWN else ""
        )
        for row in judged
    ]


def _rows(client: bigquery.Client, statement: str, parameters: Sequence[Any]) -> list[Any]:
    config = bigquery.QueryJobConfig(query_parameters=list(parameters))
    with answering("health"):
        return list(client.query(statement, job_config=config, timeout=SECONDS).result(timeout=SECONDS))


def _array(rows: Sequence[Any], now: datetime) -> bigquery.ArrayQueryParameter:
    def struct(values: dict[str, Any]) -> bigquery.StructQueryParameter:
        members = [bigquery.ScalarQueryParameter(name, kind, values[name]) for name, kind in FIELDS.items()]
        return bigquery.StructQueryParameter(None, *members)

    measured = [struct({**dict(row.items()), "cadence": "RUN", "measured_at": now}) for row in rows]
    kind = bigquery.StructQueryParameterType(
        *(bigquery.ScalarQueryParameterType(kind, name=name) for name, kind in FIELDS.items())
    )
    return bigquery.ArrayQueryParameter("signals", kind, measured)


def _bad(row: Any) -> str:
    sign = ">" if row.comparison == "ABOVE" else "<"
    limits = ((WARNING, row.warning_threshold), (CRITICAL, row.critical_threshold))
    return ", ".join(f"{level} {sign} {limit:g}" for level, limit in limits if limit is not None)


def _basic(name: str, title: str, state: str, reason: str = "") -> HealthCheck:
    return HealthCheck(name, title, None, "", f"{CRITICAL} if not", state, reason)
