"""Who still holds what was erased, and until when: BigQuery's own past, snapshots, backups, the archive, spreadsheets.

None of it is changed here. Facts come from the dataset, the buckets and the export log, not from the configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.cloud import bigquery

from catalog import Placement
from operations import display
from operations.backup.bucket import Bucket
from operations.clients import answering
from operations.erasing import erasing_statements
from operations.erasing.subject import ErasureSubject

# "Fail-safe: data is retained for an additional seven days after the time travel window", for Cloud Customer Care only
# (https://cloud.google.com/bigquery/docs/time-travel#fail-safe).
FAIL_SAFE = timedelta(days=7)
TIME_TRAVEL_HOURS = 168
SHEETS = """
SELECT COALESCE(log.sheet_name, '') AS sheet, MAX(log.export_timestamp) AS newest
FROM `{log}` AS log
WHERE log.export_format = 'SHEETS' AND log.status IN ('SUCCESS', 'PARTIAL') AND {mine}
GROUP BY sheet
ORDER BY sheet
"""
FILES = """
SELECT COUNT(*) AS files, MAX(log.export_timestamp) AS newest
FROM `{log}` AS log
WHERE log.export_format != 'SHEETS' AND log.status IN ('SUCCESS', 'PARTIAL') AND {mine}
"""
OF_PAGE = "LOWER(TRIM(log.page_name)) = @value"
OF_CAPTION = "log.schedule_id IN (SELECT r.schedule_id FROM `{weeks}` AS r WHERE r.caption_id = @value)"


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that holds the subject, or may; `until` None: until a person takes it out, as `fix` says."""

    what: str
    until: datetime | None
    fix: str = ""

    def __str__(self) -> str:
        when = f"until {display.both_zones(self.until)}" if self.until else "until somebody takes it out"
        return f"{self.what}: {when}{f'; {self.fix}' if self.fix else ''}"


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look. `declared` are the physical names of tables that are erased from or told by themselves."""

    client: bigquery.Client
    place: Placement
    buckets: dict[str, Bucket]
    spreadsheet: str
    declared: Collection[str]

    def holders(self, subject: ErasureSubject, now: datetime) -> list[Holder]:
        """The past first, then copies, then what people have. Errors: CloudError."""
        return [*self._past(now), *self._copies(), *self._backups(), *self._exports(subject)]

    def _past(self, now: datetime) -> Iterator[Holder]:
        for dataset in self.place.datasets:
            with answering(f"reading dataset {dataset}"):
                found = self.client.get_dataset(f"{self.place.project}.{dataset}", timeout=60.0)
            hours = timedelta(hours=int(found.max_time_travel_hours or TIME_TRAVEL_HOURS))
            yield Holder(f"the past of dataset {dataset} (time travel, whoever may read a table)", now + hours)
            yield Holder(f"the past of dataset {dataset} (fail-safe, Google's support)", now + hours + FAIL_SAFE)

    def _copies(self) -> Iterator[Holder]:
        """Snapshots, and tables that nobody declares."""
        for dataset in self.place.datasets:
            with answering(f"listing {dataset}"):
                there = list(self.client.list_tables(f"{self.place.project}.{dataset}", timeout=60.0))
            for item in there:
                name = f"{dataset}.{item.table_id}"
                if item.table_type == "SNAPSHOT":
                    yield Holder(f"snapshot {name}, as its table was", item.expires, f"bq rm -t {name}")
                elif item.table_type == "TABLE" and item.table_id not in self.declared:
                    yield Holder(f"table {name}, which no file declares, if it holds any", item.expires, "look at it")

    def _backups(self) -> Iterator[Holder]:
        for kind, bucket in self.buckets.items():
            written, kept = bucket.written(), bucket.kept()
            if not written:
                continue
            newest = max(written.values()).astimezone(UTC)
            count = f"{len(written)} {kind}{'s' if len(written) > 1 else ''}"
            fix = f"earlier: gcloud storage rm -r gs://{bucket.name}/FOLDER"
            if kind == "backup":
                fix += "; what comes back by eros restore is without it"
            yield Holder(f"{count} in gs://{bucket.name} as of before", newest + kept if kept else None, fix)

    def _exports(self, subject: ErasureSubject) -> Iterator[Holder]:
        log, weeks = self.place.address("schedule_export_log"), self.place.address("schedule_recommendations")
        mine = OF_PAGE if subject.kind == "page" else OF_CAPTION.format(weeks=weeks)
        reading, values = "reading schedule_export_log", subject.values()
        for row in erasing_statements.rows(self.client, reading, SHEETS.format(log=log, mine=mine), values):
            where = f" of spreadsheet {self.spreadsheet}" if self.spreadsheet else ""
            what = f"tab {row['sheet']!r}{where} (or of the page's own), exported {display.both_zones(row['newest'])}"
            yield Holder(what, None, "delete the tab, and its versions under File > Version history")
        (row,) = erasing_statements.rows(self.client, reading, FILES.format(log=log, mine=mine), values)
        if row["files"]:
            what = f"{row['files']} files that somebody exported, the last {display.both_zones(row['newest'])}"
            yield Holder(what, None, "ask who has them")
