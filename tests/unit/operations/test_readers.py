"""How statements name an object, whatever they quote."""

from __future__ import annotations

import re

import pytest

from operations.readers import _form


@pytest.mark.parametrize(
    "text",
    ["FROM `p.d.v` AS v", "FROM d.v", "FROM `d`.`v`", "FROM p.`d`.v WHERE x", "CALL `p.d.v`()", "SELECT `p.d`.v(1)"],
)
def test_every_way_to_name_an_object_is_found(text: str) -> None:
    assert re.search(_form("d", "v"), text)


@pytest.mark.parametrize("text", ["FROM `p.d.v_2`", "FROM `p.other_d.v`", "FROM `p.d.w` -- d v", "FROM `p.d2.v`"])
def test_other_names_are_not_taken_for_it(text: str) -> None:
    assert not re.search(_form("d", "v"), text)
