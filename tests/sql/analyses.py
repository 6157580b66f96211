"""What the tests of table functions and views need of a deployed warehouse: add rows, call functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest

from tests.sql.messages import Row, text, timestamp
from tests.sql.warehouse import Warehouse

DATASET = "eros_scheduling_brain"


class Raw(str):
    """An argument that is SQL already."""


def literal(value: Any) -> str:
    """A value as a GoogleSQL literal; an int of any size stays an INT64 expression."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, str):
        return text(value)
    return "NULL" if value is None else repr(value).upper()


class Analyses:
    """Calls of table functions with Python values."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def add(self, table: str, rows: Iterable[Row]) -> None:
        self._warehouse.insert(table, list(rows))

    def rows(self, sql: str) -> list[Row]:
        return self._warehouse.rows(sql)

    def call(self, function: str, *arguments: Any, where: str = "TRUE") -> list[Row]:
        """All rows of one call, in no particular order."""
        return self.rows(f"SELECT * FROM {routine_call(function, arguments)} AS f WHERE {where}")

    def calls(self, function: str, cases: Mapping[str, Sequence[Any]]) -> dict[str, list[Row]]:
        """Many calls of one function in one query: rows by the name of the case."""
        parts = [
            f"SELECT '{name}' AS test_case, f.* FROM {routine_call(function, arguments)} AS f"
            for name, arguments in cases.items()
        ]
        found: dict[str, list[Row]] = {name: [] for name in cases}
        for row in self.rows(" UNION ALL ".join(parts)):
            found[row.pop("test_case")].append(row)
        return found


def routine_call(function: str, arguments: Sequence[Any]) -> str:
    """The call of a table function with literals, as it stands after FROM."""
    return f"`{DATASET}.{function}`({', '.join(literal(argument) for argument in arguments)})"


def close(expected: Any) -> Any:
    """`expected` with every float compared to nine digits, at any depth."""
    if isinstance(expected, float):
        return pytest.approx(expected, rel=1e-9, abs=1e-9)
    if isinstance(expected, dict):
        return {key: close(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [close(value) for value in expected]
    return expected


def by(rows: Iterable[Row], *columns: str) -> dict[Any, Row]:
    """Rows by key; a key that comes twice fails the test."""
    found: dict[Any, Row] = {}
    for row in rows:
        key = row[columns[0]] if len(columns) == 1 else tuple(row[column] for column in columns)
        assert key not in found, f"two rows for {key}"
        found[key] = row
    return found
