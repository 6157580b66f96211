"""Names that Monitoring gives: numbers of 19 digits, never the same twice."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """A new id for a policy, condition or channel."""
    return str(10**18 + secrets.randbelow(8 * 10**18))
