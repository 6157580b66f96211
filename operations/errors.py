"""Errors of operations, each with its exit code."""

from __future__ import annotations

from settings.errors import ErosError


class EngineMissing(ErosError):
    """No deployment engine fits this stack."""


class EngineFailed(ErosError):
    """The engine ended with an error that it has already shown."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class CloudError(ErosError):
    """A Google API refused or did not answer."""


class NotConfirmed(ErosError):
    """The operator did not type the confirmation."""
