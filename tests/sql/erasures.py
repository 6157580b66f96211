"""A world in which every table knows alice, and what must be left of it once she or a caption is erased.

What is left is told from the values alone, by splitting texts into words: nothing here reads how columns are marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.model import Table
from catalog.schema import Column
from operations.backup.shelf import Entry
from operations.erasing.deployed import tables
from operations.erasing.hindrances import Hindrances
from operations.erasing.stillness import Still
from operations.erasing.taking_out import Erasing
from operations.erasing.tombstones import Tombstones
from operations.maintenance import Pause
from operations.scheduled_runs import ScheduledQuery
from tests.sql.emulator import PROJECT

if TYPE_CHECKING:
    from tests.sql.warehouse import Warehouse  # with all of pulumi: a process that is killed soon does without

PLACE = Placement(PROJECT, "eros_scheduling_brain")

NOW = datetime.now(UTC).replace(microsecond=0)
PAGES = ("alice", "alice_free", "bella", "not-alice")
ALICE = "alice"
CAPTIONS = {"alice": -9007199254740995, "alice_free": 9007199254740997, "bella": 101, "not-alice": 102}
TEXTS = {
    "alice": "Only for you tonight",
    "alice_free": "Good morning, Alice is here",
    "bella": "New set, look!",
    "not-alice": "Hey",
}
WORD = re.compile(r"(sched_\d{8}_\d{6}_)|([A-Za-z0-9_-]+)")
NUMBER = re.compile(r"-?\d+")
# Where a row of hers stays: what was done, and what all pages share.
STAYS = ("audit_log", "caption_bank")
LISTED = {"sample_pages_used": "Alice"}


def words_of(page: str) -> str:
    """A text that names a page in every way that the platform writes."""
    caption = CAPTIONS[page]
    return (
        f"pool_low|page={page}|left=3\n{page.upper()},{page}, sched_20251104_200000_{page} alice_free's"
        f' {{"caption_id": {caption}}} caption_id={caption} 101st, palice'
    )


def row_of(table: Table, page: str, number: int) -> dict[str, Any]:
    """A row that has what it can of a page."""
    return {column.name: _value(table, column, page, number) for column in table.columns}


def _value(table: Table, column: Column, page: str, number: int) -> Any:
    inner = {one.name: _plain(_value(table, one, page, number)) for one in column.fields}
    value = inner or _single(table, column, page, number)
    if column.mode != "REPEATED":
        return value
    return [value, {**inner, "subject": "sweep"} if "subject" in inner else value]


def _single(table: Table, column: Column, page: str, number: int) -> Any:
    if column.name in ("page_name", "account_id", "subject"):
        return f" {page.title()} " if table.name == "mass_messages" and number % 2 else page
    if column.name in LISTED:
        return page.title()
    if column.name == "caption_id":
        return None if table.name == "mass_messages" and number % 2 else CAPTIONS[page]
    if column.name in ("caption_text", "message") and table.name != "deployments":
        return f"{TEXTS[page].upper()} \U0001f525" if number % 2 else TEXTS[page]
    if column.name in ("schedule_id", "entity_id", "holder") and table.name != "schedule_export_log":
        return f"sched_20251104_20000{number % 10}_{page}"
    by_type: dict[str, Any] = {"STRING": words_of(page), "INT64": number, "FLOAT64": 1.5, "BOOL": True}
    by_type |= {"DATE": NOW.date(), "TIMESTAMP": NOW, "JSON": json.dumps({"revenue": 5})}
    return PLAIN.get(column.name, by_type[column.type])


# Texts that are words of a list, and what must be what it is.
PLAIN: Mapping[str, Any] = {
    **dict.fromkeys(("action", "job_name", "job_status", "status", "price_tier", "content_category"), "mid"),
    **dict.fromkeys(("job_id", "sweep_id", "assignment_key", "lock_id", "workflow_id", "pause_id"), "0a1b2c"),
    **dict.fromkeys(("exported_by", "imported_by", "updated_by", "acknowledged_by", "resolved_by"), "ann"),
    **dict.fromkeys(("alert_id", "alert_source", "usage_status", "validation_level", "name", "schedule_name"), "mid"),
    **dict.fromkeys(("deployment_id", "stack", "result", "commit", "engine", "rollback_of", "backup_id"), "0a1b2c"),
    **dict.fromkeys(
        (
            "day_of_week",
            "message_type",
            "saturation_zone",
            "signal",
            "cadence",
            "rule",
            "title",
            "unit",
            "comparison",
            "state",
        ),
        "mid",
    ),
    **dict.fromkeys(("alert_level", "posted_to", "rule_type", "enforcement", "deactivation_reason", "report"), "mid"),
    **dict.fromkeys(("restricted_categories", "restricted_price_tiers", "available_categories"), "mid"),
    **dict.fromkeys(("ppv_allowed_categories", "ppv_allowed_price_tiers", "bump_allowed_categories"), "mid"),
    **dict.fromkeys(("bump_allowed_price_tiers", "successful_days", "caption_key"), "mid"),
    **dict.fromkeys(("paused_by", "resumed_by", "audited_by", "who", "user_agent", "entity_type"), "ann"),
}


def world(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """Two rows a page in every table that holds something of one."""
    return {
        name: [row_of(table, page, number) for number, page in enumerate(PAGES * 2)]
        for name, table in catalog.tables.items()
        if "personal_data" in table.labels
    }


def without_page(rows: list[dict[str, Any]], name: str, new: str) -> list[dict[str, Any]]:
    """What must be left of a table's rows."""
    kept = rows if name in STAYS else [row for row in rows if not _is_hers(row)]
    return [{key: _renamed(key, value, new) for key, value in row.items()} for row in kept]


def _is_hers(row: Mapping[str, Any]) -> bool:
    return any(str(row.get(key, "")).strip().lower() == ALICE for key in ("page_name", "account_id"))


def _renamed(key: str, value: Any, new: str) -> Any:
    if isinstance(value, list):
        return [_renamed(key, one, new) for one in value]
    if isinstance(value, dict):
        return {name: _renamed(name, one, new) for name, one in value.items()}
    if not isinstance(value, str) or (key in ("caption_text", "message") and "pool_low" not in value):
        return value
    if key in ("page_name", "subject", "sample_pages_used"):
        return new if value.strip().lower() == ALICE else value
    return WORD.sub(lambda match: match[1] or (new if match[2].lower() == ALICE else match[2]), value)


@dataclass
class Schedules:
    """Stands for the transfer service and its pauses; a file, so that a process that dies leaves them."""

    file: Path
    running_now: tuple[ScheduledQuery, ...] = ()

    def _read(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.file.read_text()) if self.file.exists() else {}
        return found

    def list(self) -> tuple[ScheduledQuery, ...]:
        return self.running_now

    def open(self) -> tuple[Pause, ...]:
        return tuple(Pause(name, NOW, NOW, "ann", reason) for name, reason in self._read().items())

    def running(self) -> list[str]:  # type: ignore[valid-type] # the name `list` is the method's here
        return sorted({"sweep", "daily"} - self._read().keys())

    def stop(self, names: Any, reason: str) -> None:
        self.file.write_text(json.dumps(self._read() | dict.fromkeys(names, reason)))

    def start(self, names: Any) -> Any:
        self.file.write_text(json.dumps({n: why for n, why in self._read().items() if n not in names}))
        return sorted(names)


@dataclass
class Shelf:
    """What lies in the bucket of backups."""

    entries: list[Entry] = field(default_factory=list)

    def list(self) -> Any:
        return self.entries


def erasing(
    client: bigquery.Client, catalog: Catalog, root: Path, shelf: Shelf, schedules: Schedules, names: set[str]
) -> Erasing:
    """Of these tables; nobody is asked."""
    return Erasing(
        tables(client, catalog, PLACE, names),
        (),
        Tombstones(client, PLACE),
        Hindrances(client, PLACE, root, "local", shelf, schedules, schedules),
        Still(schedules, schedules),
        lambda subject, now: [],
        lambda report: None,
        print,
        input,
    )


@dataclass
class Platform:
    """The tables of a warehouse, and what stands for everything else of a stack."""

    warehouse: Warehouse
    root: Path
    others: tuple[str, ...] = ()
    said: list[str] = field(default_factory=list)
    shelf: Shelf = field(default_factory=Shelf)
    answers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schedules = Schedules(self.root / "schedules.json")

    def erasing(self, *only: str) -> Erasing:
        """Of these tables, all that hold something without."""
        names = only or tuple(n for n, t in self.warehouse.catalog.tables.items() if "personal_data" in t.labels)
        self.warehouse.deploy(*names, "caption_key_v2", "audit_log", "etl_job_runs")
        self.warehouse.forget(*names, "audit_log")
        client, catalog = self.warehouse.client, self.warehouse.catalog
        made = erasing(client, catalog, self.root, self.shelf, self.schedules, set(names) - set(self.others))
        others = tables(client, catalog, PLACE, self.others)
        return replace(made, others=others, say=self.said.append, confirm=self._answer)

    def _answer(self, question: str) -> str:
        self.said.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop()

    def fill(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        for name, some in rows.items():
            self.warehouse.insert(name, some)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """As they are, without the erasures themselves."""
        only = " WHERE action != 'erase'" if name == "audit_log" else ""
        return self.warehouse.rows(f"SELECT * FROM `eros_scheduling_brain.{name}`{only}")


def alike(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in an order of their own, JSON as text."""
    return sorted(json.dumps({key: _plain(value) for key, value in row.items()}, sort_keys=True) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, str) and value.startswith('{"revenue"'):
        return json.loads(value)
    return value if isinstance(value, int | float | str | type(None)) else value.isoformat()
