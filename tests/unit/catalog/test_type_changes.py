"""Every pair of types and parameters: what BigQuery makes of it."""

from __future__ import annotations

import itertools

import pytest

from catalog.type_changes import CONVERSIONS, TypeChange, type_change, type_text

SIMPLE = ("STRING", "BYTES", "INTEGER", "FLOAT", "NUMERIC", "BIGNUMERIC", "BOOLEAN", "DATE")
NAMES = (*SIMPLE, "DATETIME", "TIME", "TIMESTAMP", "GEOGRAPHY", "JSON", "INTERVAL", "RECORD")


def field(text: str) -> dict[str, object]:
    """NAME, NAME(length) or NAME(precision,scale) as the API shows it."""
    name, _, rest = text.partition("(")
    numbers = rest.rstrip(")").split(",") if rest else []
    keys = ("maxLength",) if name in ("STRING", "BYTES") else ("precision", "scale")
    return {"name": "c", "type": name, **dict(zip(keys, numbers, strict=False))}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("STRING(10)", "STRING(20)"),
        ("STRING(10)", "STRING"),
        ("BYTES(1)", "BYTES(2)"),
        ("BYTES(1)", "BYTES"),
        ("NUMERIC(10,6)", "NUMERIC(12,8)"),
        ("NUMERIC(7,2)", "NUMERIC(8,2)"),
        ("NUMERIC(7,2)", "NUMERIC"),
        ("NUMERIC(38,9)", "NUMERIC"),
        ("BIGNUMERIC(40,20)", "BIGNUMERIC"),
    ],
)
def test_wider_parameters_are_in_place_and_the_way_back_is_not(old: str, new: str) -> None:
    assert type_change(field(old), field(new)) is TypeChange.WIDER
    back = type_change(field(new), field(old))
    assert back is (TypeChange.WIDER if old == "NUMERIC(38,9)" else TypeChange.NARROWER)


@pytest.mark.parametrize(
    ("old", "new"),
    [("NUMERIC(10,2)", "NUMERIC(10,4)"), ("NUMERIC(10,4)", "NUMERIC(12,2)"), ("NUMERIC(10)", "NUMERIC(10,1)")],
)
def test_digits_on_one_side_of_the_point_do_not_pay_for_the_other(old: str, new: str) -> None:
    assert type_change(field(old), field(new)) is TypeChange.NARROWER


def test_of_all_pairs_of_types_a_statement_converts_the_five_that_bigquery_documents() -> None:
    converted = {
        (old, new)
        for old, new in itertools.permutations(NAMES, 2)
        if type_change(field(old), field(new)) is TypeChange.BY_STATEMENT
    }
    assert converted == {
        ("INTEGER", "NUMERIC"), ("INTEGER", "BIGNUMERIC"), ("INTEGER", "FLOAT"),
        ("NUMERIC", "BIGNUMERIC"), ("NUMERIC", "FLOAT"),
    } == CONVERSIONS  # fmt: skip
    others = set(itertools.permutations(NAMES, 2)) - converted
    assert {type_change(field(old), field(new)) for old, new in others} == {TypeChange.OTHER}


@pytest.mark.parametrize(
    ("one", "other"),
    [("INT64", "INTEGER"), ("FLOAT64", "FLOAT"), ("BOOL", "BOOLEAN"), ("STRUCT", "RECORD"), ("DECIMAL", "NUMERIC")],
)
def test_spellings_of_one_type_are_the_same(one: str, other: str) -> None:
    assert type_change(field(one), field(other.lower())) is TypeChange.SAME


def test_a_range_of_something_else_is_another_type() -> None:
    dates, times = ({"type": "RANGE", "rangeElementType": {"type": name}} for name in ("DATE", "TIMESTAMP"))
    assert type_change(dates, dates) is TypeChange.SAME
    assert type_change(dates, times) is TypeChange.OTHER
    assert type_text(dates) == "RANGE<DATE>"


def test_types_are_written_as_a_file_writes_them() -> None:
    assert [type_text(field(text)) for text in ("INTEGER", "STRING(5)", "NUMERIC(10,2)", "RECORD")] == [
        "INT64", "STRING(5)", "NUMERIC(10, 2)", "STRUCT",
    ]  # fmt: skip
