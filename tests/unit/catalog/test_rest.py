"""Bodies for BigQuery's REST API: complete, qualified, and in the form that comes back unchanged."""

from __future__ import annotations

from pathlib import Path

from catalog import Catalog
from catalog.addresses import Placement
from catalog.rest import routine_resource, table_resource, view_resource
from catalog.routines import parse_function, parse_procedure, parse_table_function
from catalog.tables import parse_table
from catalog.tokens import SqlText
from catalog.views import parse_materialized_view, parse_view

DESCRIBED = 'OPTIONS(description="D.")'


def source(text: str) -> SqlText:
    return SqlText(Path("sql/folder/x.sql"), text)


def test_a_table_is_sent_with_schema_layout_and_key() -> None:
    table = parse_table(
        source(
            "CREATE TABLE `eros_scheduling_brain.x` (a INT64 NOT NULL, ts TIMESTAMP, PRIMARY KEY (a) NOT ENFORCED)\n"
            "PARTITION BY DATE(ts) CLUSTER BY a\n"
            'OPTIONS(description="D.", labels=[("system", "eros")], partition_expiration_days=30)'
        )
    )
    assert table_resource(table, Placement("p", "d")) == {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "x"},
        "description": "D.",
        "labels": {"system": "eros"},
        "schema": {
            "fields": [
                {"name": "a", "type": "INTEGER", "mode": "REQUIRED"},
                {"name": "ts", "type": "TIMESTAMP", "mode": "NULLABLE"},
            ]
        },
        "requirePartitionFilter": False,
        "timePartitioning": {"type": "DAY", "field": "ts", "expirationMs": "2592000000"},
        "clustering": {"fields": ["a"]},
        "tableConstraints": {"primaryKey": {"columns": ["a"]}},
    }


def test_a_range_partitioned_table_is_sent_with_its_bounds_as_strings() -> None:
    table = parse_table(
        source(
            "CREATE TABLE `eros_scheduling_brain.x` (a INT64)\nPARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 100, 10))"
        )
    )
    resource = table_resource(table, Placement("p", "d"))
    assert resource["rangePartitioning"] == {"field": "a", "range": {"start": "0", "end": "100", "interval": "10"}}
    assert {"timePartitioning", "clustering", "tableConstraints"}.isdisjoint(resource)


def test_a_view_is_standard_sql() -> None:
    view = parse_view(
        source(
            f"CREATE OR REPLACE VIEW `eros_scheduling_brain.x` {DESCRIBED} AS SELECT k FROM `eros_scheduling_brain.t`"
        )
    )
    assert view_resource(view, Placement("p", "d")) == {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "x"},
        "description": "D.",
        "labels": {},
        "view": {"query": "SELECT k FROM `p.d.t`", "useLegacySql": False},
    }


def test_a_materialized_view_is_sent_with_its_refresh() -> None:
    view = parse_materialized_view(
        source(
            "CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.x` CLUSTER BY k\n"
            "OPTIONS(refresh_interval_minutes=120, allow_non_incremental_definition=true,"
            " max_staleness=INTERVAL 90 MINUTE) AS SELECT k FROM `eros_scheduling_brain.t`"
        )
    )
    resource = view_resource(view, Placement("p", "d"))
    assert resource["materializedView"] == {
        "query": "SELECT k FROM `p.d.t`",
        "enableRefresh": True,
        "refreshIntervalMs": "7200000",
        "allowNonIncrementalDefinition": True,
    }
    assert resource["maxStaleness"] == "0-0 0 1:30:0"
    assert resource["clustering"] == {"fields": ["k"]}
    assert "view" not in resource


def test_a_procedure_states_the_mode_of_every_argument() -> None:
    procedure = parse_procedure(
        source(
            f"CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.x`(p_a DATE, OUT p_b STRING) {DESCRIBED}\n"
            "BEGIN CALL `eros_scheduling_brain.y`(); END;"
        )
    )
    assert routine_resource(procedure, Placement("p", "d")) == {
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
    function = parse_function(
        source(f"CREATE OR REPLACE FUNCTION `eros_scheduling_brain.x`(p_a ANY TYPE) RETURNS INT64 {DESCRIBED} AS (1)")
    )
    resource = routine_resource(function, Placement("p", "d"))
    assert resource["arguments"] == [{"name": "p_a", "argumentKind": "ANY_TYPE"}]
    assert resource["returnType"] == {"typeKind": "INT64"}
    table_function = parse_table_function(
        source(
            "CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.x`() RETURNS TABLE<k INT64>"
            f" {DESCRIBED} AS SELECT 1 AS k"
        )
    )
    resource = routine_resource(table_function, Placement("p", "d"))
    assert resource["returnTableType"] == {"columns": [{"name": "k", "type": {"typeKind": "INT64"}}]}
    assert "returnType" not in resource


def test_every_deployed_text_is_qualified_and_has_no_outer_white_space(declared: Catalog) -> None:
    bodies = [routine_resource(r, Placement("proj", "data"))["definitionBody"] for r in declared.routines.values()]
    bodies += [view.query(Placement("proj", "data")) for view in declared.views.values()]
    bodies += [view.query(Placement("proj", "data")) for view in declared.materialized_views.values()]
    assert len(bodies) == len(declared.objects) - len(declared.tables)
    for body in bodies:
        assert body == body.strip()
        assert "`eros_scheduling_brain." not in body


def test_every_argument_that_the_api_would_fill_in_is_stated(declared: Catalog) -> None:
    for routine in declared.routines.values():
        resource = routine_resource(routine, Placement("p", "d"))
        assert resource["language"] == "SQL"
        modes = {argument.get("mode") for argument in resource["arguments"]}
        assert modes <= ({"IN", "OUT", "INOUT"} if routine.kind == "PROCEDURE" else {None}), routine.name
        assert all("dataType" in argument for argument in resource["arguments"])
        stated = {"SCALAR_FUNCTION": "returnType", "TABLE_VALUED_FUNCTION": "returnTableType"}.get(routine.kind)
        assert stated is None or stated in resource, routine.name
