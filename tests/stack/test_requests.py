"""What a deployment asks of BigQuery for a declared object: complete, qualified, and by the one mapping there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from catalog import Catalog
from catalog import load_cached as load
from catalog.addresses import Placement
from catalog.model import DeclaredObject
from catalog.routines import parse_function, parse_procedure, parse_table_function
from catalog.tables import parse_table
from catalog.tokens import SqlText
from catalog.views import parse_materialized_view, parse_view
from gcp_local.provider.cloud import Cloud
from operations.rows.request import table_body
from tests.deploying import create, registered

ROOT = Path(__file__).resolve().parents[2]
DESCRIBED = 'OPTIONS(description="D.")'
PLACE = Placement("p", "d")
Bodies: TypeAlias = Mapping[str, dict[str, Any]]
LABELS = {"system": "eros", "environment": "local", "owner": "tests", "goog-pulumi-provisioned": "true"}
UNTAGGED: dict[str, Any] = {"policyTags": {"names": []}}


class Sent(Cloud):
    """Keeps the last request; answers nothing."""

    def call(
        self, api: tuple[str, ...], method: str, path: str, body: Any = None, params: Any = None
    ) -> dict[str, Any]:
        self.method, self.path, self.body = method, path, body
        return {}


def requests(objects: Mapping[str, DeclaredObject], place: Placement = PLACE) -> dict[str, dict[str, Any]]:
    """The body of the request that makes each object."""
    bodies = {}
    for name, (kind, inputs) in registered(Catalog(objects), place).items():
        sent = Sent({})
        create(sent, name, kind, inputs)
        collection = "routines" if kind.endswith("Routine") else "tables"
        assert (sent.method, sent.path) == ("POST", f"projects/{place.project}/datasets/{place.dataset}/{collection}")
        bodies[name] = sent.body
    return bodies


def request(declared: DeclaredObject) -> dict[str, Any]:
    return requests({declared.name: declared})[declared.name]


def source(text: str) -> SqlText:
    return SqlText(Path("sql/folder/x.sql"), text)


@pytest.fixture(scope="module")
def declared() -> Catalog:
    return load(ROOT)


@pytest.fixture(scope="module")
def sent(declared: Catalog) -> dict[str, dict[str, Any]]:
    return requests(declared.objects)


TABLE = """
CREATE TABLE `eros_scheduling_brain.x` (a INT64 NOT NULL, ts TIMESTAMP, PRIMARY KEY (a) NOT ENFORCED)
PARTITION BY DATE(ts) CLUSTER BY a
OPTIONS(description="D.", labels=[("kind", "log")], partition_expiration_days=30, require_partition_filter=true)
"""


def test_a_table_is_sent_with_schema_layout_and_key() -> None:
    assert request(parse_table(source(TABLE))) == {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "x"},
        "description": "D.",
        "labels": {**LABELS, "kind": "log"},
        "schema": {
            "fields": [
                {"name": "a", "type": "INTEGER", "mode": "REQUIRED", **UNTAGGED},
                {"name": "ts", "type": "TIMESTAMP", "mode": "NULLABLE", **UNTAGGED},
            ]
        },
        "requirePartitionFilter": True,
        "timePartitioning": {"type": "DAY", "field": "ts", "expirationMs": "2592000000"},
        "clustering": {"fields": ["a"]},
        "tableConstraints": {"primaryKey": {"columns": ["a"]}},
    }


def test_a_range_partitioned_table_is_sent_with_its_bounds_as_strings() -> None:
    text = "CREATE TABLE `eros_scheduling_brain.x` (a INT64)\nPARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 100, 10))"
    body = request(parse_table(source(text)))
    assert body["rangePartitioning"] == {"field": "a", "range": {"start": "0", "end": "100", "interval": "10"}}
    assert {"timePartitioning", "clustering", "tableConstraints"}.isdisjoint(body)


def test_a_view_is_standard_sql() -> None:
    text = f"CREATE OR REPLACE VIEW `eros_scheduling_brain.x` {DESCRIBED} AS SELECT k FROM `eros_scheduling_brain.t`"
    assert request(parse_view(source(text))) == {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "x"},
        "description": "D.",
        "labels": LABELS,
        "view": {"query": "SELECT k FROM `p.d.t`", "useLegacySql": False},
    }


def test_a_materialized_view_is_sent_with_its_refresh() -> None:
    text = (
        "CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.x` CLUSTER BY k\n"
        "OPTIONS(refresh_interval_minutes=120, allow_non_incremental_definition=true,"
        " max_staleness=INTERVAL 90 MINUTE) AS SELECT k FROM `eros_scheduling_brain.t`"
    )
    body = request(parse_materialized_view(source(text)))
    assert body["materializedView"] == {
        "query": "SELECT k FROM `p.d.t`",
        "enableRefresh": True,
        "refreshIntervalMs": "7200000",
        "allowNonIncrementalDefinition": True,
    }
    assert body["maxStaleness"] == "0-0 0 1:30:0"
    assert body["clustering"] == {"fields": ["k"]}
    assert "view" not in body


def test_a_procedure_states_the_mode_of_every_argument() -> None:
    text = (
        f"CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.x`(p_a DATE, OUT p_b STRING) {DESCRIBED}\n"
        "BEGIN CALL `eros_scheduling_brain.y`(); END;"
    )
    assert request(parse_procedure(source(text))) == {
        "routineReference": {"projectId": "p", "datasetId": "d", "routineId": "x"},
        "routineType": "PROCEDURE",
        "language": "SQL",
        "arguments": [
            {"name": "p_a", "argumentKind": "FIXED_TYPE", "mode": "IN", "dataType": {"typeKind": "DATE"}},
            {"name": "p_b", "argumentKind": "FIXED_TYPE", "mode": "OUT", "dataType": {"typeKind": "STRING"}},
        ],
        "definitionBody": "BEGIN CALL `p.d.y`(); END",
        "description": "D.",
    }


def test_functions_state_what_they_return_and_no_modes() -> None:
    text = f"CREATE OR REPLACE FUNCTION `eros_scheduling_brain.x`(p_a ANY TYPE) RETURNS INT64 {DESCRIBED} AS (1)"
    body = request(parse_function(source(text)))
    assert body["arguments"] == [{"name": "p_a", "argumentKind": "ANY_TYPE"}]
    assert body["returnType"] == {"typeKind": "INT64"}
    text = (
        "CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.x`() RETURNS TABLE<k INT64>"
        f" {DESCRIBED} AS SELECT 1 AS k"
    )
    body = request(parse_table_function(source(text)))
    assert body["returnTableType"] == {"columns": [{"name": "k", "type": {"typeKind": "INT64"}}]}
    assert "returnType" not in body


def test_every_deployed_text_is_qualified_and_has_no_outer_white_space(declared: Catalog, sent: Bodies) -> None:
    texts = [
        body.get("definitionBody") or (body.get("view") or body["materializedView"])["query"]
        for name, body in sent.items()
        if name not in declared.tables
    ]
    assert len(texts) == len(declared.objects) - len(declared.tables)
    for text in texts:
        assert text == text.strip()
        assert not re.search(r"`eros_scheduling_brain\.", text)


def test_every_argument_that_the_api_would_fill_in_is_stated(declared: Catalog, sent: Bodies) -> None:
    assert declared.routines
    for routine in declared.routines.values():
        body = sent[routine.name]
        assert body["language"] == "SQL"
        arguments = body.get("arguments", [])
        modes = {argument.get("mode") for argument in arguments}
        assert modes <= ({"IN", "OUT", "INOUT"} if routine.kind == "PROCEDURE" else {None}), routine.name
        assert all("dataType" in argument for argument in arguments)
        stated = {"SCALAR_FUNCTION": "returnType", "TABLE_VALUED_FUNCTION": "returnTableType"}.get(routine.kind)
        assert stated is None or stated in body, routine.name


def test_a_migration_makes_every_table_as_an_update_does_but_for_the_labels_of_the_stack(
    declared: Catalog, sent: Bodies
) -> None:
    for name, table in {**declared.tables, "x": parse_table(source(TABLE))}.items():
        asked = sent.get(name) or request(table)
        made = table_body(table, "p", "d", name)
        assert made["labels"].items() <= asked["labels"].items()
        fields = [untagged(field) for field in asked["schema"]["fields"]]
        assert made == {**asked, "labels": made["labels"], "schema": {"fields": fields}}, name


def untagged(field: Mapping[str, Any]) -> dict[str, Any]:
    """A column as the file declares it: the provider adds to each leaf that it has no policy tags."""
    kept = {key: value for key, value in field.items() if key != "policyTags"}
    return kept | ({"fields": [untagged(inner) for inner in field["fields"]]} if "fields" in field else {})
