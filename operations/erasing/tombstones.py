"""What was erased, in `audit_log`: one row an erasure, with a hash in the place of the name.

The row is written before the first table changes and says `done` only after the proof, so that an erasure that was
killed is found and goes on. Restores recognise by the hash what must not come back (`forgetting`).
"""

from __future__ import annotations

import getpass
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.cloud import bigquery

from catalog import Placement
from operations.erasing import erasing_statements
from operations.erasing.subject import ErasureSubject

ACTION, OPEN, DONE = "erase", "erasing", "done"
BEGIN = """
INSERT INTO `{audit}` (action, entity_type, entity_id, details, timestamp, user_agent)
SELECT @action, @kind, @hash, @details, CURRENT_TIMESTAMP(), @agent
"""
END = """
UPDATE `{audit}` AS log
SET details = @details
WHERE log.action = @action AND log.entity_id = @hash AND JSON_VALUE(log.details, '$.state') = @open
"""
ALL = """
SELECT log.entity_type, log.entity_id, log.details, log.timestamp
FROM `{audit}` AS log
WHERE log.action = @action
ORDER BY log.timestamp
"""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An erasure: of what kind and hash, since when, whether it came to its end, and its pseudonym's token."""

    kind: str
    hash: str
    started: datetime
    is_done: bool
    token: str
    rows: Mapping[str, int]


class Tombstones:
    """The erasures of one stack."""

    def __init__(self, client: bigquery.Client, place: Placement) -> None:
        self._client, self._audit = client, str(place.address("audit_log"))

    def all(self) -> list[Tombstone]:
        """The oldest first. Errors: CloudError."""
        sql = ALL.format(audit=self._audit)
        found = erasing_statements.rows(self._client, "reading audit_log", sql, {"action": ACTION})
        return [_tombstone(row) for row in found]

    def of(self, subject: ErasureSubject) -> list[Tombstone]:
        """Those of one page or caption. Errors: CloudError."""
        return [one for one in self.all() if one.hash == subject.hash]

    def begin(self, subject: ErasureSubject, rows: Mapping[str, int]) -> None:
        """`rows`: what each table holds now. Errors: CloudError."""
        agent = f"eros erase ({getpass.getuser()}@{socket.gethostname()})"
        self._write(BEGIN, subject, {"kind": subject.kind, "agent": agent, "details": _details(OPEN, subject, rows)})

    def end(self, subject: ErasureSubject, rows: Mapping[str, int]) -> None:
        """After the proof. Errors: CloudError."""
        self._write(END, subject, {"open": OPEN, "details": _details(DONE, subject, rows)})

    def _write(self, sql: str, subject: ErasureSubject, values: dict[str, Any]) -> None:
        values |= {"action": ACTION, "hash": subject.hash}
        erasing_statements.change(self._client, "writing audit_log", sql.format(audit=self._audit), values)


def _details(state: str, subject: ErasureSubject, rows: Mapping[str, int]) -> str:
    return json.dumps({"state": state, "token": subject.token, "rows": dict(rows)})


def _tombstone(row: Any) -> Tombstone:
    try:
        details = json.loads(row["details"] or "")
    except ValueError:
        details = {}
    details = details if isinstance(details, dict) else {}
    state, token, rows = details.get("state"), str(details.get("token", "")), details.get("rows")
    started = row["timestamp"].astimezone(UTC)
    counts = rows if isinstance(rows, dict) else {}
    return Tombstone(row["entity_type"], row["entity_id"], started, state == DONE, token, counts)
