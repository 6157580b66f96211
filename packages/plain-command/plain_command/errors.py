"""Errors for the person who typed a command. Everything else is a bug and keeps its traceback."""

from __future__ import annotations


class UserError(Exception):
    """What is wrong and what to do about it; `exit_code` is the command's exit code."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message
