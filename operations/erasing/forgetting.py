"""A restore does not bring back what was erased since its backup: it is taken out of the loaded rows before they go in.

A backup holds names, `audit_log` hashes: which names were erased is found by the hash of each word of the columns that
may hold one. What was erased before the backup was made is not in it, or came back for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.personal import marked
from operations.clients import answering
from operations.erasing import erasing_statements
from operations.erasing.subject import SCHEDULE, ErasureSubject
from operations.erasing.subject_tables import SubjectTable
from operations.erasing.tombstones import ACTION, Tombstone, Tombstones
from operations.errors import CloudError
from operations.rows.fingerprint import quoted

AUDIT = "audit_log"
TOKENS = {"page": "[a-z0-9_-]+", "caption": "-?[0-9]+"}
# An escaped sign of JSON ends a word, and a schedule's id is followed by its page.
NO_WORD = rf'\\[a-z"]|{SCHEDULE}'
NAMES = """
SELECT DISTINCT word
FROM {path} AS source,
UNNEST(REGEXP_EXTRACT_ALL(REGEXP_REPLACE(LOWER(TO_JSON_STRING(STRUCT({columns}))), @no_word, ' '), @word)) AS word
WHERE TO_HEX(SHA256(CONCAT(@kind, '|', word))) IN UNNEST(@hashes)
"""
KEPT = """
INSERT INTO {path} (action, entity_type, entity_id, page_name, details, timestamp, user_agent, error_message)
SELECT
  log.action, log.entity_type, log.entity_id, log.page_name, log.details, log.timestamp, log.user_agent,
  log.error_message
FROM `{audit}` AS log
WHERE log.action = @action
  AND NOT EXISTS (
    SELECT 1 FROM {path} AS old
    WHERE old.action = log.action AND old.entity_id = log.entity_id AND old.timestamp = log.timestamp
  )
"""


@dataclass(slots=True)
class Forgetting:
    """What was erased from a stack, for its restores. `own`: into its own tables, whose audit log keeps erasures."""

    client: bigquery.Client
    place: Placement
    catalog: Catalog
    own: bool
    _subjects: list[ErasureSubject] = field(default_factory=list)
    _tables: dict[str, SubjectTable] = field(default_factory=dict)
    _is_audited: bool = False

    def find(self, taken: datetime, loaded: Mapping[str, str]) -> int:
        """Looks for what was erased since the backup was `taken` in loaded tables, by logical name; how many are there.

        Errors: CloudError.
        """
        since = [one for one in self._tombstones() if one.started >= taken]
        self._subjects, self._tables = [], {}
        if not since:
            return 0
        key = str(self.place.address("caption_key_v2"))
        for name, path in loaded.items():
            with answering(f"reading {path}"):
                live = self.client.get_table(path, timeout=60.0)
            self._tables[name] = SubjectTable(self.client, name, self.catalog.tables.get(name), live, key)
            self._subjects += self._named(name, live, since)
        self._subjects = [self._with_keys(one) for one in dict.fromkeys(self._subjects)]
        return len(self._subjects)

    def clean(self, name: str, path: str) -> int:
        """Takes it out of one loaded table; how many rows that deleted or changed. Errors: CloudError."""
        table = self._tables.get(name)
        done = sum(table.erase(subject) for subject in self._subjects) if table else 0
        if name == AUDIT and self.own and self._is_audited:
            sql = KEPT.format(path=quoted(path), audit=self.place.address(AUDIT))
            erasing_statements.change(self.client, f"keeping erasures in {name}", sql, {"action": ACTION})
        return done

    def _tombstones(self) -> list[Tombstone]:
        try:
            found = Tombstones(self.client, self.place).all()
        except CloudError as error:
            if isinstance(error.__cause__, NotFound):  # the log itself is to be restored
                return []
            raise
        self._is_audited = True
        return found

    def _named(self, name: str, live: bigquery.Table, since: Sequence[Tombstone]) -> Iterator[ErasureSubject]:
        """The subjects whose names stand in a table."""
        there = {one.name.lower() for one in live.schema}
        declared = self.catalog.tables.get(name)
        tops = (one.path.lower().split(".")[0] for one in (marked(declared.columns) if declared else ()))
        columns = ", ".join(f"source.{quoted(top)}" for top in dict.fromkeys(tops) if top in there)
        path = quoted(f"{live.project}.{live.dataset_id}.{live.table_id}")
        for kind, word in TOKENS.items():
            known = {one.hash: one for one in since if one.kind == kind}
            if columns and known:
                asked = {"hashes": list(known), "kind": kind, "word": word, "no_word": NO_WORD}
                sql = NAMES.format(path=path, columns=columns)
                for row in erasing_statements.rows(self.client, f"looking for erased names in {name}", sql, asked):
                    yield self._subject(kind, row["word"], known)

    def _subject(self, kind: str, value: str, known: Mapping[str, Tombstone]) -> ErasureSubject:
        plain = ErasureSubject.of(value, "") if kind == "page" else ErasureSubject.of("", value)
        return plain.known_as(known[plain.hash].token)

    def _with_keys(self, subject: ErasureSubject) -> ErasureSubject:
        found = {key for table in self._tables.values() for key in table.keys(subject)}
        return subject.known_as("", tuple(sorted(found)))
