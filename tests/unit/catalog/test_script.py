"""The structure of scripts: blocks, branches, loops and conditions are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.cursor import Cursor
from catalog.errors import CatalogError
from catalog.script import Block, Branches, Node, Statement, parse_block, statements
from catalog.tokens import SqlText

SCRIPT = """
BEGIN
  DECLARE v_a INT64 DEFAULT IF(TRUE, 1, 2);
  first_label: LOOP
    IF CASE WHEN v_a = 1 THEN TRUE ELSE FALSE END AND EXISTS (SELECT 1) THEN
      LEAVE first_label;
    ELSEIF v_a = 2 THEN
    ELSE
      BEGIN
        BEGIN TRANSACTION;
        SELECT 2;
        COMMIT TRANSACTION;
      EXCEPTION WHEN ERROR THEN
        ROLLBACK TRANSACTION;
      END;
    END IF;
  END LOOP first_label;
  FOR v_row IN (SELECT 3 AS x) DO SELECT v_row.x; END FOR;
  WHILE v_a < 4 DO SET v_a = v_a + 1; END WHILE;
  REPEAT SET v_a = 5; UNTIL v_a > 5 END REPEAT;
  CASE v_a WHEN 6 THEN SELECT 6; ELSE SELECT 7; END CASE;
  CASE WHEN v_a = 8 THEN SELECT 8; END CASE;
END
"""


def block(text: str) -> Block:
    return parse_block(Cursor(SqlText(Path("x.sql"), text)))


def shape(node: Node) -> object:
    if isinstance(node, Statement):
        return node.tokens[0].text
    if isinstance(node, Block):
        return ["BLOCK", *map(shape, node.body), *(["HANDLER", *map(shape, node.handler)] if node.handler else [])]
    return ["BRANCHES", len(node.conditions), *([shape(inner) for inner in body] for body in node.bodies)]


def test_every_form_of_the_procedural_language_is_recognised() -> None:
    assert shape(block(SCRIPT)) == [
        "BLOCK",
        "DECLARE",
        [
            "BRANCHES",
            0,
            [
                [
                    "BRANCHES",
                    2,
                    ["LEAVE"],
                    [],
                    [["BLOCK", "BEGIN", "SELECT", "COMMIT", "HANDLER", "ROLLBACK"]],
                ]
            ],
        ],
        ["BRANCHES", 1, ["SELECT"]],
        ["BRANCHES", 1, ["SET"]],
        ["BRANCHES", 1, ["SET"]],
        ["BRANCHES", 2, ["SELECT"], ["SELECT"]],
        ["BRANCHES", 1, ["SELECT"]],
    ]


def test_statements_come_in_the_order_written_with_conditions() -> None:
    found = statements([block("BEGIN IF a OR x THEN b; ELSE c; END IF; d; END")])
    assert [[token.text for token in s.tokens] for s in found] == [["a", "OR", "x"], ["b"], ["c"], ["d"]]


def test_a_loop_knows_its_variable() -> None:
    loop = block("BEGIN FOR v_row IN (SELECT 1) DO SELECT 2; END FOR; END").body[0]
    assert isinstance(loop, Branches)
    assert loop.loop_variable is not None
    assert loop.loop_variable.text == "v_row"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("BEGIN IF a SELECT 1; END IF; END", "expected THEN"),
        ("BEGIN IF CASE WHEN a THEN b; THEN SELECT 1; END IF; END", "CASE without END"),
        ("BEGIN ; END", "an empty statement"),
        ("BEGIN SELECT 1; EXCEPTION WHEN OTHER THEN SELECT 2; END", "expected WHEN ERROR THEN"),
    ],
)
def test_a_broken_structure_is_refused(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        block(text)
