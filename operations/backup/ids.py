"""What a backup is called: its instant in UTC, which is also its folder in the bucket."""

from __future__ import annotations

import re
from datetime import UTC, datetime

FORM = "%Y-%m-%d_%H%M%S"
PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}_\d{6}")
LATEST = "latest"


def backup_id(instant: datetime) -> str:
    """The id of the backup that shows the tables at this instant."""
    return f"{instant.astimezone(UTC):{FORM}}"


def instant_of(name: str) -> datetime | None:
    """The instant that an id stands for, None for any other text."""
    if not PATTERN.fullmatch(name):
        return None
    try:
        return datetime.strptime(name, FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
