"""Files in which the rules found nothing: they are not held to them again while nothing they were judged by changes.

A rule asks for other objects by name, and what it asked for is noted; so a verdict follows from the text of the file
and from the texts of those. Findings are never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping

from catalog.errors import CatalogError
from catalog.lint.declarations import Declarations
from catalog.reader import reader
from catalog.tokens import SqlText
from plain_command.caches import Kept

ABSENT = ""


class Verdicts:
    """What was found clean before, and what is now."""

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept
        self._reader = reader() if kept else b""

    def of(
        self,
        source: SqlText,
        known: Declarations,
        sources: Mapping[str, SqlText],
        lint: Callable[[], Iterable[CatalogError]],
    ) -> list[CatalogError]:
        """The findings of `lint` in a file. It asks `known`, whose texts are the `sources`."""
        if self._kept is None:
            return list(lint())
        columns = " ".join(sorted(known.partitions))
        key = hashlib.sha256(self._reader + f"{source.path}\0{columns}\0{source.text}".encode()).hexdigest()
        if self._is_clean(self._kept.read(key), sources):
            return []
        known.asked.clear()
        found = list(lint())
        if not found:
            digests = {name: _digest(sources, name) for name in sorted(known.asked)}
            self._kept.write(key, json.dumps(digests).encode())
        return found

    def _is_clean(self, kept: bytes | None, sources: Mapping[str, SqlText]) -> bool:
        try:
            digests = json.loads(kept or b"")
            return all(_digest(sources, name) == digest for name, digest in digests.items())
        except (ValueError, AttributeError):  # absent, cut short or damaged
            return False


def _digest(sources: Mapping[str, SqlText], name: str) -> str:
    source = sources.get(name)
    return hashlib.sha256(f"{source.path}\0{source.text}".encode()).hexdigest() if source else ABSENT
