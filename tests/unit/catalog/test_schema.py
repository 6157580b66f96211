"""The schema JSON: what is sent is what the API returns, so that no difference comes back on every preview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog import Catalog
from catalog.tables import parse_table
from catalog.tokens import SqlText

ALIASES = {
    "INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC", "BIGDECIMAL": "BIGNUMERIC",
}  # fmt: skip

# A table's schema as given to the real provider, and what it read back from the API.
RECORDED_INPUT = (
    '[{"name": "event_ts", "type": "TIMESTAMP", "mode": "REQUIRED", "description": "t"},'
    ' {"name": "tenant", "type": "STRING", "mode": "REQUIRED"}, {"name": "amount", "type": "NUMERIC"},'
    ' {"name": "tags", "type": "STRING", "mode": "REPEATED"}]'
)
RECORDED_OUTPUT = (
    '[{"description":"t","mode":"REQUIRED","name":"event_ts","policyTags":{"names":[]},"type":"TIMESTAMP"},'
    '{"mode":"REQUIRED","name":"tenant","policyTags":{"names":[]},"type":"STRING"},'
    '{"mode":"NULLABLE","name":"amount","policyTags":{"names":[]},"type":"NUMERIC"},'
    '{"mode":"REPEATED","name":"tags","policyTags":{"names":[]},"type":"STRING"}]'
)


def as_returned(field: dict[str, Any]) -> dict[str, Any]:
    """A column as the API gives it back: legacy names, a mode, nothing empty, int64 values as strings."""
    returned = {key: value for key, value in field.items() if value not in ("", None, [])}
    returned["type"] = ALIASES.get(field["type"].upper(), field["type"].upper())
    returned["mode"] = field.get("mode", "NULLABLE").upper()
    for key in ("maxLength", "precision", "scale"):
        if key in returned:
            returned[key] = str(returned[key])
    if "fields" in returned:
        returned["fields"] = [as_returned(nested) for nested in field["fields"]]
    return returned


def canonical(schema: str) -> str:
    """Without the order of keys and the empty policy tags, which the provider does not compare."""
    fields = json.loads(schema)
    for field in fields:
        field.pop("policyTags", None)
    return json.dumps(fields, sort_keys=True)


def test_the_rules_of_the_api_used_here_are_those_of_the_recorded_answer() -> None:
    answer = json.dumps([as_returned(field) for field in json.loads(RECORDED_INPUT)])
    assert canonical(answer) == canonical(RECORDED_OUTPUT)
    assert canonical(RECORDED_INPUT) != canonical(RECORDED_OUTPUT), "the recorded input was not canonical"


def test_every_declared_schema_comes_back_from_the_api_as_it_was_sent(declared: Catalog) -> None:
    assert declared.tables
    for table in declared.tables.values():
        sent = table.schema_json()
        returned = json.dumps([as_returned(field) for field in json.loads(sent)])
        assert canonical(returned) == canonical(sent), table.name


def test_every_type_comes_back_from_the_api_as_it_was_sent() -> None:
    text = """CREATE TABLE `eros_scheduling_brain.t` (
      a INT64 DEFAULT 0 NOT NULL, b FLOAT64, c BOOLEAN, d STRING(5), e NUMERIC(10, 2), f BIGNUMERIC, g BYTES, h DATE,
      i DATETIME, j TIME, k TIMESTAMP, l JSON, m GEOGRAPHY, n INTERVAL, o ARRAY<INT64>, p RANGE<DATETIME>, r DECIMAL,
      q STRUCT<x ARRAY<STRUCT<y BOOL>>> OPTIONS(description="é")
    )"""
    sent = parse_table(SqlText(Path("sql/tables/t.sql"), text)).schema_json()
    assert canonical(json.dumps([as_returned(field) for field in json.loads(sent)])) == canonical(sent)
    types = {field["name"]: field["type"] for field in json.loads(sent)}
    assert "".join(types) == "abcdefghijklmnoprq"
    assert (types["a"], types["b"], types["c"], types["q"], types["r"]) == (
        "INTEGER", "FLOAT", "BOOLEAN", "RECORD", "NUMERIC",
    )  # fmt: skip


def test_keys_stand_in_one_order_and_text_is_compact() -> None:
    text = """CREATE TABLE `eros_scheduling_brain.t` (
      a STRUCT<b ARRAY<STRING> OPTIONS(description="é")> OPTIONS(description="A"),
      c STRING(7) DEFAULT 'x' NOT NULL
    )"""
    assert parse_table(SqlText(Path("sql/tables/t.sql"), text)).schema_json() == (
        '[{"name":"a","type":"RECORD","mode":"NULLABLE","description":"A",'
        '"fields":[{"name":"b","type":"STRING","mode":"REPEATED","description":"é"}]},'
        '{"name":"c","type":"STRING","mode":"REQUIRED","defaultValueExpression":"\'x\'","maxLength":"7"}]'
    )
