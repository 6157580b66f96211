"""Rows of the table `deployments`: what dashboards and KPIs read of deployments and rollbacks.

A row is a service to readers: where it cannot be written (an older release without the table, a cloud that refuses) the
command says so and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from google.cloud import bigquery

from operations.clients import answering
from operations.errors import CloudError
from operations.placement import placement
from operations.releases.figures import Figures
from outputs import StackOutputs

SECONDS = 60
TABLE = "deployments"
ID = "%Y%m%d_%H%M%S"
# What `eros deploy` gives as the message of its update.
MESSAGE = re.compile(r"deployment (\d{8}_\d{6})(, first step)?(?:: .*)?", re.DOTALL)
OPEN = """
INSERT INTO `{table}` (deployment_id, stack, started_at, result, commit, who, message, engine, rollback_of, backup_id)
SELECT @id, @stack, @started, 'RUNNING', NULLIF(@commit, ''), SESSION_USER(), NULLIF(@message, ''), @engine,
  NULLIF(@rollback_of, ''), NULLIF(@backup, '')
FROM (SELECT 1)
WHERE NOT EXISTS (SELECT 1 FROM `{table}` AS d WHERE d.deployment_id = @id)
"""
CLOSE = "UPDATE `{table}` AS d SET {fields} WHERE d.deployment_id = @id"


class DeploymentResult(StrEnum):
    """How a deployment ended."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_REQUIRED = "ROLLBACK_REQUIRED"


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known when it begins; empty texts are unknown."""

    id: str
    started: datetime
    commit: str
    message: str
    rollback_of: str = ""
    backup: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """How it ended; what is empty or None stays as it is in the row."""

    id: str
    result: DeploymentResult
    ended: datetime | None = None
    backup: str = ""
    report: str = ""
    before: Figures | None = None
    after: Figures | None = None


def deployment_message(id_: str, message: str, *, first_step: bool = False) -> str:
    """The message of a deployment's update, by which the history leads to its row."""
    return f"deployment {id_}" + ", first step" * first_step + (f": {message}" if message else "")


def deployment_of(message: str) -> str:
    """The deployment that made an update, by the update's message; empty when none did."""
    found = MESSAGE.fullmatch(message.strip())
    return found[1] if found else ""


def is_first_step(message: str) -> bool:
    """Whether an update is the first of two of its deployment: no program that somebody wrote as it is."""
    found = MESSAGE.fullmatch(message.strip())
    return bool(found and found[2])


class Deployments:
    """The table of one deployed stack."""

    def __init__(
        self, client: bigquery.Client, outputs: StackOutputs, stack: str, engine: str, say: Callable[[str], None]
    ) -> None:
        self._client, self._stack, self._engine, self._say = client, stack, engine, say
        self._table = str(placement(outputs).address(TABLE)) if TABLE in outputs.tables else ""

    def open(self, one: Opened) -> None:
        """Writes that it runs; does nothing where it is written already."""
        values = {
            "id": one.id,
            "stack": self._stack,
            "started": one.started,
            "commit": one.commit,
            "message": one.message,
            "engine": self._engine,
            "rollback_of": one.rollback_of,
            "backup": one.backup,
        }
        self._run(OPEN, values)

    def close(self, one: Closed) -> None:
        """Writes how it ended."""
        values: dict[str, Any] = {
            "result": one.result.value,
            "ended_at": one.ended,
            "backup_id": one.backup,
            "report": one.report,
        }
        for when, figures in (("before", one.before), ("after", one.after)):
            found = asdict(figures) if figures else {}
            values |= {f"{name}_{when}": value for name, value in found.items() if name != "statements"}
        stated = {name: value for name, value in values.items() if value not in (None, "")}
        fields = ", ".join(f"{name} = @{name}" for name in stated)
        self._run(CLOSE.replace("{fields}", fields), {"id": one.id, **stated})

    def _run(self, statement: str, values: Mapping[str, Any]) -> None:
        if not self._table:
            return
        config = bigquery.QueryJobConfig(
            query_parameters=[bigquery.ScalarQueryParameter(name, _type(one), one) for name, one in values.items()]
        )
        try:
            with answering("the row in deployments"):
                self._client.query(statement.format(table=self._table), config, timeout=SECONDS).result(timeout=SECONDS)
        except CloudError as error:
            self._say(f"not recorded: {error.message}")


def _type(value: Any) -> str:
    kinds = {str: "STRING", datetime: "TIMESTAMP", float: "FLOAT64", int: "INT64"}
    return kinds[type(value)]
