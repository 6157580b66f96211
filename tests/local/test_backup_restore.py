"""A backup holds every table as it was at one instant, and a restore brings exactly that back, or changes nothing.

One local cloud with the deployed platform for all; each test puts the tables that it uses into a state of its own.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest
import requests
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import load_cached as load_catalog
from catalog.model import RangePartitioning, Table, TimePartitioning
from catalog.schema import Column
from gcp_local import environment
from local.cloud import DATASET, PROJECT
from operations import google_api
from operations.backup.backup_facts import BackupUnusable, Origin
from operations.backup.bucket import Bucket
from operations.backup.shelf import Shelf
from operations.backup.writing import Writer
from operations.clients import bigquery_client, transfer_client
from operations.errors import CloudError, NotConfirmed
from operations.maintenance import Maintenance
from operations.placement import placement
from operations.restore.restoring import Ask
from operations.restore.rooms import Room
from operations.scheduled_runs import ScheduledQueries
from outputs import StackOutputs
from settings.errors import ErosError
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

STACK = "local"
CATALOG = load_catalog(ROOT)
TABLES = CATALOG.tables
LOCKS = "active_caption_assignments"
FEW = ("feature_flags", "caption_bank", "etl_job_runs")
"""Small tables of several kinds, for what need not be shown on all."""
KILLED = FEW[:1]
SEED, MOMENTS = 20, 20
NOW = datetime.now(UTC).replace(microsecond=123456)
# What a table's resource says of it besides its rows.
LAYOUT = ("schema", "timePartitioning", "rangePartitioning", "clustering", "description", "labels", "tableConstraints")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXTREMES: dict[str, tuple[Any, ...]] = {
    "INT64": (-(2**63), 2**63 - 1, 0),
    "FLOAT64": (1.7976931348623157e308, 5e-324, -0.1),
    "NUMERIC": (Decimal("-99999999999999999999999999999.999999999"), Decimal("0.000000001"), Decimal("1.5")),
    "BIGNUMERIC": (Decimal("0.000000000000000001"), Decimal(-7), Decimal(0)),
    "STRING": ('😀 "q" \\ \n\t<b>&amp; \u2028é', "", "x" * 5000),
    "BYTES": (b"\x00\xff", b"", b"x"),
    "BOOL": (True, False, True),
    "DATE": (datetime(1, 1, 1).date(), datetime(9999, 12, 31).date(), NOW.date()),
    "TIMESTAMP": (datetime(1, 1, 1, tzinfo=UTC), NOW, datetime(2026, 3, 8, 10, 0, 0, 1, tzinfo=UTC)),
    "JSON": ({"a": [1, None, "é"]}, [], "x"),
    "DATETIME": (datetime(1, 1, 1), NOW.replace(tzinfo=None), datetime(2026, 3, 8, 2, 30)),
}


@dataclass
class Platform:
    """The deployed stack, seen as the commands see it."""

    deployed: Deployment
    outputs: StackOutputs
    client: bigquery.Client
    bucket: Bucket
    said: list[str] = field(default_factory=list)

    def connect(self) -> None:
        """New connections."""
        self.client, self.bucket = bigquery_client(PROJECT, self.outputs.location), Bucket.of(self.outputs)
        google_api._local = threading.local()

    @property
    def root(self) -> Path:
        return self.deployed.folder

    def room(self, *typed: str) -> Room:
        """What `eros restore` opens; `typed` is what the operator answers, nobody is there without."""
        answers = iter(typed)

        def prompt(text: str) -> str:
            self.said.append(text)
            answer = next(answers, None)
            if answer is None:
                raise EOFError
            return answer

        shelf = Shelf(self.bucket, STACK, self.outputs, CATALOG)
        place = placement(self.outputs)
        return Room(STACK, self.root, self.outputs, place, self.client, shelf, self.said.append, prompt)

    def restore(self, wanted: str, *tables: str, leave: tuple[str, ...] = ()) -> Path | None:
        return self.room().own().run(Ask(wanted, tables, leave, "test", yes=True))

    def back_up(self, *tables: str) -> str:
        writer = Writer(self.client, self.bucket, STACK, self.outputs, placement(self.outputs))
        return writer.write(writer.choose(tables), lambda *_: None).id

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return [row.values() for row in self.client.query(statement).result(timeout=60)]

    def address(self, name: str) -> str:
        return f"{PROJECT}.{DATASET}.{name}"

    def rows(self, name: str, dataset: str = DATASET) -> list[str]:
        """The rows of a table, in an order of their own."""
        found = self.client.list_rows(f"{PROJECT}.{dataset}.{name}", timeout=60)
        return sorted(repr(dict(row.items())) for row in found)

    def layout(self, name: str, dataset: str = DATASET) -> dict[str, Any]:
        resource = self.client.get_table(f"{PROJECT}.{dataset}.{name}").to_api_repr()
        return {key: resource[key] for key in LAYOUT if key in resource}

    def fill(self, name: str) -> None:
        """Three rows of extremes and one of as much null as the table takes, in place of what it holds."""
        table = TABLES[name]
        self.sql(f"DELETE FROM `{self.address(name)}` WHERE TRUE")
        names = ", ".join(f"`{column.name}`" for column in table.columns)
        rows = [[_value(table, column, number) for column in table.columns] for number in range(4)]
        parameters = [
            _parameter(f"p{r}_{c}", column, value)
            for r, row in enumerate(rows)
            for c, (column, value) in enumerate(zip(table.columns, row, strict=True))
        ]
        values = ", ".join(
            "(" + ", ".join(f"@p{r}_{c}" for c in range(len(table.columns))) + ")" for r in range(len(rows))
        )
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        statement = f"INSERT INTO `{self.address(name)}` ({names}) VALUES {values}"
        self.client.query(statement, config).result(timeout=60)

    def flag(self, *names: str) -> None:
        """New rows of `feature_flags`."""
        values = ", ".join(f"('{name}', TRUE, CURRENT_TIMESTAMP())" for name in names)
        self.sql(f"INSERT INTO `{self.address('feature_flags')}` (flag, is_enabled, updated_at) VALUES {values}")

    def wreck(self, *names: str) -> None:
        for name in names:
            self.sql(f"DELETE FROM `{self.address(name)}` WHERE TRUE")

    def enabled(self) -> set[str]:
        queries = ScheduledQueries(transfer_client(), self.outputs).list()
        return {query.name for query in queries if not query.disabled}

    def leftovers(self) -> set[str]:
        """Scratch tables that are still there."""
        there = {one.table_id for one in self.client.list_tables(f"{PROJECT}.{DATASET}")}
        return {name for name in there if name.endswith(("_restoring", "_backup_check"))}

    def objects(self, prefix: str) -> dict[str, bytes]:
        return {file.name: self.content(file.name) for file in self.bucket.files(prefix)}

    def content(self, name: str) -> bytes:
        return bytes(self.bucket._blob(name).download_as_bytes())

    def put(self, name: str, content: bytes) -> None:
        self.bucket._blob(name).upload_from_string(content)

    def copy(self, backup: str, *, days: int, change: Callable[[dict[str, Any]], None] = lambda _: None) -> str:
        """A backup under another day, its document changed."""
        there = f"{datetime.strptime(backup, '%Y-%m-%d_%H%M%S') + timedelta(days=days):%Y-%m-%d_%H%M%S}"
        for name, content in self.objects(f"{backup}/").items():
            if name.endswith("metadata.json"):
                document = json.loads(content.decode().replace(backup, there))
                change(document)
                content = json.dumps(document).encode()
            self.put(name.replace(backup, there), content)
        return there


def _value(table: Table, column: Column, number: int) -> Any:
    """A value for a row: extremes in the first three, null in the fourth where the column takes it."""
    at = table.partitioning
    if isinstance(at, RangePartitioning) and at.field == column.name:
        return at.start + number
    # Rows that the table would not keep are not brought back.
    if isinstance(at, TimePartitioning) and at.field == column.name:
        return NOW if column.type == "TIMESTAMP" else NOW.date() - timedelta(days=3)  # no lock of the future
    if number == 3 and column.mode != "REQUIRED":
        return [] if column.mode == "REPEATED" else None
    extremes = EXTREMES.get(column.type) or tuple(
        {inner.name: _value(table, inner, n) for inner in column.fields} for n in range(3)
    )
    value = extremes[number % len(extremes)]
    if column.parameters and isinstance(value, str):
        value = value[: column.parameters[0]]
    return [value, *extremes] if column.mode == "REPEATED" else value


def _parameter(name: str, column: Column, value: Any) -> Any:
    if column.mode == "REPEATED":
        items = [_single(None, column, item) for item in value] if column.fields else value
        kind = _struct_type(column) if column.fields else column.type
        return bigquery.ArrayQueryParameter(name, kind, items)
    return _single(name, column, value)


def _struct_type(column: Column) -> Any:
    inner = [bigquery.ScalarQueryParameterType(one.type, name=one.name) for one in column.fields]
    return bigquery.StructQueryParameterType(*inner)


def _single(name: str | None, column: Column, value: Any) -> Any:
    if not column.fields:
        return bigquery.ScalarQueryParameter(name, column.type, value)
    parts = [_parameter(inner.name, inner, (value or {}).get(inner.name)) for inner in column.fields]
    return bigquery.StructQueryParameter(name, *parts)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    patch = pytest.MonkeyPatch()
    with deployed(folder, state, shared_folder(tmp_path_factory)) as made:
        for name in (*environment.ENDPOINTS, environment.STORAGE_HOST):
            patch.setenv(name, made.environment[name])
        exported = json.loads(made.command("stack", "output", "--json", "--stack", STACK).stdout)
        outputs = StackOutputs.read(STACK, exported)
        yield Platform(made, outputs, bigquery_client(PROJECT, outputs.location), Bucket.of(outputs))
    patch.undo()


@pytest.fixture(autouse=True)
def alone(platform: Platform) -> Iterator[None]:
    """What a test leaves under way is not the next one's."""
    platform.said.clear()
    yield
    (platform.root / f".eros/restore-{STACK}.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def few(platform: Platform) -> str:
    """A backup of a few tables that hold extremes."""
    for name in FEW:
        platform.fill(name)
    return platform.back_up(*FEW)


@pytest.fixture
def filled(platform: Platform, few: str) -> dict[str, list[str]]:
    """The few tables hold again what the backup `few` holds; their rows."""
    for name in FEW:
        platform.fill(name)
    return {name: platform.rows(name) for name in FEW}


def test_every_value_mode_default_partition_and_cluster_of_every_table_comes_back(platform: Platform) -> None:
    for name in TABLES:
        if name != "caption_locks":
            platform.fill(name)  # one stays empty
    rows = {name: platform.rows(name) for name in TABLES}
    layouts = {name: platform.layout(name) for name in TABLES}
    done = platform.deployed.eros("backup", "-s", STACK, "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["tables"].keys() == set(TABLES)

    for name, table in TABLES.items():
        files = {n: c for n, c in platform.objects(f"{made['id']}/{name}/").items() if n.endswith(".avro")}
        read = [row for content in files.values() for row in _avro(content)]
        assert sorted(repr(_as_client(table, row)) for row in read) == rows[name], name

    platform.wreck(*TABLES)
    platform.flag("newer")
    done = platform.deployed.eros("restore", made["id"], "-s", STACK, "--yes", "--tables", ",".join(TABLES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: platform.rows(name) for name in TABLES} == rows
    assert {name: platform.layout(name) for name in TABLES} == layouts
    assert platform.leftovers() == set()
    assert platform.enabled() == set(platform.outputs.schedules)


def _avro(content: bytes) -> list[dict[str, Any]]:
    return [dict(row) for row in fastavro.reader(io.BytesIO(content)) if isinstance(row, dict)]


def _as_client(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row of an Avro file as Google's client gives it."""
    return {column.name: _plain(column, row[column.name]) for column in table.columns}


def _plain(column: Column, value: Any) -> Any:
    return json.loads(value) if column.type == "JSON" and value is not None else value


def test_all_tables_are_of_one_instant_although_rows_arrive_meanwhile(platform: Platform) -> None:
    names = ("feedback_mutex", "daily_automation_mutex")
    platform.wreck(*names)
    first, second = (platform.address(name) for name in names)
    going = threading.Event()

    def arrive() -> None:
        number = 0
        while not going.is_set():
            number += 1
            row = f"(name, updated_at) VALUES ('f{number}', CURRENT_TIMESTAMP())"
            platform.sql(
                f"BEGIN TRANSACTION; INSERT INTO `{first}` {row}; INSERT INTO `{second}` {row}; COMMIT TRANSACTION;"
            )

    writer = threading.Thread(target=arrive)
    writer.start()
    try:
        while len(platform.rows("feedback_mutex")) < 3:
            pass
        backup = platform.back_up(*names)
    finally:
        going.set()
        writer.join()
    found = [
        {row["name"] for content in platform.objects(f"{backup}/{name}/").values() for row in _avro(content)}
        for name in names
    ]
    assert found[0] == found[1]
    assert len(found[0]) >= 3


def test_rows_newer_than_the_backup_are_counted_and_need_the_typed_word(
    platform: Platform, few: str, filled: dict[str, list[str]]
) -> None:
    flags = platform.address("feature_flags")
    platform.flag("newer 1", "newer 2")
    platform.sql(f"DELETE FROM `{flags}` WHERE flag = ''")
    held = platform.rows("feature_flags")
    ask = Ask(few, ("feature_flags",), (), "", yes=False)
    with pytest.raises(NotConfirmed, match="nothing was changed"):
        platform.room().own().run(ask)
    assert platform.room("restore").own().run(ask) is None
    assert "type 'lose 2 rows'" in platform.said[-2]
    assert platform.rows("feature_flags") == held
    report = platform.room("lose 2 rows", "a bad import").own().run(ask)
    assert platform.rows("feature_flags") == filled["feature_flags"]
    assert report
    text = report.read_text()
    assert "Reason: a bad import" in text
    assert "| feature_flags | 5 | 4 | 2 | restored |" in text
    (snapshot,) = [line.split("`")[1] for line in text.splitlines() if line.startswith("| feature_flags")]
    kept = platform.client.get_table(snapshot)
    assert (kept.table_type, kept.num_rows) == ("SNAPSHOT", 5)
    assert timedelta(days=6.9) < kept.expires - datetime.now(UTC) <= timedelta(days=7)
    undo = next(line for line in text.splitlines() if line.startswith("BEGIN TRANSACTION"))
    platform.sql(undo)
    assert platform.rows("feature_flags") == held


def test_locks_of_the_future_are_deactivated_and_not_deleted(platform: Platform) -> None:
    platform.wreck(LOCKS)
    table = platform.address(LOCKS)
    platform.sql(f"""
        INSERT INTO `{table}` (page_name, caption_id, caption_text, assigned_date, scheduled_send_date, is_active)
        SELECT 'p', n, 't', CURRENT_DATE(), DATE_ADD(CURRENT_DATE('America/Los_Angeles'), INTERVAL n DAY), active
        FROM UNNEST([-1, 0, 3]) AS n, UNNEST([TRUE, FALSE]) AS active
    """)
    backup = platform.back_up(LOCKS)
    platform.wreck(LOCKS)
    report = platform.restore(backup, LOCKS)
    assert report
    assert "2 locks of the future are deactivated" in report.read_text()
    found = platform.sql(f"""
        SELECT caption_id, COUNTIF(is_active), COUNTIF(deactivation_reason = 'CANCELLED' AND deactivated_at IS NOT NULL)
        FROM `{table}` GROUP BY caption_id ORDER BY caption_id
    """)
    assert found == [(-1, 1, 0), (0, 0, 1), (3, 0, 1)]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-40], "bytes, recorded were"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "another CRC32C"),
    ],
)
def test_a_file_that_is_not_what_was_backed_up_is_refused(
    platform: Platform, few: str, filled: dict[str, list[str]], damage: Callable[[bytes], bytes], said: str
) -> None:
    other = platform.copy(few, days=-1)
    (name,) = list(platform.objects(f"{other}/caption_bank/"))
    platform.put(name, damage(platform.content(name)))
    platform.wreck("feature_flags")
    with pytest.raises(BackupUnusable, match=said) as error:
        platform.restore(other, *FEW)
    assert f"gs://{platform.bucket.name}/{name}" in error.value.message
    assert platform.rows("feature_flags") == []
    assert platform.rows("caption_bank") == filled["caption_bank"]


def _other_project(document: dict[str, Any]) -> None:
    document["project_id"] = "acme"


def _other_stack(document: dict[str, Any]) -> None:
    document["stack"] = "prod"


def _more_rows(document: dict[str, Any]) -> None:
    document["tables"][0]["row_count"] += 1


def _other_checksum(document: dict[str, Any]) -> None:
    document["tables"][0]["checksum"] = "1"


def _no_schema(document: dict[str, Any]) -> None:
    del document["tables"][0]["schema"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_other_project, "the backup is of project acme, this is project"),
        (_other_stack, "the backup is of stack prod, this is stack local"),
        (_more_rows, "holds 4 rows, checksum .* recorded were 5 rows"),
        (_other_checksum, "recorded were 4 rows, checksum 1"),
        (_no_schema, "schema is missing"),
    ],
)
def test_a_document_that_was_changed_is_refused(
    platform: Platform, few: str, filled: dict[str, list[str]], change: Callable[[dict[str, Any]], None], said: str
) -> None:
    other = platform.copy(few, days=-2, change=change)
    with pytest.raises(BackupUnusable, match=said):
        platform.restore(other)
    assert {name: platform.rows(name) for name in FEW} == filled
    assert platform.leftovers() == set()


def test_what_does_not_exist_or_is_not_finished_is_refused(platform: Platform, few: str) -> None:
    with pytest.raises(BackupUnusable, match="there is no backup '2001-01-01_000000'"):
        platform.restore("2001-01-01_000000")
    with pytest.raises(BackupUnusable, match="there is no backup 'yesterday'"):
        platform.restore("yesterday")
    platform.put("2001-01-02_000000/feature_flags/000000000000.avro", b"x")
    with pytest.raises(BackupUnusable, match="is not finished"):
        platform.restore("2001-01-02_000000")
    with pytest.raises(ErosError, match="no table 'nothing'"):
        platform.restore(few, "nothing")
    with pytest.raises(ErosError, match="no table 'nothing'"):
        platform.back_up("nothing")
    entries = {entry.id: entry for entry in Shelf(platform.bucket, STACK, platform.outputs, CATALOG).list()}
    assert entries[few].backup
    assert "is not finished" in entries["2001-01-02_000000"].problem


def test_a_bucket_that_has_gone_is_said(platform: Platform) -> None:
    gone = Bucket(platform.bucket._client, "no-such-bucket")
    with pytest.raises(CloudError, match="gs://no-such-bucket/ does not exist"):
        gone.folders()


def test_columns_are_carried_by_name_and_what_cannot_be_is_refused(platform: Platform) -> None:
    """Added, renamed and dropped columns between a backup and its restore."""
    name, table = "import_history", platform.address("import_history")
    platform.fill(name)
    before = platform.rows(name)
    backup = platform.back_up(name)
    platform.sql(f"ALTER TABLE `{table}` RENAME COLUMN import_id TO renamed")
    try:
        held = platform.rows(name)
        with pytest.raises(BackupUnusable, match="column import_id is gone from the table, and 4 rows"):
            platform.restore(backup, name)
        assert platform.rows(name) == held
    finally:
        platform.sql(f"ALTER TABLE `{table}` RENAME COLUMN renamed TO import_id")
    platform.sql(f"ALTER TABLE `{table}` ADD COLUMN added STRING")
    try:
        platform.wreck(name)
        platform.restore(backup, name)
        assert [row.replace(", 'added': None", "") for row in platform.rows(name)] == before
        changed = platform.back_up(name)
    finally:
        platform.sql(f"ALTER TABLE `{table}` DROP COLUMN added")
    platform.wreck(name)
    platform.restore(changed, name)  # the column that is gone held nothing
    assert platform.rows(name) == before


def test_the_old_systems_backups_are_read(platform: Platform) -> None:
    name, folder = "creator_processing_errors", "2025-10-31_120000"
    table = TABLES[name]
    lines = []
    for number in range(2):
        row = {column.name: _value(table, column, number + 1) for column in table.columns}
        lines.append(json.dumps({key: _old_json(value) for key, value in row.items()}))
    platform.put(f"{folder}/{name}.json.gz", gzip.compress("\n".join(lines).encode()))
    old = {
        "backup_timestamp": "2025-10-31T12:00:00Z",
        "backup_date": "2025-10-31",
        "project_id": PROJECT,
        "dataset": DATASET,
        "backup_location": f"gs://{platform.bucket.name}/{folder}",
        "tables": [{"table_name": name, "row_count": 2, "size_bytes": 1, "backup_file": f"{name}.json.gz"}],
        "backup_script_version": "1.0",
        "backup_completed": "2025-10-31T12:01:00Z",
    }
    platform.put(f"{folder}/metadata.json", json.dumps(old).encode())
    platform.fill(name)
    wanted = platform.rows(name)
    platform.restore(folder, name)
    found = platform.rows(name)
    assert len(found) == 2
    assert set(found) < set(wanted)
    platform.put(f"{folder}/metadata.json", json.dumps(old | {"dataset": "eros_platform"}).encode())
    with pytest.raises(BackupUnusable, match="the backup is of dataset eros_platform"):
        platform.restore(folder, name)


def _old_json(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_a_scheduled_backup_is_restored_like_any_other_and_another_stacks_is_refused(
    platform: Platform, filled: dict[str, list[str]]
) -> None:
    platform.sql(f"CALL `{platform.address('backup_export_at')}`(CURRENT_TIMESTAMP())")
    shelf = Shelf(platform.bucket, STACK, platform.outputs, CATALOG)
    made = next(e.backup for e in shelf.list() if e.backup and e.backup.origin is Origin.SCHEDULED)
    assert made.tables.keys() == set(TABLES)
    platform.sql(f"CALL `{platform.address('restore_drill')}`()")
    drilled = f"SELECT job_status, records_processed FROM `{platform.address('etl_job_runs')}` WHERE job_name"
    month = "DATE_TRUNC(CURRENT_DATE('America/Los_Angeles'), MONTH)"
    found = platform.sql(
        f"{drilled} = 'restore_drill' AND execution_date = {month} AND error_message LIKE '%{made.id}%'"
    )
    assert found == [("SUCCESS", sum(table.rows for table in made.tables.values()))]
    platform.wreck("feature_flags", "caption_bank")
    platform.restore(made.id, "feature_flags", "caption_bank")
    for name in ("feature_flags", "caption_bank"):
        assert platform.rows(name) == filled[name]
    there = f"{made.taken - timedelta(days=4):%Y-%m-%d_%H%M%S}"
    lines = platform.content(made.document).decode().replace(made.id, there)
    platform.put(f"{there}/manifest-000000000000.json", lines.replace('"stack":"local"', '"stack":"prod"').encode())
    with pytest.raises(BackupUnusable, match="the backup is of stack prod, this is stack local"):
        platform.restore(there, "feature_flags")


def test_a_table_that_has_gone_is_made_anew_as_it_was(platform: Platform) -> None:
    name = "import_history"
    platform.fill(name)
    rows, layout = platform.rows(name), platform.layout(name)
    backup = platform.back_up(name)
    platform.client.delete_table(platform.address(name))
    platform.restore(backup, name)
    assert (platform.rows(name), platform.layout(name)) == (rows, layout)


def test_a_drill_proves_a_backup_beside_the_tables_and_leaves_its_outcome(
    platform: Platform, few: str, filled: dict[str, list[str]]
) -> None:
    platform.wreck("feature_flags")
    platform.room().drill(Ask(few, (), (), "", yes=False), "eros_drill")
    assert platform.rows("feature_flags") == []
    with pytest.raises(NotFound):
        platform.client.get_dataset(f"{PROJECT}.eros_drill")
    runs = f"`{platform.address('etl_job_runs')}`"
    found = f"SELECT job_status, records_processed FROM {runs} WHERE job_name = 'restore_drill' ORDER BY job_start_time"
    assert platform.sql(found) == [("SUCCESS", sum(len(filled[name]) for name in FEW))]
    other = platform.copy(few, days=-3, change=_other_checksum)
    with pytest.raises(BackupUnusable, match="recorded were"):
        platform.room().drill(Ask(other, (), (), "", yes=False), "eros_drill")
    assert [row[0] for row in platform.sql(found)] == ["SUCCESS", "FAILED"]


def test_a_backup_goes_into_another_dataset_with_its_layout(
    platform: Platform, few: str, filled: dict[str, list[str]]
) -> None:
    platform.room().elsewhere("beside").run(Ask(few, (), (), "", yes=True))
    for name in FEW:
        assert platform.rows(name, "beside") == filled[name]
        assert platform.layout(name, "beside") == platform.layout(name)
    with pytest.raises(ErosError, match="the stack's own dataset"):
        platform.room().elsewhere(DATASET)
    platform.client.delete_dataset(f"{PROJECT}.beside", delete_contents=True)


def test_what_was_erased_since_a_backup_does_not_come_back_with_it(platform: Platform) -> None:
    names = ("creator_reports", "automation_alerts", "audit_log")
    platform.wreck(*names)
    reports, alerts, log = (platform.address(name) for name in names)
    for page in ("alice", "bella"):
        now, audited = "CURRENT_TIMESTAMP()", f"'week', 'schedule', 'sched_20251104_200000_{page}', '{page}'"
        platform.sql(f"INSERT INTO `{reports}` VALUES (CURRENT_DATE(), '{page}', '{{}}', {now})")
        platform.sql(
            f"INSERT INTO `{alerts}` (alert_time, alert_level, alert_source, alert_message)"
            f" VALUES ({now}, 'INFO', 's', 'pool_low|page={page}')"
        )
        platform.sql(
            f"INSERT INTO `{log}` (action, entity_type, entity_id, page_name, timestamp) VALUES ({audited}, {now})"
        )
    backup = platform.back_up(*names)
    for entry in Shelf(platform.bucket, STACK, platform.outputs, CATALOG).list():
        if entry.backup is None:  # another test's, which looks like one that is being written
            for file in platform.bucket.files(f"{entry.id}/"):
                platform.bucket._blob(file.name).delete()

    done = platform.deployed.eros("erase", "--page", "alice", "-s", STACK, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name: (one["deleted"], one["changed"]) for name, one in told["tables"].items()} == {
        "creator_reports": (1, 0),
        "automation_alerts": (0, 1),
        "audit_log": (0, 1),
    }
    until = {holder["what"]: holder["until"] for holder in told["holders"]}
    held = next(when for what, when in until.items() if f"in gs://{platform.bucket.name}" in what)
    days = (datetime.fromisoformat(held) - datetime.now(UTC)).days
    assert days in (29, 30), "the bucket's lifecycle takes a backup after 30 days"
    assert any("time travel" in what for what in until)
    assert any("fail-safe" in what for what in until)
    files = (Path(os.environ["EROS_LOG_DIR"]) / "audit").glob("*.jsonl")
    (written,) = (line for file in files for line in file.read_text().splitlines() if '"command": "erase"' in line)
    assert "alice" not in written

    platform.restore(backup, *names)
    assert "1 pages or captions were erased since this backup: their data is left out" in platform.said
    found = [row for name in names for row in platform.rows(name)]
    assert not [row for row in found if "alice" in row]
    assert len([row for row in found if "bella" in row]) == 3
    assert len([row for row in found if "'erase'" in row]) == 1, "what was erased is not forgotten either"
    assert len([row for row in found if "page=erased_" in row]) == 1
    for name in names:
        platform.sql(f"DELETE FROM `{platform.address(name)}` WHERE TRUE")


def test_what_somebody_had_paused_stays_so(platform: Platform, few: str) -> None:
    platform.wreck("schedule_pauses")
    stopped = min(platform.outputs.schedules)
    queries = ScheduledQueries(transfer_client(), platform.outputs)
    maintenance = Maintenance(platform.client, queries, platform.outputs)
    maintenance.pause([stopped], datetime.now(UTC) + timedelta(hours=1), "a person")
    try:
        platform.restore(few, "feature_flags")
        assert [(pause.schedule, pause.reason) for pause in maintenance.open()] == [(stopped, "a person")]
        assert platform.enabled() == set(platform.outputs.schedules) - {stopped}
    finally:
        maintenance.resume()
    assert platform.enabled() == set(platform.outputs.schedules)


def test_a_kill_at_any_moment_leaves_the_old_table_or_the_new_and_the_next_restore_goes_on(
    platform: Platform, few: str, filled: dict[str, list[str]]
) -> None:
    total = _changes_until_killed(platform, few, 10**9, "after")
    moments = random.Random(SEED)
    for _ in range(MOMENTS):
        platform.wreck(*KILLED)
        change, when = moments.randint(1, total), moments.choice(("before", "after"))
        _changes_until_killed(platform, few, change, when)
        for name in KILLED:
            assert platform.rows(name) in ([], filled[name]), (change, when, name)
        platform.restore(few, *KILLED)
        assert {name: platform.rows(name) for name in FEW} == filled, (change, when)
        assert platform.enabled() == set(platform.outputs.schedules), (change, when)
        assert platform.leftovers() == set(), (change, when)
    assert total > MOMENTS


def _changes_until_killed(platform: Platform, backup: str, change: int, when: str) -> int:
    """Restores in a process that kills itself at its Nth changing request; how many it sent if it came to its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        send, sent = requests.Session.send, 0

        def counted(session: Any, request: Any, **options: Any) -> Any:
            nonlocal sent
            sent += request.method != "GET"
            last = request.method != "GET" and sent == change
            if last and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = send(session, request, **options)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        pytest.MonkeyPatch().setattr(requests.Session, "send", counted)
        try:
            platform.connect()  # what is open here is the parent's
            platform.restore(backup, *KILLED)
        except BaseException:
            os._exit(1)
        os.write(writing, str(sent).encode())
        os._exit(0)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    with os.fdopen(reading) as answer:
        return int(answer.read() or 0)
