"""Which changes of a table's columns mean nothing, are made in place, or need a new table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gcp_local.provider.bigquery import table_schema
from gcp_local.provider.registry import resource

TABLE = "gcp:bigquery/table:Table"
ID = {"name": "id", "type": "STRING", "mode": "REQUIRED"}
N = {"name": "n", "type": "INTEGER"}
R = {"name": "r", "type": "RECORD", "fields": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "FLOAT"}]}


def text(*columns: dict[str, Any]) -> str:
    return json.dumps(columns)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (text(ID, N), text(N, ID)),
        (text(N), text({**N, "mode": "NULLABLE"})),
        (text(N), text({**N, "type": "INT64"})),
        (text({"name": "f", "type": "FLOAT"}), text({"name": "f", "type": "float64"})),
        (text({"name": "b", "type": "BOOLEAN"}), text({"name": "b", "type": "BOOL"})),
        (text({**N, "description": ""}), text(N)),
        (text({**N, "policyTags": {"names": []}}), text(N)),
        (text({**N, "collation": "und:ci"}), text(N)),
        (text(R), text({**R, "fields": R["fields"][::-1]})),
        ("null", "[]"),
    ],
)
def test_spelling_and_order_of_columns_mean_nothing(old: str, new: str) -> None:
    assert table_schema.same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (text(ID), text(ID, N)),
        (text(ID, N), text(ID)),
        (text(ID), text({**ID, "mode": "NULLABLE"})),
        (text(N), text({**N, "description": "d"})),
        (text(N), text({**N, "defaultValueExpression": "0"})),
        (text(R), text({**R, "fields": [*R["fields"], {"name": "c", "type": "DATE"}]})),
    ],
)
def test_these_changes_are_made_in_place(old: str, new: str) -> None:
    assert not table_schema.same(old, new)
    assert table_schema.in_place(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (text(N), text(N, ID)),
        (text(N), text({**N, "type": "STRING"})),
        (text(N), text({**N, "mode": "REQUIRED"})),
        (text(N), text({**N, "mode": "REPEATED"})),
        (text(ID, N), text(ID, {"name": "m", "type": "INTEGER"})),
        (text(R), text({**R, "fields": R["fields"][:1]})),
        (text(R), text({**R, "fields": [*R["fields"], {"name": "c", "type": "DATE", "mode": "REQUIRED"}]})),
        (text({"name": "d", "type": "NUMERIC"}), text({"name": "d", "type": "DECIMAL"})),
        (text(R), text({**R, "type": "STRUCT"})),
    ],
)
def test_these_changes_need_a_new_table(old: str, new: str) -> None:
    assert not table_schema.in_place(old, new)
    former = {"datasetId": "d", "tableId": "t", "schema": old, "deletionProtection": True, "deletionPolicy": "DELETE"}
    found = resource(TABLE).diff(former, {"datasetId": "d", "tableId": "t", "schema": new})
    assert found.replaces == ["__meta"]
    assert found.delete_before_replace


def test_an_external_table_cannot_drop_a_column_in_place() -> None:
    assert not table_schema.in_place(text(ID, N), text(ID), external=True)


def test_another_case_is_another_column_also_nested() -> None:
    def text(top: str, nested: str) -> str:
        return json.dumps([{"name": top, "type": "RECORD", "fields": [{"name": nested, "type": "STRING"}]}])

    assert table_schema.in_place(text("a", "b"), text("a", "b"))
    assert not table_schema.in_place(text("a", "b"), text("A", "b"))
    assert not table_schema.in_place(text("a", "b"), text("a", "B"))


def test_an_update_drops_each_live_column_that_it_does_not_send() -> None:
    live = [{"name": "a"}, {"name": "note"}, {"name": "b"}]
    assert table_schema.undeclared(live, [{"name": "a"}, {"name": "B"}]) == ["note", "b"]


def test_wider_and_narrower_parameters_are_both_left_to_the_api() -> None:
    short, long = ([{"name": "a", "type": "STRING", "maxLength": length}] for length in ("10", "20"))
    assert table_schema.in_place(json.dumps(short), json.dumps(long))
    assert table_schema.in_place(json.dumps(long), json.dumps(short))
