"""How something is changed by hand: tried first, agreed to, then written together with its row of audit_log.

What is tried is the very statement that is written later, inside a transaction that is never committed. It rests on two
rules of https://cloud.google.com/bigquery/docs/transactions: what a transaction changed is visible to its own later
statements, and a query that ends before COMMIT is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.errors import NotConfirmed
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

CHANGED = "EROS_CHANGED"
AUDIT = """
INSERT INTO {audit_log} (action, entity_type, entity_id, page_name, details, timestamp, user_agent)
VALUES (
  @action, @entity, @id, NULLIF(@page, ''), @details, CURRENT_TIMESTAMP(),
  CONCAT('eros by hand, ', COALESCE(NULLIF(@by, ''), SESSION_USER()))
)
"""


class NotWritten(ErosError):
    """Nothing was changed: what was to be changed is not as it was when its effect was shown."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What audit_log is to say of a change; an empty `by` is the account."""

    action: str
    entity: str
    id: str
    page: str = ""
    by: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def parameters(self) -> dict[str, str]:
        """As AUDIT names them."""
        text = json.dumps(self.details, ensure_ascii=False, default=str)
        named = {"action": self.action, "entity": self.entity, "id": self.id, "page": self.page}
        return {**named, "by": self.by, "details": text}


def writing(insert: str, newer: str) -> str:
    """The script that writes a row and its audit unless `newer` finds rows; the count of such rows afterwards.

    Two that insert at the same time do not hinder each other on BigQuery: then both see two rows, and say so.
    """
    return f"""
BEGIN TRANSACTION;
IF EXISTS ({newer}) THEN
  RAISE USING MESSAGE = '{CHANGED}';
END IF;
{insert.strip()};
{AUDIT.strip()};
COMMIT TRANSACTION;
SELECT COUNT(*) AS newer FROM ({newer}) AS later;
"""


def write(warehouse: Statements, script: str, audited: Audited, **values: Any) -> None:
    """Runs a script of `writing`. Errors: NotWritten, CloudError; then nothing was changed."""
    look = f"look at it again: eros {audited.entity}s show {audited.id}"
    try:
        (found,) = warehouse.rows(script, **{**values, **audited.parameters()})
    except ErosError as error:
        if CHANGED in error.message:
            raise NotWritten(f"somebody changed {audited.id} meanwhile; nothing was written", fix=look) from None
        raise
    if found.newer > 1:
        raise ErosError(f"somebody wrote {audited.id} at the same moment; the newest of both counts", fix=look)


def audit(warehouse: Statements, audited: Audited) -> None:
    """Writes down what was done by a statement of its own. Errors: CloudError."""
    warehouse.change(AUDIT, **audited.parameters())


def agreed(question: str, *, yes: bool, prompt: Callable[[str], str], say: Callable[[str], None]) -> bool:
    """Whether to go on. Errors: NotConfirmed when nobody is there to say so."""
    if yes:
        return True
    say(f"{question} Type yes to go on, anything else to leave all as it is:")
    try:
        answer = prompt("")
    except EOFError:
        raise NotConfirmed("nothing was changed: nobody is here to agree", fix="--yes agrees beforehand") from None
    if answer.strip().lower() not in ("y", "yes"):
        say("cancelled: nothing was changed")
        return False
    return True
