"""Rules on table declarations: what BigQuery refuses at the apply although the provider lets it through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from catalog.lint.rule import Problem, TableRule, table_rule
from catalog.model import RangePartitioning, Table
from catalog.schema import Column, walk

MAX_CLUSTER_COLUMNS = 4
MAX_COLUMN_DESCRIPTION = 1024
CLUSTER_TYPES = frozenset(
    ("BIGNUMERIC", "BOOL", "DATE", "DATETIME", "GEOGRAPHY", "INT64", "NUMERIC", "RANGE", "STRING", "TIMESTAMP")
)
# The types of column that each form of PARTITION BY takes.
PARTITION_TYPES = {
    "": ("DATE",),
    "DATE": ("TIMESTAMP", "DATETIME"),
    "DATE_TRUNC": ("DATE",),
    "TIMESTAMP_TRUNC": ("TIMESTAMP",),
    "DATETIME_TRUNC": ("DATETIME",),
}
RESERVED_PREFIXES = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier", "_change_")
MAX_COLUMNS = 10_000
# Digits after the point, and before it, at most.
DECIMAL_LIMITS = {"NUMERIC": (9, 29), "BIGNUMERIC": (38, 38)}
# cloud.google.com/bigquery/docs/reference/standard-sql/lexical, "Reserved keywords".
RESERVED_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube current
        default define desc distinct else end enum escape except exclude exists extract false fetch following for from
        full group grouping groups hash having if ignore in inner intersect interval into is join lateral left like
        limit lookup merge natural new no not null nulls of on or order outer over partition preceding proto qualify
        range recursive respect right rollup rows select set some struct tablesample then to treat true unbounded union
        unnest using when where window with within
        """,
    )
)
ONLY_TOP = "name a top-level column as declared"
DECIMALS = ("DECIMAL", "BIGDECIMAL")


@table_rule("cluster-columns", "BigQuery clusters by at most four plain columns of certain types")
def cluster_columns(table: Table) -> Iterator[Problem]:
    columns = {column.name: column for column in table.columns}
    if len(table.clustering) > MAX_CLUSTER_COLUMNS:
        message = f"{len(table.clustering)} clustering columns, of which BigQuery takes {MAX_CLUSTER_COLUMNS}"
        yield Problem(table.line, message, f"keep {', '.join(table.clustering[:MAX_CLUSTER_COLUMNS])}")
    if len({name.lower() for name in table.clustering}) < len(table.clustering):
        yield Problem(table.line, "a clustering column is listed twice", "list each column once")
    for name in table.clustering:
        yield from _misspelled(table, name, "CLUSTER BY") or _unfit(columns.get(name), name, table.line)


def _misspelled(table: Table, name: str, clause: str) -> list[Problem]:
    """The same column to BigQuery; the provider compares letter by letter, and would replace the table one day."""
    for column in table.columns:
        if column.name != name and column.name.lower() == name.lower():
            message = f"{clause} {name}, a column that is declared as {column.name}"
            return [Problem(table.line, message, f"write {column.name}: one spelling everywhere")]
    return []


def _unfit(column: Column | None, name: str, line: int) -> Iterator[Problem]:
    if column is None:
        yield Problem(line, f"CLUSTER BY {name}, which is no column of the table", ONLY_TOP)
    elif column.type not in CLUSTER_TYPES or column.mode == "REPEATED":
        kind = f"ARRAY<{column.type}>" if column.mode == "REPEATED" else column.type
        fix = f"cluster by a column of type {', '.join(sorted(CLUSTER_TYPES))}"
        yield Problem(line, f"CLUSTER BY {name} of type {kind}", fix)


@table_rule("partition-column", "BigQuery partitions by a DATE, DATETIME, TIMESTAMP or INT64 column of the table")
def partition_column(table: Table) -> Iterator[Problem]:
    partitioning = table.partitioning
    if partitioning is None:
        if table.require_partition_filter:
            fix = "add PARTITION BY, or take the option out"
            yield Problem(table.line, "require_partition_filter on a table without partitions", fix)
        return
    misspelled = _misspelled(table, partitioning.field, "PARTITION BY")
    if misspelled:
        yield from misspelled
        return
    column = next((column for column in table.columns if column.name == partitioning.field), None)
    if column is None:
        message = f"PARTITION BY {partitioning.field}, which is no column of the table"
        yield Problem(table.line, message, ONLY_TOP)
        return
    is_range = isinstance(partitioning, RangePartitioning)
    allowed = ("INT64",) if isinstance(partitioning, RangePartitioning) else PARTITION_TYPES[partitioning.expression]
    if column.type not in allowed or column.mode == "REPEATED":
        form = "RANGE_BUCKET" if is_range else getattr(partitioning, "expression", "") or "a plain column"
        message = f"PARTITION BY {form} takes {' or '.join(allowed)}, {column.name} is {column.type} {column.mode}"
        yield Problem(table.line, message, "partition by a DATE column, DATE(timestamp) or an integer range")


@table_rule("description", "whoever meets a table must find out what it and its columns hold")
def descriptions(table: Table) -> Iterator[Problem]:
    if not table.description.strip():
        yield Problem(table.line, f"table {table.name} has no description", 'add OPTIONS(description="...")')
    for path, column in walk(table.columns):
        if not column.description.strip():
            yield Problem(column.line, f"column {path} has no description", 'add OPTIONS(description="...") after it')
        elif len(column.description) > MAX_COLUMN_DESCRIPTION:
            message = f"the description of {path} has more than {MAX_COLUMN_DESCRIPTION} characters"
            yield Problem(column.line, message, "shorten it: BigQuery refuses longer ones")


@table_rule("decimal-type", "DECIMAL comes back as NUMERIC, which would replace the table on every deployment")
def decimal_type(table: Table) -> Iterator[Problem]:
    for path, column in walk(table.columns):
        if column.written_type in DECIMALS:
            fix = f"write {column.type}"
            yield Problem(column.line, f"column {path} has type {column.written_type}", fix)


@table_rule("label-form", "BigQuery takes lower-case labels only")
def label_form(table: Table) -> Iterator[Problem]:
    yield from bad_labels(table.labels, table.line)


def bad_labels(labels: Mapping[str, str], line: int) -> Iterator[Problem]:
    """Labels outside lower-case letters, digits, `_` and `-`, 63 at most; keys begin with a letter."""
    for key, value in labels.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
            fix = f'write ("{key.lower()}", "{value.lower()}") with letters, digits, _ and - only'
            yield Problem(line, f"label {key}={value}", fix)


@table_rule("column-names", "BigQuery refuses doubled and reserved column names")
def column_names(table: Table) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, column in walk(table.columns):
        lower = column.name.lower()
        if path.lower() in seen:
            yield Problem(
                column.line, f"column {path} is declared twice", "keep one; upper and lower case are the same"
            )
        seen.add(path.lower())
        if lower in RESERVED_WORDS:
            fix = "choose another name: this one would need backticks in every statement"
            yield Problem(column.line, f"column {path} is named like a reserved word", fix)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,299}", column.name) or lower.startswith(RESERVED_PREFIXES):
            fix = "use letters, digits and _, and none of BigQuery's own prefixes"
            yield Problem(column.line, f"{column.name} is no column name that BigQuery takes", fix)


@table_rule("column-count", "BigQuery takes 1 to 10,000 columns, nested fields counted")
def column_count(table: Table) -> Iterator[Problem]:
    count = sum(1 for _ in walk(table.columns))
    if not count:
        yield Problem(table.line, f"table {table.name} has no columns", "declare at least one")
    if count > MAX_COLUMNS:
        yield Problem(
            table.line, f"{count:,} columns, of which BigQuery takes {MAX_COLUMNS:,}", "store rows, not columns"
        )


@table_rule("type-parameters", "BigQuery refuses lengths and precisions outside its limits")
def type_parameters(table: Table) -> Iterator[Problem]:
    for path, column in walk(table.columns):
        if column.parameters and not _within_limits(column):
            written = f"{column.type}({', '.join(map(str, column.parameters))})"
            fix = "STRING(n) and BYTES(n): n above 0; NUMERIC(p, s): s up to 9, p from s (at least 1) to s + 29; "
            fix += "BIGNUMERIC(p, s): s up to 38, p from s (at least 1) to s + 38"
            yield Problem(column.line, f"column {path} has type {written}", fix)


def _within_limits(column: Column) -> bool:
    """Limits of parameterized types (GoogleSQL, data types)."""
    first = column.parameters[0]
    scale = (*column.parameters, 0)[1]
    if column.type not in DECIMAL_LIMITS:
        return first > 0
    most_scale, whole = DECIMAL_LIMITS[column.type]
    return 0 <= scale <= most_scale and max(1, scale) <= first <= scale + whole


TABLE_RULES: tuple[TableRule, ...] = (
    cluster_columns,
    partition_column,
    descriptions,
    decimal_type,
    label_form,
    column_names,
    column_count,
    type_parameters,
)
