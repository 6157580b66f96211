"""The rows of `automation_alerts`: which are open, acknowledging, closing, raising a test."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from operations.clients import answering
from operations.placement import placement
from outputs import StackOutputs
from settings.errors import ErosError

SECONDS = 60
LEVELS = ("CRITICAL", "WARNING", "INFO")
COLUMNS = (
    "alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, acknowledged, acknowledged_at,"
    " acknowledged_by, resolved_at, posted_to, notified_at"
)
# What a person has not seen, and what the evaluator still finds.
OPEN = "a.resolved_at IS NULL AND (a.alert_source = 'alert_evaluation' OR NOT COALESCE(a.acknowledged, FALSE))"
LIST = """
SELECT {columns}
FROM `{table}` AS a
WHERE a.alert_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY) AND ({which})
ORDER BY a.alert_time DESC, a.alert_id
"""
ACKNOWLEDGE = """
UPDATE `{table}` AS a
SET
  acknowledged = TRUE,
  acknowledged_at = COALESCE(a.acknowledged_at, CURRENT_TIMESTAMP()),
  acknowledged_by = COALESCE(a.acknowledged_by, NULLIF(@by, ''), SESSION_USER()),
  resolved_at = IF(@resolved, COALESCE(a.resolved_at, CURRENT_TIMESTAMP()), a.resolved_at),
  resolved_by = IF(@resolved, COALESCE(a.resolved_by, NULLIF(@by, ''), SESSION_USER()), a.resolved_by)
WHERE a.alert_id IN UNNEST(@ids)
"""
RAISE = """
INSERT INTO `{table}`
  (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, acknowledged)
VALUES
  (
    @id, CURRENT_TIMESTAMP(), @level, 'operator', @kind,
    CONCAT(@kind, '|by=', SESSION_USER(), '|note=a test of the channels, nothing is wrong'), FALSE
  )
"""
POSTED = """
UPDATE `{table}` AS a
SET posted_to = ARRAY_CONCAT(a.posted_to, [@route])
WHERE a.alert_id IN UNNEST(@ids)
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """One row. `kind` is the rule, or what a job calls it, with :page for one page; `text` what is to be told.

    `notified_at` is when the evaluator told of it last.
    """

    id: str
    time: datetime
    level: str
    source: str
    kind: str
    text: str
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None
    posted_to: tuple[str, ...]
    notified_at: datetime | None = None


class Alerts:
    """The alerts of one stack. Every method raises CloudError when BigQuery does not answer or refuses."""

    def __init__(self, client: bigquery.Client, outputs: StackOutputs) -> None:
        self._client = client
        self._table = placement(outputs).address("automation_alerts")

    def open(self, days: int = 90) -> tuple[Alert, ...]:
        """What is not closed, newest first."""
        return self._list(OPEN, days)

    def all(self, days: int) -> tuple[Alert, ...]:
        """Everything of the last days, newest first."""
        return self._list("TRUE", days)

    def unseen(self) -> tuple[Alert, ...]:
        """What nobody has acknowledged and is not closed, and INFO of the last day, newest first."""
        fresh = "a.alert_level = 'INFO' AND a.alert_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)"
        return self._list(f"(a.resolved_at IS NULL AND NOT COALESCE(a.acknowledged, FALSE)) OR ({fresh})", days=7)

    def acknowledge(self, ids: Collection[str], by: str, *, resolved: bool = False) -> tuple[Alert, ...]:
        """Marks alerts, named by their id or its beginning, as seen, with `resolved` as over, too; returns them.

        What was acknowledged before keeps who did it and when. Errors: ErosError for an id that none or several have.
        """
        known = self._list("TRUE", days=90)
        chosen = [_named(known, text) for text in ids]
        self._run(ACKNOWLEDGE, ids=[alert.id for alert in chosen], by=by, resolved=resolved)
        return tuple(chosen)

    def raise_test(self, level: str) -> str:
        """Inserts an alert that only tests who is told; its id."""
        made = str(uuid.uuid4())
        self._run(RAISE, id=made, level=level, kind=f"channel_test:{made[:8]}")
        return made

    def mark_posted(self, ids: Sequence[str], route: str) -> None:
        """Remembers that a route was told of these."""
        self._run(POSTED, ids=list(ids), route=route)

    def _list(self, which: str, days: int) -> tuple[Alert, ...]:
        columns = ", ".join(f"a.{name.strip()}" for name in COLUMNS.split(","))
        return tuple(_alert(row) for row in self._run(LIST, columns=columns, which=which, days=days))

    def _run(self, statement: str, *, columns: str = "", which: str = "", **values: Any) -> list[Any]:
        config = bigquery.QueryJobConfig(query_parameters=[_parameter(name, value) for name, value in values.items()])
        sql = statement.format(table=self._table, columns=columns, which=which)
        with answering("alerts"):
            return list(self._client.query(sql, job_config=config, timeout=SECONDS).result(timeout=SECONDS))


def _named(known: Sequence[Alert], text: str) -> Alert:
    found = [alert for alert in known if text and alert.id.startswith(text)]
    if len(found) != 1:
        problem = f"{len(found)} alerts begin with" if found else "no alert of the last 90 days has the id"
        raise ErosError(f"{problem} {text!r}; nothing was changed", fix="eros alerts list shows the ids")
    return found[0]


def _alert(row: Any) -> Alert:
    return Alert(
        id=row.alert_id,
        time=row.alert_time,
        level=row.alert_level,
        source=row.alert_source,
        kind=row.alert_kind or "",
        text=(row.alert_message or "").partition("|")[2].replace("|", ", ") or row.alert_message or "",
        acknowledged=bool(row.acknowledged),
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by or "",
        resolved_at=row.resolved_at,
        posted_to=tuple(row.posted_to or ()),
        notified_at=row.notified_at,
    )


def _parameter(name: str, value: Any) -> bigquery.ArrayQueryParameter | bigquery.ScalarQueryParameter:
    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, "STRING", value)
    kind = {bool: "BOOL", int: "INT64"}.get(type(value), "STRING")
    return bigquery.ScalarQueryParameter(name, kind, value)
