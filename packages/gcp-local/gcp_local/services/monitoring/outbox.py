"""The outbox: every notification, one a line of JSON, in a file of the state folder. Holds no secrets."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json

FILE = "outbox.jsonl"
_LOCK = threading.Lock()


def path(cloud: Cloud) -> Path:
    """Where the file is."""
    return cloud.store.folder / FILE


def append(cloud: Cloud, record: Json) -> None:
    """Add one record."""
    with _LOCK, path(cloud).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")


def read(cloud: Cloud) -> list[Json]:
    """All records, the oldest first; a line that an interrupted process left unfinished is left out."""
    if not path(cloud).is_file():
        return []
    found = []
    for line in path(cloud).read_text(encoding="utf-8").split("\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
