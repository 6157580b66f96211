"""Changes of a table: in place, or refused with the way that loses no rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog import Change, changes, losses, refusals
from catalog.model import Partitioning, RangePartitioning, Table, TimePartitioning
from catalog.tables import parse_table
from catalog.tokens import SqlText

EVENTS = """\
CREATE TABLE `eros_scheduling_brain.events` (
  event_ts TIMESTAMP NOT NULL OPTIONS(description="t"),
  tenant STRING NOT NULL,
  amount NUMERIC,
  tags ARRAY<STRING>,
  place STRUCT<city STRING, zip STRING>
)
PARTITION BY DATE(event_ts)
CLUSTER BY tenant, amount
OPTIONS(partition_expiration_days=90)
"""
DAYS_90 = TimePartitioning("DAY", "event_ts", 90 * 86_400_000)


def table(text: str) -> Table:
    return parse_table(SqlText(Path("sql/tables/events.sql"), text))


def after(old: str, new: str) -> tuple[Change, ...]:
    """The changes that replacing `old` by `new` in the file makes to a table deployed before."""
    assert old in EVENTS
    before = table(EVENTS)
    return changes(before.schema_json(), before.partitioning, before.clustering, table(EVENTS.replace(old, new)))


def refused(found: tuple[Change, ...]) -> list[Change]:
    return [change for change in found if change.kind == "refused"]


IN_PLACE = [
    ("  amount NUMERIC,", "  amount NUMERIC,\n  n STRING,", "new column n"),
    ("  amount NUMERIC,", "  amount NUMERIC,\n  n ARRAY<STRING>,", "new column n"),
    ("tenant STRING NOT NULL", "tenant STRING", "mode of tenant from REQUIRED to NULLABLE"),
    ("CLUSTER BY tenant, amount", "CLUSTER BY tenant", "clustering from tenant, amount to tenant"),
    ("CLUSTER BY tenant, amount\n", "", "clustering from tenant, amount to none"),
    ("days=90", "days=120", "partition expiration from 7776000000 to 10368000000 ms"),
    ('"t"', '"u"', "description of event_ts"),
    ("amount NUMERIC", "amount NUMERIC DEFAULT 0", "default of amount"),
    ("zip STRING>", "zip STRING, street STRING>", "new column place.street"),
    ("  amount NUMERIC,", "  amount NUMERIC,\n  s STRUCT<n INT64 NOT NULL>,", "new column s"),
]


@pytest.mark.parametrize(("old", "new", "what"), IN_PLACE, ids=[case[-1] for case in IN_PLACE])
def test_a_change_in_place(old: str, new: str, what: str) -> None:
    assert [(change.kind, change.what) for change in after(old, new)] == [("in_place", what)]


@pytest.mark.parametrize(
    ("old", "new", "column", "what", "way"),
    [
        (
            "  amount NUMERIC,",
            "  amount NUMERIC,\n  n STRING NOT NULL,",
            "n",
            "new REQUIRED column n",
            "first add n without",
        ),
        ("amount NUMERIC", "amount STRING", "amount", "type of amount from NUMERIC to STRING", "under a new name"),
        ("amount NUMERIC", "amount FLOAT64", "amount", "from NUMERIC to FLOAT64", "amount SET DATA TYPE FLOAT64"),
        ("amount NUMERIC", "amount NUMERIC(10, 2)", "amount", "from NUMERIC to NUMERIC(10, 2)", "under a new name"),
        ("amount NUMERIC", "amount NUMERIC NOT NULL", "amount", "from NULLABLE to REQUIRED", "test of the data"),
        ("tags ARRAY<STRING>", "tags STRING", "tags", "from REPEATED to NULLABLE", "retire tags"),
        ("tenant STRING NOT NULL", "tenant ARRAY<STRING>", "tenant", "from REQUIRED to REPEATED", "retire tenant"),
        ("tags ARRAY<STRING>", "labels ARRAY<STRING>", "tags", "tags is in the table and not in", "or retire it"),
        ("  tags ARRAY<STRING>,\n", "", "tags", "tags is in the table and not in", "declare it (tags ARRAY<STRING>)"),
        ("amount NUMERIC,", "Amount NUMERIC,", "Amount", "column amount spelled Amount", "write amount"),
        ("city STRING, zip", "City STRING, zip", "place.City", "column place.city spelled City", "write city"),
        ("city STRING, zip", "city INT64, zip", "place.city", "type of place.city", "retire place"),
        ("city STRING, zip STRING", "city STRING", "place.zip", "nested field place.zip dropped", "keep place.zip"),
        (
            "zip STRING>",
            "zip STRING, n INT64 NOT NULL>",
            "place.n",
            "new REQUIRED column place.n",
            "without NOT NULL and",
        ),
        ("PARTITION BY DATE(event_ts)", "PARTITION BY TIMESTAMP_TRUNC(event_ts, HOUR)", "", "from DAY to HOUR", "two"),
        ("\nOPTIONS(partition_expiration_days=90)", "", "", "partition expiration removed", "ALTER TABLE"),
        (
            "days=90",
            "days=30",
            "",
            "partition expiration from 7776000000 to 2592000000 ms",
            "partition_expiration_days = 30",
        ),
    ],
)
def test_a_change_that_would_lose_rows_is_refused_with_the_way_to_make_it(
    old: str, new: str, column: str, what: str, way: str
) -> None:
    (change,) = refused(after(old, new))
    assert (change.column, what in change.what, way in change.way) == (column, True, True), change
    assert change.reason


@pytest.mark.parametrize(
    "old",
    [None, TimePartitioning("DAY", "other"), RangePartitioning("amount", 0, 10, 1)],
)
def test_another_partitioning_is_refused(old: Partitioning | None) -> None:
    declared = table(EVENTS)
    (change,) = changes(declared.schema_json(), old, declared.clustering, declared)
    assert (change.kind, change.column) == ("refused", "")
    assert "the rows would be lost" in change.reason or "its rows would be lost" in change.reason


def test_a_removed_partitioning_is_refused() -> None:
    bare = table(EVENTS.replace("PARTITION BY DATE(event_ts)\n", "").replace("partition_expiration_days=90", ""))
    (change,) = changes(bare.schema_json(), DAYS_90, bare.clustering, bare)
    assert (change.kind, change.what) == ("refused", "partitioning from DAY of event_ts to none")


def test_an_unchanged_table_has_no_changes_however_the_api_spells_it() -> None:
    declared = table(EVENTS)
    fields = json.loads(declared.schema_json())
    for field in reversed(fields):
        field["policyTags"] = {"names": []}
        if field["mode"] == "NULLABLE":
            del field["mode"]
        field["type"] = {"RECORD": "STRUCT", "NUMERIC": "DECIMAL"}.get(field["type"], field["type"])
    assert changes(json.dumps(fields), declared.partitioning, declared.clustering, declared) == ()


def test_a_change_knows_the_line_of_its_column() -> None:
    (change,) = refused(after("amount NUMERIC,", "amount NUMERIC,\n  n STRING NOT NULL,"))
    assert change.line == 5


def live(declared: Table) -> dict[str, object]:
    return {
        "schema": declared.schema_json(),
        "timePartitionings": [{"type": "DAY", "field": "event_ts", "expirationMs": 7776000000}],
        "rangePartitionings": [],
        "clusterings": ["tenant", "amount"],
    }


def test_a_live_table_as_the_provider_reads_it_is_compared() -> None:
    declared = table(EVENTS)
    assert refusals(declared, live(declared)) == []
    changed = table(EVENTS.replace("amount NUMERIC", "amount DATE"))
    (message,) = refusals(changed, live(declared))
    assert message.startswith("sql/tables/events.sql:4: events: type of amount from NUMERIC to DATE")
    assert "\n  fix: in two releases" in message


def test_a_live_table_as_the_api_returns_it_is_compared() -> None:
    declared = table(EVENTS)
    resource: dict[str, object] = {
        "schema": {"fields": json.loads(declared.schema_json())},
        "timePartitioning": {"type": "DAY", "field": "event_ts", "expirationMs": "7776000000"},
        "clustering": {"fields": ["tenant", "amount"]},
    }
    assert refusals(declared, resource) == []
    assert len(refusals(declared, resource | {"timePartitioning": {"type": "DAY", "field": "other"}})) == 1
    ranged = {"field": "amount", "range": {"start": "0", "end": "9", "interval": "1"}}
    (message,) = refusals(declared, resource | {"timePartitioning": None, "rangePartitioning": ranged})
    assert "partitioning from range of amount to DAY of event_ts" in message


def live_with(declared: Table, **columns: str) -> dict[str, object]:
    """The table as it is, with further columns (by name their description) that no file declares."""
    fields = json.loads(declared.schema_json())
    fields += [{"name": name, "type": "STRING", "description": text} for name, text in columns.items()]
    return live(declared) | {"schema": json.dumps(fields)}


def test_a_live_column_that_no_file_declares_is_refused_with_what_to_write() -> None:
    declared = table(EVENTS)
    (message,) = refusals(declared, live_with(declared, analyst_note="not RETIRED at all"))
    assert message.startswith(
        "sql/tables/events.sql:1: events: column analyst_note is in the table and not in the file"
    )
    assert "declare it (analyst_note STRING)" in message
    assert losses(declared, live_with(declared, analyst_note="")) == []


def test_a_column_that_a_release_before_retired_goes_and_is_named() -> None:
    declared = table(EVENTS)
    deployed = live_with(declared, old_note="RETIRED: nobody reads it.")
    assert refusals(declared, deployed) == []
    (message,) = losses(declared, deployed)
    assert message == "sql/tables/events.sql:1: events: column old_note is retired and dropped with its values"


def test_a_mark_that_only_the_file_carries_lets_nothing_go() -> None:
    """The mark and the drop in one release: what is deployed says nothing yet."""
    before = table(EVENTS.replace("amount NUMERIC", 'amount NUMERIC OPTIONS(description="RETIRED")'))
    marked = changes(table(EVENTS).schema_json(), DAYS_90, ["tenant", "amount"], before)
    assert [(change.kind, change.what) for change in marked] == [("in_place", "description of amount")]
    gone = table(EVENTS.replace("  amount NUMERIC,\n", "").replace(", amount", ""))
    unmarked = changes(table(EVENTS).schema_json(), DAYS_90, ["tenant"], gone)
    assert [change.kind for change in unmarked] == ["refused"]


def test_a_retired_column_and_a_new_one_in_one_release_are_a_rename_to_the_provider() -> None:
    declared = table(EVENTS.replace("  amount NUMERIC,", "  amount NUMERIC,\n  fresh STRING,"))
    (message,) = refusals(declared, live_with(table(EVENTS), old_note="RETIRED"))
    assert "drops old_note and adds fresh at once" in message


@pytest.mark.parametrize("column", ["event_ts", "tenant"])
def test_a_column_of_the_layout_cannot_be_retired(column: str) -> None:
    fields = [field for field in json.loads(table(EVENTS).schema_json()) if field["name"] == column]
    bare = table("CREATE TABLE `eros_scheduling_brain.events` (other STRING)")
    marked = json.dumps([{**fields[0], "description": "RETIRED"}, {"name": "other", "type": "STRING"}])
    (change,) = [c for c in changes(marked, DAYS_90, ["tenant"], bare) if c.column == column]
    assert (change.kind, "partitioned or clustered" in change.reason) == ("refused", True)
