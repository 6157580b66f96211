"""A table whose layout BigQuery cannot change moves to its declared layout, step by step, and loses no row."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as google

from catalog.model import Table
from catalog.tables import parse_table
from catalog.tokens import SqlText
from gcp_local.testing import PROJECT, Emulator
from operations.migration import Migration, MigrationBlocked

OLD_FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "INTEGER"},
    {"name": "Day", "type": "DATE"},
    {"name": "amount", "type": "FLOAT"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
    {"name": "note", "type": "STRING"},
]
ROWS = (
    "(1, DATE '2019-01-01', 1.5, ['a', 'b'], 'old'), (1, DATE '2019-01-01', 1.5, ['a', 'b'], 'old'),"
    " (2, NULL, NULL, [], NULL), (3, DATE '2026-01-01', 0.1, ['c'], 'x')"
)
DECLARED = """\
CREATE TABLE `eros_scheduling_brain.visits` (
  id INT64 NOT NULL OPTIONS(description="Visit."),
  day DATE OPTIONS(description="Day."),
  amount FLOAT64 OPTIONS(description="US dollars."),
  tags ARRAY<STRING> OPTIONS(description="Tags."),
  source STRING DEFAULT 'web' OPTIONS(description="Where from.")
)
PARTITION BY day
CLUSTER BY id
OPTIONS(description="Visits.", partition_expiration_days=90)
"""


def declared(text: str = DECLARED) -> Table:
    return parse_table(SqlText(Path("sql/tables/visits.sql"), text))


def google_client(port: int) -> google.Client:
    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{port}")
    return google.Client(PROJECT, credentials=AnonymousCredentials(), client_options=options)


@pytest.fixture
def client(bigquery: Emulator) -> google.Client:
    return google_client(bigquery.port)


@pytest.fixture
def old_table(bigquery: Emulator, dataset: str) -> str:
    """`visits` as another system left it: not partitioned, four rows of which two are equal."""
    bigquery.table(dataset, "visits", OLD_FIELDS, description="left behind")
    bigquery.rows(f"INSERT INTO {dataset}.visits (id, Day, amount, tags, note) VALUES {ROWS}")
    return dataset


def migration(client: google.Client, dataset: str, text: str = DECLARED) -> Migration:
    """Made anew for each step, as each invocation of the command does."""
    return Migration(client, declared(text), PROJECT, dataset)


def tables(client: google.Client, dataset: str) -> set[str]:
    return {f"{found.project}.{found.dataset_id}.{found.table_id}" for found in client.list_tables(dataset)}


def run_all(client: google.Client, dataset: str, text: str = DECLARED) -> list[str]:
    names = []
    while step := migration(client, dataset, text).run_next():
        names.append(step.name)
    return names


def rows(bigquery: Emulator, table: str, columns: str) -> list[list[Any]]:
    return bigquery.rows(f"SELECT {columns} FROM {table} AS t ORDER BY 1, 2")


def test_every_row_is_in_the_new_layout_and_in_the_table_that_is_kept(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    before = rows(bigquery, f"{old_table}.visits", "t.id, t.amount, ARRAY_TO_STRING(t.tags, ','), t.note")
    assert run_all(client, old_table) == ["create", "copy", "swap", "verify"]
    assert (
        rows(bigquery, f"{old_table}.visits_legacy", "t.id, t.amount, ARRAY_TO_STRING(t.tags, ','), t.note") == before
    )
    assert rows(
        bigquery, f"{old_table}.visits", "t.id, CAST(t.day AS STRING), t.amount, ARRAY_LENGTH(t.tags), t.source"
    ) == [
        ["1", "2019-01-01", "1.5", "2", "web"],
        ["1", "2019-01-01", "1.5", "2", "web"],
        ["2", None, None, "0", "web"],
        ["3", "2026-01-01", "0.1", "1", "web"],
    ]
    made = client.get_table(f"{PROJECT}.{old_table}.visits")
    assert (made.time_partitioning.field, made.clustering_fields, made.description) == ("day", ["id"], "Visits.")
    assert {field.name: field.mode for field in made.schema}["id"] == "REQUIRED"
    assert not [label for label in made.labels if label.startswith("eros_migration")]


def test_rows_older_than_the_declared_retention_are_copied_and_compared_before_it_begins(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    """A table made with the expiration would drop them as they arrive, and nothing could be compared."""
    for expiration in (None, None, None, 90 * 86_400_000):
        migration(client, old_table).run_next()
        name = (
            "visits_migrating" if f"{PROJECT}.{old_table}.visits_migrating" in tables(client, old_table) else "visits"
        )
        assert client.get_table(f"{PROJECT}.{old_table}.{name}").time_partitioning.expiration_ms == expiration
    assert "keeps 90 days, older rows stay in visits_legacy alone" in migration(client, old_table).steps()[3].text


def test_a_table_that_somebody_makes_anew_between_the_renames_is_told_apart(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"ALTER TABLE {old_table}.visits RENAME TO visits_legacy")
    bigquery.table(old_table, "visits", OLD_FIELDS)
    with pytest.raises(MigrationBlocked, match=r"somebody made .*visits anew") as blocked:
        migration(client, old_table).run_next()
    assert "rename that table" in str(blocked.value)
    bigquery.rows(f"ALTER TABLE {old_table}.visits RENAME TO visits_of_somebody")
    assert run_all(client, old_table) == ["swap", "verify"]
    assert len(rows(bigquery, f"{old_table}.visits", "t.id, t.amount")) == 4


def test_the_steps_are_written_out_before_anything_is_done(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    steps = migration(client, old_table).steps()
    assert [step.done for step in steps] == [False] * 4
    assert "left in visits_legacy alone: note (no file declares it)" in steps[1].text
    assert [table.table_id for table in client.list_tables(old_table)] == ["visits"]


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_it_goes_on_where_it_stopped(
    client: google.Client, bigquery: Emulator, old_table: str, stop_after: int
) -> None:
    for _ in range(stop_after):
        migration(client, old_table).run_next()
    assert [step.done for step in migration(client, old_table).steps()] == [n < stop_after for n in range(4)]
    assert run_all(client, old_table) == ["create", "copy", "swap", "verify"][stop_after:]
    assert len(rows(bigquery, f"{old_table}.visits", "t.id, t.amount")) == 4


def test_it_goes_on_between_the_two_renames(client: google.Client, bigquery: Emulator, old_table: str) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"ALTER TABLE {old_table}.visits RENAME TO visits_legacy")
    assert run_all(client, old_table) == ["swap", "verify"]
    assert len(rows(bigquery, f"{old_table}.visits", "t.id, t.amount")) == 4


def test_a_copy_that_was_cut_off_is_made_anew(client: google.Client, bigquery: Emulator, old_table: str) -> None:
    migration(client, old_table).run_next()
    bigquery.rows(f"INSERT INTO {old_table}.visits_migrating (id) VALUES (77)")
    assert run_all(client, old_table) == ["copy", "swap", "verify"]
    assert [row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")] == ["1", "1", "2", "3"]


def test_a_row_written_after_the_copy_stops_the_swap_and_is_copied_by_the_next_try(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"INSERT INTO {old_table}.visits (id) VALUES (4)")
    with pytest.raises(MigrationBlocked, match=r"held 4 rows.* and holds 5 rows"):
        migration(client, old_table).run_next()
    assert run_all(client, old_table) == ["copy", "swap", "verify"]
    assert [row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")] == ["1", "1", "2", "3", "4"]


def test_a_row_changed_in_place_stops_the_swap_although_the_count_is_the_same(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"UPDATE {old_table}.visits SET amount = 9.0 WHERE id = 3")
    with pytest.raises(MigrationBlocked, match=r"held 4 rows, checksum .* and holds 4 rows, checksum"):
        migration(client, old_table).run_next()


def test_a_copy_that_lost_a_row_is_not_swapped(client: google.Client, bigquery: Emulator, old_table: str) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"DELETE FROM {old_table}.visits_migrating WHERE id = 3")
    with pytest.raises(Exception, match=r"visits_migrating holds 3 rows.*visits holds 4 rows"):
        migration(client, old_table).run_next()
    assert len(rows(bigquery, f"{old_table}.visits", "t.note, t.id")) == 4


def test_rows_that_do_not_fit_are_counted_and_nothing_is_copied(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    bigquery.rows(f"INSERT INTO {old_table}.visits (Day) VALUES (DATE '2026-01-02'), (DATE '2026-01-03')")
    migration(client, old_table).run_next()
    with pytest.raises(MigrationBlocked, match="2 rows: id is null, but id is required"):
        migration(client, old_table).run_next()
    assert rows(bigquery, f"{old_table}.visits_migrating", "t.id, t.day") == []


def test_rows_that_fit_no_declared_column_stay_in_the_kept_table_alone(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    text = DECLARED.replace(
        "  source STRING DEFAULT", '  page STRING NOT NULL OPTIONS(description="p"),\n  source STRING DEFAULT'
    )
    assert (
        "no row fits (page is required and the table has no such column)"
        in migration(client, old_table, text).steps()[1].text
    )
    assert run_all(client, old_table, text) == ["create", "copy", "swap", "verify"]
    assert rows(bigquery, f"{old_table}.visits", "t.id, t.page") == []
    assert len(rows(bigquery, f"{old_table}.visits_legacy", "t.id, t.note")) == 4


def test_a_table_that_has_the_kept_name_already_is_left_alone(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    bigquery.table(old_table, "visits_legacy", [{"name": "x", "type": "INTEGER"}])
    with pytest.raises(MigrationBlocked, match=r"visits_legacy exists already"):
        migration(client, old_table).steps()


def swapped(client: google.Client, bigquery: Emulator, dataset: str) -> None:
    """A migration before its last step, whose old table then got a row."""
    for _ in range(3):
        migration(client, dataset).run_next()
    bigquery.rows(f"INSERT INTO {dataset}.visits_legacy (id, note) VALUES (5, 'late')")
    with pytest.raises(MigrationBlocked, match=r"its rows are copied into .*visits anew"):
        migration(client, dataset).run_next()


def test_a_row_written_to_the_kept_table_after_the_swap_is_carried_over_by_the_next_try(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    swapped(client, bigquery, old_table)
    assert len(rows(bigquery, f"{old_table}.visits", "t.id, t.amount")) == 4
    last = migration(client, old_table).steps()[3]
    assert "copy visits_legacy into visits anew, since rows arrived after the copy" in last.text
    assert run_all(client, old_table) == ["verify"]
    assert [row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")] == ["1", "1", "2", "3", "5"]
    assert len(rows(bigquery, f"{old_table}.visits_legacy", "t.id, t.note")) == 5
    labels = client.get_table(f"{PROJECT}.{old_table}.visits").labels
    assert not [label for label in labels if label.startswith("eros_migration")]


def test_a_copy_made_anew_after_the_swap_takes_no_row_that_only_the_new_table_holds(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    swapped(client, bigquery, old_table)
    bigquery.rows(f"INSERT INTO {old_table}.visits (id, source) VALUES (6, 'new system')")
    for _ in range(2):
        with pytest.raises(MigrationBlocked, match="both written to after the copy"):
            migration(client, old_table).run_next()
    assert "6" in {row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")}
    bigquery.rows(f"DELETE FROM {old_table}.visits WHERE id = 6")
    assert run_all(client, old_table) == ["verify"]
    assert [row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")] == ["1", "1", "2", "3", "5"]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_copy_made_anew_after_the_swap_resets_no_column_that_the_old_table_lacks(
    client: google.Client, bigquery: Emulator, old_table: str, is_recorded: bool
) -> None:
    swapped(client, bigquery, old_table)
    if not is_recorded:  # an earlier try was cut off between its copy and the label of it
        with patch.object(client, "update_table", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            migration(client, old_table).run_next()
    bigquery.rows(f"UPDATE {old_table}.visits SET source = 'new system' WHERE id = 3")
    with pytest.raises(MigrationBlocked, match="both written to after the copy"):
        migration(client, old_table).run_next()
    assert ["3", "new system"] in rows(bigquery, f"{old_table}.visits", "t.id, t.source")
    bigquery.rows(f"UPDATE {old_table}.visits SET source = 'web' WHERE id = 3")
    assert run_all(client, old_table) == ["verify"]
    assert [row[0] for row in rows(bigquery, f"{old_table}.visits", "t.id, t.amount")] == ["1", "1", "2", "3", "5"]


def test_a_row_that_arrives_right_before_the_rows_are_replaced_is_not_lost(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    swapped(client, bigquery, old_table)
    ask = client.query
    arrived: list[str] = []

    def after_an_arrival(statement: str, **options: Any) -> Any:
        if ("TRUNCATE TABLE" in statement or "DELETE FROM" in statement) and not arrived:
            arrived.append(statement)
            bigquery.rows(f"INSERT INTO {old_table}.visits (id, source) VALUES (6, 'new system')")
        return ask(statement, **options)

    with patch.object(client, "query", after_an_arrival), pytest.raises(MigrationBlocked, match="both written"):
        migration(client, old_table).run_next()
    assert ["6", "new system"] in rows(bigquery, f"{old_table}.visits", "t.id, t.source")
    bigquery.rows(f"TRUNCATE TABLE {old_table}.visits")
    assert run_all(client, old_table) == ["verify"]


def test_rows_that_vanish_from_the_kept_table_are_still_in_the_new_one(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    for _ in range(3):
        migration(client, old_table).run_next()
    bigquery.rows(f"DELETE FROM {old_table}.visits_legacy WHERE id = 3")
    for _ in range(2):
        with pytest.raises(MigrationBlocked, match=r"find out who deleted rows; .*\.visits holds a checked copy"):
            migration(client, old_table).run_next()
    assert len(rows(bigquery, f"{old_table}.visits", "t.id, t.amount")) == 4


def run_until_killed(port: int, dataset: str, change: int, moment: str) -> bool:
    """Runs the steps in a process that kills itself when it sends the Nth change, or when that is made.

    Whether it came that far.
    """
    child = os.fork()
    if not child:
        client, changes = google_client(port), 0
        send = client._connection.http.request

        def counted(method: str, *arguments: Any, **options: Any) -> Any:
            nonlocal changes
            changes += method != "GET"
            last = method != "GET" and changes == change
            if last and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = send(method, *arguments, **options)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        client._connection.http.request = counted
        try:
            run_all(client, dataset)
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_any_change_loses_no_row_and_the_next_run_goes_on(
    client: google.Client, bigquery: Emulator, moment: str
) -> None:
    killed = 0
    while True:
        name = f"killed_{moment}_{killed}"
        bigquery.insert("/datasets", {"datasetReference": {"projectId": PROJECT, "datasetId": name}})
        bigquery.table(name, "visits", OLD_FIELDS)
        bigquery.rows(f"INSERT INTO {name}.visits (id, Day, amount, tags, note) VALUES {ROWS}")
        wanted = rows(bigquery, f"{name}.visits", "t.id, t.amount, ARRAY_TO_STRING(t.tags, ','), t.note")
        if not run_until_killed(bigquery.port, name, killed + 1, moment):
            break
        killed += 1
        run_all(client, name)
        kept = rows(bigquery, f"{name}.visits_legacy", "t.id, t.amount, ARRAY_TO_STRING(t.tags, ','), t.note")
        assert kept == wanted, killed
        new = rows(bigquery, f"{name}.visits", "t.id, t.amount, ARRAY_TO_STRING(t.tags, ',')")
        assert new == [row[:3] for row in wanted], killed
        assert tables(client, name) == {f"{PROJECT}.{name}.{table}" for table in ("visits", "visits_legacy")}
    assert killed >= 12  # the statements, labels and renames of four steps


def test_rows_that_vanish_after_the_copy_stop_it_and_the_copy_stays(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    for _ in range(2):
        migration(client, old_table).run_next()
    bigquery.rows(f"DELETE FROM {old_table}.visits WHERE id IS NOT NULL")
    for _ in range(2):
        with pytest.raises(MigrationBlocked, match="find out who deleted rows"):
            migration(client, old_table).run_next()
    assert len(rows(bigquery, f"{old_table}.visits_migrating", "t.id, t.amount")) == 4


def test_a_table_of_somebody_under_the_new_name_is_left_alone(
    client: google.Client, bigquery: Emulator, old_table: str
) -> None:
    bigquery.table(old_table, "visits_migrating", OLD_FIELDS)
    bigquery.rows(f"INSERT INTO {old_table}.visits_migrating (id) VALUES (1)")
    with pytest.raises(MigrationBlocked, match="was not made by this migration"):
        migration(client, old_table).run_next()
    assert len(rows(bigquery, f"{old_table}.visits_migrating", "t.id, t.amount")) == 1
