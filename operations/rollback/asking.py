"""What is asked of a rollback and what came of it; and the word that an operator types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.errors import NotConfirmed
from settings.errors import ErosError

WORD = "ROLLBACK"
UPDATE_FAILED, PERSON_NEEDED = 3, 5
"""Exit codes, those of a deployment: the update failed and can be gone on with; done, but the platform is not well."""


@dataclass(frozen=True, slots=True)
class RollbackAsk:
    """What the operator wants. `to` is a number or a commit, empty for the last good one; `with_data` a backup.

    `verified_before` and `failed_before` say how the checks went before, where that is known.
    """

    to: str = ""
    with_data: str = ""
    reason: str = ""
    dry_run: bool = False
    yes: bool = False
    verified_before: str = ""
    failed_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `report` is None where nothing was done; `code` the exit code."""

    code: int
    document: Mapping[str, Any]
    report: Path | None = None


class NotWell(ErosError):
    """What was recorded is deployed again, and something is not as it should be."""

    exit_code = PERSON_NEEDED


def agreed(ask: RollbackAsk, prompt: Callable[[str], str], say: Callable[[str], None]) -> str | None:
    """The reason, None when the operator does not agree. Errors: NotConfirmed when nobody is there."""
    if ask.yes:
        return ask.reason
    try:
        if prompt(f"type {WORD!r} to go on, anything else to leave all as it is: ").strip() != WORD:
            say("cancelled: nothing was changed")
            return None
        return ask.reason or prompt("reason, for the report: ").strip()
    except EOFError:
        raise NotConfirmed("nothing was changed: nobody is here to agree", fix="--yes agrees beforehand") from None
