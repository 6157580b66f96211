"""Examples of rows that differ: which values may be seen, and that none can be more than a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.cloud.bigquery import SchemaField
from pydantic import ValidationError

from catalog import Catalog, load
from operations.errors import CloudError
from operations.review import examples
from operations.review.comment import render
from operations.review.examples import Showing, plain
from operations.review.findings import DataChange, Example, ExampleValue, Findings
from operations.rows.compared import Compared

NO_CLIENT: Any = None  # what it would be asked is answered by the test
TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  {name}_id STRING OPTIONS(description="Id."),
  price FLOAT64 OPTIONS(description="Price."),
  fan_id INT64 OPTIONS(description="Fan."),
  email STRING OPTIONS(description="Address.")
)
OPTIONS(description="A table."{labels});
"""
VIEW = """
CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS
SELECT
  f.free_id,
  --: Price.
  f.price AS price,
  --: Text.
  f.email AS email,
  --: Passed on from what is restricted.
  r.price AS restricted_price,
  --: Made of a text of it.
  CAST(r.email AS INT64) AS phone,
  --: Made of an id of it.
  COALESCE(r.fan_id, 0) AS fan,
  --: An amount.
  r.price * 2 AS double_price
FROM `eros_scheduling_brain.free` AS f
INNER JOIN `eros_scheduling_brain.closed` AS r ON r.closed_id = f.free_id;
"""
TYPES = {
    "free_id": "STRING",
    "price": "FLOAT",
    "email": "STRING",
    "restricted_price": "FLOAT",
    "phone": "INTEGER",
    "fan": "INTEGER",
    "double_price": "FLOAT",
    "not_known": "INTEGER",
}
FOUND = Compared(1, 1, changed=1, columns={"price": 1}, key=("free_id",))
SEEN = {"free_id", "price", "double_price"}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    labels = ',\n  labels=[("data_class", "restricted")]'
    files = {
        "tables/free.sql": TABLE.format(name="free", labels=""),
        "tables/closed.sql": TABLE.format(name="closed", labels=labels),
        "views/v.sql": VIEW,
    }
    for name, text in files.items():
        path = tmp_path / "sql" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load(tmp_path)


class Rows:
    """What is asked for, and one row that differs in all of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, new_types: dict[str, str] | None = None) -> None:
        self.asked: list[str] = []
        self.key_value = "c1"
        types = {"old": TYPES, "new": new_types or TYPES}
        monkeypatch.setattr(
            examples, "columns_of", lambda _, side: [SchemaField(name, kind) for name, kind in types[side].items()]
        )
        monkeypatch.setattr(examples, "differing", self.differing)

    def differing(self, _: object, old: str, new: str, **wanted: Any) -> list[tuple[str, str]]:
        self.asked = list(wanted["shown"])
        sides = [dict.fromkeys(self.asked, number) for number in (1, 2)]
        return [
            (json.dumps({**sides[0], "free_id": self.key_value}), json.dumps({**sides[1], "free_id": self.key_value}))
        ]


def shown(showing: Showing, name: str = "v", found: Compared = FOUND) -> tuple[Example, ...]:
    return showing.of(NO_CLIENT, name, ("old", "new"), found)


def test_texts_and_what_restricted_tables_name_somebody_by_are_not_even_asked_for(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog
) -> None:
    rows = Rows(monkeypatch)
    (example,) = shown(Showing(1, catalog, catalog))
    assert set(rows.asked) == SEEN
    assert {one.name: (one.before, one.after) for one in example.values} == {
        "free_id": ("c1", "c1"),
        "price": ("1", "2"),
        "double_price": ("1", "2"),
    }


def test_a_text_that_is_no_id_in_the_key_is_not_shown_and_an_id_that_says_more_is_hidden(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog
) -> None:
    rows = Rows(monkeypatch)
    rows.key_value = "Ann Example, ann@example.com"
    (example,) = shown(Showing(1, catalog, catalog))
    assert example.values[0] == ExampleValue(name="free_id", before="hidden", after="hidden")
    shown(Showing(1, catalog, catalog), found=Compared(1, 1, changed=1, key=("email",)))
    assert set(rows.asked) == SEEN - {"free_id"}


def test_of_a_restricted_table_and_of_what_is_not_known_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog
) -> None:
    rows = Rows(monkeypatch)
    assert shown(Showing(1, catalog, catalog), "closed") == ()
    assert shown(Showing(1, catalog, None)) == ()
    assert shown(Showing(0, catalog, catalog)) == ()
    assert shown(Showing(1, catalog, catalog), found=Compared(1, 1)) == ()
    assert rows.asked == []


def test_a_column_that_is_a_text_on_either_side_is_not_shown(monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    rows = Rows(monkeypatch, {**TYPES, "price": "STRING"})
    shown(Showing(1, catalog, catalog))
    assert set(rows.asked) == SEEN - {"price"}


def test_rows_that_cannot_be_read_again_leave_the_counts(monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    Rows(monkeypatch)

    def refuse(*_: object, **__: object) -> None:
        raise CloudError("too much")

    monkeypatch.setattr(examples, "differing", refuse)
    assert shown(Showing(1, catalog, catalog)) == ()


@pytest.mark.parametrize(
    ("value", "is_text", "expected"),
    [
        (None, False, "NULL"),
        (True, False, "true"),
        (12.5, False, "12.5"),
        ("2026-01-02T03:04:05Z", False, "2026-01-02T03:04:05Z"),
        ("a_1.b:c-d", True, "a_1.b:c-d"),
        ("two words", True, "hidden"),
        ("x" * 61, True, "hidden"),
        ("</td><script>@octocat|", False, "--td--script--octocat-"),
        ("9" * 100, False, "9" * 60),
    ],
)
def test_a_value_is_of_bounded_length_and_nothing_but_a_value(value: object, is_text: bool, expected: str) -> None:
    assert plain(value, is_text=is_text) == expected


HOSTILE = ["<img src=x>", "@octocat", "[a](https://evil.example)", "a|b", "`x`", "x" * 81, "line\nbreak", "#1", "*b*"]


@pytest.mark.parametrize("value", HOSTILE)
def test_findings_of_a_fork_with_a_value_that_is_more_are_refused(value: str) -> None:
    document = {"op": "changed", "values": [{"name": "n", "before": "1", "after": value}]}
    with pytest.raises(ValidationError):
        Example.model_validate_json(json.dumps(document))


def test_examples_are_folded_below_the_counts_and_open_nothing() -> None:
    values = (
        ExampleValue(name="day_id|<b>", before="_d_1", after="_d_1"),
        ExampleValue(name="price", before="9.5", after="www.evil.example"),
    )
    change = DataChange(name="v", before=2, after=2, changed=1, examples=(Example(op="changed", values=values),))
    text = render(Findings(project="p", stack="s", compared_with="it", live=False, data=(change,)))
    assert "### Rows that differ\n\n<details><summary>1 row</summary>" in text
    line = next(line for line in text.splitlines() if "9.5" in line)
    assert line == (
        "| <code>v</code> | changed | <code>day_id&#124;&lt;b&gt;</code>:&nbsp;\\_d\\_1<br> "
        "<code>price</code>:&nbsp;9.5 → www\u200b.evil.example<br> |"
    )
    without = render(
        Findings(project="p", stack="s", compared_with="it", live=False, data=(DataChange(name="v", changed=1),))
    )
    assert "Rows that differ" not in without


def test_without_room_the_rows_go_and_the_counts_stay() -> None:
    one = Example(op="added", values=(ExampleValue(name="price", before="", after="9" * 60),) * 6)
    data = tuple(DataChange(name=f"v{number}", after=9, added=9, examples=(one,) * 5) for number in range(30))
    findings = Findings(project="p", stack="s", compared_with="it", live=False, data=data)
    text = render(findings, limit=9_000)
    assert len(text) <= 9_000
    assert "150 rows that differ (left out for length)." in text
    assert "| <code>v29</code> | 0&nbsp;→&nbsp;9 |" in text
