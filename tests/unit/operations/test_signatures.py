"""Check d3: the arguments of the deployed routines against those that their files state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog import Placement
from catalog.model import Routine
from catalog.routines import parse_function, parse_procedure
from catalog.tokens import SqlText
from operations import signatures

PLACE = Placement("p", "d", names={"same": "same_v2"})


def source(name: str, text: str) -> SqlText:
    return SqlText(Path(f"sql/x/{name}.sql"), text)


LOCK = parse_procedure(
    source(
        "lock",
        "CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.lock`(p_items ARRAY<STRUCT<id INT64, day DATE>>,"
        ' OUT p_n INT64) OPTIONS(description="D.") BEGIN SELECT 1; END;',
    )
)
SAME = parse_function(
    source(
        "same",
        "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.same`(p_value ANY TYPE)"
        ' OPTIONS(description="D.") AS (p_value)',
    )
)
NOTHING = parse_procedure(
    source(
        "nothing",
        'CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.nothing`() OPTIONS(description="D.") BEGIN SELECT 1; END;',
    )
)
DECLARED: dict[str, Routine] = {"lock": LOCK, "same": SAME, "nothing": NOTHING}
ITEMS = ("lock", "IN", "p_items", "ARRAY<STRUCT<id INT64, day DATE>>")
NUMBER = ("lock", "OUT", "p_n", "INT64")
VALUE = ("same_v2", None, "p_value", "ANY TYPE")
EMPTY = ("nothing", None, None, None)


def offences(*rows: tuple[str | None, ...]) -> list[str]:
    named: list[dict[str, Any]] = [dict(zip(("routine", "mode", "name", "type"), row, strict=True)) for row in rows]
    return signatures.offences(named, DECLARED, PLACE)


def test_what_is_deployed_as_declared_is_no_offence() -> None:
    assert offences(ITEMS, NUMBER, VALUE, EMPTY) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((NUMBER, ITEMS), "(OUT p_n INT64, p_items ARRAY<STRUCT<id INT64, day DATE>>)"),
        ((ITEMS, ("lock", "INOUT", "p_n", "INT64")), "(p_items ARRAY<STRUCT<id INT64, day DATE>>, INOUT p_n INT64)"),
        ((ITEMS, ("lock", "OUT", "p_m", "INT64")), "(p_items ARRAY<STRUCT<id INT64, day DATE>>, OUT p_m INT64)"),
        ((("lock", "IN", "p_items", "ARRAY<INT64>"), NUMBER), "(p_items ARRAY<INT64>, OUT p_n INT64)"),
        ((("lock", None, None, None),), "()"),
    ],
    ids=["another order", "another mode", "another name", "another inner type", "none at all"],
)
def test_other_arguments_are_told_beside_the_declared_ones(rows: list[tuple[str | None, ...]], found: str) -> None:
    declared = "(p_items ARRAY<STRUCT<id INT64, day DATE>>, OUT p_n INT64)"
    assert offences(*rows, VALUE, EMPTY) == [f"lock takes {found}, declared is {declared}"]


def test_arguments_of_a_routine_without_any_and_of_one_under_another_name_are_told() -> None:
    assert offences(ITEMS, NUMBER, ("same_v2", None, "p_value", "INT64"), ("nothing", "IN", "p_x", "DATE")) == [
        "nothing takes (p_x DATE), declared is ()",
        "same takes (p_value INT64), declared is (p_value ANY TYPE)",
    ]


def test_a_routine_that_has_gone_or_is_somebody_elses_is_not_told_here() -> None:
    assert offences(EMPTY, ("same", None, "p_other", "BYTES")) == []
