"""What the catalog holds: typed, frozen descriptions of the declared objects.

Nothing here knows how the files are read (`catalog.tables`, `.routines`, `.views`) or deployed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_
from pathlib import Path
from typing import Any, Literal, TypeAlias

from catalog.addresses import Placement
from catalog.references import LogicalSql
from catalog.schema import Column, schema_json
from catalog.sqltypes import Field, SqlType, standard_fields

RoutineKind: TypeAlias = Literal["SCALAR_FUNCTION", "TABLE_VALUED_FUNCTION", "PROCEDURE"]
ArgumentMode: TypeAlias = Literal["IN", "OUT", "INOUT"]
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class TimePartitioning:
    """Partitions by a DATE, DATETIME or TIMESTAMP column; `type` is HOUR, DAY, MONTH or YEAR.

    `expression` is the function in PARTITION BY, '' for the plain column; it does not reach the API.
    """

    type: str
    field: str
    expiration_ms: int | None = None
    expression: str = with_(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RangePartitioning:
    """Partitions by an INT64 column: from `start` up to, not with, `end`, each `interval` wide."""

    field: str
    start: int
    end: int
    interval: int


Partitioning: TypeAlias = TimePartitioning | RangePartitioning


@dataclass(frozen=True, slots=True)
class Table:
    """A table as declared; `path` is relative to the project root."""

    name: str
    path: Path
    line: int
    description: str
    columns: tuple[Column, ...]
    partitioning: Partitioning | None = None
    clustering: tuple[str, ...] = ()
    labels: Mapping[str, str] = with_(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    require_partition_filter: bool = False

    @property
    def is_source(self) -> bool:
        """Whether others fill this table: label `("ownership", "source")`."""
        return self.labels.get("ownership") == "source"

    @property
    def kept_days(self) -> float | None:
        """After how many days a partition goes, None where none does."""
        partitioning = self.partitioning
        if not isinstance(partitioning, TimePartitioning) or partitioning.expiration_ms is None:
            return None
        return partitioning.expiration_ms / DAY_MS

    def schema_json(self) -> str:
        """The schema as the API returns it (see `catalog.schema`)."""
        return schema_json(self.columns)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a routine. `mode` is set in procedures only; `type` ANY is a templated argument."""

    name: str
    type: SqlType
    line: int
    mode: ArgumentMode | None = None

    @property
    def data_type(self) -> dict[str, Any] | None:
        """StandardSqlDataType as JSON value; None for ANY TYPE."""
        return None if self.type.name == "ANY" else self.type.standard()

    @property
    def kind(self) -> Literal["FIXED_TYPE", "ANY_TYPE"]:
        return "ANY_TYPE" if self.type.name == "ANY" else "FIXED_TYPE"


@dataclass(frozen=True, slots=True)
class Routine:
    """A scalar function, table function or procedure; `sql` is its body with logical names."""

    name: str
    path: Path
    line: int
    kind: RoutineKind
    description: str
    arguments: tuple[Argument, ...]
    sql: LogicalSql
    return_sql_type: SqlType | None = None
    return_columns: tuple[Field, ...] = ()
    determinism: str | None = None
    language: Literal["SQL", "JAVASCRIPT"] = "SQL"

    @property
    def return_type(self) -> dict[str, Any] | None:
        """StandardSqlDataType of a scalar function that states its type."""
        return self.return_sql_type.standard() if self.return_sql_type else None

    @property
    def return_table_type(self) -> dict[str, Any] | None:
        """StandardSqlTableType of a table function."""
        return {"columns": standard_fields(self.return_columns)} if self.return_columns else None

    def body(self, place: Placement) -> str:
        """The body with every reference fully qualified and no outer white space; JavaScript as it is."""
        if self.language == "JAVASCRIPT":
            return self.sql.tokens[0].string_value().strip()
        return self.sql.qualified(place)


@dataclass(frozen=True, slots=True)
class View:
    """A view; `sql` is its query with logical names."""

    name: str
    path: Path
    line: int
    description: str
    sql: LogicalSql
    labels: Mapping[str, str] = with_(default_factory=dict)

    def query(self, place: Placement) -> str:
        """The query with every reference fully qualified and no outer white space."""
        return self.sql.qualified(place)


@dataclass(frozen=True, slots=True)
class MaterializedView(View):
    """A materialized view with its refresh options; None leaves BigQuery's own value.

    `max_staleness` is the API's interval text, for example `0-0 0 4:0:0` for four hours, '' for none.
    """

    partitioning: Partitioning | None = None
    clustering: tuple[str, ...] = ()
    enable_refresh: bool = True
    refresh_interval_minutes: float | None = None
    allow_non_incremental_definition: bool = False
    max_staleness: str = ""


DeclaredObject: TypeAlias = Table | View | Routine
