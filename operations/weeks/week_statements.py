"""Statements of the weeks: objects by their logical names in braces, values as typed parameters, errors in our words.

Rows are written by DML only: what is streamed in cannot be changed for a while
(https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.cloud import bigquery

from catalog import Placement
from operations.clients import answering, bigquery_client
from operations.placement import placement
from outputs import StackOutputs

SECONDS = 300.0
PAGE_ROWS = 500
TYPES: dict[type, str] = {
    bool: "BOOL",
    int: "INT64",
    float: "FLOAT64",
    str: "STRING",
    date: "DATE",
    datetime: "TIMESTAMP",
}
Parameter = bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter


@dataclass(frozen=True, slots=True)
class Structs:
    """Rows as one parameter: an array of structs with these fields and types."""

    fields: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


class Statements:
    """The deployed objects, as statements reach them."""

    def __init__(self, client: bigquery.Client, place: Placement) -> None:
        self.client, self.place = client, place

    @property
    def dataset(self) -> str:
        """`project.dataset` of the platform."""
        return f"{self.place.project}.{self.place.dataset}"

    def rows(self, sql: str, /, **values: Any) -> list[Any]:
        """The result of a statement. Errors: CloudError."""
        with answering("schedules"):
            return list(self._job(sql, values).result(timeout=SECONDS))

    def rows_one_by_one(self, sql: str, /, **values: Any) -> Iterator[Any]:
        """The result, page by page as it is read. Errors: CloudError, also while it is read."""
        with answering("schedules"):
            yield from self._job(sql, values).result(timeout=SECONDS, page_size=PAGE_ROWS)

    def change(self, sql: str, /, **values: Any) -> int:
        """Runs a DML statement; how many rows it changed. Errors: CloudError."""
        with answering("schedules"):
            job = self._job(sql, values)
            job.result(timeout=SECONDS)
        return int(job.num_dml_affected_rows or 0)

    def call(self, sql: str, wait: float, /, **values: Any) -> None:
        """Runs a procedure and waits that many seconds for its end. Errors: CloudError."""
        with answering("calling a procedure"):
            self._job(sql, values).result(timeout=wait)

    def _job(self, sql: str, values: Mapping[str, Any]) -> bigquery.QueryJob:
        parameters = [parameter(name, value) for name, value in values.items()]
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        return self.client.query(sql.format_map(_Addresses(self.place)), config, timeout=SECONDS)


def deployed(outputs: StackOutputs) -> Statements:
    """The objects of a deployed stack."""
    return placed(placement(outputs))


def placed(place: Placement) -> Statements:
    """The objects that lie there."""
    return Statements(bigquery_client(place.project, place.location), place)


class _Addresses(dict[str, str]):
    """`{name}` in a statement is the quoted address of the object of that name."""

    def __init__(self, place: Placement) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, name: str) -> str:
        return f"`{self._place.address(name)}`"


def parameter(name: str, value: Any) -> Parameter:
    """A typed parameter; lists are of text."""
    if isinstance(value, Structs):
        return _structs(name, value)
    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, "STRING", value)
    return bigquery.ScalarQueryParameter(name, TYPES[type(value)], value)


def _structs(name: str, value: Structs) -> bigquery.ArrayQueryParameter:
    kinds = [bigquery.ScalarQueryParameterType(kind, name=field) for field, kind in value.fields.items()]
    rows = [
        bigquery.StructQueryParameter(
            None,
            *(bigquery.ScalarQueryParameter(field, kind, row[field]) for field, kind in value.fields.items()),
        )
        for row in value.rows
    ]
    return bigquery.ArrayQueryParameter(name, bigquery.StructQueryParameterType(*kinds), rows)
