"""Who still holds what was erased, and until when, by the facts of dataset, buckets and export log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalog import Placement
from operations.backup.bucket import Bucket
from operations.erasing import erasing_statements
from operations.erasing.holders import Holder, Places
from operations.erasing.subject import ErasureSubject

NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Shelf:
    """A bucket."""

    name: str
    folders: dict[str, datetime]
    days: int | None

    def written(self) -> dict[str, datetime]:
        return self.folders

    def kept(self) -> timedelta | None:
        return None if self.days is None else timedelta(days=self.days)


@dataclass
class Client:
    """BigQuery's tables and dataset."""

    hours: int | None = None
    tables: list[tuple[str, str, datetime | None]] = field(default_factory=list)

    def get_dataset(self, name: str, timeout: float) -> Any:
        return SimpleNamespace(max_time_travel_hours=self.hours)

    def list_tables(self, name: str, timeout: float) -> Any:
        return [SimpleNamespace(table_id=i, table_type=kind, expires=end) for i, kind, end in self.tables]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[list[dict[str, Any]]]:
    """What the export log answers: tabs, then files."""
    answers: list[list[dict[str, Any]]] = [[], [{"files": 0, "newest": None}]]
    monkeypatch.setattr(
        erasing_statements, "rows", lambda client, what, sql, values: answers["SHEETS" not in sql or "!=" in sql]
    )
    return answers


def found(client: Client, *shelves: tuple[str, Shelf], spreadsheet: str = "") -> list[Holder]:
    buckets = cast(dict[str, Bucket], dict(shelves))
    places = Places(cast(Any, client), Placement("p", "d"), buckets, spreadsheet, {"creator_reports"})
    return places.holders(ErasureSubject.of("alice", ""), NOW)


@pytest.mark.parametrize(("hours", "days"), [(None, 7), (168, 7), (48, 2)])
def test_bigquery_keeps_the_past_for_the_datasets_time_travel_and_seven_days_more(
    log: Any, hours: int | None, days: int
) -> None:
    past, safe = found(Client(hours))
    assert (past.until, safe.until) == (NOW + days * DAY, NOW + (days + 7) * DAY)
    assert "time travel" in past.what
    assert "fail-safe" in safe.what


def test_snapshots_and_tables_that_nobody_declares_are_told_with_their_end(log: Any) -> None:
    tables = [("creator_reports", "TABLE", None), ("r_before_1", "SNAPSHOT", NOW + DAY), ("mine", "TABLE", None)]
    _, _, snapshot, strange = found(Client(tables=[*tables, ("v", "VIEW", None)]))
    assert (snapshot.what, snapshot.until) == ("snapshot d.r_before_1, as its table was", NOW + DAY)
    assert "table d.mine, which no file declares" in str(strange)
    assert "until somebody takes it out" in str(strange)


def test_backups_hold_it_until_the_lifecycle_takes_the_newest_object(log: Any) -> None:
    folders = {"2026-11-01_0": NOW - 25 * DAY, "2026-11-25_0": NOW - DAY}
    backup, archive = Shelf("b", folders, 30), Shelf("a", {"x": NOW}, None)
    _, _, first, second = found(Client(), ("backup", backup), ("archive", archive))
    assert first.what == "2 backups in gs://b as of before"
    assert first.until == NOW + 29 * DAY
    assert "gcloud storage rm -r gs://b/FOLDER" in first.fix
    assert second.what == "1 archive in gs://a as of before"
    assert second.until is None
    assert len(found(Client(), ("backup", Shelf("b", {}, 30)))) == 2, "an empty bucket holds nothing"


def test_tabs_and_files_that_went_out_are_named_and_never_deleted(log: list[list[dict[str, Any]]]) -> None:
    log[0] = [{"sheet": "alice", "newest": NOW}]
    log[1] = [{"files": 3, "newest": NOW}]
    _, _, tab, files = found(Client(), spreadsheet="1AbC")
    assert "tab 'alice' of spreadsheet 1AbC" in tab.what
    assert "delete the tab" in tab.fix
    assert files.what.startswith("3 files that somebody exported")
