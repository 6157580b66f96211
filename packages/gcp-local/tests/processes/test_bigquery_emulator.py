"""What a deployment sends to the BigQuery emulator is what it reads back, also after a crash."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from gcp_local.testing import PROJECT, Emulator, emulator

INTEGER, STRING = {"typeKind": "INT64"}, {"typeKind": "STRING"}
ITEMS = {
    "typeKind": "ARRAY",
    "arrayElementType": {
        "typeKind": "STRUCT",
        "structType": {"fields": [{"name": "id", "type": INTEGER}, {"name": "d", "type": {"typeKind": "DATE"}}]},
    },
}
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "INTEGER", "mode": "REQUIRED", "description": "the id"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED", "description": "labels"},
    {"name": "amount", "type": "NUMERIC", "mode": "NULLABLE", "precision": "10", "scale": "2"},
    {"name": "made", "type": "TIMESTAMP", "mode": "REQUIRED", "defaultValueExpression": "CURRENT_TIMESTAMP()"},
    {"name": "r", "type": "RECORD", "mode": "REPEATED", "description": "nested", "fields": [
        {"name": "a", "type": "FLOAT", "mode": "REQUIRED", "description": "inner"},
    ]},
    {"name": "day", "type": "DATE", "mode": "NULLABLE"},
]  # fmt: skip


def lacks(sent: Any, read: Any, path: str = "") -> list[str]:
    """Where `read` does not have what was `sent`; the service may add fields of its own."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return [line for key, value in sent.items() for line in lacks(value, read.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [line for n, (s, r) in enumerate(zip(sent, read, strict=True)) for line in lacks(s, r, f"{path}[{n}]")]
    return [] if sent == read else [f"{path}: sent {sent!r}, read {read!r}"]


def reference(dataset: str, kind: str, name: str) -> dict[str, Any]:
    return {f"{kind}Reference": {"projectId": PROJECT, "datasetId": dataset, f"{kind}Id": name}}


def table(dataset: str) -> dict[str, Any]:
    return reference(dataset, "table", "t") | {
        "description": "a table",
        "labels": {"ownership": "source"},
        "schema": {"fields": FIELDS},
        "timePartitioning": {"type": "DAY", "field": "day", "expirationMs": "7776000000"},
        "clustering": {"fields": ["id", "amount"]},
        "requirePartitionFilter": True,
        "tableConstraints": {"primaryKey": {"columns": ["id"]}},
    }


def ranged(dataset: str) -> dict[str, Any]:
    partitioning = {"field": "n", "range": {"start": "0", "end": "100", "interval": "10"}}
    fields = [{"name": "n", "type": "INTEGER", "mode": "NULLABLE"}]
    return reference(dataset, "table", "t") | {"schema": {"fields": fields}, "rangePartitioning": partitioning}


def view(dataset: str) -> dict[str, Any]:
    query = "-- first\nSELECT  1 AS a,\n  'x' AS b -- last"
    return reference(dataset, "table", "t") | {
        "view": {"query": query, "useLegacySql": False},
        "description": "a view",
        "labels": {"a": "b"},
    }


@pytest.mark.parametrize("make", [table, ranged, view])
def test_a_table_is_read_back_as_it_was_sent(bigquery: Emulator, dataset: str, make: Any) -> None:
    bigquery.insert(f"/datasets/{dataset}/tables", make(dataset))
    assert lacks(make(dataset), bigquery.call("GET", f"/datasets/{dataset}/tables/t")) == []


def test_a_replaced_table_resource_forgets_what_it_no_longer_says(bigquery: Emulator, dataset: str) -> None:
    bigquery.insert(f"/datasets/{dataset}/tables", table(dataset))
    relaxed = [FIELDS[0] | {"mode": "NULLABLE", "description": "other"}, *FIELDS[1:]]
    added = {"name": "extra", "type": "STRING", "mode": "NULLABLE", "description": "new"}
    sent = table(dataset) | {"schema": {"fields": [*relaxed, added]}, "labels": {"z": "1"}}
    del sent["description"], sent["requirePartitionFilter"]
    path = f"/datasets/{dataset}/tables/t"
    bigquery.call("PUT", path, sent)
    read = bigquery.call("GET", path)
    assert lacks(sent, read) == []
    assert "description" not in read
    assert not read.get("requirePartitionFilter")
    assert read["labels"] == {"z": "1"}
    bigquery.rows(f"INSERT INTO `{dataset}.t` (id) VALUES (NULL)")


def test_a_column_leaves_by_ddl_only(bigquery: Emulator, dataset: str) -> None:
    bigquery.insert(f"/datasets/{dataset}/tables", table(dataset))
    path = f"/datasets/{dataset}/tables/t"
    fewer = {"schema": {"fields": [f for f in FIELDS if f["name"] not in ("tags", "r")]}}
    assert "Cannot remove field" in bigquery.refused("PATCH", path, fewer)
    bigquery.rows(f"ALTER TABLE `{PROJECT}.{dataset}.t` DROP COLUMN `tags`, DROP COLUMN `r`")
    assert lacks(table(dataset) | fewer, bigquery.call("PUT", path, table(dataset) | fewer)) == []


def test_a_dataset_is_read_back_as_it_was_sent(bigquery: Emulator) -> None:
    sent = reference("whole", "dataset", "whole") | {
        "location": "us-central1",
        "labels": {"team": "acme", "goog-pulumi-provisioned": "true"},
        "description": "café",
        "defaultTableExpirationMs": "3600000000",
        "maxTimeTravelHours": "48",
        "access": [
            {"role": "OWNER", "specialGroup": "projectOwners"},
            {"role": "roles/bigquery.metadataViewer", "iamMember": "serviceAccount:a@p.iam.gserviceaccount.com"},
        ],
    }
    bigquery.insert("/datasets", sent)
    assert lacks(sent, bigquery.call("GET", "/datasets/whole")) == []
    granted = sent["access"] + [{"role": "READER", "userByEmail": "a@example.com"}]
    bigquery.call("PATCH", "/datasets/whole", {"access": granted})
    assert lacks(sent | {"access": granted}, bigquery.call("GET", "/datasets/whole")) == []
    bigquery.call("DELETE", "/datasets/whole")
    assert bigquery.refused("GET", "/datasets/whole", code=404) == f"Not found: Dataset {PROJECT}:whole"


ROUTINES: dict[str, dict[str, Any]] = {
    "scalar": {
        "routineType": "SCALAR_FUNCTION",
        "arguments": [{"name": "p_n", "dataType": INTEGER}, {"name": "p_s", "dataType": STRING}],
        "returnType": STRING,
        "determinismLevel": "DETERMINISTIC",
        "definitionBody": "\n  -- why\n  CONCAT(p_s,   CAST(p_n AS STRING)) -- end\n",
    },
    "procedure": {
        "routineType": "PROCEDURE",
        "arguments": [
            {"name": "p_items", "mode": "IN", "dataType": ITEMS},
            {"name": "p_n", "mode": "OUT", "dataType": INTEGER},
        ],
        "definitionBody": "BEGIN\n  -- why\n  SET p_n = (SELECT SUM(i.id) FROM UNNEST(p_items) AS i);\nEND",
    },
}
CALLS = {
    "scalar": "SELECT `{0}.r`(7, 'n') AS v",
    "procedure": "DECLARE v INT64; CALL `{0}.r`([STRUCT(3 AS id, DATE '2025-01-01' AS d),"
    " STRUCT(4 AS id, DATE '2025-01-02' AS d)], v); SELECT v AS v",
}


@pytest.mark.parametrize(("kind", "value"), [("scalar", "n7"), ("procedure", "7")])
def test_a_routine_is_read_back_as_it_was_sent(bigquery: Emulator, dataset: str, kind: str, value: str) -> None:
    sent = reference(dataset, "routine", "r") | {"language": "SQL", "description": "a routine"} | ROUTINES[kind]
    path = f"/datasets/{dataset}/routines"
    bigquery.insert(path, sent)
    assert lacks(sent, bigquery.call("GET", f"{path}/r")) == []
    assert bigquery.rows(CALLS[kind].format(dataset)) == [[value]]
    del sent["description"]
    changed = sent | {"definitionBody": sent["definitionBody"].replace("SUM", "MAX").replace("p_s,", "'m',")}
    bigquery.call("PUT", f"{path}/r", changed)
    read = bigquery.call("GET", f"{path}/r")
    assert lacks(changed, read) == []
    assert "description" not in read
    assert bigquery.rows(CALLS[kind].format(dataset)) == [[{"n7": "m7", "7": "4"}[value]]]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/datasets/{0}/tables", {"tableReference": {"tableId": "x"}}, "Table"),
        (
            "/datasets/{0}/routines",
            {"routineReference": {"routineId": "x"}, "routineType": "SCALAR_FUNCTION", "definitionBody": "1"},
            "Routine",
        ),
    ],
)
def test_what_exists_and_what_does_not_is_answered_in_googles_words(
    bigquery: Emulator, dataset: str, path: str, body: dict[str, Any], kind: str
) -> None:
    path = path.format(dataset)
    missing = f"Not found: {kind} {PROJECT}:{dataset}.x"
    assert bigquery.refused("GET", f"{path}/x", code=404) == missing
    assert bigquery.refused("DELETE", f"{path}/x", code=404) == missing
    bigquery.insert(path, body)
    assert bigquery.refused("POST", path, body, 409) == f"Already Exists: {kind} {PROJECT}:{dataset}.x"
    bigquery.call("DELETE", f"{path}/x")
    assert bigquery.refused("GET", f"{path}/x", code=404) == missing


def test_a_dataset_with_tables_is_deleted_only_with_its_contents(bigquery: Emulator) -> None:
    name = bigquery.dataset()
    bigquery.table(name, "t", [{"name": "a", "type": "INTEGER"}])
    assert bigquery.refused("DELETE", f"/datasets/{name}") == f"Dataset {PROJECT}:{name} is still in use"
    bigquery.call("DELETE", f"/datasets/{name}", deleteContents="true")
    bigquery.refused("GET", f"/datasets/{name}", code=404)


def test_emulators_start_at_once_without_a_home_and_keep_everything_over_a_kill(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    started = [Emulator(folder, home=Path("/nonexistent")) for folder in folders]
    try:
        for each in started:
            each.wait()
            each.insert("/datasets", reference("kept", "dataset", "kept"))
            each.insert("/datasets/kept/tables", table("kept"))
            each.rows("INSERT INTO `kept.t` (id, day) VALUES (1, '2025-01-01'), (2, '2025-01-01')")
            each.insert("/datasets/kept/routines", reference("kept", "routine", "r") | ROUTINES["scalar"])
            each.insert(
                "/jobs", {"jobReference": {"jobId": "j"}, "configuration": {"query": {"query": "SELECT 1 AS n"}}}
            )
    finally:
        for each in started:
            each.stop(signal.SIGKILL)
    with emulator(folders[1]) as again:
        assert again.rows("SELECT COUNT(*) AS n FROM `kept.t` WHERE day = '2025-01-01'") == [["2"]]
        assert again.rows(CALLS["scalar"].format("kept")) == [["n7"]]
        assert lacks(table("kept"), again.call("GET", "/datasets/kept/tables/t")) == []
        assert again.call("GET", "/jobs/j", location="US")["status"]["state"] == "DONE"
