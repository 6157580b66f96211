"""Transactions of the local BigQuery, as https://docs.cloud.google.com/bigquery/docs/transactions has them."""

from __future__ import annotations

import concurrent.futures
import time
from itertools import product
from typing import Any

import pytest

from gcp_local.testing import Emulator

MANNERS = [",".join(manner) for manner in product(("statement", "commit"), ("kept", "gone"))]
ABORTED = "Transaction is aborted due to concurrent update against table"
NO_TRANSACTION = "there is no open transaction in progress"


class Session:
    """A BigQuery session: each call is a query of its own in the same transaction."""

    def __init__(self, bigquery: Emulator, manner: str = "") -> None:
        self.bigquery = bigquery
        self.properties = [{"key": "gcp_local_bigquery_transactions", "value": manner}] if manner else []
        answer = self.ask("SELECT 1 AS one", createSession=True)
        self.properties = [{"key": "session_id", "value": answer["sessionInfo"]["sessionId"]}]

    def ask(self, sql: str, **more: Any) -> dict[str, Any]:
        body = {"query": sql, "useLegacySql": False, "timeoutMs": 30000, "connectionProperties": self.properties}
        return self.bigquery.call("POST", "/queries", body | more)

    def run(self, sql: str) -> None:
        answer = self.ask(sql)
        assert "error" not in answer, answer

    def refused(self, sql: str) -> str:
        answer = self.ask(sql)
        assert "error" in answer, answer
        return str(answer["error"]["message"])


@pytest.fixture
def table(bigquery: Emulator, dataset: str) -> str:
    """A table with two rows, in files of their own."""
    fields = [{"name": "n", "type": "INTEGER"}, {"name": "v", "type": "INTEGER"}]
    bigquery.table(dataset, "t", fields)
    bigquery.table(dataset, "u", fields)
    for n in (1, 2):
        bigquery.rows(f"INSERT INTO `{dataset}.t` (n, v) VALUES ({n}, 0)")
        bigquery.rows(f"INSERT INTO `{dataset}.u` (n, v) VALUES ({n}, 0)")
    return f"`{dataset}.t`"


def values(bigquery: Emulator, table: str) -> list[str]:
    return [v for (v,) in bigquery.rows(f"SELECT v FROM {table} ORDER BY n, v")]


CHANGES = [
    "UPDATE {table} SET v = 9 WHERE n = 2",
    "DELETE FROM {table} WHERE n = 2",
    "MERGE {table} AS t USING (SELECT 5 AS n) AS s ON t.n = s.n WHEN NOT MATCHED THEN INSERT (n, v) VALUES (5, 9)",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_later_of_two_transactions_on_one_table_is_cancelled_whichever_rows(
    bigquery: Emulator, table: str, change: str
) -> None:
    first, second = Session(bigquery, "statement,kept"), Session(bigquery, "statement,kept")
    first.run("BEGIN TRANSACTION")
    first.run(f"UPDATE {table} SET v = 1 WHERE n = 1")
    second.run("BEGIN TRANSACTION")
    assert ABORTED in second.refused(change.format(table=table))
    first.run("COMMIT TRANSACTION")
    second.run("ROLLBACK TRANSACTION")
    assert values(bigquery, table) == ["1", "0"]


def test_the_later_one_may_learn_of_it_at_its_commit_only(bigquery: Emulator, table: str) -> None:
    first, second = Session(bigquery, "commit,kept"), Session(bigquery, "commit,kept")
    for session, n in ((first, 1), (second, 2)):
        session.run("BEGIN TRANSACTION")
        session.run(f"UPDATE {table} SET v = {n} WHERE n = {n}")
    second.run("COMMIT TRANSACTION")
    assert ABORTED in first.refused("COMMIT TRANSACTION")
    first.run("ROLLBACK TRANSACTION")
    assert values(bigquery, table) == ["0", "2"]


@pytest.mark.parametrize("manner", MANNERS)
def test_a_table_that_changed_since_the_transaction_began_cancels_it(
    bigquery: Emulator, table: str, manner: str
) -> None:
    session = Session(bigquery, manner)
    session.run("BEGIN TRANSACTION")
    bigquery.rows(f"UPDATE {table} SET v = 3 WHERE n = 1")
    change = f"UPDATE {table} SET v = 4 WHERE n = 2"
    if manner.startswith("commit"):
        session.run(change)
        change = "COMMIT TRANSACTION"
    assert ABORTED in session.refused(change)
    assert values(bigquery, table) == ["3", "0"]


@pytest.mark.parametrize("manner", MANNERS)
def test_a_cancelled_transaction_is_kept_until_its_rollback_or_gone_as_the_switch_says(
    bigquery: Emulator, table: str, manner: str
) -> None:
    other, session = Session(bigquery, manner), Session(bigquery, manner)
    session.run("BEGIN TRANSACTION")
    if manner.startswith("commit"):
        session.run(f"UPDATE {table} SET v = 4 WHERE n = 2")
    other.run(f"BEGIN TRANSACTION; DELETE FROM {table} WHERE n = 1")
    if manner.startswith("statement"):
        assert ABORTED in session.refused(f"UPDATE {table} SET v = 4 WHERE n = 2")
    other.run("COMMIT TRANSACTION")
    if manner.startswith("commit"):
        assert ABORTED in session.refused("COMMIT TRANSACTION")
    if manner.endswith("kept"):
        assert ABORTED in session.refused(f"UPDATE {table} SET v = 5 WHERE n = 2")
        session.run("ROLLBACK TRANSACTION")
    else:
        assert NO_TRANSACTION in session.refused("ROLLBACK TRANSACTION")
    assert values(bigquery, table) == ["0"]


def test_reading_a_changed_table_appending_side_by_side_and_other_tables_do_not_conflict(
    bigquery: Emulator, table: str
) -> None:
    first, second, other = Session(bigquery), Session(bigquery), table.replace(".t", ".u")
    first.run(f"BEGIN TRANSACTION; UPDATE {table} SET v = 1 WHERE n = 1; INSERT INTO {other} (n, v) VALUES (3, 3)")
    second.run(f"BEGIN TRANSACTION; INSERT INTO {other} (n, v) VALUES (4, 4)")
    assert second.ask(f"SELECT SUM(v) FROM {table}")["rows"] == [{"f": [{"v": "0"}]}]
    bigquery.rows(f"INSERT INTO {other} (n, v) VALUES (5, 5)")
    first.run("COMMIT TRANSACTION")
    assert second.ask(f"SELECT SUM(v) FROM {table}")["rows"] == [{"f": [{"v": "0"}]}]
    second.run("COMMIT TRANSACTION")
    assert values(bigquery, table) == ["1", "0"]
    assert values(bigquery, other) == ["0", "0", "3", "4", "5"]


def test_a_statement_outside_a_transaction_waits_for_the_one_that_changed_its_table(
    bigquery: Emulator, table: str
) -> None:
    session = Session(bigquery)
    session.run(f"BEGIN TRANSACTION; UPDATE {table} SET v = v + 1 WHERE n = 1")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bigquery.rows, f"UPDATE {table} SET v = v * 10 WHERE n = 1")
        time.sleep(0.5)
        assert not waiting.done()
        session.run("COMMIT TRANSACTION")
        waiting.result(timeout=30)
    assert values(bigquery, table) == ["10", "0"]


@pytest.mark.parametrize("verb", ["COMMIT", "ROLLBACK"])
def test_the_end_of_a_transaction_that_is_not_open_is_an_error(bigquery: Emulator, verb: str) -> None:
    session = Session(bigquery)
    assert NO_TRANSACTION in session.refused(f"{verb} TRANSACTION")


def test_transactions_are_not_nested_and_take_no_ddl_of_permanent_objects(bigquery: Emulator, table: str) -> None:
    session = Session(bigquery)
    session.run("BEGIN TRANSACTION; CREATE TEMP TABLE mine AS SELECT 1 AS n; DROP TABLE mine")
    assert "cannot be nested" in session.refused("BEGIN TRANSACTION")
    assert "not supported inside a transaction" in session.refused(f"DROP TABLE {table}")
    session.run("ROLLBACK TRANSACTION")
    assert values(bigquery, table) == ["0", "0"]


def test_variables_keep_what_they_were_set_to_through_a_rollback(bigquery: Emulator, table: str) -> None:
    script = f"""
        DECLARE v_step, v_error STRING DEFAULT 'none';
        BEGIN
          BEGIN TRANSACTION;
          UPDATE {table} SET v = 1 WHERE n = 1;
          SET v_step = 'updated';
          UPDATE {table} SET v = CAST({{wrong}} AS INT64) WHERE n = 1;
          COMMIT TRANSACTION;
        EXCEPTION WHEN ERROR THEN
          SET v_error = 'seen';
          ROLLBACK TRANSACTION;
        END;
        SELECT v_step, v_error;
    """
    assert bigquery.rows(script.format(wrong="'no number'")) == [["updated", "seen"]]
    assert bigquery.rows(script.format(wrong="ERROR('raised')")) == [["updated", "seen"]]
    assert values(bigquery, table) == ["0", "0"]


def test_a_query_that_ends_inside_its_transaction_changes_nothing_and_holds_nobody_up(
    bigquery: Emulator, table: str
) -> None:
    bigquery.rows(f"BEGIN TRANSACTION; UPDATE {table} SET v = 1 WHERE n = 1")
    bigquery.rows(f"UPDATE {table} SET v = 2 WHERE n = 2")
    assert values(bigquery, table) == ["0", "2"]


def test_a_manner_that_is_none_is_refused(bigquery: Emulator) -> None:
    properties = [{"key": "gcp_local_bigquery_transactions", "value": "later,gone"}]
    body = {"query": "SELECT 1", "useLegacySql": False, "connectionProperties": properties}
    assert "'later,gone'" in bigquery.refused("POST", "/queries", body)
