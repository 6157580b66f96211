"""Stopping scheduled queries for a while and starting them again.

The table `schedule_pauses` remembers what was stopped, by whom and until when: whoever resumes needs not be who paused,
a command that died halfway is finished by running it again, and whoever finds a schedule disabled sees why.
Schedules that were disabled before are left alone, then and afterwards. Not here: the command line, and alerts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from operations import google_api
from operations.clients import answering
from operations.placement import placement
from operations.scheduled_runs import ScheduledQueries
from outputs import StackOutputs
from settings.endpoints import TRANSFER
from settings.errors import ErosError

SECONDS = 60
OPEN = """
SELECT p.pause_id, p.schedule_name, p.paused_at, p.planned_until, p.paused_by, p.reason
FROM `{table}` AS p
WHERE p.resumed_at IS NULL
ORDER BY p.schedule_name, p.paused_at
"""
PAUSE = """
INSERT INTO `{table}` (pause_id, schedule_name, paused_at, planned_until, paused_by, reason)
SELECT @pause_id, name, CURRENT_TIMESTAMP(), @until, SESSION_USER(), @reason
FROM UNNEST(@names) AS name
WHERE NOT EXISTS (SELECT 1 FROM `{table}` AS p WHERE p.schedule_name = name AND p.resumed_at IS NULL)
"""
PROLONG = """
UPDATE `{table}` AS p SET planned_until = @until WHERE p.resumed_at IS NULL AND p.schedule_name IN UNNEST(@names)
"""
RESUME = """
UPDATE `{table}` AS p
SET resumed_at = CURRENT_TIMESTAMP(), resumed_by = SESSION_USER()
WHERE p.resumed_at IS NULL AND p.schedule_name IN UNNEST(@names)
"""


@dataclass(frozen=True, slots=True)
class Pause:
    """An open pause of one schedule; instants in UTC."""

    schedule: str
    paused_at: datetime
    until: datetime
    by: str
    reason: str


class Maintenance:
    """Pauses of one stack's schedules."""

    def __init__(self, client: bigquery.Client, queries: ScheduledQueries, outputs: StackOutputs) -> None:
        self._client, self._queries, self._outputs = client, queries, outputs
        if "schedule_pauses" not in outputs.tables:
            raise ErosError(
                "this stack was deployed before schedules could be paused: it has no table schedule_pauses",
                fix="eros up, or set the stack's pauseSchedules and deploy",
            )
        self._table = placement(outputs).address("schedule_pauses")

    def open(self) -> tuple[Pause, ...]:
        """What is paused now, by schedule. Errors: CloudError."""
        return tuple(
            Pause(row.schedule_name, row.paused_at, row.planned_until, row.paused_by, row.reason or "")
            for row in self._run(OPEN)
        )

    def pause(self, names: Collection[str], until: datetime, reason: str = "") -> tuple[str, ...]:
        """Stops those of `names` (all without) that run; the ones that are paused now, by name.

        The pause is recorded first: one that dies before the schedule is disabled is completed by the next call.
        Schedules that are paused already are paused until `until`. Errors: ErosError for an unknown name, CloudError.
        """
        self._queries.check(names)
        already = {pause.schedule for pause in self.open()}
        wanted = [query for query in self._queries.list() if not names or query.name in names]
        chosen = [query for query in wanted if not query.disabled or query.name in already]
        stopped = [query.name for query in chosen]
        self._run(PAUSE, names=stopped, until=until, reason=reason, pause_id=str(uuid.uuid4()))
        self._run(PROLONG, names=sorted(already & set(stopped)), until=until)
        for query in chosen:
            if not query.disabled:
                google_api.patch(TRANSFER, query.config, {"disabled": True})
        return tuple(stopped)

    def resume(self, names: Collection[str] = ()) -> tuple[str, ...]:
        """Starts again what is paused (of `names`, all without); by name.

        Enabled first, recorded afterwards: what dies in between is resumed again. Errors: ErosError for a name that is
        not paused, CloudError.
        """
        self._queries.check(names)
        paused = {pause.schedule for pause in self.open()}
        if running := sorted(set(names) - paused):
            raise ErosError(
                f"not paused: {', '.join(running)}", fix=f"paused are: {', '.join(sorted(paused)) or 'none'}"
            )
        # A schedule that is no longer declared has no config to enable.
        started = sorted(paused & set(names) if names else paused)
        for name in started:
            if config := self._outputs.schedules.get(name):
                google_api.patch(TRANSFER, config, {"disabled": False})
        self._run(RESUME, names=started)
        return tuple(started)

    def _run(self, statement: str, **values: Any) -> list[Any]:
        parameters = [_parameter(name, value) for name, value in values.items()]
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        with answering("pauses of the schedules"):
            job = self._client.query(statement.format(table=self._table), job_config=config, timeout=SECONDS)
            return list(job.result(timeout=SECONDS))


def _parameter(name: str, value: Any) -> bigquery.ArrayQueryParameter | bigquery.ScalarQueryParameter:
    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, "STRING", value)
    return bigquery.ScalarQueryParameter(name, "TIMESTAMP" if isinstance(value, datetime) else "STRING", value)
