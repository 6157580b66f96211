"""validate_input lets plain names through and nothing else."""

from __future__ import annotations

import pytest

from tests.sql.warehouse import Warehouse

CALL = "SELECT eros_scheduling_brain.validate_input(@text, @length)"


@pytest.mark.parametrize("text", ["a", "alice", "Alice_free", "x-1", "a--b", "_", "-", "9" * 100])
def test_plain_names_are_valid(warehouse: Warehouse, text: str) -> None:
    assert warehouse.value(CALL, text=text, length=100) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "alice bob",
        "alice\n",
        "\nalice",
        "a---b",
        "----",
        "Café",
        "alice\u00a0",
        "\u0430",  # a Cyrillic a
        "9" * 101,
        "'; DROP TABLE caption_bank; --",
        "alice' OR '1'='1",
        'alice"',
        "alice`",
        "alice\\",
        "${jndi}",
        "../etc",
        "alice;",
        "alice\u0000bob",
    ],
)
def test_anything_else_is_not(warehouse: Warehouse, text: str) -> None:
    assert warehouse.value(CALL, text=text, length=100) is False


def test_null_text_and_null_or_useless_lengths_are_not_valid(warehouse: Warehouse) -> None:
    query = """
    SELECT
      eros_scheduling_brain.validate_input(NULL, 10) AS null_text,
      eros_scheduling_brain.validate_input('a', NULL) AS null_length,
      eros_scheduling_brain.validate_input('a', 0) AS zero,
      eros_scheduling_brain.validate_input('a', -1) AS negative,
      eros_scheduling_brain.validate_input('ab', 2) AS just_fits
    """
    assert warehouse.rows(query) == [
        {"null_text": False, "null_length": False, "zero": False, "negative": False, "just_fits": True}
    ]
