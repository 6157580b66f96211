"""Which rows of a table can be carried into its declared layout, and by which expression each column is.

For a table whose layout BigQuery does not change in place: its rows are copied into a new table. Owns the pairing of
live and declared columns and what a pair of types allows. Nothing here runs: the statements are `operations.rows`'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.model import Table
from catalog.schema import SQL_NAMES, Column

# Pairs for which a CAST exists both ways, so that a value that does not come back as it was is seen (GoogleSQL,
# conversion rules). JSON is parsed instead: its text may differ in white space and means the same.
CASTS: Mapping[str, frozenset[str]] = {
    "INT64": frozenset({"NUMERIC", "BIGNUMERIC", "FLOAT64", "STRING"}),
    "NUMERIC": frozenset({"INT64", "BIGNUMERIC", "FLOAT64", "STRING"}),
    "BIGNUMERIC": frozenset({"INT64", "NUMERIC", "FLOAT64", "STRING"}),
    "FLOAT64": frozenset({"INT64", "NUMERIC", "BIGNUMERIC", "STRING"}),
    "BOOL": frozenset({"STRING"}),
    "STRING": frozenset({"INT64", "NUMERIC", "BIGNUMERIC", "FLOAT64", "BOOL", "DATE", "DATETIME", "TIMESTAMP"}),
    "DATE": frozenset({"DATETIME", "TIMESTAMP", "STRING"}),
    "DATETIME": frozenset({"STRING"}),
    "TIMESTAMP": frozenset({"STRING"}),
}


@dataclass(frozen=True, slots=True)
class Carrying:
    """How the rows come over.

    `values`: GoogleSQL over `source`, by declared column. `left`: columns of the live table that the new one does not
    take, each with the reason. `obstacles`: why no row can be carried at all, '' lines none. `must_hold`: conditions
    over `source` that every row has to meet, each with what it means when one does not.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    obstacles: tuple[str, ...] = ()
    must_hold: Mapping[str, str] = field(default_factory=dict)


def carrying(table: Table, live_fields: Sequence[Mapping[str, Any]]) -> Carrying:
    """How rows of a live table (its `schema.fields` as the API returns them) fit the declared one."""
    live = {str(column["name"]).lower(): column for column in live_fields}
    values: dict[str, str] = {}
    must_hold: dict[str, str] = {}
    obstacles: list[str] = []
    for column in table.columns:
        found = live.get(column.name.lower())
        value = _value(found, column) if found else None
        if value is not None and found is not None:
            values[column.name] = value
            must_hold.update(_conditions(found, column, value))
        elif column.mode == "REQUIRED" and column.default is None:
            obstacles.append(f"{column.name} is required and {_why(found, column)}")
    left = {str(column["name"]): why for column in live_fields if (why := _left(column, table))}
    if obstacles:
        return Carrying(
            left={str(column["name"]): "no row is carried" for column in live_fields}, obstacles=tuple(obstacles)
        )
    return Carrying(values, left, (), must_hold)


def _value(live: Mapping[str, Any], column: Column) -> str | None:
    """The expression for the declared column, None when the types do not allow one."""
    name = f"source.`{live['name']}`"
    if _mode(live) == "REPEATED" or column.mode == "REPEATED" or _type(live) == "STRUCT":
        if _shape(live) != _shape(column.api_json()):
            return None
        # A null array is an empty one in a table.
        return f"IFNULL({name}, [])" if column.mode == "REPEATED" else name
    if _type(live) == column.type:
        return name
    if column.type in CASTS.get(_type(live), ()):
        return f"CAST({name} AS {column.type})"
    return {("STRING", "JSON"): f"PARSE_JSON({name})", ("JSON", "STRING"): f"TO_JSON_STRING({name})"}.get(
        (_type(live), column.type)
    )


def _conditions(live: Mapping[str, Any], column: Column, value: str) -> Iterator[tuple[str, str]]:
    name = f"source.`{live['name']}`"
    if column.mode == "REQUIRED" and _mode(live) != "REQUIRED":
        yield f"{name} IS NOT NULL", f"{live['name']} is null, but {column.name} is required"
    if value.startswith("CAST("):
        back = f"CAST(SAFE_{value} AS {_type(live)})"
        yield f"{name} IS NOT DISTINCT FROM {back}", f"{live['name']} does not survive as {column.type}"
    if column.parameters and column.type in ("STRING", "BYTES"):
        length = column.parameters[0]
        yield f"COALESCE(LENGTH({name}), 0) <= {length}", f"{live['name']} is longer than {length}"


def _left(live: Mapping[str, Any], table: Table) -> str:
    declared = {column.name.lower(): column for column in table.columns}.get(str(live["name"]).lower())
    if declared is None:
        return "no file declares it"
    return "" if _value(live, declared) else f"{_type(live)} does not become {declared.type}"


def _why(live: Mapping[str, Any] | None, column: Column) -> str:
    return f"{_type(live)} does not become {column.type}" if live else "the table has no such column"


def _type(live: Mapping[str, Any]) -> str:
    name = str(live["type"]).upper()
    return SQL_NAMES.get(name, name)


def _mode(live: Mapping[str, Any]) -> str:
    return str(live.get("mode") or "NULLABLE").upper()


def _shape(live: Mapping[str, Any]) -> Any:
    """What two columns must share so that one is assigned to the other as it is."""
    repeated = _mode(live) == "REPEATED"
    return (_type(live), repeated, [(f["name"].lower(), _shape(f)) for f in live.get("fields") or ()])
