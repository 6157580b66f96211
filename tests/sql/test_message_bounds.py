"""Every reader of the message history states both ends of its window, so that partitions are pruned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SQL = Path(__file__).parents[2] / "sql"
READER = re.compile(r"(?:FROM|JOIN)\s+`eros_scheduling_brain\.message_facts`\s+AS\s+(\w+)", re.IGNORECASE)
FILES = [path for folder in ("table_functions", "views") for path in sorted((SQL / folder).glob("*.sql"))]


def _readers() -> list[tuple[Path, str]]:
    return [(path, alias) for path in FILES for alias in READER.findall(path.read_text())]


@pytest.mark.parametrize(("path", "alias"), _readers(), ids=lambda value: getattr(value, "stem", value))
def test_a_reader_of_message_facts_bounds_the_sending_time_on_both_sides(path: Path, alias: str) -> None:
    # defect: T4
    sql = " ".join(path.read_text().split())

    assert re.search(rf"{alias}\.sending_time >=? TIMESTAMP(_SUB)?\(", sql), "no lower bound"
    assert re.search(rf"{alias}\.sending_time (<= p_now|< TIMESTAMP\(DATE\(p_now)", sql), "no upper bound"


def test_the_message_history_is_read_through_one_view_and_one_window() -> None:
    """Only message_facts, the materialized view and the signal of how fresh it is read the table."""
    table = {path.stem for path in SQL.glob("*views/*.sql") if ".mass_messages`" in path.read_text()}
    table |= {path.stem for path in SQL.glob("table_functions/*.sql") if ".mass_messages`" in path.read_text()}

    assert table == {"message_facts", "daily_performance_summary", "hourly_signals_at"}
    assert {path.stem for path, _ in _readers()} >= {"messages_of_pages_at", "daily_totals_at"}
