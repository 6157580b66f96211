"""The platform's figures in Cloud Monitoring: log metrics, which logs they come from, and how they are called.

Google measures what queries cost and how runs end. What it cannot know (score, locks, captions) the platform says in
logs: `tell_figures` as text of a statement in BigQuery's audit log, the evaluator in the log of its runs, `eros`
in the log of changes. Metrics carry the stack's name: several stacks may share a project.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.alert_signals import SIGNALS
from catalog.alerts import HEALTH_SCORE
from settings import changes

# Signals that the health check measures of the whole platform (subject empty), and the score.
FIGURES = (
    HEALTH_SCORE,
    "failed_query_percent",
    "query_p95_seconds",
    "cost_usd_today",
    "active_locks",
    "expired_locks",
    "available_captions",
    "feedback_hours_stale",
)
CHANGES, EVALUATOR_FAILURES = "changes", "evaluator_failures"
LOG_METRIC = "logging.googleapis.com/user/"
# The statement's text as docs.cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/
# BigQueryAuditMetadata has it; a job is written down when it begins (jobInsertion) and when it has ended (jobChange).
JOB = "protoPayload.metadata.jobChange"
TEXT = f"{JOB}.job.jobConfig.queryConfig.query"
NUMBER = "[-+0-9.e]+"


@dataclass(frozen=True, slots=True)
class LogMetric:
    """A log metric. With an `extractor` it is a distribution of what that finds, else it counts entries.

    `labels` are extractors too; `resource` is the type of the entries' resource.
    """

    key: str
    description: str
    filter: str
    resource: str
    extractor: str = ""
    labels: tuple[tuple[str, str], ...] = ()


def name(key: str, stack: str) -> str:
    """The name of a stack's metric."""
    return f"eros_{stack}_{key}"


def figures(stack: str) -> list[LogMetric]:
    """Of each figure the values that health checks of the stack have told."""
    told = (
        f'log_id("cloudaudit.googleapis.com/data_access") AND resource.type = "bigquery_project"'
        f' AND {JOB}.after = "DONE" AND {TEXT} =~ "EROS_FIGURES[|]stack={stack}[|]"'
    )
    return [
        LogMetric(
            key=signal,
            description=f"EROS ({stack}): {SIGNALS[signal].label}",
            filter=told,
            resource="bigquery_project",
            extractor=f'REGEXP_EXTRACT({TEXT}, "[|]{signal}=({NUMBER})[|]")',
        )
        for signal in FIGURES
    ]


def changed(project: str, stack: str) -> LogMetric:
    """The changes that `eros` has made of the stack, by event and status."""
    return LogMetric(
        key=CHANGES,
        description=f"EROS ({stack}): deployments, rollbacks, restores",
        filter=f'logName = "projects/{project}/logs/{changes.LOG}" AND jsonPayload.stack = "{stack}"',
        resource="global",
        labels=(("event", "EXTRACT(jsonPayload.event)"), ("status", "EXTRACT(jsonPayload.status)")),
    )


def evaluator_failures(stack: str, filter_: str) -> LogMetric:
    """Runs of the evaluator that failed with anything but alerts, as `filter_` selects their errors."""
    return LogMetric(
        key=EVALUATOR_FAILURES,
        description=f"EROS ({stack}): runs of the evaluator that ended without comparing anything",
        filter=filter_,
        resource="bigquery_dts_config",
    )
