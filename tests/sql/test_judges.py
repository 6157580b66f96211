"""Three judges of one change to a table: the catalog, the provider, BigQuery. Each case says what each must answer.

The catalog judges on its own on purpose: it is there to refuse, before anything is sent, what the other two would do to
the rows, and it cannot import what stands in for them on one machine. So what they know is known twice, and held
together here, case by case, with where the answer comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from catalog import changes
from catalog.lint.table_rules import cluster_columns, partition_column
from catalog.model import Table
from catalog.tables import parse_table
from catalog.tokens import SqlText
from gcp_local.provider.registry import resource
from gcp_local.testing import PROJECT
from operations.rows.request import table_body
from tests.sql.warehouse import Warehouse

SCHEMAS = "https://cloud.google.com/bigquery/docs/managing-table-schemas"
TYPES = "https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_data_types"
CLUSTERS = "https://cloud.google.com/bigquery/docs/creating-clustered-tables#limitations"
PARTITIONS = "https://cloud.google.com/bigquery/docs/partitioned-tables"
BY_TIME = f"{PARTITIONS}#date_timestamp_partitioned_tables"
BY_NUMBER = f"{PARTITIONS}#integer_range"
ADDED = f"{SCHEMAS}#add_an_empty_column"
NESTED = f"{SCHEMAS}#add_a_nested_column_to_a_record_column"
DROPPED = f"{SCHEMAS}#delete_a_column"
MODES = f"{SCHEMAS}#change_a_columns_mode"
KINDS = f"{SCHEMAS}#change_a_columns_data_type"
# Lines of resource_bigquery_table.go of terraform-provider-google-beta.
PROVIDER = "resource_bigquery_table.go"
DATASET = "judged"


class Change(NamedTuple):
    """`replaces`: the provider makes a new table. `accepted`: what the API says of the new columns, None where the
    provider does not send them as they are (it drops columns by a statement). `passes`: the catalog lets it through."""

    old: str
    new: str
    replaces: bool
    accepted: bool | None
    passes: bool
    source: str


CHANGES = {
    "a column is added": Change("a INT64", "a INT64, b STRING", False, True, True, ADDED),
    "a REQUIRED column is added": Change(
        "a INT64", "a INT64, b STRING NOT NULL", True, False, False, f"{ADDED}; {PROVIDER}:408"
    ),
    "a column is dropped": Change("a INT64, b STRING", "a INT64", False, None, False, f"{PROVIDER}:2689"),
    "one is dropped and one added": Change(
        "a INT64, b STRING", "a INT64, c STRING", True, None, False, f"{PROVIDER}:408"
    ),
    "another type": Change("a INT64", "a STRING", True, False, False, KINDS),
    "a type that a statement converts": Change("a INT64", "a NUMERIC", True, False, False, f"{KINDS}; {PROVIDER}:313"),
    "a mode is relaxed": Change("a INT64 NOT NULL", "a INT64", False, True, True, MODES),
    "a mode is tightened": Change("a INT64", "a INT64 NOT NULL", True, False, False, MODES),
    "a column becomes a list": Change("a INT64", "a ARRAY<INT64>", True, False, False, MODES),
    "a length grows": Change("a STRING(10)", "a STRING(20)", False, True, True, TYPES),
    "a length goes": Change("a STRING(10)", "a STRING", False, True, True, TYPES),
    "a length shrinks": Change("a STRING(20)", "a STRING(10)", False, False, False, f"{TYPES}; {PROVIDER}:502"),
    "digits grow": Change("a NUMERIC(10, 2)", "a NUMERIC(12, 3)", False, True, True, TYPES),
    "digits before the point shrink": Change("a NUMERIC(10, 2)", "a NUMERIC(10, 3)", False, False, False, TYPES),
    "a nested field is added": Change(
        "a STRUCT<x INT64>",
        "a STRUCT<x INT64, y INT64>",
        False,
        True,
        True,
        f"{SCHEMAS}#add_a_nested_column_to_a_record_column",
    ),
    "a nested field is dropped": Change(
        "a STRUCT<x INT64, y INT64>",
        "a STRUCT<x INT64>",
        True,
        False,
        False,
        f"{DROPPED}; {PROVIDER}:408",
    ),
    "a name in another case": Change("a INT64", "A INT64", True, None, False, f"{PROVIDER}:50"),
}


class Layout(NamedTuple):
    columns: str
    clauses: str
    accepted: bool
    source: str


LAYOUTS = {
    "four columns": Layout("a INT64, b DATE, c STRING, d BOOL", "CLUSTER BY a, b, c, d", True, CLUSTERS),
    "five columns": Layout("a INT64, b DATE, c STRING, d BOOL, e STRING", "CLUSTER BY a, b, c, d, e", False, CLUSTERS),
    "all that can be clustered by": Layout(
        "a NUMERIC, b BIGNUMERIC, c TIMESTAMP, d DATETIME", "CLUSTER BY a, b, c, d", True, CLUSTERS
    ),
    "a range": Layout("a RANGE<DATE>, g GEOGRAPHY", "CLUSTER BY a, g", True, CLUSTERS),
    "by a FLOAT64": Layout("a FLOAT64", "CLUSTER BY a", False, CLUSTERS),
    "by BYTES": Layout("a BYTES", "CLUSTER BY a", False, CLUSTERS),
    "by a TIME": Layout("a TIME", "CLUSTER BY a", False, CLUSTERS),
    "by JSON": Layout("a JSON", "CLUSTER BY a", False, CLUSTERS),
    "by a list": Layout("a ARRAY<STRING>", "CLUSTER BY a", False, CLUSTERS),
    "by an absent column": Layout("a INT64", "CLUSTER BY b", False, CLUSTERS),
    "partitions of a DATE": Layout("a DATE", "PARTITION BY a", True, BY_TIME),
    "partitions of a TIMESTAMP": Layout(
        "a TIMESTAMP", "PARTITION BY DATE(a)", True, f"{PARTITIONS}#date_timestamp_partitioned_tables"
    ),
    "partitions of a STRING": Layout(
        "a STRING", "PARTITION BY a", False, f"{PARTITIONS}#date_timestamp_partitioned_tables"
    ),
    "partitions of a list": Layout(
        "a ARRAY<DATE>", "PARTITION BY a", False, f"{PARTITIONS}#date_timestamp_partitioned_tables"
    ),
    "partitions of a range of numbers": Layout(
        "a INT64", "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 10, 1))", True, BY_NUMBER
    ),
    "a range of days": Layout("a DATE", "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 10, 1))", False, BY_NUMBER),
}


def declared(name: str, columns: str, clauses: str = "") -> Table:
    text = f'CREATE TABLE `eros_scheduling_brain.{name}` ({columns})\n{clauses}\nOPTIONS(description="T.");'
    return parse_table(SqlText(Path(f"sql/tables/{name}.sql"), text))


@pytest.fixture(scope="module")
def tables(deployed_warehouse: Warehouse) -> Iterator[httpx.Client]:
    """The tables of a dataset of their own."""
    base = f"{deployed_warehouse.endpoint}/bigquery/v2/projects/{PROJECT}/datasets"
    with httpx.Client(timeout=60, trust_env=False) as client:
        client.post(base, json={"datasetReference": {"projectId": PROJECT, "datasetId": DATASET}}).raise_for_status()
        client.base_url = f"{base}/{DATASET}"
        yield client


@pytest.mark.parametrize("case", CHANGES)
def test_each_judge_of_a_change_says_what_it_must(tables: httpx.Client, case: str) -> None:
    change = CHANGES[case]
    assert change.source
    name = "changed_" + "".join(letter for letter in case.lower() if letter.isalpha())
    before, after = declared(name, change.old), declared(name, change.new)
    found = changes(before.schema_json(), None, (), after)
    assert all(one.kind == "in_place" for one in found) is change.passes, found
    outputs = {"schema": before.schema_json()}, {"schema": after.schema_json()}
    assert resource("gcp:bigquery/table:Table").must_replace(*outputs) is change.replaces
    if change.accepted is not None:
        tables.post("/tables", json=table_body(before, PROJECT, DATASET, name)).raise_for_status()
        answer = tables.put(f"/tables/{name}", json=table_body(after, PROJECT, DATASET, name))
        assert (answer.status_code == 200) is change.accepted, answer.text


@pytest.mark.parametrize("case", LAYOUTS)
def test_each_judge_of_a_layout_says_what_it_must(tables: httpx.Client, case: str) -> None:
    layout = LAYOUTS[case]
    assert layout.source
    name = "made_" + "".join(letter for letter in case.lower() if letter.isalpha())
    table = declared(name, layout.columns, layout.clauses)
    problems = [*cluster_columns.check(table), *partition_column.check(table)]
    assert (not problems) is layout.accepted, problems
    answer = tables.post("/tables", json=table_body(table, PROJECT, DATASET, name))
    assert (answer.status_code == 200) is layout.accepted, answer.text


@pytest.mark.parametrize("case", ["four columns", "five columns"])
def test_the_provider_counts_the_columns_of_a_clustering_too(case: str) -> None:
    table = declared("counted", LAYOUTS[case].columns, LAYOUTS[case].clauses)
    inputs: dict[str, Any] = {"tableId": "t", "datasetId": "d", "clusterings": list(table.clustering)}
    refused = resource("gcp:bigquery/table:Table").check(inputs | {"schema": json.dumps([])})
    assert (not refused) is LAYOUTS[case].accepted, refused
