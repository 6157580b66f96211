"""Errors of operations, each with its exit code."""

from __future__ import annotations

from datetime import date

from settings.errors import ErosError

VERIFICATION_FAILED = 4
"""Exit code when everything could be checked and something is wrong, the same as that of a deployment."""


class EngineMissing(ErosError):
    """No deployment engine fits this stack."""


class EngineFailed(ErosError):
    """The engine ended with an error that it has already shown."""

    def __init__(self, message: str, exit_code: int, *, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.exit_code = exit_code


class StateDamaged(EngineFailed):
    """The engine cannot read the stack's state."""


class StackBusy(EngineFailed):
    """Another command is at work on the stack."""


class Interrupted(EngineFailed):
    """A signal asked the engine to stop, and it did so in order."""


class CloudError(ErosError):
    """A Google API refused or did not answer."""


class NotConfirmed(ErosError):
    """The operator did not type the confirmation."""


class LockError(ErosError):
    """Captions could not be locked; none of them is."""


class LockConflict(LockError):
    """Another lock stands against one of the captions; the fields name it, `send_date` is its Los Angeles day."""

    exit_code = 6

    def __init__(self, caption_id: int, holder_page: str, holder_schedule: str, send_date: date) -> None:
        super().__init__(
            f"caption {caption_id} is locked by page {holder_page}, schedule {holder_schedule or '(none)'}, "
            f"for {send_date}",
            fix="select captions anew, or choose a day more than seven days from it",
        )
        self.caption_id = caption_id
        self.holder_page = holder_page
        self.holder_schedule = holder_schedule
        self.send_date = send_date


class LockInvalid(LockError):
    """The request can never be locked as it is; `reason` says why."""

    exit_code = 7

    def __init__(self, reason: str) -> None:
        super().__init__(f"captions cannot be locked: {reason}", fix="correct the assignments and lock again")
        self.reason = reason


class LockBusy(LockError):
    """Others locked at the same time, again and again; nobody holds these captions."""

    exit_code = 8
