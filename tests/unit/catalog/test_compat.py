"""Changes of a table: in place, or refused with the way that loses no rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog import changes, refusals
from catalog.compat import Change
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


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  amount NUMERIC,", "  amount NUMERIC,\n  n STRING,", "new column n"),
        ("  amount NUMERIC,", "  amount NUMERIC,\n  n ARRAY<STRING>,", "new column n"),
        ("  tags ARRAY<STRING>,\n", "", "column tags dropped with its values"),
        ("tenant STRING NOT NULL", "tenant STRING", "mode of tenant from REQUIRED to NULLABLE"),
        ("CLUSTER BY tenant, amount", "CLUSTER BY tenant", "clustering from tenant, amount to tenant"),
        ("CLUSTER BY tenant, amount\n", "", "clustering from tenant, amount to none"),
        ("days=90", "days=30", "partition expiration from 7776000000 to 2592000000 ms"),
        ('"t"', '"u"', "description of event_ts"),
        ("amount NUMERIC", "amount NUMERIC DEFAULT 0", "default of amount"),
        ("zip STRING>", "zip STRING, street STRING>", "new column place.street"),
    ],
)
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
        ("amount NUMERIC", "amount FLOAT64", "amount", "type of amount from NUMERIC to FLOAT", "under a new name"),
        ("amount NUMERIC", "amount NUMERIC(10, 2)", "amount", "from NUMERIC to NUMERIC(10, 2)", "under a new name"),
        ("amount NUMERIC", "amount NUMERIC NOT NULL", "amount", "from NULLABLE to REQUIRED", "test of the data"),
        ("tags ARRAY<STRING>", "tags STRING", "tags", "from REPEATED to NULLABLE", "then drop tags"),
        ("tenant STRING NOT NULL", "tenant ARRAY<STRING>", "tenant", "from REQUIRED to REPEATED", "then drop tenant"),
        ("tags ARRAY<STRING>", "labels ARRAY<STRING>", "labels", "drops tags and adds labels", "first add labels"),
        ("city STRING, zip STRING", "city STRING", "place.zip", "nested field place.zip dropped", "keep place.zip"),
        ("zip STRING>", "zip STRING, n INT64 NOT NULL>", "place.n", "new REQUIRED column place.n", "two releases"),
        ("PARTITION BY DATE(event_ts)", "PARTITION BY TIMESTAMP_TRUNC(event_ts, HOUR)", "", "from DAY to HOUR", "two"),
        ("\nOPTIONS(partition_expiration_days=90)", "", "", "partition expiration removed", "ALTER TABLE"),
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
        field["name"] = field["name"].upper()
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
    changed = table(EVENTS.replace("amount NUMERIC", "amount FLOAT64"))
    (message,) = refusals(changed, live(declared))
    assert message.startswith("sql/tables/events.sql:4: events: type of amount from NUMERIC to FLOAT")
    assert "\n  fix: in two releases" in message


def test_a_live_table_as_the_api_returns_it_is_compared() -> None:
    declared = table(EVENTS)
    resource = {
        "schema": {"fields": json.loads(declared.schema_json())},
        "timePartitioning": {"type": "DAY", "field": "event_ts", "expirationMs": "7776000000"},
        "clustering": {"fields": ["tenant", "amount"]},
    }
    assert refusals(declared, resource) == []
    assert len(refusals(declared, resource | {"timePartitioning": {"type": "DAY", "field": "other"}})) == 1
    ranged = {"field": "amount", "range": {"start": "0", "end": "9", "interval": "1"}}
    (message,) = refusals(declared, resource | {"timePartitioning": None, "rangePartitioning": ranged})
    assert "partitioning from range of amount to DAY of event_ts" in message
